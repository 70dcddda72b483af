//! Whether two expressions say the same, when one of them went through Prometheus's formatter.
//!
//! The formatter moves grouping clauses, changes quotes, spaces and parentheses, and rewrites numbers and
//! durations; it does not change which words occur. So both texts are cut into words, each word is put into
//! one form, and the two bags of words are compared. This sees every changed threshold, metric, label,
//! matcher, window and operator; it does not see two words that changed places. It is no parser: a text it
//! cannot cut counts as the same, because a reload must not be undone for a doubt of ours.

use crate::kernel::units::parse_duration;

/// True when both texts consist of the same words.
pub(super) fn same_expression(rendered: &str, running: &str) -> bool {
    match (words(rendered), words(running)) {
        (Some(mut own), Some(mut other)) => {
            own.sort_unstable();
            other.sort_unstable();
            own == other
        }
        _ => true,
    }
}

/// Clauses that the formatter leaves out when they are empty.
const DROPPED_WHEN_EMPTY: [&str; 2] = ["by", "ignoring"];

/// What may stand before a sign that belongs to a number; the formatter adds and removes such plus signs.
const BEFORE_A_SIGN: [&str; 18] =
    ["(", ",", "{", "+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "bool", "and", "or"];

/// Punctuation that the formatter adds and removes: `up{}` is printed as `up`.
const PUNCTUATION: [&str; 5] = ["(", ")", "{", "}", ","];

/// The words of an expression, each in one form; none when the text cannot be cut.
fn words(text: &str) -> Option<Vec<String>> {
    let mut cutter = Cutter { rest: text, in_brackets: false };
    let mut words: Vec<String> = Vec::new();
    while let Some(word) = cutter.next()? {
        let last = words.last().map(String::as_str);
        let before = words.iter().nth_back(1).map(String::as_str);
        match word.as_str() {
            "+" if last.is_none_or(|last| BEFORE_A_SIGN.contains(&last)) => {}
            ")" if last == Some("(") && before.is_some_and(|clause| DROPPED_WHEN_EMPTY.contains(&clause)) => {
                words.truncate(words.len() - 2);
            }
            // `{"up"}` is printed as `{__name__="up"}`.
            "=" if last == Some("__name__") => {
                words.pop();
            }
            _ => words.push(word),
        }
    }
    words.retain(|word| !PUNCTUATION.contains(&word.as_str()));
    Some(words)
}

struct Cutter<'a> {
    rest: &'a str,
    /// Inside `[…]` a colon separates the two durations of a subquery; elsewhere it belongs to names.
    in_brackets: bool,
}

impl<'a> Cutter<'a> {
    /// The next word; the outer none means that the text cannot be cut, the inner one that it is over.
    #[expect(clippy::option_option, reason = "the two absences mean different things")]
    fn next(&mut self) -> Option<Option<String>> {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix('#') {
                Some(comment) => {
                    self.rest = comment.find('\n').and_then(|end| comment.get(end..)).unwrap_or("");
                }
                None => break,
            }
        }
        let Some(first) = self.rest.chars().next() else { return Some(None) };
        let word = match first {
            '"' | '\'' | '`' => self.quoted(first)?,
            c if c.is_ascii_digit() || self.is_fraction() => number(self.take(is_number_part, true))?,
            ':' if self.in_brackets => self.take_bytes(1),
            c if c.is_alphabetic() || c == '_' || c == ':' => {
                let colon = !self.in_brackets;
                let name = self.take(|c| c.is_alphanumeric() || c == '_' || (colon && c == ':'), false);
                name_word(name)
            }
            _ => self.operator(),
        };
        match word.as_str() {
            "[" => self.in_brackets = true,
            "]" => self.in_brackets = false,
            _ => {}
        }
        Some(Some(word))
    }

    fn is_fraction(&self) -> bool {
        self.rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// Takes characters while they fit; with `exponent`, also the sign in `1e-9`.
    fn take(&mut self, fits: impl Fn(char) -> bool, exponent: bool) -> &'a str {
        let hexadecimal = self.rest.starts_with("0x") || self.rest.starts_with("0X");
        let mut previous = ' ';
        let end = self.rest.char_indices().find(|(_, c)| {
            let sign = exponent && !hexadecimal && matches!(c, '+' | '-') && matches!(previous, 'e' | 'E');
            previous = *c;
            !(fits(*c) || sign)
        });
        let (word, rest) = self.rest.split_at(end.map_or(self.rest.len(), |(at, _)| at));
        self.rest = rest;
        word
    }

    fn take_bytes(&mut self, length: usize) -> String {
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        word.to_owned()
    }

    fn operator(&mut self) -> String {
        let two = ["==", "!=", ">=", "<=", "=~", "!~"];
        let length = if two.iter().any(|operator| self.rest.starts_with(operator)) {
            2
        } else {
            self.rest.chars().next().map_or(0, char::len_utf8)
        };
        self.take_bytes(length)
    }

    /// A text in quotes, with its escapes undone; the kind of quotes means nothing.
    fn quoted(&mut self, quote: char) -> Option<String> {
        let inside = self.rest.get(1..)?;
        let mut text = Vec::new();
        let mut chars = inside.char_indices();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = inside.get(at + 1..)?;
                return Some(String::from_utf8_lossy(&text).into_owned());
            }
            if c == '\\' && quote != '`' {
                unescape(&mut chars, &mut text)?;
            } else {
                text.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        None
    }
}

