//! Reads the Prometheus text format as components expose it, well enough to find named samples.
//!
//! Unreadable lines are counted, not fatal: one odd line must not hide the sample that is asked for. Types,
//! help texts, timestamps and exemplars are not kept.

use std::collections::BTreeMap;

use super::client::Peer;
use super::error::ProbeError;

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Metric name.
    pub name: String,
    /// Labels by name.
    pub labels: BTreeMap<String, String>,
    /// The value; may be NaN or infinite.
    pub value: f64,
}

/// All samples of one scrape, in the order of the text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Metrics {
    /// The samples.
    pub samples: Vec<Sample>,
    /// Lines that are neither sample nor comment.
    pub unreadable: usize,
}

impl Metrics {
    /// Reads the page of metrics at a path.
    pub async fn of(peer: &Peer<'_>, path: &str) -> Result<Self, ProbeError> {
        Ok(Self::parse(&peer.get(path).await?.text()))
    }

    /// Reads a scrape.
    pub fn parse(text: &str) -> Self {
        Self::of_lines(text.lines())
    }

    /// Reads only the lines that begin with one of these names; a page has hundreds of others.
    pub fn parse_only(text: &str, names: &[&str]) -> Self {
        Self::of_lines(text.lines().filter(|line| names.iter().any(|name| line.starts_with(name))))
    }

    fn of_lines<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let mut metrics = Self::default();
        for line in lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match sample(line) {
                Some(sample) => metrics.samples.push(sample),
                None => metrics.unreadable += 1,
            }
        }
        metrics
    }

    /// The samples of this name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| sample.name == name)
    }

    /// The value of the first sample with this name and at least these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.named(name).find(|sample| sample.has(labels)).map(|sample| sample.value)
    }

    /// The sum over all samples with this name and at least these labels; none when there are none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        self.named(name)
            .filter(|sample| sample.has(labels))
            .map(|sample| sample.value)
            .reduce(|sum, value| sum + value)
    }
}

impl Sample {
    /// True when every given label has the given value here.
    pub fn has(&self, labels: &[(&str, &str)]) -> bool {
        labels.iter().all(|(name, value)| self.labels.get(*name).is_some_and(|own| own == value))
    }
}

/// `name{label="value",…} number [timestamp]`, or `{"quoted name",label="value"} number`.
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(|c: char| c == '{' || c.is_whitespace())?;
    let (name, rest) = line.split_at_checked(end)?;
    let mut name = name.to_owned();
    let mut labels = BTreeMap::new();
    let mut rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = pairs(inside, &mut name, &mut labels)?;
    }
    if name.is_empty() {
        return None;
    }
    let number = rest.split_whitespace().next()?;
    Some(Sample { name, labels, value: value(number)? })
}

/// Reads labels up to the closing brace and returns what follows it.
fn pairs<'a>(
    mut rest: &'a str,
    metric: &mut String,
    labels: &mut BTreeMap<String, String>,
) -> Option<&'a str> {
    loop {
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        if let Some(after) = rest.strip_prefix('}') {
            return Some(after);
        }
        let (name, after) = if rest.starts_with('"') {
            quoted(rest)?
        } else {
            let end = rest.find(|c: char| c == '=' || c.is_whitespace())?;
            let (name, after) = rest.split_at_checked(end)?;
            (name.to_owned(), after)
        };
        rest = after.trim_start();
        match rest.strip_prefix('=') {
            Some(after) => {
                let (value, after) = quoted(after.trim_start())?;
                labels.insert(name, value);
                rest = after;
            }
            // A quoted text without a value is the metric's name (Prometheus 3, UTF-8 names).
            None if metric.is_empty() => *metric = name,
            None => return None,
        }
    }
}

/// A text in double quotes with `\\`, `\"` and `\n`, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return inside.get(at + 1..).map(|rest| (value, rest)),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            c => value.push(c),
        }
    }
    None
}

/// Go's float syntax as the text format uses it: `+Inf`, `-Inf`, `NaN`, `1e+09`.
fn value(text: &str) -> Option<f64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    const TEXT: &str = r#"
# HELP http_requests_total All of "them" {not a label}.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total { code = "400" , method="post", } 3
path_info{path="C:\\DIR\\",say="a \"b\"\nc }",utf="ä"} 1.458255915e9
idle NaN
limit +Inf
floor -Inf
"odd"
broken{a="b 1
{"my.metric",unit="s"} 2 # {trace="x"} 0.5
go_gc_duration_seconds{quantile="0.5"} 3.4128e-05
"#;

    #[test]
    fn samples_are_found_by_name_and_labels() {
        let metrics = Metrics::parse(TEXT);
        assert_eq!(metrics.value("http_requests_total", &[("code", "200")]), Some(1027.0));
        assert_eq!(metrics.value("http_requests_total", &[("code", "400"), ("method", "post")]), Some(3.0));
        assert_eq!(metrics.value("http_requests_total", &[("code", "500")]), None);
        assert_eq!(metrics.sum("http_requests_total", &[]), Some(1030.0));
        assert_eq!(metrics.sum("nothing", &[]), None);
        assert_eq!(metrics.value("my.metric", &[("unit", "s")]), Some(2.0));
        assert_eq!(metrics.value("go_gc_duration_seconds", &[]), Some(3.4128e-05));
    }

    #[test]
    fn only_what_is_asked_for_is_read() {
        let metrics = Metrics::parse_only(TEXT, &["limit", "http_requests_total"]);
        assert_eq!((metrics.samples.len(), metrics.unreadable), (3, 0));
        assert_eq!(metrics.value("limit", &[]), Some(f64::INFINITY));
    }

    #[test]
    fn escapes_in_label_values_are_undone() {
        let metrics = Metrics::parse(TEXT);
        let labels = &metrics.named("path_info").next().unwrap().labels;
        let pairs: Vec<_> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("path", "C:\\DIR\\"), ("say", "a \"b\"\nc }"), ("utf", "ä")]);
    }

    #[test]
    fn numbers_that_are_not_finite_are_kept() {
        let metrics = Metrics::parse(TEXT);
        assert!(metrics.value("idle", &[]).unwrap().is_nan());
        assert_eq!(metrics.value("limit", &[]), Some(f64::INFINITY));
        assert_eq!(metrics.value("floor", &[]), Some(f64::NEG_INFINITY));
    }

    #[test]
    fn unreadable_lines_are_counted_and_hide_nothing() {
        let metrics = Metrics::parse(TEXT);
        assert_eq!((metrics.samples.len(), metrics.unreadable), (8, 2));
        assert_eq!(Metrics::parse("<html>\n<p>hello</p>\n</html>\n").samples, []);
    }
}
