//! The selectors in `slos:`: counters and histograms of a job, without a function. What is made of them is checked with the
//! other rules, but only `stack.yml` is the user's to change.

use super::promql::{self, Expr};
use super::walk;
use crate::kernel::Diagnostic;
use crate::model::config::Slo;
use crate::model::node::At;
use crate::source::Document;

/// Checks every selector.
pub fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    for (index, slo) in document.config.slos.iter().enumerate() {
        let here = At::root().key("slos").index(index);
        for (key, text) in selectors(slo) {
            let at = key.iter().fold(here.clone(), |at, key| at.key(*key));
            found.extend(wrong(&slo.name, text).map(|problem| problem.at(document.value_place(&at))));
        }
    }
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

fn wrong(slo: &str, text: &str) -> Option<Diagnostic> {
    let expr = match promql::parse(text.trim()) {
        Ok(expr) => expr,
        Err(wrong) => {
            let hint = wrong.hint.unwrap_or_else(|| "write metric{job=\"…\", label=\"…\"}".to_owned());
            let message = format!("the selector of the objective `{slo}` is not PromQL: {}", wrong.message);
            return Some(Diagnostic::error("SC423", message).hint(hint));
        }
    };
    let Expr::VectorSelector(selector) = walk::bare(&expr) else {
        let message = format!("the objective `{slo}` wants a selector, and this is more than that");
        let hint = "leave out functions such as `rate` and ranges such as `[5m]`: the rules add them";
        return Some(Diagnostic::error("SC424", message).hint(hint));
    };
    if let Some(name) = walk::metric(selector).filter(|name| name.ends_with("_bucket") && in_latency(text)) {
        let message = format!("the objective `{slo}` names the buckets of a histogram");
        let hint =
            format!("write `{}`: the rules add `_bucket` and `_count`", name.trim_end_matches("_bucket"));
        return Some(Diagnostic::error("SC424", message).hint(hint));
    }
    if walk::matchers(selector).iter().any(|matcher| matcher.name == "job") {
        return None;
    }
    let message = format!("the selector of the objective `{slo}` names no job");
    let hint = "add `job=\"…\"`: another application may have a metric of the same name";
    Some(Diagnostic::warning("SC425", message).hint(hint))
}

/// A bucket that is named with its bound is a counter like any other.
fn in_latency(text: &str) -> bool {
    !text.contains("le=")
}
