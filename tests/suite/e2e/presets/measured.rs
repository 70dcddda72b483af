//! How long an outage takes until somebody is told, with every interval, wait and promise as the presets have them. It takes
//! half an hour: `STACKCTL_MEASURE=1`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::super::{Scene, eventually};
use super::{Watched, adapt, every_rule_is_healthy, every_target_is_up, faults};
use crate::support::synthetic::{Application, Script, Sink};

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
    let watched = Watched { scene, script, application, sink, limit: LIMIT };
    every_target_is_up(&watched);
    every_rule_is_healthy(&watched);
    let outages = watched.script.faults.iter().filter(|fault| fault.hides.is_some());
    for fault in outages {
        eventually(LIMIT, "all that fires is over", || {
            faults::all_firing(&watched).iter().all(|name| is_no_fault(name)).then_some(())
        });
        let told_before = watched.sink.count();
        let begin = Instant::now();
        faults::inject(&watched, &servers, fault);
        let (what, wanted) = faults::receivers(&watched, fault);
        let fires = begin.elapsed();
        eventually(LIMIT, &format!("{what} is told to {wanted:?}"), || {
            (watched.sink.told_after(told_before).get(&fault.alert) == Some(&wanted)).then_some(())
        });
        let told = begin.elapsed();
        std::thread::park_timeout(AFTER);
        let messages = watched.sink.messages_after(told_before);
        let all: BTreeMap<String, BTreeSet<String>> =
            watched.sink.told_after(told_before).into_iter().filter(|(name, _)| !is_no_fault(name)).collect();
        let (_, alert) = watched.sink.alerts(&fault.alert).pop().unwrap();
        eprintln!(
            "measured {preset}: {}: {} fires after {:.0?}, is told after {:.0?}; promised {}; {messages} messages to {} receivers, about {:?}",
            fault.name,
            fault.alert,
            fires,
            told,
            alert["annotations"]["response"],
            wanted.len(),
            all.keys().collect::<Vec<_>>()
        );
        assert_eq!(all, BTreeMap::from([(fault.alert.clone(), wanted)]), "{what} is told alone");
        faults::recover(&watched, &servers, fault);
    }
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
