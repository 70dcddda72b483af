//! How grave a log line is, in the words of every logger that the components use.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How grave a line is; a graver one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every step.
    Trace,
    /// For those who look for a fault.
    Debug,
    /// The ordinary course of things.
    Info,
    /// It works, and somebody should look at it.
    Warn,
    /// Something did not work.
    Error,
    /// The program ends because of it.
    Fatal,
}

/// A word that is no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no log level; use trace, debug, info, warn, error or fatal")]
pub struct UnknownLevel(pub String);

/// The longest word of [`WORDS`].
const LONGEST: usize = 13;

/// Go's loggers (log15, logrus, zap, slog, zerolog), klog's long names, Python's, syslog's and `PostgreSQL`'s.
const WORDS: [(&str, Level); 34] = [
    ("trace", Level::Trace),
    ("trce", Level::Trace),
    ("trc", Level::Trace),
    ("debug", Level::Debug),
    ("dbug", Level::Debug),
    ("dbg", Level::Debug),
    ("info", Level::Info),
    ("inf", Level::Info),
    ("information", Level::Info),
    ("informational", Level::Info),
    ("notice", Level::Info),
    ("log", Level::Info),
    ("warn", Level::Warn),
    ("warning", Level::Warn),
    ("wrn", Level::Warn),
    ("error", Level::Error),
    ("eror", Level::Error),
    ("err", Level::Error),
    ("severe", Level::Error),
    ("fatal", Level::Fatal),
    ("fatl", Level::Fatal),
    ("ftl", Level::Fatal),
    ("critical", Level::Fatal),
    ("crit", Level::Fatal),
    ("panic", Level::Fatal),
    ("dpanic", Level::Fatal),
    ("pnc", Level::Fatal),
    ("alert", Level::Fatal),
    ("emerg", Level::Fatal),
    ("emergency", Level::Fatal),
    // Loggers that are cut to one letter.
    ("i", Level::Info),
    ("w", Level::Warn),
    ("e", Level::Error),
    ("f", Level::Fatal),
];

impl Level {
    /// Every level, the lightest first.
    pub const ALL: [Self; 6] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];

    /// Its name, as `--level` takes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }

    /// The level that a logger means by a word, in any case. slog writes steps between its levels as `INFO+2`.
    pub fn from_word(word: &str) -> Option<Self> {
        let plain = word.split(['+', '-']).next().unwrap_or(word);
        if plain.len() > LONGEST {
            return None;
        }
        WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(plain)).map(|(_, level)| *level)
    }

    /// The level that pino and bunyan mean by a number: 10 is trace, 60 is fatal. Numbers below 10 are syslog's
    /// severities with some loggers and verbosity with others, so they mean nothing.
    pub const fn from_number(number: u64) -> Option<Self> {
        match number {
            0..10 => None,
            10..20 => Some(Self::Trace),
            20..30 => Some(Self::Debug),
            30..40 => Some(Self::Info),
            40..50 => Some(Self::Warn),
            50..60 => Some(Self::Error),
            _ => Some(Self::Fatal),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        Self::from_word(word).ok_or_else(|| UnknownLevel(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, Level, UnknownLevel, WORDS};

    #[test]
    fn levels_are_ordered_by_gravity() {
        assert!(Level::ALL.is_sorted_by(|lighter, graver| lighter < graver));
    }

    #[test]
    fn every_logger_s_word_is_known_in_any_case() {
        for (word, level) in WORDS {
            assert_eq!(Level::from_word(&word.to_uppercase()), Some(level), "{word}");
            assert!(word.len() <= LONGEST, "{word}");
        }
        assert_eq!(Level::from_word("DEBUG-4"), Some(Level::Debug));
        assert_eq!(Level::from_word("ERROR+2"), Some(Level::Error));
        assert_eq!(Level::from_word("informationally"), None);
        assert_eq!(Level::from_word(""), None);
    }

    #[test]
    fn the_name_of_a_level_reads_back_as_that_level() {
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
        assert_eq!("loud".parse::<Level>(), Err(UnknownLevel("loud".to_owned())));
    }

    #[test]
    fn the_numbers_of_pino_are_known_and_those_of_syslog_mean_nothing() {
        let levels: Vec<_> = [0, 7, 10, 20, 30, 35, 40, 50, 60, u64::MAX].map(Level::from_number).into();
        let expected = [
            None,
            None,
            Some(Level::Trace),
            Some(Level::Debug),
            Some(Level::Info),
            Some(Level::Info),
            Some(Level::Warn),
            Some(Level::Error),
            Some(Level::Fatal),
            Some(Level::Fatal),
        ];
        assert_eq!(levels, expected);
    }
}
