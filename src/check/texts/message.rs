//! What amtool reports about a text that it cannot execute, taken apart; and what to do about it.

use std::collections::BTreeSet;

use crate::kernel::{Place, text};

/// Functions of notification templates, and the words of the template language that look like functions.
const FUNCTIONS: [&str; 42] = [
    "toUpper",
    "toLower",
    "title",
    "trimSpace",
    "join",
    "match",
    "safeHtml",
    "safeUrl",
    "urlUnescape",
    "reReplaceAll",
    "stringSlice",
    "date",
    "tz",
    "since",
    "humanizeDuration",
    "toJson",
    "and",
    "or",
    "not",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "len",
    "index",
    "slice",
    "print",
    "printf",
    "println",
    "html",
    "js",
    "urlquery",
    "if",
    "else",
    "end",
    "range",
    "with",
    "define",
    "template",
    "block",
];

/// Fields of a notification, and of an alert in it.
const DATA: [&str; 7] =
    ["Receiver", "Status", "Alerts", "GroupLabels", "CommonLabels", "CommonAnnotations", "ExternalURL"];
const ALERT: [&str; 7] =
    ["Status", "Labels", "Annotations", "StartsAt", "EndsAt", "GeneratorURL", "Fingerprint"];

/// One report of amtool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The file or text the mistake is in; empty when it is not named.
    pub file: String,
    /// Line in it.
    pub line: Option<usize>,
    /// Column in the line, from 1.
    pub column: Option<usize>,
    /// The template that was being executed; none while it was being read.
    pub executing: Option<String>,
    /// The expression that failed.
    pub expression: Option<String>,
    /// Why.
    pub reason: String,
}

/// Reads `amtool: error: template: FILE:LINE:COLUMN: executing "NAME" at <EXPRESSION>: REASON`.
pub fn parse(output: &str) -> Report {
    let whole = output.rsplit_once("error: ").map_or(output, |(_, rest)| rest).trim();
    let rest = whole.strip_prefix("template: ").or_else(|| whole.strip_prefix("html/template:"));
    let (position, reason) = match rest.and_then(|rest| rest.split_once(": ")) {
        Some((position, reason)) if !position.contains(char::is_whitespace) => (position, reason),
        _ => ("", rest.unwrap_or(whole)),
    };
    let mut parts = position.split(':');
    let file = parts.next().unwrap_or_default().to_owned();
    let line = parts.next().and_then(|text| text.parse().ok());
    let column = parts.next().and_then(|text| text.parse::<usize>().ok()).map(|column| column + 1);
    let (executing, expression, reason) = executed(reason);
    let reason = reason.lines().next().unwrap_or_default().to_owned();
    Report { file, line, column, executing, expression, reason }
}

fn executed(text: &str) -> (Option<String>, Option<String>, &str) {
    let parts = text.strip_prefix("executing \"").and_then(|rest| {
        let (name, rest) = rest.split_once("\" at <")?;
        let (expression, reason) = rest.split_once(">: ")?;
        Some((Some(name.to_owned()), Some(expression.to_owned()), reason))
    });
    parts.unwrap_or((None, None, text))
}

impl Report {
    /// The word that the mistake is about, to be underlined.
    pub fn word(&self) -> Option<String> {
        let quoted = |before: &str| self.reason.strip_prefix(before)?.split('"').next().map(str::to_owned);
        quoted("function \"")
            .or_else(|| quoted("template \"").map(|name| format!("\"{name}\"")))
            .or_else(|| self.expression.clone())
    }

