//! The shipped rules, proven by promtool: every alert has a unit test, and the tests hold for the rules as they are
//! rendered, with the shipped thresholds and with others, for the oldest and the newest Prometheus there is an image of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_yaml::Value;
use stackctl::catalog::PACKS;
use stackctl::kernel::Version;
use stackctl::model::stack::{CONFIG_DIRECTORY, KnownImage, Stack};
use stackctl::render::{Assets, Inputs, render, rule_tests};
use stackctl::resolve::{KnownImages, resolve};
use stackctl::source;
use tempfile::TempDir;

pub const EVERYTHING: &str = "
exporters:
  node: {}
  cadvisor: {}
  postgres: {uri: \"db:5432/shop\", user: monitor}
  redis: {address: \"redis://redis:6379\"}
  blackbox: {http: [\"http://example.invalid\"], tcp: [\"example.invalid:1\"], icmp: [example.invalid]}
logs: {elasticsearch: , logstash: , kibana: , loki: , collector: }
# Its messages have a link to silence each alert.
notify: {default: hook, receivers: {hook: {webhook: {url: \"http://hook.invalid\"}}}}
slos:
  - {name: pages, objective: 99.9, window: 14d, bad: 'prometheus_http_requests_total{job=\"prometheus\", code=~\"5..\"}', total: 'prometheus_http_requests_total{job=\"prometheus\"}'}
  - {name: speed, objective: 99, window: 14d, latency: {histogram: 'prometheus_http_request_duration_seconds{job=\"prometheus\"}', under: 1s}}
";

const OTHER_THRESHOLDS: &str = "
alerts:
  thresholds:
    TargetFlapping: 6
    HostHighCpu: 0.75
    HostDiskAlmostFull: 0.8
    PostgresTooManyConnections: 0.65
    PostgresLongTransaction: 120
    PrometheusHighQueryLoad: 0.6
    AlertmanagerNotificationsSlow: 20
    GrafanaHttpErrors: 0.1
    LokiRequestErrors: 0.2
    LokiDiscardsLogs: 2
    CollectorCannotDeliver: 0.1
    CollectorDropsLogs: 1
";

pub fn stack(text: &str, prometheus: Option<&str>) -> Stack {
    let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, []);
    let mut known = KnownImages::new();
    if let Some(version) = prometheus {
        let image = KnownImage { reference: "x".to_owned(), version: Version::parse(version) };
        known.insert("prometheus".to_owned(), image);
    }
    let (stack, found) = resolve(&document, None, &known);
    assert_eq!(found, []);
    stack
}

/// The rule files of a stack and their tests, by path.
pub fn files(stack: &Stack) -> BTreeMap<String, String> {
    let (assets, secrets, added) = (Assets::default(), BTreeMap::new(), BTreeMap::new());
    let inputs = Inputs { stack, assets: &assets, secrets: &secrets, files: &added };
    let rendered = render(&inputs).unwrap();
    let rules = rendered.iter().filter(|artifact| artifact.path.starts_with("rules/"));
    let rules = rules.map(|artifact| (artifact.path.clone(), artifact.text().unwrap().to_owned()));
    let (tests, found) = rule_tests(stack, &assets, &format!("{CONFIG_DIRECTORY}/rules"));
    assert_eq!(found, []);
    rules.chain(tests.into_iter().map(|test| (format!("tests/{}", test.path), test.text))).collect()
}

pub fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten()
}

pub fn names(file: &str, key: &str) -> BTreeSet<String> {
    let file: Value = serde_yaml::from_str(file).unwrap();
    let rules = list(&file, "groups").flat_map(|group| list(group, "rules"));
    rules.filter_map(|rule| rule.get(key)?.as_str().map(str::to_owned)).collect()
}

#[test]
fn every_alert_fires_in_a_test_and_is_silent_in_one_and_every_recording_rule_has_a_test() {
    let files = files(&stack(EVERYTHING, None));
    let rule_files: Vec<&String> = files.keys().filter(|path| path.starts_with("rules/")).collect();
    let shipped: Vec<String> = Assets::embedded_files()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            path.starts_with("rules/")
                && path.matches('/').count() == 1
                && std::path::Path::new(path).extension().is_some_and(|e| e == "yml")
        })
        .collect();
    let of_packs = |path: &&String| PACKS.iter().any(|pack| **path == format!("rules/{}.yml", pack.name));
    let shipped: Vec<&String> = shipped.iter().filter(|path| !of_packs(path)).collect();
    assert_eq!(rule_files, shipped, "not every rule file is tested");

    let untested: Vec<String> = rule_files.into_iter().flat_map(|path| untested(&files, path)).collect();
    assert_eq!(untested, Vec::<String>::new());
}

/// Alerts of a rule file that never fire or are never silent in its tests, and recording rules without a test.
pub fn untested(files: &BTreeMap<String, String>, path: &str) -> Vec<String> {
    let mut untested = Vec::new();
    let tests: Value = serde_yaml::from_str(&files[&path.replace("rules/", "tests/")]).unwrap();
    let tests: Vec<&Value> = list(&tests, "tests").collect();
    let expects = |alert: &String, wanted: bool| {
        tests.iter().flat_map(|test| list(test, "alert_rule_test")).any(|case| {
            case["alertname"].as_str() == Some(alert) && (list(case, "exp_alerts").count() > 0) == wanted
        })
    };
    for alert in names(&files[path], "alert") {
        untested.extend((!expects(&alert, true)).then(|| format!("{path}: {alert} never fires")));
        // The dead man's switch is never silent.
        let silent = alert == "Watchdog" || expects(&alert, false);
        untested.extend((!silent).then(|| format!("{path}: {alert} is never silent")));
    }
    let named = |record: &str| {
        let mut titles = tests.iter().filter_map(|test| test["name"].as_str());
        titles.any(|title| title.split(' ').next() == Some(record))
    };
    let records = names(&files[path], "record");
    untested.extend(records.iter().filter(|record| !named(record)).map(|record| format!("{path}: {record}")));
    untested
}

/// The newest image of Prometheus from a suite, and the version inside; none when there is none.
pub fn image(suite: &str) -> Option<(String, String)> {
    let filter = format!("label=io.stackctl.image.source=debian/{suite}");
    let format = "{{.Repository}}:{{.Tag}}";
    let output = Command::new("docker")
        .args(["images", "--filter", "label=io.stackctl.image.component=prometheus", "--filter", &filter])
        .args(["--format", format])
        .output()
        .expect("the docker client");
    let reference = String::from_utf8(output.stdout).unwrap().lines().next()?.to_owned();
    let version = reference.rsplit_once(':')?.1.strip_suffix(&format!("-{suite}"))?.to_owned();
    Some((reference, version))
}

/// Exit code and words of `promtool test rules` on these files. It needs a directory to write in, which the engine's
/// own way to run a tool does not give.
pub fn promtool(image: &str, files: &BTreeMap<String, String>) -> (Option<i32>, String) {
    let home = TempDir::new().unwrap();
    for (path, text) in files {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    // The container's user is another one.
    std::fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    let tests = files.keys().filter(|path| path.starts_with("tests/"));
    let output = Command::new("docker")
        .args(["run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL"])
        .args(["-v", &format!("{}:{CONFIG_DIRECTORY}:ro", home.path().display())])
        .args(["--entrypoint", "/bin/promtool", image, "test", "rules"])
        .args(tests.map(|path| format!("{CONFIG_DIRECTORY}/{path}")))
        .output()
        .expect("the docker client");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// The tests hold with the shipped thresholds and with others, and fail when a rule is not what they say.
fn hold(suite: &str) {
    if std::env::var("STACKCTL_E2E").as_deref() != Ok("1") {
        return;
    }
    if suite == "forky" && std::env::var_os("STACKCTL_E2E_WITHOUT_FORKY").is_some() {
        return;
    }
    let (image, version) =
        image(suite).unwrap_or_else(|| panic!("there is no image of Prometheus from {suite}"));
    let default = files(&stack(EVERYTHING, Some(&version)));
    let other = files(&stack(&format!("{EVERYTHING}{OTHER_THRESHOLDS}"), Some(&version)));
    let changed = default.iter().filter(|(path, text)| path.starts_with("rules/") && other[*path] != **text);
    let changed: Vec<&str> = changed.map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        changed,
        ["alertmanager", "collector", "grafana", "loki", "node", "postgres", "prometheus", "stack"]
            .map(|n| format!("rules/{n}.yml"))
    );
    for (name, files) in [("default", &default), ("other", &other)] {
        let (code, said) = promtool(&image, files);
        assert_eq!(
            code,
            Some(0),
            "{name} thresholds, {image}:
{said}"
        );
    }

    let mut broken = default;
    let redis = broken.get_mut("rules/redis.yml").unwrap();
    let mutated = redis.replacen("severity: critical", "severity: info", 1);
    assert_ne!(*redis, mutated);
    *redis = mutated;
    broken.retain(|path, _| path.ends_with("/redis.yml"));
    let (code, said) = promtool(&image, &broken);
    assert_eq!(code, Some(1), "promtool does not see a wrong severity:\n{said}");
}

#[test]
fn the_tests_hold_for_the_promtool_of_trixie() {
    hold("trixie");
}

#[test]
fn the_tests_hold_for_the_promtool_of_forky() {
    hold("forky");
}
