//! The calls that change something, in their order: no more than are needed, and the safe one first.

use super::fixture::{DEFAULT, PROMETHEUS_ONLY, Wire, daemon, mutations, same_world};
use crate::support::daemon::FakeDaemon;

/// The calls of a run that succeeds. Networks and volumes are made at once, in any order.
fn calls<const N: usize>(daemon: &FakeDaemon, wire: &Wire, arguments: [&str; N]) -> Vec<String> {
    daemon.forget_requests();
    wire.run(arguments).ok();
    let mut lines = mutations(daemon);
    let first = |start: &str| lines.iter().position(|line| line.starts_with(start));
    let volume = first("POST /volumes/create Name=monitoring-");
    // Files are delivered without the network: only the containers of components need it.
    if let (Some(volume), Some(network)) = (volume, first("POST /networks/"))
        && (volume..first("POST /containers/create?name=monitoring-").unwrap_or(lines.len()))
            .contains(&network)
    {
        let line = lines.remove(network);
        lines.insert(volume, line);
    }
    let parallel = |line: &String| {
        (line.starts_with("POST /volumes/") || line.starts_with("POST /networks/"))
            && !line.contains(".lock-")
    };
    for group in lines.chunk_by_mut(|a, b| parallel(a) && parallel(b)) {
        group.sort();
    }
    lines
}

const LOCK: [&str; 1] = ["POST /volumes/create Name=monitoring.lock-0"];
const UNLOCK: [&str; 1] = ["DELETE /volumes/monitoring.lock-0?force=false"];
const JUDGE: [&str; 4] = [
    "POST /containers/create?name=monitoring.tool-prometheus",
    "PUT /containers/monitoring.tool-prometheus/archive?path=/etc/stackctl",
    "POST /containers/monitoring.tool-prometheus/start",
    "DELETE /containers/monitoring.tool-prometheus",
];
const DELIVER: [&str; 3] = [
    "POST /containers/create?name=monitoring.courier",
    "PUT /containers/monitoring.courier/archive?path=/",
    "DELETE /containers/monitoring.courier",
];

#[test]
fn the_first_up_judges_the_files_then_makes_everything_in_order() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let make = [
        "POST /networks/create Name=monitoring",
        "POST /volumes/create Name=monitoring-prometheus-config",
        "POST /volumes/create Name=monitoring-prometheus-data",
        "POST /volumes/create Name=monitoring.stack",
    ];
    let start = [
        "POST /containers/create?name=monitoring-prometheus",
        "POST /containers/monitoring-prometheus/start",
    ];
    assert_eq!(calls(&daemon, &wire, ["up"]), [&LOCK[..], &JUDGE, &make, &DELIVER, &start, &UNLOCK].concat());
}

#[test]
fn changed_files_are_judged_and_delivered_and_prometheus_is_told_by_signal() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{scrape_interval: 30s}}\n"));
    let signal = ["POST /containers/monitoring-prometheus/kill?signal=SIGHUP"];
    assert_eq!(calls(&daemon, &wire, ["up"]), [&LOCK[..], &JUDGE, &DELIVER, &signal, &UNLOCK].concat());
    assert_eq!(calls(&daemon, &wire, ["up"]), [""; 0]);
}

#[test]
fn a_replacement_keeps_the_old_container_until_the_new_one_runs() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{memory: 2GiB}}\n"));
    assert_eq!(
        calls(&daemon, &wire, ["up"]),
        [
            LOCK[0],
            "POST /containers/create?name=monitoring-prometheus.new",
            "POST /containers/monitoring-prometheus/stop?t=300",
            "POST /containers/monitoring-prometheus/rename?name=monitoring-prometheus.old",
            "POST /containers/monitoring-prometheus.new/rename?name=monitoring-prometheus",
            "POST /containers/monitoring-prometheus/start",
            "DELETE /containers/monitoring-prometheus.old",
            UNLOCK[0],
        ]
    );
    assert_eq!(calls(&daemon, &wire, ["up"]), [""; 0]);
}

#[test]
fn down_stops_before_it_removes_and_keeps_the_volumes() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    assert_eq!(
        calls(&daemon, &wire, ["down"]),
        [
            LOCK[0],
            "POST /containers/monitoring-prometheus/stop?t=300",
            "DELETE /containers/monitoring-prometheus",
            "DELETE /networks/monitoring",
            UNLOCK[0],
        ]
    );
    let volumes: Vec<String> = daemon.volumes().into_iter().map(|volume| volume.name).collect();
    assert_eq!(volumes, ["monitoring-prometheus-config", "monitoring-prometheus-data", "monitoring.stack"]);
    assert_eq!(calls(&daemon, &wire, ["down"]), [""; 0]);
    daemon.forget_requests();
    let mut removed = calls(&daemon, &wire, ["down", "--volumes", "--yes"]);
    removed.sort();
    assert_eq!(
        removed,
        [
            "DELETE /volumes/monitoring-prometheus-config?force=false",
            "DELETE /volumes/monitoring-prometheus-data?force=false",
            UNLOCK[0],
            "DELETE /volumes/monitoring.stack?force=false",
            LOCK[0],
        ]
    );
}

#[test]
fn a_second_up_of_the_whole_stack_touches_nothing() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    let before = wire.world();
    assert_eq!(calls(&daemon, &wire, ["up"]), [""; 0]);
    for looking in
        [["plan"], ["status"], ["health"], ["endpoints"], ["images"], ["secrets"], ["check"], ["render"]]
    {
        assert_eq!(calls(&daemon, &wire, looking), [""; 0], "{looking:?}");
    }
    same_world(&wire.world(), &before);
}

#[test]
fn an_up_with_nothing_to_do_lists_each_kind_of_object_once() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    daemon.forget_requests();
    wire.run(["up"]).ok();
    let lists = ["/containers/json", "/images/json", "/networks", "/volumes"];
    let seen = daemon.requests();
    for list in lists {
        assert_eq!(seen.iter().filter(|seen| seen.path == list).count(), 1, "{list}");
    }
}
