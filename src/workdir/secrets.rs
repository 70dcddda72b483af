//! Files with secrets: read with care, made from the system's random numbers.

use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::{WorkdirError, input, output};
use crate::kernel::{Secret, credentials};

/// Largest secret, in bytes.
const LIMIT: usize = 64 << 10;

/// Why a file cannot be used as a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretProblem {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] WorkdirError),
    /// There is nothing in it.
    #[error("the secret file is empty")]
    Empty,
    /// There is too much in it.
    #[error("the secret file is larger than 64 KiB")]
    TooLarge,
    /// Everybody on this machine can read it.
    #[error("the secret file can be read by everybody (mode {mode:04o})")]
    Open { mode: u32 },
}

impl SecretProblem {
    /// True when there is no such file.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Unreadable(WorkdirError::Missing { .. }) => true,
            // A text that cannot be a path: too long, with a NUL, or with a file where a directory would be.
            Self::Unreadable(WorkdirError::Io { path, .. }) => matches!(super::look_at(path), Ok(None)),
            _ => false,
        }
    }
}

/// The path of a secret as it may be shown: a text that names no file and is not evidently a path may be the secret
/// itself.
pub fn shown_path(path: &Path, written: &str) -> String {
    let known = credentials::is_path(written) || !matches!(super::look_at(path), Ok(None));
    if known { path.display().to_string() } else { "a file that does not exist".to_owned() }
}

/// Reads a secret. One line end at the end does not count: editors add it.
pub fn read_secret(path: &Path) -> Result<Secret, SecretProblem> {
    let bytes = input::read_file(path)?;
    let mode = std::fs::metadata(path).map_or(0, |seen| seen.mode()) & 0o7777;
    if mode & 0o007 != 0 {
        return Err(SecretProblem::Open { mode });
    }
    let trimmed =
        bytes.strip_suffix(b"\n").map_or(bytes.as_slice(), |rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    match trimmed.len() {
        0 => Err(SecretProblem::Empty),
        n if n > LIMIT => Err(SecretProblem::TooLarge),
        _ => Ok(Secret::new(trimmed)),
    }
}

/// Writes a secret, readable by its owner alone.
pub fn write_secret(path: &Path, secret: &Secret) -> Result<(), WorkdirError> {
    let mut bytes = secret.expose().to_vec();
    bytes.push(b'\n');
    output::write(path, &bytes, 0o600)
}

/// A new key for digests: 128 bits as hexadecimal digits.
pub fn new_key() -> Result<String, WorkdirError> {
    let random = random::<16>()?;
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    Ok(random.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
}

/// Writes a secret into a file that does not exist, readable by its owner alone, in directories that are made likewise.
pub fn write_new_secret(path: &Path, secret: &Secret) -> Result<(), WorkdirError> {
    let error = |source| WorkdirError::from(source, "write", path);
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
        made.map_err(|source| WorkdirError::from(source, "make", directory))?;
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(error)?;
    file.write_all(secret.expose()).and_then(|()| file.write_all(b"\n")).map_err(error)?;
    file.sync_all().map_err(error)
}

/// A new secret: 32 characters, 192 bits, without look-alikes, so that it can be typed.
pub fn generate() -> Result<Secret, WorkdirError> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_+=.~@";
    let random = random::<32>()?;
    let letter = |byte: &u8| ALPHABET.get(usize::from(byte & 63)).copied().unwrap_or(b'x');
    Ok(Secret::new(random.iter().map(letter).collect::<Vec<u8>>()))
}

/// A name that no other run has: 64 random bits in hexadecimal.
pub fn token() -> Result<String, WorkdirError> {
    Ok(format!("{:016x}", u64::from_be_bytes(random()?)))
}

/// A random number from 0 to 1.
pub fn random_fraction() -> Result<f64, WorkdirError> {
    Ok(f64::from(u16::from_be_bytes(random()?)) / f64::from(u16::MAX))
}

fn random<const N: usize>() -> Result<[u8; N], WorkdirError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|error| WorkdirError::Io {
        doing: "read random numbers from",
        path: "/dev/urandom".into(),
        source: std::io::Error::other(error.to_string()),
    })?;
    Ok(bytes)
}
