//! Images: what is there, and how to get what is not, in the order of design §5.5: the daemon, the
//! registry or mirror, a Debian archive.

mod acquire;
mod build;
mod commands;
mod look;
mod pull;

pub use acquire::{PullPolicy, acquire};
pub use build::build;
pub use commands::{BuildOptions, adopt, build_all, list, load_archive, pull_all, save};
pub use look::{Images, known, look, of};
pub use pull::{PullFault, pull};
