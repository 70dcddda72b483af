//! What `PromQL` accepts and nobody means: expressions that are valid and tell nothing, or the wrong thing.
//!
//! Each finding names the word in the expression it is about, so that the caller can point at it.

use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{BinaryExpr, Expr, VectorSelector};

use super::scrape::Scrape;
use super::walk;
use crate::kernel::{Severity, units};

/// One finding in an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The code.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The word of the expression it is about.
    pub word: String,
    /// What to type instead.
    pub hint: String,
}

impl Finding {
    /// A warning.
    pub fn warning(code: &'static str, word: &str, message: String, hint: impl Into<String>) -> Self {
        Self { code, severity: Severity::Warning, message, word: word.to_owned(), hint: hint.into() }
    }
}

/// Prometheus reads a rule whose value is a range or a text, and then fails at every evaluation.
pub fn not_evaluable(expr: &Expr) -> Option<Finding> {
    let (what, hint) = match expr.value_type() {
        ValueType::Vector | ValueType::Scalar => return None,
        ValueType::Matrix => (
            "a range of samples",
            "take a function over the range, such as `rate(…[5m])` or `last_over_time(…[5m])`, or leave the range out",
        ),
        ValueType::String => ("a text", "write an expression that gives series or a number"),
    };
    let message = format!("the expression gives {what}; Prometheus fails to evaluate such a rule");
    // The whole expression is meant, not a word of it.
    Some(Finding { severity: Severity::Error, ..Finding::warning("SC420", "", message, hint) })
}

/// Quantiles over the whole life of a process: the buckets of a histogram without `rate`.
pub fn raw_quantiles(expr: &Expr) -> Vec<Finding> {
    let of = |expr: &Expr| {
        let Expr::Call(call) = expr else { return None };
        if !call.func.name.starts_with("histogram_quantile") {
            return None;
        }
        let metric = call.args.args.iter().find_map(|arg| raw_bucket(arg))?;
        let message = format!(
            "`{}` over the raw buckets `{metric}` looks back to the start of the process and hardly moves",
            call.func.name
        );
        let hint = format!("write `histogram_quantile(…, sum by (le) (rate({metric}[5m])))`");
        Some(Finding { severity: Severity::Error, ..Finding::warning("SC408", metric, message, hint) })
    };
    walk::all(expr).into_iter().filter_map(of).collect()
}

/// The first bucket series that no function over time is applied to.
fn raw_bucket(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::MatrixSelector(_) => None,
        Expr::VectorSelector(selector) => walk::metric(selector).filter(|name| name.ends_with("_bucket")),
        other => walk::children(other).into_iter().find_map(raw_bucket),
    }
}

/// Windows that hold fewer than two samples now and then, so that the function has no value.
pub fn short_windows(expr: &Expr, scrape: &Scrape) -> Vec<Finding> {
    const NEED_TWO: [&str; 6] = ["rate", "irate", "increase", "delta", "idelta", "deriv"];
    let of = |expr| {
        let (call, matrix) = walk::call_on_range(expr, &NEED_TWO)?;
        let interval = scrape.interval_of(&matrix.vs);
        if matrix.range >= interval * 2 {
            return None;
        }
        let written = units::format_duration(matrix.range);
        let message = format!(
            "`{}` over {written} is often empty: samples come every {}",
            call.func.name,
            units::format_duration(interval)
        );
        let hint = format!("make the window at least {}", units::format_duration(interval * 4));
        Some(Finding::warning("SC409", call.func.name, message, hint))
    };
    walk::all(expr).into_iter().filter_map(of).collect()
}

