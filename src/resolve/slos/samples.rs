//! Series that an indicator's selectors match, made up for the unit tests of its rules.
//!
//! A selector is taken apart by hand here: it is only needed when it is simple, and a series that does not fit
//! after all is not used.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::model::slo::{Samples, Sli};

/// Values for a label that no matcher asks to have one.
const ANY: &str = "x";
/// Most combinations of values that are tried.
const MOST: usize = 4096;

type Labels = BTreeMap<String, String>;

#[derive(Debug)]
struct Selector {
    metric: String,
    matchers: Vec<Matcher>,
}

#[derive(Debug)]
struct Matcher {
    label: String,
    equal: bool,
    pattern: Regex,
    /// Values worth trying.
    values: Vec<String>,
}

/// Series of the events that the indicator names and of the others.
pub fn of(sli: &Sli) -> Option<Samples> {
    let (part, total) = match sli {
        Sli::Good { good, total } => (good, total),
        Sli::Bad { bad, total } => (bad, total),
        Sli::Latency { bucket, count } => (bucket, count),
    };
    let (part, total) = (Selector::read(part)?, Selector::read(total)?);
    let within = part.metric == total.metric;
    let both = |labels: &Labels| part.matches(labels) && (!within || total.matches(labels));
    let other = |labels: &Labels| total.matches(labels) && (!within || !part.matches(labels));
    let candidates = combinations(&[&part, &total]);
    let part_labels = candidates.iter().find(|labels| both(labels))?;
    let rest_labels = candidates.iter().find(|labels| other(labels))?;
    Some(Samples {
        part: part.series(part_labels, within.then_some(&total)),
        rest: total.series(rest_labels, within.then_some(&part)),
        within,
    })
}

impl Selector {
    /// `metric{label="value", …}`; none for anything else.
    fn read(text: &str) -> Option<Self> {
        let (metric, rest) = text.split_once('{').unwrap_or((text, "}"));
        let mut rest = rest.trim_start();
        let mut matchers = Vec::new();
        while !rest.starts_with('}') {
            let (matcher, tail) = Matcher::read(rest)?;
            matchers.push(matcher);
            rest = tail.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        let metric = metric.trim();
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        let plain = !metric.is_empty() && metric.chars().all(word) && rest == "}";
        plain.then(|| Self { metric: metric.to_owned(), matchers })
    }

    fn matches(&self, labels: &Labels) -> bool {
        self.matchers.iter().all(|matcher| {
            let value = labels.get(&matcher.label).map_or("", String::as_str);
            matcher.pattern.is_match(value) == matcher.equal
        })
    }

    /// A series with those of the labels that this selector, or the other one, asks for.
    fn series(&self, labels: &Labels, other: Option<&Self>) -> String {
        let matchers = || self.matchers.iter().chain(other.into_iter().flat_map(|other| &other.matchers));
        let asked = |label: &str| matchers().any(|matcher| matcher.label == label);
        let labels = labels.iter().filter(|(label, value)| !value.is_empty() && asked(label));
        let written: Vec<String> = labels.map(|(label, value)| format!("{label}={value:?}")).collect();
        format!("{}{{{}}}", self.metric, written.join(", "))
    }
}

impl Matcher {
    /// The first matcher and what follows it.
    fn read(text: &str) -> Option<(Self, &str)> {
        let at = text.find(['=', '!'])?;
        let (label, rest) = text.split_at(at);
        let operator = ["=~", "!~", "!=", "="].into_iter().find(|operator| rest.starts_with(operator))?;
        let rest = rest.get(operator.len()..)?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let inside = rest.get(1..)?;
        let end = inside.char_indices().scan(false, |escaped, (at, c)| {
            let closes = c == quote && !*escaped;
            *escaped = c == '\\' && !*escaped;
            Some((at, closes))
        });
        let end = end.into_iter().find(|(_, closes)| *closes)?.0;
        let value = inside.get(..end)?.replace("\\\\", "\\");
        let literal = !operator.ends_with('~');
        let pattern = if literal { regex::escape(&value) } else { value.clone() };
        let pattern = Regex::new(&format!("^(?s:{pattern})$")).ok()?;
        let values = if literal { vec![value] } else { examples(&value) };
        let matcher =
            Self { label: label.trim().to_owned(), equal: !operator.starts_with('!'), pattern, values };
        Some((matcher, inside.get(end + 1..)?))
    }
}

/// Texts that a regular expression may match: its alternatives with the usual wildcards filled in.
fn examples(pattern: &str) -> Vec<String> {
    let fill = |text: &str| {
        let text = text.replace(['(', ')', '^', '$', '?'], "");
        let text = ["\\.", ".*", ".+", "\\d+", "\\d", "[0-9]+", "[0-9]", "."]
            .into_iter()
            .zip(["\u{1}", ANY, ANY, "0", "0", "0", "0", "0"])
            .fold(text, |text, (wildcard, value)| text.replace(wildcard, value));
        text.replace('\u{1}', ".").replace('\\', "")
    };
    pattern.split('|').map(fill).collect()
}

/// Every combination of the values that the selectors speak of; few come first, for a short series.
fn combinations(selectors: &[&Selector]) -> Vec<Labels> {
    let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for matcher in selectors.iter().flat_map(|selector| &selector.matchers) {
        let of_label = values.entry(&matcher.label).or_insert_with(|| BTreeSet::from(["", ANY]));
        of_label.extend(matcher.values.iter().map(String::as_str));
    }
    let mut all = vec![Labels::new()];
    for (label, values) in values {
        let with = |labels: &Labels| {
            let add = |value: &&str| {
                let mut labels = labels.clone();
                labels.insert(label.to_owned(), (*value).to_owned());
                labels
            };
            values.iter().map(add).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).take(MOST).collect();
    }
    all
}
