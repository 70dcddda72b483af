//! The binary against the fake daemon: what it prints, what it asks of the daemon, what it leaves behind.
//!
//! Every expected text is written out, so that a change of what a user reads is seen in the test that changes with it.

mod explore;
mod fixture;