/// Ratios of a metric to itself in which every series is divided by itself.
pub fn self_ratios(expr: &Expr) -> Vec<Finding> {
    let of = |expr: &Expr| {
        let division = division(expr)?;
        if division.modifier.as_ref().is_some_and(|modifier| modifier.matching.is_some()) {
            return None;
        }
        let (left, right) = (speed(&division.lhs)?, speed(&division.rhs)?);
        let metric = walk::metric(left.0).filter(|name| Some(*name) == walk::metric(right.0))?;
        let label = differing(left.0, right.0)?;
        if left.1 == Sides::Summed && right.1 == Sides::Summed {
            return None;
        }
        let message = format!(
            "both sides of the ratio are `{metric}` and at least one keeps the label `{label}`: each series is divided by itself or by nothing"
        );
        let hint = "put both sides into the same `sum by (…)`, such as `sum by (job) (rate(…)) / sum by (job) (rate(…))`";
        Some(Finding::warning("SC410", metric, message, hint))
    };
    walk::all(expr).into_iter().filter_map(of).collect()
}

fn division(expr: &Expr) -> Option<&BinaryExpr> {
    match expr {
        Expr::Binary(binary) if binary.op.to_string() == "/" => Some(binary),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sides {
    Bare,
    Summed,
}

/// The selector of `rate(…)`, bare or under an aggregation.
fn speed(expr: &Expr) -> Option<(&VectorSelector, Sides)> {
    match walk::bare(expr) {
        Expr::Aggregate(aggregate) => speed(&aggregate.expr).map(|(selector, _)| (selector, Sides::Summed)),
        other => walk::call_on_range(other, &walk::RATES).map(|(_, matrix)| (&matrix.vs, Sides::Bare)),
    }
}

/// The label that one side filters by and the other does not, or differently.
fn differing<'a>(left: &'a VectorSelector, right: &'a VectorSelector) -> Option<&'a str> {
    let (left, right) = (walk::matchers(left), walk::matchers(right));
    let only = |these: &[&'a Matcher], those: &[&'a Matcher]| {
        these.iter().find(|matcher| !those.contains(matcher)).map(|matcher| matcher.name.as_str())
    };
    only(&left, &right).or_else(|| only(&right, &left))
}

/// Divisions by a limit, which is 0 where nothing is limited.
pub fn unguarded_limits(expr: &Expr) -> Vec<Finding> {
    /// Limits that the kernel or the server always sets.
    const NEVER_ZERO: [&str; 2] = ["process_max_fds", "pg_settings_max_connections"];
    let everything = walk::all(expr);
    let of = |expr: &&Expr| {
        let metric = divisor(&division(expr)?.rhs)?;
        let limit = metric.contains("limit") || metric.contains("max");
        if !limit || NEVER_ZERO.contains(&metric) || everything.iter().any(|expr| guards(expr, metric)) {
            return None;
        }
        let message = format!("where `{metric}` is 0, meaning unlimited, the division gives +Inf");
        let hint = format!("divide by `({metric} > 0)`");
        Some(Finding::warning("SC411", metric, message, hint))
    };
    everything.iter().filter_map(of).collect()
}

/// The metric that is divided by, under aggregations and functions over time.
fn divisor(expr: &Expr) -> Option<&str> {
    match walk::bare(expr) {
        Expr::VectorSelector(selector) => walk::metric(selector),
        Expr::MatrixSelector(matrix) => walk::metric(&matrix.vs),
        Expr::Aggregate(aggregate) => divisor(&aggregate.expr),
        Expr::Call(call) => call.args.args.iter().find_map(|arg| divisor(arg)),
        _ => None,
    }
}

/// True for `metric > 0` and its like.
fn guards(expr: &Expr, metric: &str) -> bool {
    walk::above_number(expr).is_some_and(|left| divisor(left) == Some(metric))
}

/// `up` of an exporter taken for the state of the service behind it.
pub fn exporter_for_service(expr: &Expr, scrape: &Scrape) -> Vec<Finding> {
    let names: Vec<&str> = walk::selectors(expr).into_iter().filter_map(walk::metric).collect();
    let mut found = Vec::new();
    for selector in outside_absent(expr) {
        if walk::metric(selector) != Some("up") {
            continue;
        }
        let jobs = scrape.jobs(selector);
        let services: Vec<&str> = jobs.iter().filter_map(|job| scrape.service_up(job)).collect();
        let Some(first) = services.first().filter(|_| services.len() == jobs.len()) else { continue };
        if services.iter().any(|metric| names.contains(metric)) {
            continue;
        }
        let job = jobs.first().copied().unwrap_or_default();
        let message = format!("`up` of job `{job}` stays 1 when the service behind the exporter is down");
        let hint = format!("write `{first}{{job=\"{job}\"}} == 0`; name an alert on `up` after the exporter");
        found.push(Finding::warning("SC412", "up", message, hint));
    }
    found
}

/// Selectors that are not the argument of `absent`, which asks for the target itself.
fn outside_absent(expr: &Expr) -> Vec<&VectorSelector> {
    match expr {
        Expr::Call(call) if call.func.name.starts_with("absent") => Vec::new(),
        Expr::VectorSelector(selector) => vec![selector],
        Expr::MatrixSelector(matrix) => vec![&matrix.vs],
        other => walk::children(other).into_iter().flat_map(outside_absent).collect(),
    }
}

/// Selectors that match the series of every job that happens to have a metric of that name.
pub fn without_job(expr: &Expr) -> Vec<Finding> {
    let of = |selector: &VectorSelector| {
        let metric = walk::metric(selector).unwrap_or("{…}");
        let by = |label| walk::matchers(selector).iter().any(|matcher| matcher.name == label);
        // Series that Prometheus makes itself carry the labels of the rules; those of objectives are of no job.
        if metric.starts_with("ALERTS") || by("job") || (metric.starts_with("slo:") && by("slo")) {
            return None;
        }
        let message =
            format!("`{metric}` is selected without a job: another job's metric of that name counts too");
        let hint = format!("write `{metric}{{job=\"…\"}}`");
        Some(Finding { severity: Severity::Error, ..Finding::warning("SC417", metric, message, hint) })
    };
    walk::selectors(expr).into_iter().filter_map(of).collect()
}

/// True when some series is multiplied by 100, which makes a percentage of a ratio.
pub fn is_percentage(expr: &Expr) -> bool {
    let hundred = |expr: &Expr| matches!(walk::bare(expr), Expr::NumberLiteral(n) if (n.val - 100.0).abs() < f64::EPSILON);
    walk::all(compared(expr)).into_iter().any(|expr| match expr {
        Expr::Binary(binary) if binary.op.to_string() == "*" => hundred(&binary.lhs) || hundred(&binary.rhs),
        _ => false,
    })
}

/// The value of an alert: the left side of its comparison.
fn compared(expr: &Expr) -> &Expr {
    match walk::bare(expr) {
        Expr::Binary(binary) if binary.op.is_comparison_operator() || binary.op.is_set_operator() => {
            compared(&binary.lhs)
        }
        other => other,
    }
}

/// How experiments are switched on.
pub const EXPERIMENTS: &str = "set `prometheus.args: [--enable-feature=promql-experimental-functions]`";

/// The first function or aggregation that Prometheus only knows with a feature flag.
pub fn experimental(expr: &Expr) -> Option<String> {
    walk::all(expr).into_iter().find_map(|expr| match expr {
        Expr::Call(call) if call.func.experimental => Some(call.func.name.to_owned()),
        Expr::Aggregate(aggregate) => {
            Some(aggregate.op.to_string()).filter(|op| matches!(op.as_str(), "limitk" | "limit_ratio"))
        }
        _ => None,
    })
}

/// Labels an expression filters or groups by.
pub fn labels(expr: &Expr) -> Vec<&str> {
    let mut found = Vec::new();
    for expr in walk::all(expr) {
        match expr {
            Expr::Aggregate(aggregate) => {
                found.extend(aggregate.modifier.iter().flat_map(|m| &m.labels().labels).map(String::as_str));
            }
            Expr::Binary(binary) => {
                let matching = binary.modifier.iter().filter_map(|m| m.matching.as_ref());
                found.extend(matching.flat_map(|m| &m.labels().labels).map(String::as_str));
            }
            _ => {}
        }
    }
    let kept = |matcher: &&Matcher| !(matcher.op == MatchOp::Equal && matcher.value.is_empty());
    let filtered = walk::selectors(expr).into_iter().flat_map(walk::matchers).filter(kept);
    found.extend(filtered.map(|matcher| matcher.name.as_str()));
    found
}
