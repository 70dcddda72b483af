//! The door to the `PromQL` parser: text to syntax tree, or what is wrong and at which character.
//!
//! The parser names no positions; [`super::syntax_position`] finds them by asking it again.

use promql_parser::label::Matcher;
use promql_parser::parser;
pub use promql_parser::parser::Expr;
use promql_parser::parser::token::T_EQL_REGEX;

use super::syntax_position::{self, Token};
use super::{durations, walk};

/// Most operators in one expression, and deepest nesting: trees are walked and dropped recursively.
const MAX_OPERATORS: usize = 1000;
const MAX_NESTING: usize = 100;

/// Why an expression is not `PromQL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong, without a full stop.
    pub message: String,
    /// Where it begins, in characters from 0, and how many there are.
    pub at: Option<(usize, usize)>,
    /// What to type instead, when that is known.
    pub hint: Option<String>,
}

/// Parses an expression.
pub fn parse(text: &str) -> Result<Expr, Wrong> {
    let text = &plain_numbers(text);
    let tokens = syntax_position::tokens(text);
    if too_large(&tokens) {
        let message =
            format!("it has more than {MAX_OPERATORS} operators or {MAX_NESTING} levels of brackets");
        let hint = "record parts of it as rules of their own".to_owned();
        return Err(Wrong { message, at: None, hint: Some(hint) });
    }
    if let Some((number, at)) = durations::impossible(text, &tokens) {
        let message = format!("`{number}` seconds are no duration");
        let hint = "write a duration, such as `5m`; the longest is 292 years".to_owned();
        return Err(Wrong { message, at: Some((at, number.chars().count())), hint: Some(hint) });
    }
    let expr = parser::parse(text).map_err(|message| explain(text, &tokens, &message))?;
    // The parser knows `{a="b" or c="d"}`; Prometheus does not.
    if walk::selectors(&expr).iter().any(|selector| !selector.matchers.or_matchers.is_empty()) {
        let message = "matchers cannot be joined by `or`".to_owned();
        let at = super::text_place::word_position(text, "or").map(|at| (at, 2));
        let hint = "write two selectors with `or` between them, or one regular expression".to_owned();
        return Err(Wrong { message, at, hint: Some(hint) });
    }
    Ok(expr)
}

/// True for a regular expression as matchers take them, here and in Alertmanager.
pub fn is_regular_expression(text: &str) -> bool {
    Matcher::new_matcher(T_EQL_REGEX, "label".to_owned(), text.to_owned()).is_ok()
}

/// `1_000` as the parser knows it, padded so that nothing moves. Prometheus takes both.
fn plain_numbers(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut end = 0;
    for token in syntax_position::tokens(text) {
        let number = token.text.starts_with(|c: char| c.is_ascii_digit()) && token.text.contains('_');
        let digits = token.text.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | '.'));
        if number && digits && !token.text.ends_with('_') {
            plain.push_str(text.get(end..token.end - token.text.len()).unwrap_or_default());
            plain.extend(token.text.chars().filter(|c| *c != '_'));
            plain.extend(token.text.chars().filter(|c| *c == '_').map(|_| ' '));
            end = token.end;
        }
    }
    plain.push_str(text.get(end..).unwrap_or_default());
    plain
}

fn too_large(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let mut operators = 0;
    for token in tokens {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            text if syntax_position::is_operator(text) => operators += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest > MAX_NESTING || operators > MAX_OPERATORS
}

fn explain(text: &str, tokens: &[Token<'_>], message: &str) -> Wrong {
    if text.trim().is_empty() {
        return Wrong { message: "it is empty".to_owned(), at: None, hint: None };
    }
    if !syntax_position::is_of_syntax(message) {
        // The checks of types and names quote the name.
        let name = quoted(message).or_else(|| message.strip_prefix("illegal regex for "));
        let at =
            name.and_then(|name| Some((super::text_place::word_position(text, name)?, name.chars().count())));
        return Wrong { message: words(message), at, hint: meaning(message) };
    }
    match syntax_position::first_wrong(tokens, text) {
        Some(token) => Wrong {
            message: format!("`{}` at character {} is not expected", token.text, token.at + 1),
            at: Some((token.at, token.text.chars().count())),
            hint: advice(token.text),
        },
        None => Wrong {
            message: "it ends too early".to_owned(),
            at: None,
            hint: Some(match syntax_position::missing(tokens) {
                Some(bracket) => format!("is a `{bracket}` missing?"),
                None => "something is missing after the last word".to_owned(),
            }),
        },
    }
}

fn quoted(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once('\'')?;
    rest.split_once('\'').map(|(name, _)| name).filter(|name| !name.is_empty())
}

/// The parser's words in the style of ours: names in backticks, types as Prometheus calls them.
fn words(message: &str) -> String {
    let message = message.replace('\'', "`").replace(" vector type", " instant vector type");
    match message.strip_prefix("illegal regex for ") {
        Some(regex) => format!("`{regex}` is not a regular expression"),
        None => message
            .replace("type matrix", "a range vector")
            .replace("type vector", "an instant vector")
            .replace("got vector", "got an instant vector")
            .replace("got matrix", "got a range vector"),
    }
}

/// What to type, for the messages of the checks of types and names.
fn meaning(message: &str) -> Option<String> {
    let known = |start: &str| message.starts_with(start);
    if known("unknown function") {
        return Some(match crate::kernel::text::nearest(quoted(message)?, FUNCTIONS.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "the documentation of Prometheus lists the functions".to_owned(),
        });
    }
    let hint = if known("expected type matrix") {
        "add a range, such as `[5m]`"
    } else if known("ranges only allowed for vector") {
        "write a subquery with a resolution, such as `[7d:1h]`"
    } else if known("binary expression must contain") {
        "put the range into a function, such as `rate(…[5m])`"
    } else if known("comparisons between scalars") {
        "write `> bool`, or compare a series: `vector(…)`"
    } else {
        return None;
    };
    Some(hint.to_owned())
}

fn advice(token: &str) -> Option<String> {
    match token {
        "=" => Some("write `==` to compare values; `=` belongs into `{…}`".to_owned()),
        "&" | "&&" => Some("write `and`".to_owned()),
        "|" | "||" => Some("write `or`".to_owned()),
        "smoothed" | "anchored" => Some("this modifier is experimental and not supported here".to_owned()),
        _ => None,
    }
}

/// Functions that people mistype.
const FUNCTIONS: &[&str] = &[
    "abs",
    "absent",
    "absent_over_time",
    "avg_over_time",
    "ceil",
    "changes",
    "clamp",
    "clamp_max",
    "clamp_min",
    "count_over_time",
    "day_of_week",
    "delta",
    "deriv",
    "floor",
    "histogram_quantile",
    "hour",
    "idelta",
    "increase",
    "irate",
    "label_join",
    "label_replace",
    "last_over_time",
    "max_over_time",
    "min_over_time",
    "minute",
    "month",
    "predict_linear",
    "present_over_time",
    "quantile_over_time",
    "rate",
    "resets",
    "round",
    "scalar",
    "sort",
    "sort_desc",
    "sqrt",
    "stddev_over_time",
    "sum_over_time",
    "time",
    "timestamp",
    "vector",
    "year",
];
