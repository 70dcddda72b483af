//! All integration tests: one binary, so that they are linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics has failed, as it should"
)]

#[path = "suite/architecture.rs"]
mod architecture;
#[path = "suite/e2e/mod.rs"]
mod e2e;
#[path = "suite/fake_daemon.rs"]
mod fake_daemon;
#[path = "suite/readme.rs"]
mod readme;
#[path = "suite/rows.rs"]
mod rows;
#[path = "suite/rule_tests.rs"]
mod rule_tests;
#[path = "support/mod.rs"]
mod support;
