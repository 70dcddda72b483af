//! Components behind a proxy that they share with other pages: public URLs with a path.

use super::fixture::{DEFAULT, PROMETHEUS_ONLY, Wire, daemon, image, machine, same};
use crate::support::daemon::Program;
use crate::support::programs::{Grafana, Prometheus};

const BEHIND_A_PROXY: &str = "\
exporters: {node: {port: 9100}}
prometheus: {external_url: \"https://ops.internal/prometheus/\"}
alertmanager: {external_url: \"https://ops.internal/alertmanager\"}
grafana: {root_url: \"https://ops.internal/grafana/\"}
notify: {receivers: {team: {webhook: {url: \"http://hooks.internal/\"}}}}
";

#[test]
fn every_component_is_asked_below_the_path_of_its_public_url() {
    let grafana = Grafana::new();
    let daemon = machine(&["prometheus", "alertmanager", "grafana", "node"], &grafana).start();
    let wire = Wire::new(&daemon).stack(BEHIND_A_PROXY);
    let ran = wire.run(["up", "--timeout", "10s"]).ok();
    same(
        &ran.stdout,
        "\
done: 13 steps
✓ Prometheus runs what was rendered
✓ Alertmanager runs what was rendered
✓ Grafana runs what was rendered

NAME          URL                                       PURPOSE
prometheus    http://ADDRESS-OF-USER:9090/prometheus    query metrics, see targets and rules
alertmanager  http://ADDRESS-OF-USER:9093/alertmanager  see and silence alerts
grafana       http://ADDRESS-OF-USER:3000/grafana       dashboards
node          http://ADDRESS-OF-USER:9100/metrics       metrics of the host
grafana: admin, password in DIR/state/stackctl/monitoring/secrets/grafana_admin_password
users reach prometheus at https://ops.internal/prometheus/
users reach alertmanager at https://ops.internal/alertmanager
users reach grafana at https://ops.internal/grafana/
",
    );
    assert_eq!(grafana.datasources(), ["stackctl-alertmanager", "stackctl-prometheus"]);
    assert_eq!(wire.run(["up"]).ok().stdout.lines().next(), Some("up to date: nothing to do"));
    let health = wire.run(["health", "--format", "json"]).ok().json();
    assert_eq!(health["status"], "healthy", "{health}");
    let status = wire.run(["status", "--format", "json"]).ok().json();
    let ready = status["components"].as_array().unwrap().iter().filter(|row| row["ready"] == true);
    assert_eq!(ready.count(), 4, "{status}");

    wire.change(&BEHIND_A_PROXY.replace("prometheus: {", "prometheus: {scrape_interval: 30s, "));
    let ran = wire.run(["up"]).ok();
    assert_eq!(ran.stdout.lines().next(), Some("done: 3 steps"), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("container prometheus: reloaded, and runs what was rendered"),
        "{}",
        ran.stderr
    );
}

#[test]
fn files_and_flags_follow_the_path_and_a_proxy_that_removes_it() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(BEHIND_A_PROXY);
    let lines = |rendered: &str, starts: &[&str]| -> Vec<String> {
        let lines = rendered.lines().map(str::trim);
        lines.filter(|line| starts.iter().any(|start| line.starts_with(start))).map(str::to_owned).collect()
    };
    let starts = ["metrics_path:", "path_prefix:", "url: \"http://"];
    assert_eq!(
        lines(&wire.run(["render"]).ok().stdout, &starts),
        [
            "url: \"http://monitoring-prometheus.monitoring:9090/prometheus\"",
            "url: \"http://monitoring-alertmanager.monitoring:9093/alertmanager\"",
            "path_prefix: \"/alertmanager\"",
            "metrics_path: \"/prometheus/metrics\"",
            "metrics_path: \"/alertmanager/metrics\"",
            "metrics_path: \"/grafana/metrics\"",
            "metrics_path: \"/metrics\"",
        ]
    );
    let stripped = BEHIND_A_PROXY
        .replace("prometheus/\"}", "prometheus/\", route_prefix: /}")
        .replace("alertmanager\"}", "alertmanager\", route_prefix: \"/am/\"}")
        .replace("grafana/\"}", "grafana/\", serve_from_sub_path: false}");
    wire.change(&stripped);
    assert_eq!(
        lines(&wire.run(["render"]).ok().stdout, &starts),
        [
            "url: \"http://monitoring-prometheus.monitoring:9090\"",
            "url: \"http://monitoring-alertmanager.monitoring:9093/am\"",
            "path_prefix: \"/am\"",
            "metrics_path: \"/metrics\"",
            "metrics_path: \"/am/metrics\"",
            "metrics_path: \"/metrics\"",
            "metrics_path: \"/metrics\"",
        ]
    );
    wire.run(["up", "--timeout", "10s"]).ok();
    let inspect = |component: &str| daemon.container(&format!("monitoring-{component}")).inspect.to_string();
    assert!(inspect("prometheus").contains("\"--web.route-prefix=/\""));
    assert!(inspect("alertmanager").contains("\"--web.route-prefix=/am/\""));
    assert!(inspect("grafana").contains("\"GF_SERVER_SERVE_FROM_SUB_PATH=false\""));
    wire.change("exporters: {node: {port: 9100}}\nalertmanager: {route_prefix: /am}\n");
    wire.run(["up", "--timeout", "10s"]).ok();
    let url = format!("--web.external-url=http://{}:9093/am", wire.ip);
    assert!(inspect("alertmanager").contains(&url), "links lead below the path");
}

#[test]
fn commands_of_runbooks_follow_the_path() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(BEHIND_A_PROXY);
    let text = wire.run(["runbook", "AlertmanagerNotificationsFailing"]).ok().stdout;
    assert!(text.contains("--alertmanager.url=http://localhost:9093/alertmanager alert add"), "{text}");
    wire.change("grafana: {enabled: false}\n");
    let text = wire.run(["runbook", "AlertmanagerNotificationsFailing"]).ok().stdout;
    assert!(text.contains("--alertmanager.url=http://localhost:9093 alert add"), "{text}");
}

#[test]
fn the_flags_of_args_count_as_the_settings_do() {
    let daemon = daemon();
    let args = "args: [\"--web.route-prefix\", \"/\"]";
    let stack = format!(
        "{PROMETHEUS_ONLY}prometheus: {{external_url: \"https://ops.internal/prometheus\", {args}}}\n"
    );
    let wire = Wire::new(&daemon).stack(&stack);
    let rendered = wire.run(["render"]).ok().stdout;
    assert!(rendered.contains("metrics_path: \"/metrics\""), "{rendered}");
    let blackbox =
        "exporters: {blackbox: {http: [\"http://shop:8080/\"], args: [\"--web.route-prefix=/probes\"]}}";
    wire.change(&PROMETHEUS_ONLY.replace("exporters: {}", blackbox));
    let rendered = wire.run(["render"]).ok().stdout;
    for path in ["/probes/metrics", "/probes/probe"] {
        assert!(rendered.contains(&format!("metrics_path: \"{path}\"")), "{rendered}");
    }
}

#[test]
fn a_container_is_asked_where_it_is_before_stack_yml_is_applied() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    wire.change(BEHIND_A_PROXY);
    let health = wire.run(["health", "--components-only", "--format", "json"]).ok().json();
    assert_eq!(health["status"], "healthy", "{health}");
    let status = wire.run(["status", "--format", "json"]).json();
    let ready = status["components"].as_array().unwrap().iter().filter(|row| row["ready"] == true);
    assert_eq!(ready.count(), 4, "{status}");
}

#[test]
fn a_container_that_comes_back_is_asked_below_its_own_path() {
    let old = Prometheus::new().program();
    let program = Program::computed(move |run| {
        let is_new = run.argv.iter().any(|word| word.contains("/moved"));
        if is_new { Program::never_ready(9090) } else { old.clone() }
    });
    let daemon = machine(&["prometheus"], &Grafana::new()).program(&image("prometheus"), program).start();
    let at = |path: &str| {
        format!("{PROMETHEUS_ONLY}prometheus: {{external_url: \"https://ops.internal/{path}\"}}\n")
    };
    let wire = Wire::new(&daemon).stack(&at("prometheus"));
    wire.run(["up", "--timeout", "10s"]).ok();
    let before = daemon.container("monitoring-prometheus").id;
    wire.change(&at("moved"));
    let ran = wire.run(["up", "--timeout", "1s"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("/moved/-/ready` answered 503"), "{}", ran.stderr);
    assert_eq!(daemon.container("monitoring-prometheus").id, before);
}

#[test]
fn urls_that_no_link_can_be_made_of_are_refused_with_their_place() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    for (stack, told) in [
        (
            "prometheus: {external_url: \"https://ops.internal/prometheus?orgId=1#x\"}",
            "error[SC228]: `external_url` has a query\n --> stack.yml:2:28\n\
             hint: links add their own query; write `https://ops.internal/prometheus`\n",
        ),
        (
            "alertmanager: {external_url: \"https://ops.internal/am#/alerts\"}",
            "error[SC228]: `external_url` has a fragment\n --> stack.yml:2:30\n\
             hint: links add their own query; write `https://ops.internal/am`\n",
        ),
        (
            "grafana: {root_url: \"https://me@ops.internal/grafana/\"}",
            "error[SC228]: `root_url` names a user\n --> stack.yml:2:21\n\
             hint: links are sent to users as they are; write `https://ops.internal/grafana/`\n",
        ),
        (
            "grafana: {root_url: \"https://ops.internal/a%20b\"}",
            "error[SC228]: `root_url` has a path that needs encoding\n --> stack.yml:2:21\n\
             hint: use letters, digits, `-`, `.`, `_` and `~` between single slashes\n",
        ),
        (
            "prometheus: {external_url: ops.internal/prometheus}",
            "error[SC106]: expected an http:// or https:// URL, found `ops.internal/prometheus`\n --> stack.yml:2:28\n\
             hint: write `http://ops.internal/prometheus` or `https://ops.internal/prometheus`\n",
        ),
        (
            "prometheus: {external_url: \"https://ops.internal/prome theus\"}",
            "error[SC106]: expected an http:// or https:// URL, found `https://ops.internal/prome theus`\n --> stack.yml:2:28\n\
             hint: write `https://ops.internal/prometheus`\n",
        ),
        (
            "prometheus: {external_url: \"ftp://ops.internal/prometheus\"}",
            "error[SC106]: expected an http:// or https:// URL, found `ftp://ops.internal/prometheus`\n --> stack.yml:2:28\n",
        ),
        (
            "prometheus: {external_url: /prometheus}",
            "error[SC106]: expected an http:// or https:// URL, found `/prometheus`\n --> stack.yml:2:28\n\
             hint: write the whole URL, such as `https://HOST/prometheus`\n",
        ),
        (
            "prometheus: {route_prefix: prometheus}",
            "error[SC106]: expected a path such as /prometheus, or /, found `prometheus`\n --> stack.yml:2:28\n\
             hint: write `/prometheus`\n",
        ),
        (
            "alertmanager: {route_prefix: \"https://ops.internal/am\"}",
            "error[SC106]: expected a path such as /prometheus, or /, found `https://ops.internal/am`\n --> stack.yml:2:30\n\
             hint: write `/am`\n",
        ),
        (
            "prometheus: {args: [\"--log.level=warn\", \"--web.external-url=https://ops.internal/p\"]}",
            "error[SC229]: `--web.external-url` is set twice, and Prometheus then does not start\n --> stack.yml:2:41\n\
             hint: remove it from `args`, and write the value as `external_url`\n",
        ),
        (
            "alertmanager: {route_prefix: /am, args: [\"--web.route-prefix\", \"/\"]}",
            "error[SC229]: `--web.route-prefix` is set twice, and Alertmanager then does not start\n --> stack.yml:2:42\n\
             hint: remove it from `args`, and write the value as `route_prefix`\n",
        ),
    ] {
        wire.change(&format!("{stack}\n"));
        let ran = wire.run(["up"]);
        assert_eq!(ran.code, Some(2), "{stack}: {}", ran.stderr);
        // Without the lines of the file that are shown.
        let is_source =
            |line: &str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
        let lines = ran.stderr.lines().filter(|line| !is_source(line));
        let seen = lines.flat_map(|line| [line, "\n"]).collect::<String>();
        assert!(seen.contains(told), "{stack}:\n{seen}");
    }
    assert_eq!(daemon.mutations(), [""; 0]);
}
