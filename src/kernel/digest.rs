//! Content digests. The algorithm behind [`spec`] is frozen: a new stackctl must not recreate what an
//! older one made, so any change of it needs a new prefix and a comparison with both.

use md5::Md5;
use sha2::{Digest as _, Sha256};

/// The first 12 hexadecimal digits of the SHA-256 of the parts, each preceded by its length so that
/// moving a byte from one part to the next changes the digest.
pub fn short<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize()).chars().take(12).collect()
}

/// The digest of a container specification, `v1:` and 12 hexadecimal digits.
pub fn spec(canonical_json: &str) -> String {
    format!("v1:{}", short([canonical_json.as_bytes()]))
}

/// The number Alertmanager exposes as `alertmanager_config_hash` for this file: the first 48 bits of
/// its MD5, little-endian (Alertmanager `config/coordinator.go`).
pub fn alertmanager_config_hash(file: &[u8]) -> f64 {
    let digest = Md5::digest(file);
    let low = digest.iter().take(6).rev().fold(0_u64, |n, byte| (n << 8) | u64::from(*byte));
    // 48 bits fit a double exactly.
    #[expect(clippy::cast_precision_loss, reason = "48 bits fit the 53-bit mantissa")]
    let number = low as f64;
    number
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{alertmanager_config_hash, short, spec};

    #[test]
    fn the_spec_digest_is_frozen() {
        assert_eq!(spec("{}"), "v1:7cf4b3ea3b7f");
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(short([b"ab".as_slice(), b"c"]), short([b"a".as_slice(), b"bc"]));
    }

    #[test]
    fn the_alertmanager_hash_is_the_low_48_bits_of_the_md5() {
        // md5("") = d41d8cd98f00b204…
        assert_eq!(format!("{:.0}", alertmanager_config_hash(b"")), (0x008f_d98c_1dd4_u64).to_string());
    }
}
