//! Reports: the plan as text, exit codes that scripts ask for, and the keys of every JSON document.

use super::fixture::{DEFAULT, PROMETHEUS_ONLY, Wire, daemon, image, same};

#[test]
fn the_plan_of_a_first_up_with_its_causes() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    let ran = wire.run(["plan"]).ok();
    same(
        &ran.stdout,
        "\
#1  record monitoring                        create   not found
#2  network monitoring                       create   not found  after #1
#3  volume monitoring-prometheus-config      create   not found  after #1
#4  volume monitoring-prometheus-data        create   not found  after #1
#5  volume monitoring-alertmanager-config    create   not found  after #1
#6  volume monitoring-alertmanager-data      create   not found  after #1
#7  volume monitoring-grafana-config         create   not found  after #1
#8  volume monitoring-grafana-data           create   not found  after #1
#9  files prometheus, alertmanager, grafana  deliver  new volume  after #3 #4 #5 #6 #7 #8
#10 container prometheus                     create   not found  after #2 #9
#11 container alertmanager                   create   not found  after #2 #9
#12 container grafana                        create   not found  after #2 #9 #10
#13 container node                           create   not found  after #2
13 steps; `stackctl up` makes these changes
",
    );
    assert_eq!(daemon.mutations(), [""; 0]);
    assert!(!wire.state("").exists(), "a plan leaves nothing behind");
}

#[test]
fn the_plan_names_the_cause_of_every_change() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    same(&wire.run(["plan", "--detailed-exitcode"]).ok().stdout, "up to date: nothing to do\n");
    wire.change(&format!("{DEFAULT}prometheus: {{memory: 2GiB, scrape_interval: 30s}}\n"));
    let ran = wire.run(["plan", "--detailed-exitcode"]);
    assert_eq!(ran.code, Some(1));
    same(
        &ran.stdout,
        "\
#1  files prometheus, grafana  deliver  prometheus.yml changed; dashboards/stack.json, provisioning/datasources/stackctl.yml changed
#2  container prometheus       replace  memory 1.0 GiB → 2.0 GiB  after #1
#3  container grafana          reload   dashboards/stack.json, provisioning/datasources/stackctl.yml changed  after #1
3 steps; `stackctl up` makes these changes
",
    );
    assert_eq!(wire.run(["plan"]).code, Some(0));
}

#[test]
fn json_documents_keep_their_keys() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let up = [
        "diagnostics",
        "done",
        "endpoints",
        "kept_volumes",
        "orphans",
        "proven",
        "unavailable",
        "unproven",
        "up_to_date",
    ];
    let cases: [(&[&str], &[&str]); 11] = [
        (&["up"], &up),
        (&["plan"], &["blocked", "diagnostics", "orphans", "skipped", "steps", "unavailable", "up_to_date"]),
        (&["status"], &["components", "orphans", "origin", "origin_is_here", "problems", "targets"]),
        (&["health"], &["components", "status", "targets", "timestamp"]),
        (&["endpoints"], &["endpoints"]),
        (&["images"], &["images"]),
        (&["secrets"], &["secrets"]),
        (&["catalog"], &["kind", "rows"]),
        (&["check"], &["diagnostics", "files", "judges", "not_validated"]),
        (&["render"], &["diagnostics", "directory", "files", "versions"]),
        (&["down"], &up),
    ];
    for (arguments, keys) in cases {
        let output = wire.command(&[&["--format", "json"][..], arguments].concat()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut seen: Vec<&String> = report.as_object().unwrap().keys().collect();
        seen.sort();
        let named: &[&str] = if arguments == ["catalog"] { &[] } else { &["daemon", "stack", "stack_file"] };
        let mut keys = [keys, named].concat();
        keys.sort_unstable();
        assert_eq!(seen, keys, "{arguments:?}");
    }
}

#[test]
fn a_failure_is_a_json_document_too() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("promethues: {}\n");
    let ran = wire.run(["--format", "json", "up"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), ""));
    let error = &ran.json()["error"];
    let mut keys: Vec<&String> = error.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["causes", "changed", "diagnostics", "exit", "hint", "message"]);
    assert_eq!((&error["exit"], &error["diagnostics"][0]["code"]), (&2.into(), &"SC105".into()));
}

#[test]
fn status_and_health_of_a_stack_that_runs() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    wire.run(["up"]).ok();
    let status = wire.run(["--format", "json", "status"]).ok().json();
    let mut row = status["components"][0].clone();
    for changing in ["uptime_seconds", "revision"] {
        assert!(!row[changing].is_null());
        row.as_object_mut().unwrap().remove(changing);
    }
    let version = image("prometheus").rsplit_once(":v").unwrap().1.to_owned();
    assert_eq!(
        row,
        serde_json::json!({"component": "prometheus", "state": "running", "ready": true, "version": version,
            "wanted": null, "image": image("prometheus"), "image_record": null, "source": null, "restarts": 0, "drift": null, "problem": null})
    );
    let health = wire.run(["--format", "json", "health"]).ok().json();
    assert_eq!(
        (&health["status"], &health["components"]["prometheus"]["detail"]),
        (&"healthy".into(), &"ready".into())
    );
    daemon.exit("monitoring-prometheus", 3);
    let ran = wire.run(["health"]);
    assert_eq!(ran.code, Some(1));
    same(
        &ran.stdout,
        "\
COMPONENT   HEALTH     LATENCY  DETAIL
prometheus  unhealthy  -        ended with exit code 3 and keeps restarting; `stackctl up` starts it
",
    );
    wire.run(["up"]).ok();
    wire.run(["health"]).ok();
}

#[test]
fn up_of_one_component_brings_only_it_and_what_it_needs() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let ran = wire.run(["up", "prometheus"]).ok();
    same(
        &ran.stdout,
        "\
done: 6 steps
✓ Prometheus runs what was rendered

NAME        URL                          PURPOSE
prometheus  http://ADDRESS-OF-USER:9090  query metrics, see targets and rules
",
    );
    let ran = wire.run(["up", "promethues"]);
    assert_eq!(ran.code, Some(2));
    same(
        &ran.stderr,
        "\
error: `promethues` is not in the stack `monitoring`
changed: nothing
hint: did you mean `prometheus`?
",
    );
}
