//! Which series an expression reads, by name: enough to say which rules another rule or a test depends on.

use std::collections::BTreeSet;

use promql_parser::label::MatchOp;

use super::{promql, walk};

/// The series that Prometheus writes for every alert, pending or firing.
const ALERTS: [&str; 2] = ["ALERTS", "ALERTS_FOR_STATE"];

/// What an expression reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// Names of metrics and recorded series.
    pub series: BTreeSet<String>,
    /// Alerts whose state is read through `ALERTS`.
    pub alerts: BTreeSet<String>,
}

/// What an expression reads; none when it cannot be parsed, or selects series or alerts otherwise than by their whole name.
pub fn reads(text: &str) -> Option<Reads> {
    let expr = promql::parse(text).ok()?;
    let mut reads = Reads::default();
    for selector in walk::selectors(&expr) {
        let metric = walk::metric(selector)?;
        if !ALERTS.contains(&metric) {
            reads.series.insert(metric.to_owned());
            continue;
        }
        let named = |m: &&promql_parser::label::Matcher| m.name == "alertname" && m.op == MatchOp::Equal;
        let alert = walk::matchers(selector).into_iter().find(named)?;
        reads.alerts.insert(alert.value.clone());
    }
    Some(reads)
}

#[cfg(test)]
mod tests {
    use super::reads;

    fn read(text: &str) -> Option<(Vec<String>, Vec<String>)> {
        reads(text).map(|reads| (reads.series.into_iter().collect(), reads.alerts.into_iter().collect()))
    }

    #[test]
    fn names_of_series_and_alerts_are_read_and_what_goes_by_a_pattern_is_unknown() {
        let both = |series: &[&str], alerts: &[&str]| {
            let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            Some((own(series), own(alerts)))
        };
        assert_eq!(
            read("rate(a[5m]) / on (job) job:b:sum unless {__name__=\"c\"} offset 1h"),
            both(&["a", "c", "job:b:sum"], &[])
        );
        assert_eq!(
            read("count(ALERTS{alertname=\"Down\", alertstate=\"firing\"}) or x"),
            both(&["x"], &["Down"])
        );
        assert_eq!(read("vector(1)"), both(&[], &[]));
        for unknown in ["{__name__=~\"a.*\"}", "ALERTS", "ALERTS{alertname=~\"D.*\"}", "sum("] {
            assert_eq!(read(unknown), None, "{unknown}");
        }
    }
}
