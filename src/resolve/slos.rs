//! Objectives: which indicator, which window, and how fast the budget may burn before somebody is told.

mod samples;

use std::time::Duration;

use crate::catalog::{self, slos as rows};
use crate::kernel::{Diagnostic, units};
use crate::model::config;
use crate::model::node::At;
use crate::model::slo::{BurnRate, Sli, Slo, Urgency, Windows};
use crate::model::stack::Stack;
use crate::source::Document;

const DAY: Duration = Duration::from_secs(86_400);
const DEFAULT_DAYS: u32 = 30;

/// Adds the objectives to the stack; those with mistakes are reported and left out.
pub fn add_all(stack: &mut Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    for (index, said) in document.config.slos.iter().enumerate() {
        let here = At::root().key("slos").index(index);
        unique(index, document, &here, found);
        let sli = sli(said, document, &here, found);
        let objective = objective(said, document, &here, found);
        let days = days(said, document, &here, found);
        let (Some(sli), Some(objective), Some(days)) = (sli, objective, days) else { continue };
        let mut slo = Slo {
            name: said.name.clone(),
            service: said.service.clone().unwrap_or_else(|| said.name.clone()),
            description: said.description.clone(),
            objective,
            days,
            samples: samples::of(&sli),
            sli,
            burn_rates: Vec::new(),
        };
        slo.burn_rates = burn_rates(&slo, document, &here, found);
        retention(stack, (&slo, said), document, &here, found);
        stack.slos.push(slo);
    }
}

fn unique(index: usize, document: &Document, here: &At, found: &mut Vec<Diagnostic>) {
    let slos = &document.config.slos;
    let Some(name) = slos.get(index).map(|slo| &slo.name) else { return };
    let Some(first) = slos.iter().take(index).position(|slo| slo.name == *name) else { return };
    let line = document.value_place(&At::root().key("slos").index(first).key("name"));
    let line = line.map_or(0, |place| place.line);
    found.push(
        Diagnostic::error("SC221", format!("two objectives are named `{name}`; the first is on line {line}"))
            .at(document.value_place(&here.key("name")))
            .hint("their series would be the same: give one of them another name"),
    );
}

/// What is measured: exactly one way of saying it.
fn sli(said: &config::Slo, document: &Document, here: &At, found: &mut Vec<Diagnostic>) -> Option<Sli> {
    let message = match (&said.good, &said.bad, &said.total, &said.latency) {
        (Some(good), None, Some(total), None) => {
            return Some(Sli::Good { good: trimmed(good), total: trimmed(total) });
        }
        (None, Some(bad), Some(total), None) => {
            return Some(Sli::Bad { bad: trimmed(bad), total: trimmed(total) });
        }
        (None, None, None, Some(latency)) => return Some(of_latency(latency)),
        (None, None, None, None) => "does not say what is measured",
        (None, None, Some(_), None) => "has `total` without `good` or `bad`",
        (_, _, None, None) => "has no `total` to compare with",
        (_, _, _, Some(_)) => "has `latency` and another indicator",
        (Some(_), Some(_), _, None) => "has both `good` and `bad`",
    };
    found.push(
        Diagnostic::error("SC222", format!("the objective `{}` {message}", said.name))
            .at(document.value_place(&here.key("name")))
            .hint("write `good` and `total`, or `bad` and `total`, or `latency: {histogram: …, under: …}`"),
    );
    None
}

fn trimmed(selector: &str) -> String {
    selector.trim().to_owned()
}

