//! Versions of components, compared number by number.

use std::fmt;

use serde::{Serialize, Serializer};

/// A release such as `3.14.0`; a leading `v` and anything after the numbers (`+ds1-1`) are ignored
/// when comparing.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u64>,
    text: String,
}

impl Version {
    /// Reads `v3.14.0`, `2.53.3+ds1-2`, `0.28`; none when it does not start with a number.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.strip_prefix('v').unwrap_or(text);
        let numeric: String = plain.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let numbers: Option<Vec<u64>> =
            numeric.trim_end_matches('.').split('.').map(|part| part.parse().ok()).collect();
        numbers.map(|numbers| Self { numbers, text: numeric.trim_end_matches('.').to_owned() })
    }

    /// True when this version is the given one or a later one; a text that is no version is later than all.
    pub fn since(&self, other: &str) -> bool {
        Self::parse(other).is_some_and(|other| *self >= other)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let number = |numbers: &[u64], at: usize| numbers.get(at).copied().unwrap_or(0);
        (0..length)
            .map(|at| number(&self.numbers, at).cmp(&number(&other.numbers, at)))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_compare_by_number_not_by_letter() {
        let version = Version::parse("v3.14.0").unwrap();
        assert!(version.since("3.5.3") && version.since("3.14") && !version.since("3.14.1"));
        assert_eq!(Version::parse("2.53.3+ds1-1").unwrap().to_string(), "2.53.3");
        assert!(Version::parse("latest").is_none());
    }
}
