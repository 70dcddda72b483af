//! stackctl renders, runs and proves a Prometheus monitoring stack.
//!
//! The modules form a ladder: each uses only those above it. `tests/suite/architecture.rs` enforces that.
//!
//! | module | what it is |
//! |---|---|
//! | [`kernel`] | words: secrets, digests, labels, diagnostics, events, exit codes |
//! | [`model`] | nouns: configuration, stack, artifacts, snapshot, plan, reports |
//! | [`catalog`] | rows: components, rule files, packs, integrations, the shape of `stack.yml` |
//! | [`source`] | text of `stack.yml` → configuration |
//! | [`resolve`] | configuration × catalogue → stack |
//! | [`render`] | stack → files |
//! | [`check`] | stack × files → diagnostics |
//! | [`reconcile`] | stack × snapshot → plan |
//! | [`workdir`] | the only door to the file system |
//! | [`archive`] | root file systems from a Debian archive |
//! | [`engine`] | the only door to Docker |
//! | [`probe`] | the only door to HTTP |
//! | [`ops`] | stories: one file per use case |
//! | [`ui`] | the only voice |
//! | [`cli`] | the only ears |

pub mod kernel;

pub mod model;

pub mod catalog;

pub mod source;

pub mod resolve;

pub mod render;

pub mod check;

pub mod reconcile;

pub mod workdir;

pub mod archive;

pub mod engine;

pub mod probe;

pub mod ops;

pub mod ui;

pub mod cli;
