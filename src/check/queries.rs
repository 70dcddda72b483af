//! The queries of panels: they parse, follow the zoom of the page, and show counters as speeds.

use super::dashboard::Dashboard;
use super::expressions;
use super::promql::Expr;
use super::variables::{self, Query, Variable};
use super::walk;
use crate::kernel::{Diagnostic, Place};
use crate::model::node::{Node, Value};

/// Functions that make sense of a counter.
const OF_COUNTERS: [&str; 5] = ["rate", "irate", "increase", "resets", "changes"];
/// What is asked of a counter's existence and not of its value.
const OF_EXISTENCE: [&str; 6] =
    ["absent", "absent_over_time", "count_over_time", "present_over_time", "timestamp", "start_timestamp"];

/// Checks one target of a panel.
pub fn check(target: &Node, panel: &str, dashboard: &Dashboard<'_>, found: &mut Vec<Diagnostic>) {
    let Some(entry) = target.entry("expr") else { return };
    let Value::Scalar { text, .. } = &entry.node.value else { return };
    let place = &entry.node.place;
    let query = Query::read(text).of(&dashboard.variables);
    undefined(&query, panel, &dashboard.variables, place, found);
    let expr = match query.parse() {
        Ok(expr) => expr,
        Err(wrong) => {
            let hint = "try the query in Grafana's Explore; variables stand there for a word, a number or a duration";
            found.push(
                Diagnostic::error("SC443", format!("a query of {panel} is not PromQL: {}", wrong.message))
                    .at(place.clone())
                    .hint(wrong.hint.unwrap_or_else(|| hint.to_owned())),
            );
            return;
        }
    };
    if let Some(name) = expressions::experimental(&expr).filter(|_| !dashboard.scrape.experimental) {
        let message = format!("{panel}: Prometheus knows `{name}` only as an experiment");
        found.push(Diagnostic::error("SC443", message).at(place.clone()).hint(expressions::EXPERIMENTS));
    }
    let mut findings = expressions::raw_quantiles(&expr);
    findings.extend(expressions::self_ratios(&expr));
    for finding in findings {
        let diagnostic = Diagnostic::error(finding.code, format!("{panel}: {}", finding.message));
        found.push(
            Diagnostic { severity: finding.severity, ..diagnostic }.at(place.clone()).hint(finding.hint),
        );
    }
    fixed_windows(&expr, panel, place, found);
    raw_counters(&expr, panel, place, found);
}

fn undefined(query: &Query, panel: &str, defined: &[Variable], place: &Place, found: &mut Vec<Diagnostic>) {
    let mut reported: Vec<&str> = Vec::new();
    for name in query.variables() {
        let known = name.starts_with("__") || defined.iter().any(|variable| variable.name == name);
        if known || reported.contains(&name) {
            continue;
        }
        reported.push(name);
        let hint =
            match crate::kernel::text::nearest(name, defined.iter().map(|variable| variable.name.as_str())) {
                Some(near) => format!("did you mean `${near}`?"),
                None => "add it to `templating.list`".to_owned(),
            };
        let message = format!("{panel} uses the variable `${name}`, which the dashboard does not have");
        found.push(Diagnostic::warning("SC447", message).at(place.clone()).hint(hint));
    }
}

/// Speeds over a fixed window have holes when zoomed in and miss events when zoomed out.
fn fixed_windows(expr: &Expr, panel: &str, place: &Place, found: &mut Vec<Diagnostic>) {
    let speeds = walk::all(expr).into_iter().filter_map(|expr| walk::call_on_range(expr, &["rate", "irate"]));
    let mut fixed = speeds.filter(|(_, matrix)| !variables::follows_page(matrix.range));
    if let Some((call, _)) = fixed.next() {
        let message =
            format!("{panel} takes `{}` over a window that does not follow the page", call.func.name);
        found
            .push(Diagnostic::warning("SC444", message).at(place.clone()).hint("write `[$__rate_interval]`"));
    }
}

fn raw_counters(expr: &Expr, panel: &str, place: &Place, found: &mut Vec<Diagnostic>) {
    if let Some(metric) = raw_counter(expr) {
        found.push(
            Diagnostic::warning(
                "SC445",
                format!("{panel} shows the counter `{metric}` itself, which only grows and restarts at 0"),
            )
            .at(place.clone())
            .hint(format!("write `rate({metric}[$__rate_interval])` or `increase({metric}[$__range])`")),
        );
    }
}

fn raw_counter(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Call(call)
            if OF_COUNTERS.contains(&call.func.name) || OF_EXISTENCE.contains(&call.func.name) =>
        {
            None
        }
        Expr::Aggregate(aggregate) if matches!(aggregate.op.to_string().as_str(), "count" | "group") => None,
        Expr::VectorSelector(selector) => walk::metric(selector).filter(|name| name.ends_with("_total")),
        Expr::MatrixSelector(matrix) => walk::metric(&matrix.vs).filter(|name| name.ends_with("_total")),
        other => walk::children(other).into_iter().find_map(raw_counter),
    }
}
