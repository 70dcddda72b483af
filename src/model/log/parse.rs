//! What a log line says about itself. Knows how the components write: logfmt (Prometheus, Alertmanager, most
//! exporters, Grafana), JSON, klog (cAdvisor), console output with a level in front, and Go's last words.

use super::text::without_colour;
use super::{Level, json, logfmt};

/// How much of a line is looked at, in bytes. Loggers put the level near the beginning.
const LIMIT: usize = 4096;
/// How many words in front of a level are skipped: date, time, zone, process.
const WORDS: usize = 5;

/// What a line says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// How grave it is.
    pub level: Option<Level>,
    /// The message without its surroundings, as far as it is in the first 4 KiB of the line; none when the line
    /// has no field for it.
    pub message: Option<String>,
}

/// Understands a line. Takes time in proportion to the first 4 KiB of it, whatever is in it.
pub fn parse(line: &str) -> Parsed {
    let line = without_colour(beginning(line));
    let line = line.trim_start();
    if line.starts_with('{') {
        return json::parse(line);
    }
    if let Some(level) = last_words(line).or_else(|| klog(line)) {
        return Parsed { level: Some(level), message: None };
    }
    let mut parsed = Parsed::default();
    for (key, value) in logfmt::pairs(line) {
        match key {
            "level" | "lvl" | "severity" => {
                parsed.level = parsed.level.or_else(|| Level::from_word(value.trim_matches('"')));
            }
            "msg" | "message" => {
                parsed.message.get_or_insert_with(|| logfmt::unquote(value));
            }
            _ => {}
        }
    }
    parsed.level = parsed.level.or_else(|| in_front(line));
    parsed
}

/// The first [`LIMIT`] bytes, without half a character at the end.
fn beginning(line: &str) -> &str {
    if line.len() <= LIMIT {
        return line;
    }
    // A character has at most four bytes, so one of these is where one begins.
    (LIMIT - 3..=LIMIT).rev().find_map(|end| line.get(..end)).unwrap_or("")
}

/// How a Go program ends that nobody caught.
fn last_words(line: &str) -> Option<Level> {
    let fatal = ["panic: ", "fatal error: ", "runtime: out of memory", "SIGSEGV: ", "SIGABRT: "];
    fatal.iter().any(|words| line.starts_with(words)).then_some(Level::Fatal)
}

/// klog: `I0102 15:04:05.000000`, with the level, the month and the day as one word.
fn klog(line: &str) -> Option<Level> {
    let (head, time) = (line.as_bytes().get(..5)?, line.as_bytes().get(5..14)?);
    let [letter, date @ ..] = head else { return None };
    let shape = date.iter().all(u8::is_ascii_digit)
        && matches!(time, [b' ', h1, h2, b':', m1, m2, b':', s1, s2]
            if [h1, h2, m1, m2, s1, s2].iter().all(|digit| digit.is_ascii_digit()));
    match letter {
        _ if !shape => None,
        b'I' => Some(Level::Info),
        b'W' => Some(Level::Warn),
        b'E' => Some(Level::Error),
        b'F' => Some(Level::Fatal),
        _ => None,
    }
}

