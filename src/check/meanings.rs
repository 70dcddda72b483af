//! Alerts whose words promise something else than their expression gives: percent of a number that is no ratio, a rate of
//! errors that is a number per second, and a silence that no comparison sees.

use promql_parser::parser::Expr;

use super::expressions::Finding;
use super::rule_file::Rule;
use super::{tree, walk};

/// Endings of metrics that are amounts.
const AMOUNTS: [&str; 4] = ["_bytes", "_total", "_seconds", "_count"];

/// Parts of names of counters of what fails.
const FAILURES: [&str; 3] = ["error", "fail", "5xx"];

/// Words that say that something is no longer there.
const GONE: [&str; 7] = ["missing", "absent", "no data", "nodata", "not reporting", "stopped", "disappeared"];

/// What is wrong with the words of an alert, each with the key of the annotation it is in; none for its name.
pub fn of(rule: &Rule, expr: &Expr) -> Vec<(Finding, Option<usize>)> {
    let mut found = Vec::new();
    let value = compared(expr);
    for (index, entry) in rule.annotations.iter().enumerate() {
        let text = tree::text(&entry.node).unwrap_or_default();
        if let (Some(word), Some(amount)) = (percent(text), amount(value)) {
            let message = format!("the text says percent, but nothing divides the amount `{amount}`");
            let hint = format!("divide it, such as `… / …`, or write the unit of `{amount}`");
            found.push((Finding::warning("SC456", word, message, hint), Some(index)));
        }
    }
    found.extend(per_second(rule, value).map(|finding| (finding, None)));
    found.extend(vanishing(rule, expr).map(|finding| (finding, None)));
    found
}

/// The words of an alert that people read, in lower case.
fn words(rule: &Rule) -> String {
    let texts =
        rule.annotations.iter().filter(|entry| ["summary", "description"].contains(&entry.key.as_str()));
    let texts = texts.filter_map(|entry| tree::text(&entry.node));
    texts.fold(rule.name.to_lowercase(), |all, text| format!("{all} {}", text.to_lowercase()))
}

/// The side of the comparison that the value of the alert comes from; of `or` it may be either.
fn compared(expr: &Expr) -> &Expr {
    match walk::bare(expr) {
        Expr::Binary(binary) if binary.op.is_comparison_operator() => compared(&binary.lhs),
        Expr::Binary(binary) if matches!(binary.op.to_string().as_str(), "and" | "unless") => {
            compared(&binary.lhs)
        }
        other => other,
    }
}

/// The word of a text that shows the value as percent.
fn percent(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some((_, inside)) = rest.split_once("{{") {
        let (action, after) = inside.split_once("}}")?;
        let of_value = action.contains("$value") || action.contains(".Value");
        if of_value && action.contains("humanizePercentage") {
            return Some("humanizePercentage");
        }
        if of_value && after.trim_start().starts_with('%') {
            return Some("%");
        }
        rest = after;
    }
    None
}

/// The metric whose amount the expression is; none where something is divided, multiplied, or not known to be an amount.
fn amount(expr: &Expr) -> Option<&str> {
    const KEEP: [&str; 11] = [
        "rate",
        "irate",
        "increase",
        "delta",
        "abs",
        "ceil",
        "floor",
        "round",
        "avg_over_time",
        "max_over_time",
        "min_over_time",
    ];
    match walk::bare(expr) {
        Expr::VectorSelector(selector) => walk::metric(selector).filter(|name| is_amount(name)),
        Expr::MatrixSelector(matrix) => walk::metric(&matrix.vs).filter(|name| is_amount(name)),
        Expr::Aggregate(aggregate)
            if ["sum", "min", "max", "avg"].contains(&aggregate.op.to_string().as_str()) =>
        {
            amount(&aggregate.expr)
        }
        Expr::Call(call) if KEEP.contains(&call.func.name) => {
            call.args.args.iter().find_map(|arg| amount(arg))
        }
        _ => None,
    }
}

fn is_amount(metric: &str) -> bool {
    let share = ["percent", "ratio", "utilization", "usage_rate"].iter().any(|word| metric.contains(word));
    // The speed of seconds of CPU time is the share of a CPU.
    let cpu = metric.contains("cpu");
    !share && !cpu && AMOUNTS.iter().any(|ending| metric.ends_with(ending))
}

/// Failures per second under the name of an error rate: at night two of two requests are fewer than one in a second.
fn per_second(rule: &Rule, value: &Expr) -> Option<Finding> {
    let words = words(rule);
    let called =
        ["error rate", "errorrate", "failure rate", "failurerate"].iter().any(|name| words.contains(name));
    let says_unit = ["per second", "/s", "per minute", "per hour"].iter().any(|unit| words.contains(unit));
    let metric = amount(value)?;
    let is_speed =
        walk::all(value).into_iter().any(|expr| walk::call_on_range(expr, &["rate", "irate"]).is_some());
    let fails = FAILURES.iter().any(|word| metric.contains(word));
    if !called || says_unit || !is_speed || !fails {
        return None;
    }
    let message = format!("`{metric}` per second is called a rate of errors: it grows with the traffic");
    let hint = "divide by all of them, such as `sum(rate(…_errors_total[5m])) / sum(rate(…_total[5m]))`, or say `per second`";
    Some(Finding::warning("SC457", metric, message, hint))
}

/// `count(…) == 0`, which no series at all does not fulfil, and an alert about silence that ends with its series.
fn vanishing(rule: &Rule, expr: &Expr) -> Option<Finding> {
    let Expr::Binary(binary) = walk::bare(expr) else { return None };
    let zero = matches!(walk::bare(&binary.rhs), Expr::NumberLiteral(number) if number.val <= 1.0);
    let op = binary.op.to_string();
    if !zero || !(op == "==" || op == "<" || op == "<=") {
        return None;
    }
    let metric = walk::selectors(&binary.lhs).into_iter().find_map(walk::metric)?;
    let counted = matches!(walk::bare(&binary.lhs), Expr::Aggregate(aggregate) if aggregate.op.to_string() == "count" && aggregate.modifier.is_none());
    let never_reaches = |limit: f64| {
        counted && (op == "==" && limit == 0.0 || op == "<" && limit <= 1.0 || op == "<=" && limit < 1.0)
    };
    if let Expr::NumberLiteral(number) = walk::bare(&binary.rhs)
        && never_reaches(number.val)
    {
        let message =
            format!("`count` of no series is no result, and not 0: this never fires when `{metric}` is gone");
        return Some(Finding::warning("SC458", "count", message, format!("write `absent({metric})`")));
    }
    let words = words(rule);
    let own = metric != "up" && !metric.ends_with("_up") && !metric.starts_with("probe_");
    if op != "==" || !own || !GONE.iter().any(|word| words.contains(word)) || amount(&binary.lhs).is_none() {
        return None;
    }
    let message =
        format!("the alert is about silence, and ends when the process that has `{metric}` is gone");
    Some(Finding::warning("SC458", metric, message, format!("add `or absent({metric})`")))
}
