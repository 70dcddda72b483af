//! What the tests share: stand-ins for the outside world.
//!
//! Nothing here is compiled into `stackctl`. Each stand-in behaves like the real thing on the wire, so that production code
//! needs no test-only seams.

#![allow(dead_code, unused_imports, reason = "a vocabulary for tests; not every test speaks all of it")]

pub mod daemon;
pub mod programs;
pub mod synthetic;
