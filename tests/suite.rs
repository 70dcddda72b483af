//! All integration tests: one binary, so that they are linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test that panics has failed, as it should"
)]

#[path = "suite/annotations.rs"]
mod annotations;
#[path = "suite/architecture.rs"]
mod architecture;
#[path = "suite/archive.rs"]
mod archive;
#[path = "suite/bench.rs"]
mod bench;
#[path = "suite/completions.rs"]
mod completions;
#[path = "suite/doctor.rs"]
mod doctor;
#[path = "suite/e2e/mod.rs"]
mod e2e;
#[macro_use]
#[path = "suite/fake_daemon.rs"]
mod fake_daemon;
#[path = "suite/engine_contract.rs"]
mod engine_contract;
#[path = "suite/growth.rs"]
mod growth;
#[path = "suite/pack_rule_tests.rs"]
mod pack_rule_tests;
#[path = "suite/readme.rs"]
mod readme;
#[path = "suite/receivers/mod.rs"]
mod receivers;
#[path = "suite/rows.rs"]
mod rows;
#[path = "suite/rule_tests.rs"]
mod rule_tests;
#[path = "suite/runbooks.rs"]
mod runbooks;
#[path = "support/mod.rs"]
mod support;
#[path = "suite/wire/mod.rs"]
mod wire;