    /// What to change.
    pub fn hint(&self, defined: &BTreeSet<String>) -> String {
        let between = |before: &str, after: &str| {
            let rest = self.reason.split_once(before)?.1;
            rest.split(after).next()
        };
        if let Some(name) = between("function \"", "\" not defined") {
            return match text::nearest(name, FUNCTIONS).or_else(|| ending(name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "see the functions at https://prometheus.io/docs/alerting/latest/notifications/"
                    .to_owned(),
            };
        }
        if let Some(name) = between("template \"", "\" not defined") {
            return super::undefined(name, defined).hint.unwrap_or_default();
        }
        if let Some(field) = between("can't evaluate field ", " in type") {
            return no_field(field, &self.reason);
        }
        let hint = match self.reason.as_str() {
            reason if reason.contains("bad character") => {
                "write a label with other characters than letters, digits and `_` as `{{ index .GroupLabels \"my-label\" }}`"
            }
            "unexpected EOF" => "close every `if`, `range`, `with` and `define` with `{{ end }}`",
            reason if reason.contains("unexpected {{end}}") => "remove the `{{ end }}` that closes nothing",
            reason if reason.contains("index out of range") => {
                "a notification may hold a single alert: use `{{ range .Alerts }}`, or test `len .Alerts` first"
            }
            reason if reason.contains("parsing regexp") => {
                "correct the regular expression; its syntax is RE2"
            }
            reason if reason.contains("maximum template depth") => "a template must not call itself",
            _ => {
                "correct the text; its syntax is described at https://prometheus.io/docs/alerting/latest/notifications/"
            }
        };
        hint.to_owned()
    }
}

/// `upper` for `toUpper`.
fn ending(name: &str) -> Option<&'static str> {
    let wanted = name.to_lowercase();
    let ends = |function: &&&str| wanted.len() > 3 && function.to_lowercase().ends_with(&wanted);
    FUNCTIONS.iter().find(ends).copied()
}

fn no_field(field: &str, reason: &str) -> String {
    let fields = if reason.ends_with("Data") {
        DATA
    } else if reason.ends_with("template.Alert") && !reason.contains("[]") {
        ALERT
    } else if reason.contains("Alerts") || reason.contains("[]") {
        return format!(
            "`.{field}` belongs to one alert: write `{{{{ range .Alerts }}}}…{{{{ .{field} }}}}…{{{{ end }}}}`"
        );
    } else {
        return format!("there is no `.{field}` here: a label or an annotation is a plain text");
    };
    match text::nearest(field, fields) {
        Some(near) => format!("did you mean `.{near}`?"),
        None => format!("the fields here are {}", text::list(&fields.map(|field| format!("`.{field}`")))),
    }
}

/// The part of a place where a word is written, when it is on the same line.
pub fn narrow(place: Place, word: &str) -> Place {
    let start = place.text.char_indices().nth(place.column.saturating_sub(1)).map_or(0, |(at, _)| at);
    let Some(found) = place.text.get(start..).and_then(|rest| rest.find(word)) else { return place };
    let before = place.text.get(..start + found).unwrap_or_default().chars().count();
    Place { column: before + 1, width: word.chars().count().max(1), ..place }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Report, parse};

    /// The outputs are those of amtool 0.28 and 0.33.
    #[test]
    fn a_report_of_amtool_is_taken_apart() {
        let report = parse(
            "amtool: error: template: t0:2:9: executing \"t0\" at <.Alert.Labels.alertname>: can't evaluate field Alert in type template.Data",
        );
        let expected = Report {
            file: "t0".to_owned(),
            line: Some(2),
            column: Some(10),
            executing: Some("t0".to_owned()),
            expression: Some(".Alert.Labels.alertname".to_owned()),
            reason: "can't evaluate field Alert in type template.Data".to_owned(),
        };
        assert_eq!(report, expected);
        let report = parse("amtool: error: template: t0:1: function \"upper\" not defined");
        assert_eq!((report.file.as_str(), report.line, report.column), ("t0", Some(1), None));
        assert_eq!(report.word().as_deref(), Some("upper"));
    }

    #[test]
    fn each_usual_mistake_has_a_next_step() {
        let hint = |reason: &str| {
            parse(&format!("amtool: error: template: t0:1: {reason}"))
                .hint(&BTreeSet::from(["team.title".to_owned()]))
        };
        for (reason, expected) in [
            ("function \"upper\" not defined", "did you mean `toUpper`?"),
            ("function \"joim\" not defined", "did you mean `join`?"),
            ("template \"team.titel\" not defined", "did you mean `team.title`?"),
            (
                "executing \"t0\" at <.Alert>: can't evaluate field Alert in type template.Data",
                "did you mean `.Alerts`?",
            ),
            (
                "executing \"t0\" at <.Label>: can't evaluate field Label in type template.Alert",
                "did you mean `.Labels`?",
            ),
            (
                "executing \"t0\" at <.Alerts.Labels>: can't evaluate field Labels in type template.Alerts",
                "`.Labels` belongs to one alert: write `{{ range .Alerts }}…{{ .Labels }}…{{ end }}`",
            ),
            ("unexpected EOF", "close every `if`, `range`, `with` and `define` with `{{ end }}`"),
        ] {
            assert_eq!(hint(reason), expected, "{reason}");
        }
        assert!(hint("bad character U+002D '-'").contains("index .GroupLabels \"my-label\""));
    }
}
