//! Reading the user's files: bounded, and never waiting on a pipe or a device.

use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use futures_util::stream::{self, Stream};
use rustix::fs::OFlags;

use super::WorkdirError;

/// Largest `stack.yml`, in bytes.
const STACK_LIMIT: u64 = 4 << 20;
/// Largest template, rule file, dashboard or secret, in bytes.
const FILE_LIMIT: u64 = 16 << 20;

/// Reads `stack.yml`.
pub fn read_stack_file(path: &Path) -> Result<Vec<u8>, WorkdirError> {
    read_bounded(path, STACK_LIMIT, OFlags::empty()).map_err(|error| match error {
        WorkdirError::Missing { path } => match fs::read_link(&path) {
            Ok(target) => WorkdirError::Dangling { path, target },
            Err(_) => WorkdirError::NoStackFile { path },
        },
        WorkdirError::Io { path, source, .. } if is_loop(&source) => WorkdirError::Loop { path },
        other => other,
    })
}

fn is_loop(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// True when a file, with every link followed, is below a directory.
pub fn is_below(path: &Path, directory: &Path) -> Result<bool, WorkdirError> {
    let real =
        |path: &Path| fs::canonicalize(path).map_err(|source| WorkdirError::from(source, "read", path));
    Ok(real(path)?.starts_with(real(directory)?))
}

/// Reads any other file.
pub fn read_file(path: &Path) -> Result<Vec<u8>, WorkdirError> {
    read_bounded(path, FILE_LIMIT, OFlags::empty())
}

/// Reads a file that is no link.
pub(super) fn read_no_link(path: &Path) -> Result<Vec<u8>, WorkdirError> {
    read_bounded(path, FILE_LIMIT, OFlags::NOFOLLOW)
}

fn read_bounded(path: &Path, limit: u64, flags: OFlags) -> Result<Vec<u8>, WorkdirError> {
    let error = |source| WorkdirError::from(source, "read", path);
    let flags = flags | OFlags::NONBLOCK | OFlags::CLOEXEC;
    #[expect(clippy::cast_possible_wrap, reason = "the flags are small positive numbers")]
    let flags = flags.bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(error)?;
    let kind = file.metadata().map_err(error)?.file_type();
    if !kind.is_file() {
        let what = match kind {
            kind if kind.is_dir() => "a directory",
            kind if kind.is_fifo() => "a pipe",
            kind if kind.is_socket() => "a socket",
            _ => "a device",
        };
        return Err(WorkdirError::NotAFile { path: path.to_owned(), what });
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() as u64 > limit {
        return Err(WorkdirError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(bytes)
}

/// A file to be read in places.
pub fn open_file(path: &Path) -> Result<fs::File, WorkdirError> {
    fs::File::open(path).map_err(|source| WorkdirError::from(source, "read", path))
}

/// Size of the pieces in which a file is streamed, in bytes.
const PIECE: usize = 256 << 10;

/// The content of a file in pieces. Reading stops at the first error; the receiver notices a short archive.
pub fn stream_file(path: &Path) -> Result<impl Stream<Item = bytes::Bytes> + Send + 'static, WorkdirError> {
    let file = open_file(path)?;
    Ok(stream::unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).ok().filter(|n| *n > 0)?;
        piece.truncate(read);
        Some((bytes::Bytes::from(piece), file))
    }))
}