fn is_number_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '.'
}

/// Undoes one Go escape, the backslash of which is already read.
fn unescape(chars: &mut std::str::CharIndices<'_>, text: &mut Vec<u8>) -> Option<()> {
    let (_, c) = chars.next()?;
    let mut digits = |first: Option<char>, count: usize, radix: u32| {
        let more = chars.by_ref().take(count).map(|(_, c)| c);
        let digits: String = first.into_iter().chain(more).collect();
        u32::from_str_radix(&digits, radix).ok()
    };
    let code = match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        'x' => return text_byte(text, digits(None, 2, 16)?),
        '0'..='7' => return text_byte(text, digits(Some(c), 2, 8)?),
        'u' => digits(None, 4, 16)?,
        'U' => digits(None, 8, 16)?,
        other => u32::from(other),
    };
    text.extend(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
    Some(())
}

fn text_byte(text: &mut Vec<u8>, code: u32) -> Option<()> {
    text.push(u8::try_from(code).ok()?);
    Some(())
}

/// Names keep their case; keywords and functions are compared without it, as Prometheus reads them.
fn name_word(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let keywords = [
        "and",
        "or",
        "unless",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "bool",
        "offset",
        "atan2",
        "start",
        "end",
        "sum",
        "avg",
        "min",
        "max",
        "count",
        "count_values",
        "stddev",
        "stdvar",
        "topk",
        "bottomk",
        "quantile",
        "group",
        "inf",
        "nan",
    ];
    if keywords.contains(&lower.as_str()) { lower } else { name.to_owned() }
}

/// Numbers and durations in one form: seconds or the number itself.
fn number(text: &str) -> Option<String> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(digits, 16).ok().map(|number| number.to_string());
    }
    if let Ok(number) = text.parse::<f64>() {
        return Some(number.to_string());
    }
    parse_duration(text).map(|duration| duration.as_secs_f64().to_string())
}

#[cfg(test)]
mod tests {
    use super::same_expression;

    #[test]
    fn the_formatter_of_prometheus_changes_nothing() {
        for (rendered, running) in [
            ("sum   by(job)  (up)", "sum by (job) (up)"),
            ("sum(up) by (job)", "sum by (job) (up)"),
            ("SUM(up) BY ()", "sum(up)"),
            ("up==0 # comment", "up == 0"),
            ("rate(x[300s]) > 1e3", "rate(x[5m]) > 1000"),
            ("max_over_time(x[1h:60s] offset 1d)", "max_over_time(x[1h:1m] offset 1d)"),
            (r#"x{a=~'\\d+\'',b!="c",}"#, r#"x{a=~"\\d+'",b!="c"}"#),
            ("x{a=~`\\d+`}", r#"x{a=~"\\d+"}"#),
            ("x > Inf", "x > +Inf"),
            ("a:b:c / ignoring() d", "a:b:c / d"),
            ("(x + .5) * 0x10", "(x + 0.5) * 16"),
            ("{\"up\"}", "{__name__=\"up\"}"),
            ("up{}", "up"),
            ("-x + +1 * (+x)", "-x + 1 * (+x)"),
            ("a AND b", "a and b"),
            ("x * 1e-9", "x * 1e-09"),
        ] {
            assert!(same_expression(rendered, running), "{rendered} / {running}");
        }
    }

    #[test]
    fn a_changed_word_is_seen() {
        for (rendered, running) in [
            ("up == 0", "up == 1"),
            ("up == 0", "up != 0"),
            ("x > 0.9", "x > 0.8"),
            ("rate(x[5m])", "rate(x[10m])"),
            ("rate(x[5m])", "increase(x[5m])"),
            (r#"x{a="b"}"#, r#"x{a="c"}"#),
            (r#"x{a="b"}"#, "x"),
            ("sum by (job) (up)", "sum by (instance) (up)"),
            ("x{job=\"A\"}", "x{job=\"a\"}"),
        ] {
            assert!(!same_expression(rendered, running), "{rendered} / {running}");
        }
    }

    #[test]
    fn a_text_that_cannot_be_cut_is_no_difference() {
        assert!(same_expression("x{a=\"b}", "x"));
    }
}
