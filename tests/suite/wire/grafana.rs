//! Grafana from first start to a rotated password.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::fixture::{DEFAULT, Wire, machine, mutations, same, volume_lines};
use crate::support::daemon::{Content, FakeDaemon, FakeFile, Program};
use crate::support::programs::Grafana;

const ALL: [&str; 4] = ["prometheus", "alertmanager", "grafana", "node"];
const PASSWORD: &str = "secrets/grafana_admin_password";

fn set_up(grafana: &Grafana) -> FakeDaemon {
    machine(&ALL, grafana).start()
}

fn mode(wire: &Wire, path: &str) -> u32 {
    fs::metadata(wire.state(path)).unwrap().permissions().mode() & 0o7777
}

fn password(wire: &Wire) -> String {
    fs::read_to_string(wire.state(PASSWORD)).unwrap().trim_end().to_owned()
}

#[test]
fn up_brings_grafana_up_with_its_data_sources_and_dashboards_and_says_where_the_password_is() {
    let grafana = Grafana::new();
    let daemon = set_up(&grafana);
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let ran = wire.run(["up"]).ok();
    same(
        &ran.stdout,
        "\
done: 13 steps
✓ Prometheus runs what was rendered
✓ Alertmanager runs what was rendered
✓ Grafana runs what was rendered

NAME          URL                                  PURPOSE
prometheus    http://ADDRESS-OF-USER:9090          query metrics, see targets and rules
alertmanager  http://ADDRESS-OF-USER:9093          see and silence alerts
grafana       http://ADDRESS-OF-USER:3000          dashboards
node          http://ADDRESS-OF-USER:9100/metrics  metrics of the host
grafana: admin, password in DIR/state/stackctl/monitoring/secrets/grafana_admin_password
",
    );
    assert_eq!(grafana.datasources(), ["stackctl-alertmanager", "stackctl-prometheus"]);
    assert_eq!(grafana.dashboards(), ["stackctl-host", "stackctl-stack"]);
    assert_eq!(grafana.password(), Some(password(&wire)));
    let again = wire.run(["up"]).ok();
    assert_eq!(again.stdout.lines().next(), Some("up to date: nothing to do"));
}

