//! Stories: one file per use case. Options in, events out, a report back. Nothing here prints.

mod apply;
mod context;
pub mod doctor;
mod endpoints;
mod error;
mod files;
mod health;
pub mod images;
mod init;
mod judge;
mod lifecycle;
mod load;
mod logs;
mod preflight;
mod prepare;
mod prove;
mod rule_tests;
mod runbooks;
mod secrets;
mod status;
mod up;

pub use context::{Global, Session};
pub use endpoints::{Secrets, endpoints};
pub use error::Error;
pub use files::{Judges, check, eject, render};
pub use health::health;
pub use images::PullPolicy;
pub use init::{InitOptions, components, init, packs, presets, receivers, schema};
pub use lifecycle::{DownOptions, down, lifecycle};
pub use load::{Loaded, load};
pub use logs::{LogsOptions, logs};
pub use rule_tests::rule_tests;
pub use runbooks::{alerts, runbook};
pub use secrets::{list as secrets, rotate, show};
pub use status::status;
pub use up::{Options as UpOptions, plan, up};
