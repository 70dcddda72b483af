//! Windows of panels that Grafana chooses: never shorter than four scrapes of what they select.
//!
//! What Grafana 9 to 13 compute (`PanelQueryRunner` in `public/app/features/query`, `calculatePrometheusInterval` and
//! `calculateRateInterval` in `pkg/promlib/models/query.go`), where *S* is the data source's "Scrape interval"
//! (`jsonData.timeInterval`), *P* the `interval` of the panel ("Min interval") and *T* that of the target ("Min step"):
//! - `i` = the larger of range / width in pixels, rounded, and *P*, or *S* without *P*;
//! - `$__interval` = the larger of range / width, rounded, and *T*, or `i` without *T*;
//! - `$__rate_interval` = the larger of `i` + *s* and 4 × *s*, *s* being *T*, or *S* without *T*.
//!
//! See also <https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/>.

use std::time::Duration;

use super::dashboard::Dashboard;
use super::variables::{self, Query};
use super::{tree, walk};
use crate::kernel::{Diagnostic, units};
use crate::model::node::Node;

/// Functions that have no result for a single sample.
const OF_TWO_SAMPLES: [&str; 8] = [
    "rate",
    "irate",
    "increase",
    "delta",
    "idelta",
    "deriv",
    "predict_linear",
    "double_exponential_smoothing",
];
/// Scrapes in a window, so that it has two samples also when one is late and one fails.
const SCRAPES: u32 = 4;

/// What Grafana at least takes for its variables, whatever the range and the width.
struct Least {
    interval: Duration,
    rate_interval: Duration,
}

impl Least {
    /// None when an interval is a variable.
    fn of(target: &Node, panel: &Node, global: Duration) -> Option<Self> {
        let (scrape, page) = (written(target, global)?, written(panel, global)?);
        Some(Self { interval: written(target, page)?, rate_interval: (page + scrape).max(scrape * SCRAPES) })
    }
}

/// The `interval` of a panel or target, or this when it is not set; none when it cannot be read.
fn written(owner: &Node, otherwise: Duration) -> Option<Duration> {
    match tree::text_of(owner, "interval").filter(|text| !text.is_empty()) {
        Some(text) => units::parse_duration(text.trim_start_matches(['>', '=', ' '])),
        None => Some(otherwise),
    }
}

/// Checks the windows of one target of a panel.
pub fn check(
    target: &Node,
    panel: &Node,
    name: &str,
    dashboard: &Dashboard<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(entry) = target.entry("expr") else { return };
    let Some(text) = tree::text(&entry.node) else { return };
    // What does not parse is reported with the queries.
    let Ok(expr) = Query::read(text).of(&dashboard.variables).parse() else { return };
    let Some(least) = Least::of(target, panel, dashboard.scrape.interval) else { return };
    for expr in walk::all(&expr) {
        let Some((call, matrix)) = walk::call_on_range(expr, &OF_TWO_SAMPLES) else { continue };
        let scrape = dashboard.scrape.interval_of(&matrix.vs);
        let needed = scrape * SCRAPES;
        let speed = ["rate", "irate"].contains(&call.func.name);
        // A speed over `$__interval` is reported with the queries.
        let (variable, window, enough) = if variables::is_interval(matrix.range) && !speed {
            ("$__interval", least.interval, needed)
        } else if variables::is_rate_interval(matrix.range) {
            ("$__rate_interval", least.rate_interval, scrape)
        } else {
            continue;
        };
        if window >= needed {
            continue;
        }
        let message = format!(
            "{name} takes `{}` over `{variable}`, which may be {}; its series are scraped every {}",
            call.func.name,
            units::format_duration(window),
            units::format_duration(scrape),
        );
        let hint =
            format!("add `\"interval\": \"{}s\"` to the target, in Grafana \"Min step\"", seconds(enough));
        found.push(Diagnostic::warning("SC448", message).at(entry.node.place.clone()).hint(hint));
        return;
    }
}

/// Whole seconds, rounded up: what Grafana reads as one number and unit.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}
