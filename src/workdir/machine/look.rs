//! Looking at this machine. Only the looking; [`super::parse`] understands what is seen.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::net::{IpAddr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::parse;
use crate::workdir::WorkdirError;

/// No more of a log than this is read, in bytes.
const LOG_LIMIT: u64 = 64 << 10;

/// Room on a file system, for users without privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// The directory that was asked about, or the nearest one above it that exists.
    pub directory: PathBuf,
    /// Free bytes.
    pub free: u64,
    /// Size in bytes.
    pub size: u64,
    /// Free inodes; none when the file system does not count them.
    pub free_inodes: Option<u64>,
}

/// Which system this is, from `os-release`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// `debian`
    pub id: String,
    /// Systems it is derived from: `debian` of Ubuntu.
    pub like: Vec<String>,
    /// `12`
    pub version: String,
    /// `Debian GNU/Linux 12 (bookworm)`
    pub name: String,
}

/// A daemon that left its number in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DaemonProcess {
    /// No file, or nothing in it that is a number.
    #[default]
    None,
    /// The process is gone, or its number is another program's by now.
    Stale,
    /// It runs.
    Running(u32),
}

/// Room where a directory is or would be made; none when even that cannot be seen.
pub fn space(directory: &Path) -> Option<Space> {
    let nearest = directory.ancestors().find(|path| path.is_dir())?;
    let seen = rustix::fs::statvfs(nearest).ok()?;
    Some(Space {
        directory: nearest.to_owned(),
        free: seen.f_bavail.saturating_mul(seen.f_frsize),
        size: seen.f_blocks.saturating_mul(seen.f_frsize),
        free_inodes: (seen.f_files > 0).then_some(seen.f_favail),
    })
}

/// Which system this is.
pub fn release() -> Release {
    let read = |path: &str| fs::read_to_string(path).ok();
    let text = read("/etc/os-release").or_else(|| read("/usr/lib/os-release")).unwrap_or_default();
    let value = |key: &str| parse::os_release(&text, key).unwrap_or_default();
    Release {
        id: value("ID"),
        like: value("ID_LIKE").split_whitespace().map(str::to_owned).collect(),
        version: value("VERSION_ID"),
        name: value("PRETTY_NAME"),
    }
}

/// systemd runs this machine (the same test as `sd_booted(3)`, and its process).
pub fn is_systemd() -> bool {
    Path::new("/run/systemd/system").is_dir() && process_name(1) == "systemd"
}

/// `SELinux` is there and refuses, not only reports.
pub fn is_selinux_enforcing() -> bool {
    fs::read_to_string("/sys/fs/selinux/enforce").is_ok_and(|text| text.trim() == "1")
}

/// New mounts below `/` reach containers that follow them; none when it cannot be seen.
pub fn root_is_shared() -> Option<bool> {
    parse::root_is_shared(&fs::read_to_string("/proc/self/mountinfo").ok()?)
}

/// Capabilities that this process and its children can have at most, as a mask; bit 24 is `CAP_SYS_RESOURCE`.
pub fn my_capabilities() -> Option<u64> {
    parse::bounding_capabilities(&fs::read_to_string("/proc/self/status").ok()?)
}

/// The effective user of this process.
pub fn my_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// The name of a process; empty when there is none, or when it has ended.
pub fn process_name(pid: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    parse::live_name(&status).unwrap_or_default().to_owned()
}

/// This machine has this address, so that something can listen on it.
pub fn has_address(ip: IpAddr) -> bool {
    !TcpListener::bind((ip, 0)).is_err_and(|error| error.kind() == io::ErrorKind::AddrNotAvailable)
}

/// The process that holds the lock of a file, without touching the lock; 0 when it is in another namespace.
pub fn lock_holder(file: &Path) -> Option<u32> {
    let inode = fs::metadata(file).ok()?.ino();
    parse::flock_holder(&fs::read_to_string("/proc/locks").ok()?, inode)
}

/// Whether the daemon `name` that wrote this file is still there. A number that another program has by now counts
/// as gone: `dockerd` refuses to start because of it.
pub fn daemon_process(pidfile: &Path, name: &str) -> DaemonProcess {
    let text = fs::read_to_string(pidfile).unwrap_or_default();
    match text.trim().parse::<u32>() {
        Err(_) => DaemonProcess::None,
        Ok(pid) if process_name(pid) == name => DaemonProcess::Running(pid),
        Ok(_) => DaemonProcess::Stale,
    }
}

/// The program with this name in the first of the directories that has it and lets it be run.
pub fn find_program(name: &str, directories: &[PathBuf]) -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|seen| seen.is_file() && seen.permissions().mode() & 0o111 != 0)
    };
    directories.iter().map(|directory| directory.join(name)).find(runs)
}

/// Opens a log to write at its end, readable by its owner alone.
pub fn open_log(path: &Path) -> Result<File, WorkdirError> {
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    opened.map_err(|source| WorkdirError::from(source, "open", path))
}

/// Removes a file; one that is not there is fine.
pub fn remove_file(path: &Path) -> Result<(), WorkdirError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(|source| WorkdirError::from(source, "remove", path)),
    }
}

/// What was written to a log after its first `from` bytes, at most the last 64 KiB; empty when it cannot be read.
pub fn log_since(path: &Path, from: u64) -> String {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(from.max(length.saturating_sub(LOG_LIMIT))))?;
        let mut bytes = Vec::new();
        file.take(LOG_LIMIT).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    String::from_utf8_lossy(&read().unwrap_or_default()).into_owned()
}
