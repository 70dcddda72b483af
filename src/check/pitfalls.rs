//! Expressions that Prometheus accepts and whose result is not what their author means: a counter taken for a gauge, a gauge
//! for a counter, labels that cannot match, a job that does not exist.

use promql_parser::label::MatchOp;
use promql_parser::parser::{BinaryExpr, Expr, LabelModifier};

use super::expressions::Finding;
use super::scrape::Scrape;
use super::walk;
use crate::catalog::GAUGES;
use crate::kernel::text;

/// Functions over the change of a gauge.
const OF_GAUGES: [&str; 4] = ["delta", "idelta", "deriv", "predict_linear"];

/// Selectors of a job that no scrape job is, with a name near to one.
pub fn unknown_jobs(expr: &Expr, scrape: &Scrape) -> Vec<Finding> {
    let of = |matcher: &promql_parser::label::Matcher| {
        if matcher.name != "job" || matcher.op != MatchOp::Equal || scrape.has_job(&matcher.value) {
            return None;
        }
        let near = text::nearest(&matcher.value, scrape.job_names())?;
        let message = format!("no job of this stack is called `{}`", matcher.value);
        Some(Finding::warning("SC449", &matcher.value, message, format!("did you mean `job=\"{near}\"`?")))
    };
    if scrape.jobs_are_open {
        return Vec::new();
    }
    walk::selectors(expr).into_iter().flat_map(walk::matchers).filter_map(of).collect()
}

/// `rate` of a gauge and `delta` of a counter.
pub fn wrong_kinds(expr: &Expr) -> Vec<Finding> {
    let of = |expr| {
        if let Some((call, matrix)) = walk::call_on_range(expr, &walk::RATES) {
            let gauge = walk::metric(&matrix.vs).filter(|name| GAUGES.contains(name))?;
            let message =
                format!("`{}` of the gauge `{gauge}` takes every decrease for a restart", call.func.name);
            let hint = "write `delta(…)` or `deriv(…)` for the change of a gauge";
            return Some(Finding::warning("SC450", call.func.name, message, hint));
        }
        let (call, matrix) = walk::call_on_range(expr, &OF_GAUGES)?;
        let counter = walk::metric(&matrix.vs).filter(|name| name.ends_with("_total"))?;
        let message = format!("`{}` of the counter `{counter}` is wrong after every restart", call.func.name);
        let hint = "write `rate(…)` or `increase(…)` for the growth of a counter";
        Some(Finding::warning("SC450", call.func.name, message, hint))
    };
    walk::all(expr).into_iter().filter_map(of).collect()
}