/// The bucket below the bound. Prometheus 3 writes the bound of a whole number as `1.0`, older ones as the
/// application does.
fn of_latency(latency: &config::Latency) -> Sli {
    let histogram = latency.histogram.trim();
    let (name, matchers) = match histogram.split_once('{') {
        Some((name, rest)) => (name.trim_end(), rest.trim_end().trim_end_matches('}').trim()),
        None => (histogram, ""),
    };
    let under = units::parse_duration(&latency.under).unwrap_or_default();
    let milliseconds = ["_ms", "_milliseconds", "_millis"].iter().any(|unit| name.ends_with(unit));
    let bound = under.as_secs_f64() * if milliseconds { 1e3 } else { 1.0 };
    let bound = (bound * 1e3).round() / 1e3;
    let le =
        if bound.fract() == 0.0 { format!(r#"le=~"{bound}(\\.0)?""#) } else { format!("le=\"{bound}\"") };
    let matchers = matchers.trim_end_matches(',');
    let bucket = if matchers.is_empty() { le } else { format!("{matchers}, {le}") };
    Sli::Latency {
        bucket: format!("{name}_bucket{{{bucket}}}"),
        count: format!("{name}_count{{{matchers}}}"),
    }
}

fn objective(said: &config::Slo, document: &Document, here: &At, found: &mut Vec<Diagnostic>) -> Option<f64> {
    // Beyond seven digits after the point the budget is less than the noise of the arithmetic.
    if said.objective > 0.0 && said.objective <= 99.999_999_9 {
        return Some(said.objective);
    }
    let hint = if said.objective >= 100.0 {
        "100% leaves no error budget: write what users really need, such as 99.9"
    } else {
        "write a percentage such as 99.9"
    };
    let message = format!("an objective is more than 0 and less than 100 percent, found {}", said.objective);
    found.push(
        Diagnostic::error("SC223", message).at(document.value_place(&here.key("objective"))).hint(hint),
    );
    None
}

fn days(said: &config::Slo, document: &Document, here: &At, found: &mut Vec<Diagnostic>) -> Option<u32> {
    let Some(window) = &said.window else { return Some(DEFAULT_DAYS) };
    let window = units::parse_duration(window)?;
    let days = u32::try_from(window.as_secs() / DAY.as_secs()).unwrap_or(u32::MAX);
    let whole = DAY.checked_mul(days) == Some(window);
    if whole && (rows::SHORTEST_DAYS..=rows::LONGEST_DAYS).contains(&days) {
        return Some(days);
    }
    let message = format!(
        "the window of an objective is a number of whole days from {}d to {}d, found {}",
        rows::SHORTEST_DAYS,
        rows::LONGEST_DAYS,
        units::format_duration(window)
    );
    found.push(
        Diagnostic::error("SC224", message)
            .at(document.value_place(&here.key("window")))
            .hint("write 7d, 28d or 30d; alerts look back up to 3 days, which must be a part of the window"),
    );
    None
}

/// The pairs of windows that can fire for this objective; those that cannot are told.
fn burn_rates(slo: &Slo, document: &Document, here: &At, found: &mut Vec<Diagnostic>) -> Vec<BurnRate> {
    let of = |windows: &Windows| BurnRate {
        urgency: windows.urgency,
        long: windows.long,
        short: windows.short,
        factor: factor(windows, slo.days),
    };
    let all = rows::WINDOWS.iter().map(of);
    // A complete outage burns at 1 / budget; a little room is left above the limit.
    let (can, cannot): (Vec<_>, Vec<_>) =
        all.partition(|rate| (rate.factor.floor() + 1.0) * slo.budget() <= 1.0 + f64::EPSILON);
    if let Some(rate) = cannot.first() {
        let fastest = 100.0 / (100.0 - slo.objective);
        let message = format!(
            "with an objective of {}% even a complete outage burns the budget only {fastest:.1} times as fast as it may: the alert at {} times over {} is left out",
            slo.objective, rate.factor, rate.long
        );
        let paged = can.iter().any(|rate| rate.urgency == Urgency::Page);
        let hint = if paged {
            "a slower pair of windows still pages; raise the objective to be told sooner"
        } else {
            "nothing pages for it: raise the objective, or write an alert of your own in `rules/`"
        };
        found.push(
            Diagnostic::warning("SC225", message).at(document.value_place(&here.key("objective"))).hint(hint),
        );
    }
    can
}

/// How many times as fast as it may the budget burns when its share is spent within the long window. Between a
/// week and a month it goes evenly from the one to the other.
fn factor(windows: &Windows, days: u32) -> f64 {
    let over =
        |percent: f64, days: u32| percent / 100.0 * f64::from(days * 24) / f64::from(windows.long_hours);
    let (week, month) = (rows::SHORTEST_DAYS, rows::MONTH_DAYS);
    let factor = if days >= month {
        over(windows.month_percent, days)
    } else {
        let (from, to) = (over(windows.week_percent, week), over(windows.month_percent, month));
        from + (to - from) * f64::from(days.saturating_sub(week)) / f64::from(month - week)
    };
    (factor * 1e4).round() / 1e4
}

/// Samples that are deleted before the window is over cannot count.
fn retention(
    stack: &Stack,
    (slo, said): (&Slo, &config::Slo),
    document: &Document,
    here: &At,
    found: &mut Vec<Diagnostic>,
) {
    let kept = stack.instance(catalog::SCRAPER).and_then(|instance| instance.setting("retention.time"));
    let Some(kept) = kept.as_deref().and_then(units::parse_duration) else { return };
    if DAY * slo.days <= kept {
        return;
    }
    let alerts = if kept < DAY * 3 { ", nor those alerts over as much as 3 days" } else { "" };
    let message = format!(
        "the error budget of `{}` is over {} days, but Prometheus keeps samples for {}: it cannot be computed over the whole window{alerts}",
        slo.name,
        slo.days,
        units::format_duration(kept)
    );
    let place = if said.window.is_some() { here.key("window") } else { here.key("name") };
    found.push(Diagnostic::warning("SC226", message).at(document.value_place(&place)).hint(format!(
        "set `{}.retention.time: {}d` or more, or a shorter `window`",
        catalog::SCRAPER,
        slo.days
    )));
}

#[cfg(test)]
mod tests;
