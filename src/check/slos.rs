//! The selectors in `slos:`: counters and histograms of a job, without a function. What is made of them is checked with the
//! other rules, but only `stack.yml` is the user's to change.

use std::collections::BTreeSet;

use super::promql::{self, Expr};
use super::{expressions, walk};
use crate::kernel::{Diagnostic, text};
use crate::model::config::Slo;
use crate::model::node::At;
use crate::model::slo::{Sli, Slo as Objective};
use crate::model::stack::Stack;
use crate::source::Document;

/// Checks every selector.
pub fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    for (index, slo) in document.config.slos.iter().enumerate() {
        let here = At::root().key("slos").index(index);
        let at = |key: &[&str]| key.iter().fold(here.clone(), |at, key| at.key(*key));
        let mut without: Vec<&'static [&'static str]> = Vec::new();
        for (key, text) in selectors(slo) {
            match read(&slo.name, text) {
                Err(problem) => found.push(problem.at(document.value_place(&at(key)))),
                Ok(expr) if !names_job(&expr) => without.push(key),
                Ok(_) => {}
            }
        }
        if let Some(first) = without.first() {
            found.push(no_job(&slo.name, &without).at(document.value_place(&at(first))));
        }
    }
}

/// Metrics that the objectives of a stack select without a job, as the rules name them.
pub fn jobless(stack: &Stack) -> BTreeSet<String> {
    let selectors = |slo: &Objective| match slo.sli.clone() {
        Sli::Good { good: part, total } | Sli::Bad { bad: part, total } => [part, total],
        Sli::Latency { bucket, count } => [bucket, count],
    };
    let all = stack.slos.iter().flat_map(selectors).filter_map(|text| promql::parse(&text).ok());
    all.flat_map(|expr| expressions::without_job(&expr)).map(|finding| finding.word).collect()
}

/// Every selector with its path below the objective.
fn selectors(slo: &Slo) -> Vec<(&'static [&'static str], &str)> {
    let named: [(&'static [&'static str], Option<&String>); 4] = [
        (&["good"], slo.good.as_ref()),
        (&["bad"], slo.bad.as_ref()),
        (&["total"], slo.total.as_ref()),
        (&["latency", "histogram"], slo.latency.as_ref().map(|latency| &latency.histogram)),
    ];
    named.into_iter().filter_map(|(key, text)| Some((key, text?.as_str()))).collect()
}

/// A selector as the rules can use it.
fn read(slo: &str, text: &str) -> Result<Expr, Diagnostic> {
    let expr = match promql::parse(text.trim()) {
        Ok(expr) => expr,
        Err(wrong) => {
            let hint = wrong.hint.unwrap_or_else(|| "write metric{job=\"…\", label=\"…\"}".to_owned());
            let message = format!("the selector of the objective `{slo}` is not PromQL: {}", wrong.message);
            return Err(Diagnostic::error("SC423", message).hint(hint));
        }
    };
    let Expr::VectorSelector(selector) = walk::bare(&expr) else {
        let message = format!("the objective `{slo}` wants a selector, and this is more than that");
        let hint = "leave out functions such as `rate` and ranges such as `[5m]`: the rules add them";
        return Err(Diagnostic::error("SC424", message).hint(hint));
    };
    if let Some(name) = walk::metric(selector).filter(|name| name.ends_with("_bucket") && in_latency(text)) {
        let message = format!("the objective `{slo}` names the buckets of a histogram");
        let hint =
            format!("write `{}`: the rules add `_bucket` and `_count`", name.trim_end_matches("_bucket"));
        return Err(Diagnostic::error("SC424", message).hint(hint));
    }
    Ok(expr)
}

fn names_job(expr: &Expr) -> bool {
    walk::selectors(expr).into_iter().flat_map(walk::matchers).any(|matcher| matcher.name == "job")
}

/// Said once for an objective, whose selectors are usually of one application.
fn no_job(slo: &str, keys: &[&[&str]]) -> Diagnostic {
    let keys: Vec<String> = keys.iter().map(|key| format!("`{}`", key.join("."))).collect();
    let name = if keys.len() == 1 { "names" } else { "name" };
    let message = format!("the objective `{slo}`: {} {name} no job", text::list(&keys));
    let hint = "add `job=\"…\"`: another application may have a metric of the same name";
    Diagnostic::warning("SC425", message).hint(hint)
}

/// A bucket that is named with its bound is a counter like any other.
fn in_latency(text: &str) -> bool {
    !text.contains("le=")
}