/// A counter itself compared with a number: the alert fires until the process restarts.
pub fn compared_counters(expr: &Expr) -> Vec<Finding> {
    let Expr::Binary(binary) = walk::bare(expr) else { return Vec::new() };
    match binary.op.to_string().as_str() {
        "and" | "unless" => compared_counters(&binary.lhs),
        "or" => [&binary.lhs, &binary.rhs].into_iter().flat_map(|side| compared_counters(side)).collect(),
        ">" | ">=" => compared_counter(binary).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn compared_counter(binary: &BinaryExpr) -> Option<Finding> {
    // Above 0 is a state on purpose: something that must not happen has happened since the start.
    if !matches!(walk::bare(&binary.rhs), Expr::NumberLiteral(number) if number.val > 0.0) {
        return None;
    }
    let counter = counter(&binary.lhs)?;
    let message = format!(
        "the counter `{counter}` only grows: once above the threshold the alert fires until a restart"
    );
    Some(Finding::warning(
        "SC451",
        counter,
        message,
        format!("compare `increase({counter}[1h])` or `rate(…)`"),
    ))
}

/// The counter that an expression is, alone or aggregated.
fn counter(expr: &Expr) -> Option<&str> {
    match walk::bare(expr) {
        Expr::VectorSelector(selector) => walk::metric(selector).filter(|name| name.ends_with("_total")),
        Expr::Aggregate(aggregate) if keeps_value(&aggregate.op.to_string()) => counter(&aggregate.expr),
        _ => None,
    }
}

fn keeps_value(aggregation: &str) -> bool {
    ["sum", "min", "max", "avg"].contains(&aggregation)
}

/// Operations between series whose labels are never the same.
pub fn unmatched_labels(expr: &Expr) -> Vec<Finding> {
    let of = |expr: &Expr| {
        let Expr::Binary(binary) = expr else { return None };
        let op = binary.op.to_string();
        let matching = binary.modifier.as_ref().is_some_and(|modifier| modifier.matching.is_some());
        if matching || op == "or" {
            return None;
        }
        let (left, right) = (labels(&binary.lhs)?, labels(&binary.rhs)?);
        if left == right {
            return None;
        }
        let message = format!(
            "the two sides of `{op}` have the labels {} and {}, and no series matches another",
            list(&left),
            list(&right)
        );
        let common: Vec<&str> = left.iter().filter(|label| right.contains(label)).copied().collect();
        let hint =
            format!("aggregate both sides by the same labels, or write `{op} on ({})`", common.join(", "));
        Some(Finding::warning("SC452", &op, message, hint))
    };
    walk::all(expr).into_iter().filter_map(of).collect()
}

/// The time until something ends, where the metric is 0 because nothing ends: the alert fires for ever.
pub fn endless(expr: &Expr) -> Vec<Finding> {
    let everything = walk::all(expr);
    let of = |expr: &&Expr| {
        let Expr::Binary(binary) = expr else { return None };
        if !["<", "<="].contains(&binary.op.to_string().as_str()) {
            return None;
        }
        let metric = until(&binary.lhs)?;
        if everything.iter().any(|other| keeps_ends(other, metric)) {
            return None;
        }
        let message = format!("where `{metric}` is 0 because nothing ends, the alert fires for ever");
        let hint = format!("write `({metric} > 0) - time() < …`");
        Some(Finding::warning("SC455", metric, message, hint))
    };
    everything.iter().filter_map(of).collect()
}

/// The time stamp in `stamp - time()`; certificates always have one.
fn until(expr: &Expr) -> Option<&str> {
    let expr = match walk::bare(expr) {
        Expr::Binary(binary) if matches!(walk::bare(&binary.rhs), Expr::NumberLiteral(_)) => {
            walk::bare(&binary.lhs)
        }
        other => other,
    };
    let Expr::Binary(binary) = expr else { return None };
    let now = matches!(walk::bare(&binary.rhs), Expr::Call(call) if call.func.name == "time");
    if binary.op.to_string() != "-" || !now {
        return None;
    }
    let selector = match walk::bare(&binary.lhs) {
        Expr::VectorSelector(selector) => selector,
        Expr::Aggregate(aggregate) => match walk::bare(&aggregate.expr) {
            Expr::VectorSelector(selector) => selector,
            _ => return None,
        },
        _ => return None,
    };
    let always = ["cert", "ssl", "tls"];
    walk::metric(selector)
        .filter(|name| name.contains("expir") && !always.iter().any(|word| name.contains(word)))
}

/// True for a comparison of anything about the metric that leaves out where it is 0.
fn keeps_ends(expr: &Expr, metric: &str) -> bool {
    let is_it = |selector| walk::metric(selector) == Some(metric);
    walk::above_number(expr).is_some_and(|left| walk::selectors(left).into_iter().any(is_it))
}

fn list(labels: &[&str]) -> String {
    if labels.is_empty() { "(none)".to_owned() } else { format!("`{}`", labels.join(", ")) }
}

/// The labels of the result, sorted, where the expression says all of them.
fn labels(expr: &Expr) -> Option<Vec<&str>> {
    /// Functions that keep the labels of their argument.
    const KEEP: [&str; 8] = ["abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "sqrt"];
    match walk::bare(expr) {
        Expr::Aggregate(aggregate) => {
            let op = aggregate.op.to_string();
            if !keeps_value(&op) && !["count", "group", "stddev", "stdvar", "quantile"].contains(&op.as_str())
            {
                return None;
            }
            match &aggregate.modifier {
                None => Some(Vec::new()),
                Some(LabelModifier::Include(by)) => {
                    let mut labels: Vec<&str> = by.labels.iter().map(String::as_str).collect();
                    labels.sort_unstable();
                    labels.dedup();
                    Some(labels)
                }
                Some(LabelModifier::Exclude(_)) => None,
            }
        }
        Expr::Call(call) if KEEP.contains(&call.func.name) => labels(call.args.args.first()?),
        Expr::Binary(binary) if matches!(walk::bare(&binary.rhs), Expr::NumberLiteral(_)) => {
            labels(&binary.lhs)
        }
        Expr::Binary(binary) if matches!(walk::bare(&binary.lhs), Expr::NumberLiteral(_)) => {
            labels(&binary.rhs)
        }
        _ => None,
    }
}
