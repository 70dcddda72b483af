//! Facts of this machine: what listens where, how full a disk is, which system it is, what this process may do.
//!
//! Reads `/proc` and asks the kernel; changes nothing and never fails: what cannot be seen is left out. Reading
//! and understanding are kept apart, so that the understanding is proven on recorded texts.

mod look;
mod parse;
mod sockets;

pub use look::{
    DaemonProcess, Release, Space, daemon_process, find_program, has_address, is_selinux_enforcing,
    is_systemd, lock_holder, log_since, my_capabilities, my_user, open_log, process_name, release,
    remove_file, root_is_shared, space,
};
pub use sockets::{Listener, Process, listeners};
