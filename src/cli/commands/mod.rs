//! One file per command.

pub mod catalog;
pub mod check;
pub mod doctor;
pub mod down;
pub mod endpoints;
pub mod health;
pub mod images;
pub mod init;
pub mod lifecycle;
pub mod logs;
pub mod plan;
pub mod render;
pub mod runbook;
pub mod secrets;
pub mod shell;
pub mod status;
pub mod test;
pub mod up;
pub mod view;

use std::time::Duration;

/// A duration on the command line, as Prometheus writes it.
pub fn duration(text: &str) -> Result<Duration, String> {
    crate::kernel::units::parse_duration(text).ok_or_else(|| "write a duration such as 90s or 2m".to_owned())
}