/// A level in front of a line that is made for people, behind a date at most: `INFO[0000] …`, `[error] …`,
/// `2026-01-02T15:04:05Z WARN …`, `2026-01-02 15:04:05 UTC [1] LOG:  …`. A bare word counts in capitals only:
/// "error" may begin a sentence.
fn in_front(line: &str) -> Option<Level> {
    for word in line.split_whitespace().take(WORDS) {
        let bracketed = word.strip_prefix(['[', '<']).and_then(|rest| rest.split([']', '>']).next());
        let bare = word.split(['[', ':', '|']).next().unwrap_or(word);
        let level = match bracketed {
            Some(word) => Level::from_word(word),
            None if bare.len() > 1 && bare.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                Level::from_word(bare)
            }
            None => None,
        };
        let of_date = word.trim_start_matches('[').starts_with(|c: char| c.is_ascii_digit())
            || matches!(word, "UTC" | "GMT" | "-" | "|");
        if level.is_some() || !of_date {
            return level;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Level::{Debug, Error, Fatal, Info, Trace, Warn};
    use super::{Parsed, parse};

    #[test]
    fn the_level_is_found_in_what_the_components_write() {
        for (line, level) in [
            // Prometheus 2, Prometheus 3, log15's and redis_exporter's way
            (
                r#"ts=2026-01-02T15:04:05.000Z caller=main.go:535 level=info msg="Starting Prometheus""#,
                Some(Info),
            ),
            (r"time=2026-01-02T15:04:05.000Z level=WARN source=main.go:1 msg=x", Some(Warn)),
            (r#"time="2026-01-02T15:04:05Z" level=error msg="Couldn't connect to redis""#, Some(Error)),
            (r#"logger=settings t=2026-01-02T15:04:05Z level=debug msg="Config loaded""#, Some(Debug)),
            (r#"t=2026-01-02T15:04:05+0000 lvl=eror msg="Failed" err="level=info""#, Some(Error)),
            (
                "\u{1b}[32mINFO \u{1b}[0m[01-02|15:04:05] Starting Grafana  \u{1b}[32mlogger\u{1b}[0m=x",
                Some(Info),
            ),
            ("CRIT[01-02|15:04:05] cannot go on", Some(Fatal)),
            // JSON
            (r#"{"level":"warn","ts":1.5,"msg":"x"}"#, Some(Warn)),
            (r#"{"time":1,"req":{"level":"error","a":[1,{"b":2}]},"level":30,"msg":"x"}"#, Some(Info)),
            (r#"{"severity":"CRITICAL","message":"x"}"#, Some(Fatal)),
            (r#"{"\u006cevel":"trace"}"#, Some(Trace)),
            (r#"{"level":{"level":"error"},"lvl":"info"}"#, Some(Info)),
            (r#"{"level":"error","msg":"cut in the mid"#, Some(Error)),
            (r#"{"level":3}"#, None),
            // klog
            ("I0102 15:04:05.123456       1 cadvisor.go:148] Exporter ready", Some(Info)),
            ("E1231 23:59:59.000000 1 x.go:1] bad", Some(Error)),
            ("I010 15:04:05 no", None),
            ("X0102 15:04:05 no", None),
            // people's formats
            ("[WARNING] low disk", Some(Warn)),
            ("2026/01/02 15:04:05 [error] 31#31: *1 open() failed", Some(Error)),
            ("2026-01-02 15:04:05.000 UTC [1] LOG:  database system is ready", Some(Info)),
            ("2026-01-02T15:04:05Z\tDEBUG\tx", Some(Debug)),
            ("FATAL: role does not exist", Some(Fatal)),
            ("Error is a word here", None),
            ("a sentence with ERROR in it", None),
            ("2026/01/02 15:04:05 listening", None),
            // Go's last words
            ("panic: runtime error: index out of range", Some(Fatal)),
            ("fatal error: all goroutines are asleep - deadlock!", Some(Fatal)),
            ("goroutine 1 [running]:", None),
            ("", None),
        ] {
            assert_eq!(parse(line).level, level, "{line}");
        }
    }

    #[test]
    fn the_message_is_taken_out_of_its_quotes() {
        let message = |level, text: &str| Parsed { level: Some(level), message: Some(text.to_owned()) };
        assert_eq!(
            parse(r#"level=info msg="say \"hi\" level=error""#),
            message(Info, "say \"hi\" level=error")
        );
        assert_eq!(parse(r#"{"msg":"a\nb","level":"info","message":"c"}"#), message(Info, "a\nb"));
        assert_eq!(parse("level=warn msg=short"), message(Warn, "short"));
    }

    #[test]
    fn only_the_beginning_of_a_line_counts() {
        let late = format!("{} level=error", "é".repeat(4096));
        assert_eq!(parse(&late), Parsed::default());
        for hostile in ["{", "[", "{\"a\":", "\"", "\\", "=", "a=\"", "\u{1b}[", "\u{1b}[1m", "<"] {
            let line = hostile.repeat(1 << 20);
            assert_eq!(parse(&line).level, None, "{hostile}");
        }
    }
}
