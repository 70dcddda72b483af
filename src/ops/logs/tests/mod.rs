//! Reading and following against a scripted daemon: streams in memory, no Docker.

mod follow;
mod merge;
mod outage;
mod read;
mod script;
