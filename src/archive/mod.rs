//! The Debian archive as a source of images: builds a component's root file system where no registry answers.
//!
//! Finds the archive in the machine's own apt configuration, lets `mmdebstrap` fetch and unpack the package with all
//! that it depends on, and rewrites the result into a small tar that behaves like the upstream image: the paths that
//! upstream uses, certificates, time zones and the users `root` and `nobody`. It must not talk to Docker (the engine
//! imports the tar) and must not run a maintainer script.

mod build;
mod command;
mod discover;
mod elf;
mod error;
mod failure;
mod furnish;
mod packages;
mod recipe;
mod shape;
mod sources;
mod tree;
mod trim;
mod workspace;
mod write;

pub use build::Built;
pub use discover::{Archive, Keyring};
pub use error::{ArchiveError, Said};
pub use recipe::{Directory, Recipe, Suite, Validity};
