//! All integration tests: one binary, so that they are linked once.

#[path = "suite/e2e/mod.rs"]
mod e2e;
#[path = "suite/fake_daemon.rs"]
mod fake_daemon;
#[path = "support/mod.rs"]
mod support;
