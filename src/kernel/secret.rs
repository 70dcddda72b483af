//! A value that must never be seen: every way of printing it shows `<secret>`.

use std::fmt;

use serde::{Serialize, Serializer};

/// A password, token or key. The only way to the value is [`Secret::expose`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Wraps the bytes.
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self(value.into())
    }

    /// The bytes, for the one place that must hand them on.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The value as text, for protocols that carry text; bytes that are not UTF-8 are replaced.
    pub fn expose_text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// True when there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("<secret>")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn no_way_of_printing_shows_the_value() {
        let secret = Secret::new("CANARY");
        let json = serde_json::to_string(&secret).unwrap();
        assert_eq!(
            (format!("{secret}"), format!("{secret:?}"), json),
            ("<secret>".into(), "<secret>".into(), "\"<secret>\"".into())
        );
    }
}
