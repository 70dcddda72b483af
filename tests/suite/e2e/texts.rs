//! SCENARIO: texts of receivers and notification templates that Alertmanager would fail on when an alert fires: its own
//! amtool executes them before anything is touched.

use super::Scene;
use super::docker::ours;
use super::scene::Run;

const HEAD: &str = "\
grafana: {enabled: false}
exporters: {}
notify:
  default: mail
  receivers:
    mail: {webhook: {url: \"http://host.docker.internal:9/\"}}
";

/// A stack with these receivers, each used by the only route.
fn scene(receivers: &[(&str, &str)]) -> Option<Scene> {
    let line = |(name, text): &(&str, &str)| format!("    {name}: {text}\n");
    let lines = receivers.iter().map(line).collect::<Vec<_>>().concat();
    let names: Vec<&str> = receivers.iter().map(|(name, _)| *name).collect();
    let scene = Scene::with(&format!(
        "{HEAD}{lines}  routes: [{{severity: critical, to: [{}]}}]\n",
        names.join(", ")
    ))?;
    scene.write("hook", "https://hooks.example.org/x");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(scene.path("hook"), private).unwrap();
    Some(scene)
}

fn slack(text: &str) -> String {
    format!("{{slack: {{webhook_file: hook, channel: \"#a\", text: '{text}'}}}}")
}

/// Line and message of every finding.
fn findings(run: &Run) -> Vec<String> {
    let report = run.json();
    let found = report["diagnostics"].as_array().expect("findings");
    let line = |found: &serde_json::Value| {
        let place = &found["place"];
        let file = place["file"].as_str().unwrap_or("-");
        format!("{file}:{} {}", place["line"], found["message"].as_str().unwrap())
    };
    found.iter().map(line).collect()
}

#[test]
fn every_text_that_cannot_be_executed_is_found_once_in_stack_yml() {
    let texts = [
        ("a", "{{ .CommonLabels.alertname "),
        ("b", "{{ .GroupLabels.my-label }}"),
        ("c", "{{ .CommonAnnotations.summary | upper }}"),
        ("d", "{{ template \"connect.k8s.url\" . }}"),
        ("e", "{{ range .Alerts }}{{ .Annotations.summary }}"),
        ("f", "{{ .Alert.Labels.alertname }}"),
        // Fails with two alerts or more, with a resolved one, without a label, in a definition of its own.
        ("g", "{{ if gt (len .Alerts) 1 }}{{ .Alerts.Labels }}{{ end }}"),
        ("h", "{{ if eq .Status \"resolved\" }}{{ .Resolved }}{{ end }}"),
        ("i", "{{ if not .CommonLabels.severity }}{{ index .Alerts 3 }}{{ end }}"),
        ("j", "{{ define \"own\" }}{{ .Nothing }}{{ end }}{{ template \"own\" . }}"),
        ("k", "{{ reReplaceAll \"(\" \"\" \"x\" }}"),
    ];
    let receivers: Vec<(&str, String)> = texts.iter().map(|(name, text)| (*name, slack(text))).collect();
    let receivers: Vec<(&str, &str)> = receivers.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let Some(scene) = scene(&receivers) else { return };
    let run = scene.expect(1, &["check", "--format", "json"]);
    let found = findings(&run);
    let first = std::fs::read_to_string(scene.path("stack.yml")).unwrap();
    let first = first.lines().position(|line| line.starts_with("    a:")).unwrap() + 1;
    let expected = [
        "the notification template is not closed",
        "the text `b.slack.text` cannot be executed: bad character U+002D '-'",
        "the text `c.slack.text` cannot be executed: function \"upper\" not defined",
        "no notification template defines `connect.k8s.url`",
        "the text `e.slack.text` cannot be executed: unexpected EOF",
        "the text `f.slack.text` cannot be executed: can't evaluate field Alert in type template.Data",
        "the text `g.slack.text` cannot be executed with twelve alerts, half of them resolved: can't evaluate field Labels in type template.Alerts",
        "the text `h.slack.text` cannot be executed with one resolved alert: can't evaluate field Resolved in type template.Data",
        "the text `i.slack.text` cannot be executed with an alert without labels and annotations: error calling index: index out of range: 3",
        "the text `j.slack.text` cannot be executed: can't evaluate field Nothing in type template.Data",
        "the text `k.slack.text` cannot be executed: error calling reReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`",
    ];
    let mut expected: Vec<String> = expected
        .iter()
        .enumerate()
        .map(|(number, message)| format!("stack.yml:{} {message}", first + number))
        .collect();
    let mut seen = found;
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
    let run = scene.expect(2, &["up"]);
    assert_eq!(run.said("changed: "), Some("nothing"));
    assert_eq!(ours(&scene.name).len(), 0);
}

#[test]
fn texts_that_alertmanager_executes_are_accepted_and_executed_once() {
    let rich = slack(
        "{{- /* all */ -}}{{ range $i, $a := .Alerts }}{{ if gt $i 3 }}{{ break }}{{ else if eq $a.Status \"firing\" }}{{ reReplaceAll \"^(.*):.*$\" \"$1\" $a.Labels.instance }}{{ end }}{{ end }}{{ .CommonLabels.SortedPairs.Values | join \", \" }}{{ .GroupLabels.Remove (stringSlice \"a\") }}{{ template \"team.title\" . }}",
    );
    let html =
        "{telegram: {bot_token_file: hook, chat_id: -1001, parse_mode: HTML, text: '<b>{{ .Status }}</b>'}}";
    let Some(scene) = scene(&[("rich", &rich), ("html", html)]) else { return };
    let team = "{{ define \"team.title\" }}{{ range .Alerts }}{{ template \"team.one\" . }}{{ end }}{{ end }}
{{ define \"team.one\" }}{{ .Labels.alertname | title }}{{ end }}
{{ define \"team.unused\" }}{{ .Annotations.summary }}{{ end }}
";
    scene.write("templates/alertmanager/notifications/team.tmpl", team);
    let run = scene.expect(0, &["check"]);
    assert!(
        run.stdout.contains("amtool template render accepts the files of alertmanager"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("0 errors, 0 warnings"), "{}", run.stdout);
}

#[test]
fn a_template_file_is_blamed_at_its_own_line() {
    let Some(scene) = scene(&[("a", &slack("{{ template \"team.title\" . }}"))]) else { return };
    let file = "templates/alertmanager/notifications/team.tmpl";
    scene.write(file, "{{ define \"team.title\" }}\n{{ .Status | upper }}{{ end }}\n");
    assert_eq!(
        findings(&scene.expect(1, &["check", "--format", "json"])),
        [format!(
            "{file}:2 the notification template cannot be read by Alertmanager: function \"upper\" not defined"
        )]
    );
    scene.write(file, "{{ define \"team.title\" }}\n  {{ .Alert.Labels }}{{ end }}\n");
    assert_eq!(
        findings(&scene.expect(1, &["check", "--format", "json"])),
        [format!(
            "{file}:2 the notification template `team.title` cannot be executed: can't evaluate field Alert in type template.Data"
        )]
    );
    // Nothing sends it.
    scene.write(
        file,
        "{{ define \"team.title\" }}{{ .Status }}{{ end }}\n{{ define \"old\" }}{{ .Alert.Labels }}{{ end }}\n",
    );
    let run = scene.expect(0, &["check", "--format", "json"]);
    assert_eq!(
        findings(&run),
        [format!(
            "{file}:2 the notification template `old` cannot be executed: can't evaluate field Alert in type template.Data"
        )]
    );
    assert_eq!(run.json()["diagnostics"][0]["severity"], "warning");
}

#[test]
fn html_is_executed_as_html() {
    let broken = "{email: {to: a@mail.test, from: b@mail.test, smarthost: \"mail.test:587\", html: '<a href={{ .Status }} {{ if .Alerts }}\">{{ end }}'}}";
    let Some(scene) = scene(&[("a", broken)]) else { return };
    let found = findings(&scene.expect(1, &["check", "--format", "json"]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("the text `a.email.html` cannot be executed"), "{found:?}");
}

/// Old names of time zones are in the time zone database, and in some images.
#[test]
fn a_time_zone_that_the_image_lacks_is_found_in_stack_yml() {
    let Some(scene) = Scene::with(&format!(
        "{HEAD}  hours: {{night: {{days: \"monday:sunday\", from: 22:00, to: 07:00, timezone: EST5EDT}}}}\n  routes: [{{severity: high, to: mail, hours: night}}]\n"
    )) else {
        return;
    };
    let found = findings(&scene.expect(1, &["check", "--format", "json"]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("stack.yml:")
            && found[0].ends_with("the image of Alertmanager has no time zone `EST5EDT`"),
        "{found:?}"
    );
}
