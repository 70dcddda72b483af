//! Secrets: files that are not there, what is kept in the volumes, and what is shown.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::fixture::{DEFAULT, Ran, Wire, daemon, image};
use crate::support::daemon::{Content, FakeDaemon};

const WITH_SECRETS: &str = "\
grafana: {enabled: false}
exporters: {}
prometheus:
  remote_write: [{url: \"http://vm/\", username: u, password_file: secrets/remote}]
notify:
  receivers: {hook: {webhook: {url_file: hunter2}}}
  default: hook
";

fn secret(wire: &Wire<'_>, path: &str, value: &str) {
    wire.write(path, value);
    fs::set_permissions(wire.path(path), fs::Permissions::from_mode(0o600)).unwrap();
}

/// The files with secrets in a volume: path and content.
fn secrets_in(daemon: &FakeDaemon, volume: &str) -> Vec<(String, String)> {
    let files = daemon.files(volume).into_iter();
    let file = |(path, file): (String, crate::support::daemon::FakeFile)| match file.content {
        Content::File(bytes) if path.contains("/secrets/") => {
            Some((path, String::from_utf8_lossy(&bytes).into_owned()))
        }
        _ => None,
    };
    files.filter_map(file).collect()
}

#[test]
fn render_and_plan_work_without_the_secret_files_and_name_them() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(WITH_SECRETS);
    for arguments in [&["render"][..], &["plan"], &["render", "--out", "out"]] {
        let ran = wire.run_all(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        let missing =
            "warning[SC304]: `prometheus.remote_write[0].password_file`: there is no file `secrets/remote`";
        assert!(ran.stderr.contains(missing), "{}", ran.stderr);
        let other =
            "warning[SC304]: `notify.receivers.hook.webhook.url_file` names a file that does not exist";
        assert!(ran.stderr.contains(other), "{}", ran.stderr);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains("hunter2"), "{all}");
    }
    assert!(wire.path("out/prometheus/prometheus.yml").exists());
    assert!(!wire.path("out/prometheus/secrets").exists(), "secrets are not written");
    assert_eq!(daemon.mutations(), [""; 0]);

    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("error[SC304]: `prometheus.remote_write[0].password_file`"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    assert_eq!(daemon.mutations(), [""; 0]);
}

#[test]
fn a_text_that_is_no_path_is_shown_by_no_command() {
    let daemon = daemon();
    let long = "x".repeat(300);
    for value in ["hunter2", "hunter2/hunter2", &format!("hunter2{long}"), "\"hunter2\\nhunter2\""] {
        let wire = Wire::new(&daemon).stack(&format!("grafana: {{admin_password_file: {value}}}\n"));
        for arguments in [
            &["check", "--offline"][..],
            &["plan"],
            &["render"],
            &["up"],
            &["secrets"],
            &["doctor"],
            &["secrets", "show", "admin_password"],
        ] {
            for format in ["human", "json"] {
                let ran = wire.run_all(&[arguments, &["--format", format]].concat());
                let all = format!("{}{}", ran.stdout, ran.stderr);
                assert!(!all.contains("hunter2"), "{arguments:?}: {all}");
            }
        }
    }
}

#[test]
fn a_rotated_secret_is_in_the_volume_until_the_second_delivery_after_it() {
    let daemon = daemon();
    let text = WITH_SECRETS.replace("hunter2", "secrets/hook");
    let wire = Wire::new(&daemon).stack(&text);
    secret(&wire, "secrets/hook", "https://hook");
    for value in ["first", "second", "third", "fourth"] {
        secret(&wire, "secrets/remote", value);
        wire.run(["up"]).ok();
    }
    let kept: Vec<String> =
        secrets_in(&daemon, "monitoring-prometheus-config").into_iter().map(|(_, secret)| secret).collect();
    assert_eq!(kept, ["third", "fourth"]);
    // The state directory keeps nothing of it.
    let ran = wire.run(["up"]).ok();
    assert!(ran.stdout.starts_with("up to date"), "{}", ran.stdout);
}

fn report(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

#[test]
fn every_report_about_secrets_is_one_json_document() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    let listed = report(&wire.run(["secrets", "list", "--format", "json"]).ok());
    assert_eq!(listed["secrets"][0]["name"], "admin_password");
    let shown = report(&wire.run(["secrets", "show", "admin_password", "--format", "json"]).ok());
    let file = fs::read_to_string(wire.state("secrets/grafana_admin_password")).unwrap();
    assert_eq!(shown["value"], file.trim_end());
    assert_eq!((&shown["component"], &shown["name"]), (&"grafana".into(), &"admin_password".into()));
    let rotated = report(&wire.run(["secrets", "rotate", "admin_password", "--format", "json"]).ok());
    assert_eq!(rotated["name"], "admin_password");
    assert!(rotated["path"].as_str().unwrap().ends_with("secrets/grafana_admin_password"));
}

#[test]
fn init_generates_what_only_the_stack_must_know_and_never_overwrites() {
    let daemon = daemon();
    let text = "\
grafana: {admin_password_file: secrets/deep/admin.txt}
notify: {receivers: {hook: {webhook: {url_file: secrets/hook}}}, default: hook}
";
    let wire = Wire::new(&daemon).stack(text);
    let refused = wire.run(["secrets", "init"]);
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("there is no terminal to ask for secrets/deep/admin.txt, secrets/hook"),
        "{}",
        refused.stderr
    );
    assert!(!wire.path("secrets").exists());

    let ran = wire.run(["secrets", "init", "--generate"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(ran.stdout, "wrote secrets/deep/admin.txt (generated)\n");
    assert!(
        ran.stderr.contains("`notify.receivers.hook.webhook.url_file`: secrets/hook is still missing"),
        "{}",
        ran.stderr
    );
    let mode = |path: &str| fs::metadata(wire.path(path)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(
        [mode("secrets"), mode("secrets/deep"), mode("secrets/deep/admin.txt")],
        [0o700, 0o700, 0o600]
    );
    let value = fs::read_to_string(wire.path("secrets/deep/admin.txt")).unwrap();
    assert!(value.trim_end().len() >= 32 && !ran.stdout.contains(value.trim_end()));

    secret(&wire, "secrets/hook", "http://hook");
    let again = report(&wire.run(["secrets", "init", "--generate", "--format", "json"]).ok());
    assert_eq!(again["written"], serde_json::json!([]));
    assert_eq!(again["kept"].as_array().unwrap().len(), 2);
    assert_eq!(fs::read_to_string(wire.path("secrets/deep/admin.txt")).unwrap(), value);
}

#[test]
fn a_private_file_of_a_custom_exporter_is_delivered_as_a_secret() {
    let daemon = daemon();
    let text = "\
grafana: {enabled: false}
exporters: {custom: {own: {image: \"IMAGE\", port: 9000, user: \"1000:1001\", files: {my.cnf: my.cnf, open.yml: open.yml}}}}
";
    let wire = Wire::new(&daemon).stack(&text.replace("IMAGE", &image("node")));
    secret(&wire, "my.cnf", "hunter2");
    wire.write("open.yml", "a: 1");
    let rendered = wire.run(["render"]).ok();
    assert!(
        rendered.stdout.contains("own/my.cnf\n<secret>") && rendered.stdout.contains("a: 1"),
        "{}",
        rendered.stdout
    );
    assert!(!rendered.stdout.contains("hunter2"), "{}", rendered.stdout);
    wire.run(["render", "--out", "out"]).ok();
    assert!(wire.path("out/own/open.yml").exists() && !wire.path("out/own/my.cnf").exists());
    wire.run(["up", "--no-wait"]);
    let files = daemon.files("monitoring-own-config");
    let seen = |name: &str| {
        let (_, file) = files.iter().find(|(path, _)| path.ends_with(name)).unwrap();
        (file.mode, file.uid, file.gid)
    };
    assert_eq!((seen("/my.cnf"), seen("/open.yml")), ((0o400, 1000, 1001), (0o444, 0, 0)));
}

#[test]
fn a_file_outside_of_the_project_is_delivered_only_when_told_to() {
    let daemon = daemon();
    let text = "\
grafana: {enabled: false}
exporters: {custom: {own: {image: \"a/b:1\", port: 9000, files: {x.yml: PATH}MORE}}}
";
    let stack = |path: &str, more: &str| text.replace("PATH", path).replace("MORE", more);
    let wire = Wire::new(&daemon).stack(&stack("../outside.yml", ""));
    wire.write("../outside.yml", "hunter2: 1");
    std::os::unix::fs::symlink("../outside.yml", wire.path("link.yml")).unwrap();
    let absolute = wire.path("../outside.yml").display().to_string();
    for path in ["../outside.yml", "link.yml", absolute.as_str()] {
        wire.change(&stack(path, ""));
        let ran = wire.run(["render"]);
        assert_eq!(ran.code, Some(2), "{path}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("error[SC548]")
                && ran.stderr.contains("is outside the directory of stack.yml"),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("outside_files: true") && !ran.stdout.contains("hunter2"),
            "{}",
            ran.stderr
        );
        wire.change(&stack(path, ", outside_files: true"));
        assert!(wire.run(["render"]).ok().stdout.contains("hunter2"));
    }
}

#[test]
fn a_custom_exporter_runs_as_root_only_when_told_to() {
    let daemon = daemon();
    let text = "exporters: {custom: {own: {image: \"a/b:1\", port: 9000, user: \"USER\"MORE}}}\n";
    let wire = Wire::new(&daemon).stack("");
    for (user, more, code) in [
        ("0:0", "", Some("SC547")),
        ("0", "", Some("SC547")),
        ("00:1000", "", Some("SC547")),
        ("0:0", ", insecure: true", None),
        ("1000:0", "", None),
        ("1000", "", None),
        ("1:2:3", "", Some("SC106")),
        ("+0:0", "", Some("SC106")),
        ("1:", "", Some("SC106")),
        ("nobody", ", insecure: true", Some("SC106")),
        ("4294967296", "", Some("SC106")),
    ] {
        wire.change(&text.replace("USER", user).replace("MORE", more));
        let ran = wire.run(["render"]);
        assert_eq!(ran.code, Some(if code.is_some() { 2 } else { 0 }), "{user}: {}", ran.stderr);
        assert!(code.is_none_or(|code| ran.stderr.contains(code)), "{user}: {}", ran.stderr);
    }
}

#[test]
fn files_that_others_can_change_are_findings() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("grafana: {admin_password_file: secrets/admin}\n");
    secret(&wire, "secrets/admin", "hunter2");
    let chmod =
        |path: &str, mode| fs::set_permissions(wire.path(path), fs::Permissions::from_mode(mode)).unwrap();
    assert!(!wire.run(["check", "--offline"]).ok().stderr.contains("SC54"));
    chmod("stack.yml", 0o666);
    chmod("secrets/admin", 0o620);
    let ran = wire.run(["check", "--offline"]).ok();
    assert!(
        ran.stderr
            .contains("warning[SC545]: `stack.yml` can be changed by everybody on this machine (mode 0666)"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("warning[SC546]: `secrets/admin` can be changed by its group (mode 0620)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_state_directory_that_others_can_write_to_or_that_leads_nowhere_is_refused() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    wire.run(["up"]).ok();
    daemon.forget_requests();
    for level in ["", "secrets", ".."] {
        let directory = wire.state(level);
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
        for arguments in [&["up"][..], &["secrets", "show", "admin_password"]] {
            let ran = wire.run_all(arguments);
            assert_eq!(ran.code, Some(7), "{level} {arguments:?}: {}", ran.stderr);
            assert!(ran.stderr.contains("can be written by others (mode 0777)"), "{}", ran.stderr);
            assert!(ran.stderr.contains("hint: check what is in it, then `chmod 700 "), "{}", ran.stderr);
        }
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    }
    fs::rename(wire.state(""), wire.state("../moved")).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", wire.state("").components().as_path()).unwrap();
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("is a symbolic link to `/nowhere/at/all`, which does not exist"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("create `/nowhere/at/all` with mode 0700, or remove the link"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("--force"), "{}", ran.stderr);
    assert_eq!(daemon.mutations(), [""; 0]);
}
