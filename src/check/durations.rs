//! Numbers that stand for seconds, in ranges and behind `offset`, and are more than any duration.
//!
//! Prometheus refuses them. The parser has no answer to them at all: it panics (promql-parser 0.11).

use std::time::Duration;

use super::syntax_position::Token;

/// The longest duration in seconds: Prometheus keeps nanoseconds in 64 bits with a sign.
const LONGEST: u64 = 9_223_372_036;

/// The first number of that kind, with the character it begins at.
pub fn impossible<'a>(text: &'a str, tokens: &[Token<'_>]) -> Option<(&'a str, usize)> {
    let mut depth = 0_usize;
    tokens.iter().find_map(|token| {
        match token.text {
            "[" => depth += 1,
            "]" => depth = depth.saturating_sub(1),
            _ => {}
        }
        let word = token.text.to_ascii_lowercase();
        // `5m:1e9` is one word here, and two durations for Prometheus.
        let inside = depth > 0 && (word == "[" || word.ends_with(':'));
        let glued = (depth > 0)
            .then(|| token.text.rfind(':'))
            .flatten()
            .map_or(0, |colon| token.text.len() - colon - 1);
        let begins = if inside || word == "offset" {
            token.end
        } else if glued > 0 {
            token.end - glued
        } else {
            return None;
        };
        let number = number(text.get(begins..)?);
        let at = begins + text.get(begins..)?.find(number)?;
        is_impossible(number).then(|| (number, text.get(..at).unwrap_or_default().chars().count()))
    })
}

/// The word that follows, without its sign; `1e+9` is one.
fn number(rest: &str) -> &str {
    let rest = rest.trim_start().trim_start_matches(['+', '-']).trim_start();
    let mut before = ' ';
    let end = rest.find(|c: char| {
        let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
        before = c;
        !(c.is_ascii_alphanumeric() || c == '.' || sign)
    });
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

fn is_impossible(number: &str) -> bool {
    let too_long = |seconds: u64| seconds > LONGEST;
    match number.strip_prefix("0x").or_else(|| number.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).is_ok_and(too_long),
        None => number.parse().is_ok_and(|seconds: f64| {
            Duration::try_from_secs_f64(seconds).map_or(true, |duration| too_long(duration.as_secs()))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::impossible;
    use crate::check::syntax_position::tokens;

    #[test]
    fn a_number_that_is_no_duration_is_found_where_one_belongs() {
        for (text, expected) in [
            ("x\noffset+Inf", Some(("Inf", 9))),
            ("x offset - nan", Some(("nan", 11))),
            ("x OFFSET 1e+30", Some(("1e+30", 9))),
            ("x[1e30]", Some(("1e30", 2))),
            ("x[5m:1e30]", Some(("1e30", 5))),
            ("x[5m: 9e9999 ]", Some(("9e9999", 6))),
            ("rate(x[0xffffffffffffffff])", Some(("0xffffffffffffffff", 7))),
            ("x offset 9e9", None),
            ("x[300] > 1e30", None),
            ("x[5m:30] @ 1e30", None),
            ("x{a=\"[1e30]\"} + Inf", None),
            ("offset", None),
            ("x[", None),
        ] {
            assert_eq!(impossible(text, &tokens(text)), expected, "{text}");
        }
    }
}
