//! The only door to the file system: the user's files, secrets, the lock, the tree that `render` writes.
//!
//! Everything stackctl keeps by itself lies in one directory per stack, readable by its owner alone:
//! `$XDG_STATE_HOME/stackctl/<stack>` (`~/.local/state/stackctl/<stack>`).

mod discover;
mod error;
mod input;
mod limited;
mod lock;
pub mod machine;
mod modes;
mod origin;
mod output;
mod owner;
mod secrets;
mod state;
mod tree;
mod users_files;

pub use discover::{Discovery, STACK_FILES, directory_of, find_stack_file};
pub use error::WorkdirError;
pub use input::{is_below, open_file, read_file, read_stack_file, stream_file};
pub use limited::{ARGUMENT as LIMITED, limited, run_limited};
pub use lock::{Lock, Taken};
pub use modes::{Modes, look_at, look_through, tighten};
pub use origin::origin;
pub use output::{TemporaryDirectory, Writer, temporary_directory, write_new};
pub use owner::{Liveness, liveness, this_process};
pub use secrets::{
    SecretProblem, generate, new_key, random_fraction, read_secret, shown_path, token, write_new_secret,
    write_secret,
};
pub use state::State;
pub use tree::write_tree;
pub use users_files::{FileProblem, UsersFiles, users_files};
