//! The real thing: the binary against a real Docker daemon, with real components.
//!
//! Each test is a scenario: an intent, steps, and what can be observed from the outside afterwards. A scenario looks
//! at the daemon and at the components themselves, never at what stackctl believes. They run when `STACKCTL_E2E=1`
//! (`make test` sets it); `STACKCTL_E2E_BINARY` names another binary than the one just built.

mod broken_files;
mod daemons;
mod docker;
mod down;
mod exporters;
mod failing_replacement;
mod first_up;
mod flags;
mod foreign_objects;
mod forky;
mod full_volume;
mod http;
mod images;
mod interruption;
mod killed_containers;
mod locking;
mod orphans;
mod output;
mod presets;
mod promises;
mod rule_tests;
mod scene;
mod security;
mod servers;
mod shared_network;
mod slos;
mod slots;
mod sub_path;
mod texts;
mod view;

use docker::docker;
use scene::{Scene, eventually};
