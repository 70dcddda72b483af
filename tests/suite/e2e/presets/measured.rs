//! How long a fault takes until somebody is told, with every interval, wait and promise as the presets have them. It takes
//! an hour: `STACKCTL_MEASURE=1`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use stackctl::kernel::units;

use super::super::http::prometheus;
use super::super::{Scene, eventually};
use super::adapt::{self, Servers};
use super::{Watched, every_rule_is_healthy, every_target_is_up, faults};
use crate::support::synthetic::{Application, Fault, Script, Sink};

/// From the cause to the notification.
const LIMIT: Duration = Duration::from_secs(900);

/// Time in which a second notification about one outage would come: the longest `for` of what the outage causes as well.
const AFTER: Duration = Duration::from_secs(240);

fn measure(preset: &str) {
    if std::env::var("STACKCTL_MEASURE").as_deref() != Ok("1") {
        return;
    }
    let Some(scene) = Scene::open() else { return };
    scene.expect(0, &["init", "--preset", preset, "--dir", "."]);
    adapt::secrets(&scene);
    let script = Script::of(preset);
    let (application, sink) = (Application::start(&script), Sink::start());
    let servers = adapt::stack(&scene, &application, &sink, adapt::Pace::AsShipped);
    scene.expect(0, &["up"]);
    let watched = Watched { scene, script, application, sink, limit: LIMIT, settled: LIMIT };
    every_target_is_up(&watched);
    every_rule_is_healthy(&watched);
    let (outages, others): (Vec<&Fault>, Vec<&Fault>) =
        watched.script.faults.iter().partition(|fault| fault.hides.is_some());
    for fault in outages {
        let told = timed(&watched, &servers, preset, fault);
        std::thread::park_timeout(AFTER);
        let messages = watched.sink.messages_of(&fault.alert, told.before);
        eprintln!(
            "measured {preset}: {}: {messages} messages to {} receivers",
            fault.name,
            told.receivers.len()
        );
        assert_eq!(messages, told.receivers.len(), "{}: each receiver is told once", fault.name);
        let mut all = watched.sink.told_after(told.before);
        all.retain(|name, _| !is_no_fault(name));
        assert_eq!(
            all,
            BTreeMap::from([(fault.alert.clone(), told.receivers)]),
            "{} is told alone",
            fault.name
        );
        faults::recover(&watched, &servers, fault);
    }
    for fault in others.into_iter().filter(|fault| waits_shortly(&watched, &fault.alert)) {
        timed(&watched, &servers, preset, fault);
        faults::recover(&watched, &servers, fault);
    }
}

/// Who was told of a fault.
struct Told {
    /// Messages before it.
    before: usize,
    receivers: BTreeSet<String>,
}

/// Brings a fault about and says when it is told; later than the route promises is a failure.
fn timed(watched: &Watched, servers: &Servers, preset: &str, fault: &Fault) -> Told {
    eventually(LIMIT, "all that fires is over", || {
        faults::all_firing(watched).iter().all(|name| is_no_fault(name)).then_some(())
    });
    let before = watched.sink.count();
    let begin = Instant::now();
    faults::inject(watched, servers, fault);
    let (what, receivers) = faults::receivers(watched, fault);
    let fires = begin.elapsed();
    eventually(LIMIT, &format!("{what} is told to {receivers:?}"), || {
        let told = watched.sink.told_after(before);
        told.get(&fault.alert).is_some_and(|all| receivers.is_subset(all)).then_some(())
    });
    let waited = begin.elapsed().saturating_sub(fires);
    let (_, alert) = watched.sink.alerts(&fault.alert).pop().unwrap();
    let response = alert["annotations"]["response"].as_str();
    eprintln!(
        "measured {preset}: {}: {} fires after {fires:.0?}, is told {waited:.0?} later; promised: {}",
        fault.name,
        fault.alert,
        response.unwrap_or("nothing")
    );
    if let Some(promised) = response.and_then(promised) {
        assert!(waited <= promised, "{what} is told after {waited:?}");
    }
    Told { before, receivers }
}

/// The time in `within 5m`; some seconds for `immediately`.
fn promised(response: &str) -> Option<Duration> {
    let words = response.split(',').next()?;
    match words.strip_prefix("within ") {
        Some(time) => units::parse_duration(time),
        None => (words == "immediately").then_some(Duration::from_secs(15)),
    }
}

/// Whether the rule of an alert waits for five minutes at most.
fn waits_shortly(watched: &Watched, alert: &str) -> bool {
    let found = prometheus(watched.scene.prometheus, "/api/v1/rules?type=alert").unwrap();
    let groups = found["groups"].as_array().unwrap();
    let mut rules = groups.iter().flat_map(|group| group["rules"].as_array().unwrap());
    rules.any(|rule| rule["name"] == alert && rule["duration"].as_f64().is_some_and(|wait| wait <= 300.0))
}

/// What this machine suffers from meanwhile, and what always fires.
fn is_no_fault(alert: &str) -> bool {
    alert.starts_with("Host") || alert == "Watchdog"
}

#[test]
fn ciso_assistant() {
    measure("ciso-assistant");
}

#[test]
fn sentrascan() {
    measure("sentrascan");
}

#[test]
fn cybersensei() {
    measure("cybersensei");
}

#[test]
fn rust_security() {
    measure("rust-security");
}

#[test]
fn blindspotx() {
    measure("blindspotx");
}
