//! Objectives as the rule templates see them.

use serde::Serialize;

use crate::model::slo::{BurnRate, Samples, Sli, Slo, Urgency};
use crate::model::stack::Stack;

/// One objective.
#[derive(Debug, Serialize)]
pub struct View<'a> {
    name: &'a str,
    service: &'a str,
    /// The user's sentence with a space before it, or nothing.
    remark: String,
    /// In percent, as it is read: `99.9`.
    percent: String,
    objective: f64,
    budget: f64,
    days: u32,
    /// `PromQL`: events per second, of all kinds and bad ones.
    events: String,
    errors: String,
    latency: bool,
    page: Vec<Rate<'a>>,
    ticket: Vec<Rate<'a>>,
    samples: Option<&'a Samples>,
    /// The samples' `part` are the bad events.
    part_is_bad: bool,
}

/// A pair of windows.
#[derive(Debug, Serialize)]
struct Rate<'a> {
    #[serde(flatten)]
    rate: &'a BurnRate,
    /// A whole number above the limit, for the unit tests.
    above: f64,
}

/// Every objective of the stack.
pub fn views(stack: &Stack) -> Vec<View<'_>> {
    stack.slos.iter().map(view).collect()
}

fn view(slo: &Slo) -> View<'_> {
    let (events, errors) = rates(&slo.sli);
    let pairs = |urgency| {
        let rates = slo.burn_rates.iter().filter(|rate| rate.urgency == urgency);
        rates.map(|rate| Rate { rate, above: rate.factor.floor() + 1.0 }).collect()
    };
    View {
        name: &slo.name,
        service: &slo.service,
        remark: slo.description.as_ref().map(|text| format!(" {}", text.trim())).unwrap_or_default(),
        percent: format!("{}", slo.objective),
        objective: slo.promised(),
        budget: slo.budget(),
        days: slo.days,
        events,
        errors,
        latency: matches!(slo.sli, Sli::Latency { .. }),
        page: pairs(Urgency::Page),
        ticket: pairs(Urgency::Ticket),
        samples: slo.samples.as_ref(),
        part_is_bad: matches!(slo.sli, Sli::Bad { .. }),
    }
}

/// All events and bad events per second. A counter that has not counted yet has no series: no good ones yet means
/// that all were bad, no bad ones yet means none. A bucket that is not there is another matter: its bound is wrong.
fn rates(sli: &Sli) -> (String, String) {
    let rate = |selector: &str| format!("sum(rate({selector}[5m]))");
    match sli {
        Sli::Good { good, total } => {
            let total = rate(total);
            let errors = format!("clamp_min({total} - ({} or vector(0)), 0)", rate(good));
            (total, errors)
        }
        Sli::Bad { bad, total } => {
            let total = rate(total);
            let errors = format!("{} or {total} * 0", rate(bad));
            (total, errors)
        }
        Sli::Latency { bucket, count } => {
            let errors = format!("clamp_min({} - {}, 0)", rate(count), rate(bucket));
            (rate(count), errors)
        }
    }
}