#[test]
fn generated_secrets_are_private_on_disk_and_in_the_volume_and_nowhere_else() {
    let daemon = set_up(&Grafana::new());
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    assert_eq!((mode(&wire, ""), mode(&wire, "secrets"), mode(&wire, PASSWORD)), (0o700, 0o700, 0o600));
    assert_eq!(mode(&wire, "secrets/grafana_secret_key"), 0o600);
    let secret = password(&wire);
    let files = daemon.files("monitoring-grafana-config");
    let holding: Vec<(&String, u32, u64)> = files
        .iter()
        .filter(|(_, file)| matches!(&file.content, Content::File(bytes) if contains(bytes, &secret)))
        .map(|(path, file)| (path, file.mode, file.uid))
        .collect();
    let [(path, 0o400, 472)] = holding[..] else { panic!("{holding:?}") };
    assert!(path.ends_with("/secrets/admin_password"), "{path}");
    // Nothing that `docker inspect`, `docker logs` or another tenant of the daemon sees.
    for (name, container) in daemon.containers() {
        assert!(!container.inspect.to_string().contains(&secret), "{name}");
    }
    for seen in daemon.requests() {
        assert!(!seen.body.to_string().contains(&secret), "{}", seen.line());
        assert!(!format!("{:?}", seen.query).contains(&secret), "{}", seen.line());
    }
    assert_eq!(daemon.volume_root("monitoring-grafana-data"), FakeFile::directory(0o750, 472, 0));
    assert_eq!(daemon.volume_root("monitoring-prometheus-data"), FakeFile::directory(0o750, 65534, 65534));
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn passwords_are_shown_only_when_asked_for() {
    let daemon = set_up(&Grafana::new());
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    let secret = password(&wire);
    let words = [
        &["up"][..],
        &["-v", "plan"],
        &["status"],
        &["health"],
        &["endpoints"],
        &["secrets"],
        &["render"],
        &["check"],
        &["--format", "json", "endpoints"],
        &["--format", "json", "secrets"],
        &["--format", "json", "render"],
    ];
    for arguments in words {
        let output = wire.command(arguments).output().unwrap();
        assert!(!contains(&output.stdout, &secret) && !contains(&output.stderr, &secret), "{arguments:?}");
    }
    let shown = wire.run(["endpoints", "--show-secrets"]).ok().stdout;
    assert_eq!(shown.lines().last(), Some(format!("grafana: password {secret}").as_str()));
    assert_eq!(wire.run(["secrets", "show", "grafana/admin_password"]).ok().stdout, format!("{secret}\n"));
}

#[test]
fn a_rotated_password_works_in_grafana_and_the_old_one_does_not() {
    let grafana = Grafana::new();
    let daemon = set_up(&grafana);
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    let old = password(&wire);
    let ran = wire.run(["secrets", "rotate", "admin_password"]).ok();
    same(
        &ran.stdout,
        "rotated grafana/admin_password; the new value is in DIR/state/stackctl/monitoring/secrets/grafana_admin_password\n",
    );
    assert_ne!(password(&wire), old);
    assert_eq!(grafana.password(), Some(password(&wire)));
    assert_eq!(mode(&wire, PASSWORD), 0o600);
    // The next run delivers the new file and signs in with it; no container is made again.
    daemon.forget_requests();
    wire.run(["up"]).ok();
    let helper = |line: &String| line.contains("courier") || line.contains(".lock-");
    let made: Vec<String> = mutations(&daemon).into_iter().filter(|line| !helper(line)).collect();
    assert_eq!(made, [""; 0]);
    let delivered = daemon.files("monitoring-grafana-config");
    let current = match &delivered["current"].content {
        Content::Link(target) => target.clone(),
        other => panic!("{other:?}"),
    };
    let file = &delivered[&format!("{current}/secrets/admin_password")];
    assert_eq!(
        file,
        &FakeFile::file(0o400, 472, 0, password(&wire)),
        "{:?}",
        volume_lines(&daemon, "monitoring-grafana-config")
    );
}

#[test]
fn a_grafana_that_does_not_take_the_password_leaves_it_as_it_was() {
    let grafana = Grafana::new();
    let daemon = set_up(&grafana);
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    let before = wire.world();
    let old = password(&wire);
    grafana.set_password("somebody-else-was-here");
    let refused = wire.run(["secrets", "rotate", "admin_password"]);
    assert_eq!(refused.code, Some(3));
    same(
        &refused.stderr,
        "\
error: the password was not changed: grafana at `http://ADDRESS-OF-USER:3000/api/user/password` refuses the password of user `admin`: it was changed in Grafana, or the data volume is older than the password file; set it again with `grafana cli admin reset-admin-password`, and wait 5 minutes after repeated failures, because Grafana then blocks the user for that long
changed: nothing
hint: write the password that works into `DIR/state/stackctl/monitoring/secrets/grafana_admin_password`, then run this again
",
    );
    assert_eq!((password(&wire), wire.world()), (old.clone(), before));
    grafana.set_password(&old);
    daemon.program("monitoring-grafana", Program::never_ready(3000));
    wire.run(["stop", "grafana"]).ok();
    let stopped = wire.run(["secrets", "rotate", "admin_password"]);
    assert_eq!(stopped.code, Some(3));
    same(
        &stopped.stderr,
        "\
error: the password was not changed: nothing listens at `http://ADDRESS-OF-USER:3000/api/user/password` (connection refused)
changed: nothing
hint: Grafana must run for this: `stackctl up grafana`
",
    );
    assert_eq!((password(&wire), grafana.password()), (old.clone(), Some(old)));
}

#[test]
fn dashboards_that_are_not_there_afterwards_are_reported() {
    let grafana = Grafana::new();
    let daemon = set_up(&grafana);
    let wire = Wire::new(&daemon)
        .stack(DEFAULT)
        .file("dashboards/good.json", r#"{"title": "Good", "uid": "good", "panels": []}"#);
    // The directory of the files is empty for Grafana: as when its provider looks elsewhere.
    let provider = "apiVersion: 1\nproviders: [{name: elsewhere, type: file, options: {path: /nowhere}}]\n";
    wire.write("templates/grafana/provisioning/dashboards/stackctl.yml", provider);
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(
        ran.stderr.lines().filter(|line| line.starts_with("warning:")).collect::<Vec<_>>(),
        ["good", "stackctl-host", "stackctl-stack"]
            .map(|uid| format!("warning: Grafana: the dashboard `{uid}` is not there"))
    );
    assert_eq!(grafana.dashboards(), [""; 0]);
}
