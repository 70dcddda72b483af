//! Durations and sizes as Prometheus writes them (`1h30m`, `50GB`).

use std::time::Duration;

const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a Prometheus duration: numbers with `y w d h m s ms`, largest unit first, each at most once.
pub fn parse_duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = text;
    let mut millis: u64 = 0;
    let mut next_unit = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let letters = tail.len() - tail.trim_start_matches(|c: char| c.is_ascii_lowercase()).len();
        let (unit, tail) = tail.split_at(letters);
        let at = UNITS.iter().position(|(name, _)| *name == unit).filter(|at| *at >= next_unit)?;
        let (_, factor) = UNITS.get(at)?;
        millis = millis.checked_add(number.parse::<u64>().ok()?.checked_mul(*factor)?)?;
        next_unit = at + 1;
        rest = tail;
    }
    (!text.is_empty()).then(|| Duration::from_millis(millis))
}

/// Writes a duration the way Prometheus does: `1d2h`, `90s` becomes `1m30s`, zero is `0s`.
pub fn format_duration(duration: Duration) -> String {
    let mut millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, factor) in UNITS {
        // Prometheus itself prints years and weeks only when nothing is left over.
        let whole = millis.is_multiple_of(factor);
        if millis >= factor && (whole || !matches!(unit, "y" | "w")) {
            text.push_str(&format!("{}{unit}", millis / factor));
            millis %= factor;
        }
    }
    text
}

/// Reads a size in bytes: a whole number with `B KB MB GB TB PB EB` (powers of 1024, as Prometheus
/// counts them) or the same with an `i`.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let power = match unit.to_ascii_uppercase().replace('I', "").as_str() {
        "B" => 0,
        "KB" => 1,
        "MB" => 2,
        "GB" => 3,
        "TB" => 4,
        "PB" => 5,
        "EB" => 6,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1024_u64.checked_pow(power)?)
}

/// Reads a size on disk as [`parse_bytes`] does, also without the `B` (`50G`), and writes it as every version of
/// Prometheus takes it: `50GB`.
pub fn disk_size(text: &str) -> Option<String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let letter = unit.to_ascii_uppercase().replace(['I', 'B'], "");
    let size = format!("{number}{letter}B");
    let spelled = ["", "B", "IB", "I"].iter().any(|end| unit.eq_ignore_ascii_case(&format!("{letter}{end}")));
    (spelled && !unit.is_empty() && parse_bytes(&size).is_some()).then_some(size)
}

/// Reads an amount of memory as Docker does, in bytes: a number, with or without a fraction, and one of `b k m g t`,
/// which may be followed by `b` or `ib`; powers of 1024, letters of either case. A number alone counts bytes.
pub fn parse_memory(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start().to_ascii_lowercase();
    let power = match unit.strip_suffix("ib").or_else(|| unit.strip_suffix('b')).unwrap_or(&unit) {
        "" if !unit.ends_with("ib") => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    let factor = 1024_u64.checked_pow(power)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (number.contains('.') && fraction.is_empty()) {
        return None;
    }
    let mut bytes = whole.parse::<u64>().ok()?.checked_mul(factor)?;
    let mut share = factor;
    for digit in fraction.chars().take(9) {
        let tenths = share.checked_mul(u64::from(digit.to_digit(10)?))?;
        bytes = bytes.checked_add(tenths / 10)?;
        share /= 10;
    }
    Some(bytes)
}

/// `312 MiB`: one number a person can compare, units of 1024.
pub fn format_bytes(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut power = 0;
    while power + 1 < units.len() && bytes >> (10 * (power + 1)) > 0 {
        power += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let value = bytes as f64 / f64::from(1_u32 << (10 * power.min(3))) / if power > 3 { 1024.0 } else { 1.0 };
    let unit = units.get(power).copied().unwrap_or("B");
    if power == 0 || value >= 100.0 { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::{disk_size, format_bytes, format_duration, parse_bytes, parse_duration, parse_memory};
    use std::time::Duration;

    #[test]
    fn durations_are_read_and_written_as_prometheus_does() {
        for (text, seconds) in [("15s", 15), ("1h30m", 5400), ("2w", 1_209_600), ("1d", 86_400)] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(duration, Duration::from_secs(seconds));
            assert_eq!(format_duration(duration), text);
        }
        assert_eq!(format_duration(Duration::from_secs(60)), "1m");
        for wrong in ["", "s", "15", "15 s", "1m1h", "1.5h", "99999999999999999999s"] {
            assert_eq!(parse_duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_are_read_in_powers_of_1024() {
        assert_eq!(parse_bytes("50GB"), Some(50 << 30));
        assert_eq!(parse_bytes("512MiB"), Some(512 << 20));
        assert_eq!(parse_bytes("50"), None);
        assert_eq!(format_bytes(512 << 20), "512 MiB");
        assert_eq!(format_bytes(1536), "1.5 KiB");
    }

    #[test]
    fn memory_is_read_as_docker_reads_it() {
        for (text, bytes) in [
            ("512m", 512 << 20),
            ("512M", 512 << 20),
            ("1G", 1 << 30),
            ("1gb", 1 << 30),
            ("256MiB", 256 << 20),
            ("1.5g", 3 << 29),
            ("2 GB", 2 << 30),
            ("64k", 64 << 10),
            ("134217728", 128 << 20),
            ("100b", 100),
        ] {
            assert_eq!(parse_memory(text), Some(bytes), "{text}");
        }
        for wrong in ["", "m", "-1", "1x", "1.g", "1..5g", ".5g", "ib", "1ib", "99999999999t", "1mm"] {
            assert_eq!(parse_memory(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_on_disk_are_written_as_prometheus_takes_them() {
        for (text, size) in
            [("50GB", "50GB"), ("50G", "50GB"), ("50gib", "50GB"), ("10b", "10B"), ("1T", "1TB")]
        {
            assert_eq!(disk_size(text).as_deref(), Some(size), "{text}");
        }
        for wrong in ["", "50", "G", "50X", "5BG", "1.5G", "50BB"] {
            assert_eq!(disk_size(wrong), None, "{wrong}");
        }
    }
}
