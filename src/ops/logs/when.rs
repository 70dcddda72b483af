//! `--since` and `--until`: from what the user wrote to instants, given the present one.

use std::time::Duration;

use jiff::Timestamp;

use crate::engine::LogQuery;
use crate::kernel::units;
use crate::ops::Error;

/// A stretch of time, both ends included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Window {
    /// Reads both ends. An end before the beginning is an error: no line could be shown.
    pub fn parse(since: Option<&str>, until: Option<&str>, now: Timestamp) -> Result<Self, Error> {
        let read = |option: &str, text: Option<&str>| {
            text.map(|text| instant(text, now).ok_or_else(|| unreadable(option, text))).transpose()
        };
        let window = Self { since: read("--since", since)?, until: read("--until", until)? };
        if let (Some(from), Some(to)) = (window.since, window.until)
            && from > to
        {
            return Err(Error::Usage {
                message: format!("`--since` ({from:.0}) is after `--until` ({to:.0})"),
                hint: "exchange them: `--since 1h --until 10m` is the hour before the last ten minutes"
                    .to_owned(),
            });
        }
        Ok(window)
    }

    /// True when there may be new lines in it.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    /// How long new lines may be in it; none means for ever.
    pub fn remaining(&self, now: Timestamp) -> Option<Duration> {
        self.until.map(|until| Duration::try_from(until.duration_since(now)).unwrap_or_default())
    }

    /// The same for the daemon, which is asked in whole seconds: a little more than wanted.
    pub fn query(&self) -> LogQuery {
        LogQuery {
            since: self.since.map(Timestamp::as_second),
            until: self.until.map(|until| until.as_second().saturating_add(1)),
            ..LogQuery::default()
        }
    }
}

/// `10m` is ten minutes before now, as Prometheus writes durations; everything else must be RFC 3339 with a zone.
pub(super) fn instant(text: &str, now: Timestamp) -> Option<Timestamp> {
    match units::parse_duration(text) {
        // Further back than time goes: from the beginning.
        Some(ago) => Some(now.checked_sub(ago).unwrap_or(Timestamp::MIN)),
        None => text.parse().ok(),
    }
}

/// An instant as the engine writes it, so that it compares with lines as text.
pub(super) fn stamp(instant: Timestamp) -> String {
    format!("{instant:.9}")
}

fn unreadable(option: &str, text: &str) -> Error {
    Error::Usage {
        message: format!("`{option} {text}` is neither a duration nor a time"),
        hint: "write how long ago, such as `10m` or `1h30m`, or a time with its zone, such as `2026-01-02T15:04:05Z`"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{Window, instant, stamp};
    use crate::ops::Error;

    fn now() -> Timestamp {
        "2026-01-02T12:00:00.5Z".parse().unwrap()
    }

    #[test]
    fn durations_count_back_from_now_and_times_have_a_zone() {
        for (text, expected) in [
            ("10m", Some("2026-01-02T11:50:00.5Z")),
            ("1d12h", Some("2026-01-01T00:00:00.5Z")),
            ("0", Some("2026-01-02T12:00:00.5Z")),
            ("99999y", Some("-009999-01-02T01:59:59Z")),
            ("2026-01-02T15:04:05+02:00", Some("2026-01-02T13:04:05Z")),
            ("2026-01-02T15:04:05.123456789Z", Some("2026-01-02T15:04:05.123456789Z")),
            ("2026-01-02T15:04:05", None),
            ("2026-01-02", None),
            ("yesterday", None),
            ("-5m", None),
            ("", None),
        ] {
            assert_eq!(instant(text, now()), expected.map(|time| time.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_stamp_has_nine_decimals_as_the_engine_writes_them() {
        assert_eq!(stamp(now()), "2026-01-02T12:00:00.500000000Z");
    }

    #[test]
    fn the_daemon_is_asked_for_whole_seconds_around_the_window() {
        let window = Window::parse(Some("10s"), Some("5s"), now()).unwrap();
        let query = window.query();
        assert_eq!((query.since, query.until), (Some(1_767_355_190), Some(1_767_355_196)));
        assert_eq!((window.is_open(now()), window.remaining(now())), (false, Some(Duration::ZERO)));
        let future = Window::parse(None, Some("2026-01-02T12:00:02Z"), now()).unwrap();
        assert_eq!(
            (future.is_open(now()), future.remaining(now())),
            (true, Some(Duration::from_millis(1500)))
        );
        assert_eq!((Window::default().is_open(now()), Window::default().remaining(now())), (true, None));
    }

    #[test]
    fn what_cannot_be_is_said_before_the_daemon_is_asked() {
        let message = |since, until| match Window::parse(since, until, now()) {
            Err(Error::Usage { message, .. }) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(message(Some("soon"), None), "`--since soon` is neither a duration nor a time");
        assert_eq!(message(None, Some("5 m")), "`--until 5 m` is neither a duration nor a time");
        assert_eq!(
            message(Some("5m"), Some("10m")),
            "`--since` (2026-01-02T11:55:00Z) is after `--until` (2026-01-02T11:50:00Z)"
        );
    }
}
