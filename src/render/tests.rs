use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_yaml::Value;

use super::{Assets, Inputs, render, render_all};
use crate::kernel::Version;
use crate::model::artifact::Artifact;
use crate::model::stack::{KnownImage, Stack};
use crate::resolve::{KnownImages, resolve};
use crate::source;

fn stack_of(text: &str, prometheus: &str) -> Stack {
    let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, [], "{text}");
    let image = KnownImage { reference: "x".into(), version: Version::parse(prometheus) };
    resolve(&document, None, &KnownImages::from([("prometheus".to_owned(), image)])).0
}

fn rendered(stack: &Stack) -> Vec<Artifact> {
    let inputs =
        Inputs { stack, assets: &Assets::default(), secrets: &BTreeMap::new(), files: &BTreeMap::new() };
    render(&inputs).unwrap_or_else(|found| panic!("{found:#?}"))
}

fn file(artifacts: &[Artifact], path: &str) -> Value {
    let artifact = artifacts.iter().find(|artifact| artifact.path == path).unwrap();
    serde_yaml::from_slice(&artifact.bytes).unwrap()
}

#[test]
fn retention_is_a_flag_before_3_11_and_a_setting_after() {
    let text = "prometheus: {retention: {time: 30d, size: 50GB}}";
    let old = file(&rendered(&stack_of(text, "3.5.3")), "prometheus.yml");
    assert_eq!(old.get("storage"), None);
    let new = file(&rendered(&stack_of(text, "3.14.0")), "prometheus.yml");
    let retention = &new["storage"]["tsdb"]["retention"];
    assert_eq!((retention["time"].as_str(), retention["size"].as_str()), (Some("30d"), Some("50GB")));
}

#[test]
fn no_file_addresses_a_component_by_a_name_that_another_network_may_have() {
    let text = "name: s\nlogs: {elasticsearch: , logstash: , kibana: , loki: , collector: }\nexporters: {node: , cadvisor: , redis: {address: \"redis://cache:6379\"}, blackbox: {tcp: [\"db:5432\"]}}\n";
    let stack = stack_of(text, "3.5.3");
    let generic = stack.instances.iter().map(|i| regex::escape(&i.name)).collect::<Vec<_>>().join("|");
    let address = regex::Regex::new(&format!(r"(?:://|[\s\x22'\[])({generic}):\d{{2,5}}\b")).unwrap();
    let mut ours = 0;
    for artifact in rendered(&stack) {
        let is_config = [".yml", ".yaml", ".conf"].iter().any(|ending| artifact.path.ends_with(ending));
        let Some(text) = artifact.text().filter(|_| is_config && !artifact.path.starts_with("rules/")) else {
            continue;
        };
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            ours += line.matches(".s:").count();
            // The label of the series is the same in every stack.
            let label = line.trim_start().starts_with("instance:");
            assert!(label || !address.is_match(line), "{}: {line}", artifact.path);
        }
    }
    assert!(ours >= 12, "{ours}");
    let config = file(&rendered(&stack), "prometheus.yml");
    let job =
        config["scrape_configs"].as_sequence().unwrap().iter().find(|job| job["job_name"] == "node").unwrap();
    assert_eq!(job["static_configs"][0]["targets"][0], "s-node.s:9100");
    assert_eq!(job["static_configs"][0]["labels"]["instance"], "node:9100");
}

#[test]
fn a_secret_label_of_a_pack_leaves_a_number_and_a_label_of_the_user_nothing() {
    let text = "exporters: {node: , postgres: {uri: \"db:5432/a\", user: m}}\napps:\n  nestjs-backend: {pack: cybersensei, targets: [\"a:1\"], drop_labels: [pod]}\n  other: {targets: [\"a:2\"], drop_labels: [pod]}";
    let config = file(&rendered(&stack_of(text, "3.5.3")), "prometheus.yml");
    let jobs = config["scrape_configs"].as_sequence().unwrap();
    let rules = |name: &str| {
        let job = jobs.iter().find(|job| job["job_name"].as_str() == Some(name)).unwrap();
        let rule = |rule: &Value| {
            let text = |key| rule.get(key).and_then(Value::as_str).unwrap_or_default();
            format!("{} {} {}", text("action"), text("regex"), text("target_label"))
        };
        job["metric_relabel_configs"].as_sequence().unwrap().iter().map(rule).collect::<Vec<_>>()
    };
    assert_eq!(
        rules("nestjs-backend"),
        [
            "hashmod  __tmp_license_key",
            " .+;(.+) license_key_hash",
            "labeldrop __tmp_license_key ",
            "labeldrop pod ",
            "labeldrop license_key "
        ]
    );
    assert_eq!(rules("other"), ["labeldrop pod "]);
}

/// Everything that says how a job is scraped, whether an application or an exporter is behind it.
#[test]
fn custom_exporters_are_scraped_with_the_settings_of_applications() {
    let settings = "metrics_path: /v1/sys/metrics, params: {format: prometheus, match: [a, b]}, scheme: https, tls: {ca_file: ca.pem, server_name: vault}, scrape_interval: 5s, scrape_timeout: 4s, labels: {team: x}, drop_labels: [noise], sample_limit: 9, honor_labels: true, honor_timestamps: false, fallback_protocol: PrometheusText0.0.4, username: u, password_file: pw";
    let text = format!(
        "apps: {{a: {{targets: [\"v:1\"], {settings}}}}}\nexporters: {{custom: {{c: {{image: \"i:1\", port: 9, {settings}}}}}}}\n"
    );
    let config = file(&rendered(&stack_of(&text, "3.5.3")), "prometheus.yml");
    let job = |name: &str| {
        let jobs = config["scrape_configs"].as_sequence().unwrap();
        jobs.iter().find(|job| job["job_name"] == name).unwrap().clone()
    };
    for (name, owner) in [("a", "app.a"), ("c", "custom.c")] {
        let expected: Value = serde_yaml::from_str(&format!(
            "
metrics_path: /v1/sys/metrics
params: {{format: [prometheus], match: [a, b]}}
scheme: https
tls_config: {{ca_file: /etc/stackctl/current/tls/{owner}.ca.pem, server_name: vault}}
scrape_interval: 5s
scrape_timeout: 4s
sample_limit: 9
honor_labels: true
honor_timestamps: false
fallback_scrape_protocol: PrometheusText0.0.4
basic_auth: {{username: u, password_file: /etc/stackctl/current/secrets/{owner}.password}}
metric_relabel_configs: [{{action: labeldrop, regex: noise}}]
"
        ))
        .unwrap();
        let job = job(name);
        for (key, value) in expected.as_mapping().unwrap() {
            assert_eq!(&job[key], value, "{name}: {key:?}");
        }
        assert_eq!(job["static_configs"][0]["labels"]["team"], "x");
    }
}

#[test]
fn two_renders_are_the_same_bytes() {
    let text = "prometheus: {external_labels: {b: \"1\", a: \"2\"}}\nexporters: {node: , blackbox: {http: [\"http://x\"]}}";
    assert_eq!(rendered(&stack_of(text, "3.14.0")), rendered(&stack_of(text, "3.14.0")));
}

/// Intent: an alert says `limit 6` when `stack.yml` says 6, and 0.5 is not rounded.
#[test]
fn whole_thresholds_are_written_without_a_fraction() {
    let text = "alerts: {thresholds: {TargetFlapping: 6, HostHighCpu: 0.5, HostHighLoad: 1.5}}";
    let rendered = rendered(&stack_of(text, "3.14.0"));
    let of = |path: &str| rendered.iter().find(|artifact| artifact.path == path).unwrap().text().unwrap();
    let has = |path: &str, part: &str| assert!(of(path).contains(part), "{part} is not in {path}");
    has("rules/stack.yml", "[15m]) > 6\n");
    has("rules/stack.yml", "times in 15 minutes (limit 6).");
    has("rules/node.yml", "{job=\"node\"} > 0.5\n");
    has("rules/node.yml", "was in use for 15 minutes (limit 50%).");
    has("rules/node.yml", "{job=\"node\"} > 1.5\n");
    for artifact in rendered.iter().filter(|artifact| artifact.path.starts_with("rules/")) {
        let text = artifact.text().unwrap();
        let odd: Vec<&str> = text
            .lines()
            .filter(|line| {
                line.contains(".0 ") || line.contains(".0)") || line.contains(".0%") || line.ends_with(".0")
            })
            .collect();
        assert_eq!(odd, Vec::<&str>::new(), "{}", artifact.path);
    }
}

#[test]
fn a_template_error_names_the_line() {
    let broken =
        super::Asset { bytes: b"a: 1\nb: [[ nothing | yaml ]]\n".to_vec(), origin: "mine.yml".into() };
    let overrides = BTreeMap::from([("templates/prometheus/prometheus.yml".to_owned(), broken)]);
    let stack = stack_of("", "3.14.0");
    let assets = Assets::with_overrides(overrides);
    let inputs =
        Inputs { stack: &stack, assets: &assets, secrets: &BTreeMap::new(), files: &BTreeMap::new() };
    let found = render(&inputs).unwrap_err();
    let place = found[0].place.clone().unwrap();
    assert_eq!((found[0].code, place.file.as_ref(), place.line, place.column), ("SC301", "mine.yml", 2, 17));
}

#[test]
fn a_template_that_writes_no_yaml_is_caught() {
    let broken = super::Asset { bytes: b"a: [[ stack ]]: b\n".to_vec(), origin: "mine.yml".into() };
    let overrides = BTreeMap::from([("templates/prometheus/prometheus.yml".to_owned(), broken)]);
    let stack = stack_of("", "3.14.0");
    let assets = Assets::with_overrides(overrides);
    let inputs =
        Inputs { stack: &stack, assets: &assets, secrets: &BTreeMap::new(), files: &BTreeMap::new() };
    let mut rendered = render_all(&inputs);
    rendered.read_back();
    let found = rendered.found;
    assert_eq!((found.len(), found[0].code), (1, "SC303"));
    let place = found[0].place.as_ref().unwrap();
    assert_eq!((&*place.file, place.line), ("mine.yml", 1));
}

proptest! {
    /// Whatever a user writes into a text field arrives literally and changes no key beside it.
    #[test]
    fn any_text_arrives_literally(label in "\\PC{0,12}", value in any::<String>()) {
        let value: String = value.chars().chain("\": # {{ }} [[ ]] \n'".chars()).collect();
        let mut stack = stack_of("", "2.53.3");
        let prometheus = stack.instances.iter_mut().find(|i| i.name == "prometheus").unwrap();
        prometheus.settings.insert("external_labels".into(), serde_json::json!({ label.clone(): value }));
        let config = file(&rendered(&stack), "prometheus.yml");
        prop_assert_eq!(config["global"]["external_labels"][label.as_str()].as_str(), Some(value.as_str()));
        let keys: Vec<&str> = config.as_mapping().unwrap().keys().filter_map(Value::as_str).collect();
        prop_assert_eq!(keys, ["global", "rule_files", "alerting", "scrape_configs"]);
    }

    #[test]
    fn any_receiver_text_arrives_literally(channel in any::<String>()) {
        let mut stack = stack_of("notify: {receivers: {c: {slack: {webhook_file: f, channel: x}}}}", "3.14.0");
        stack.notify.receivers[0].integrations[0].1["channel"] = serde_json::json!(channel);
        let config = file(&rendered(&stack), "alertmanager.yml");
        prop_assert_eq!(config["receivers"][0]["slack_configs"][0]["channel"].as_str(), Some(channel.as_str()));
    }
}

const LOGS: &str =
    "logs: {elasticsearch: {retention: 1w12h}, logstash: {index: sentrascan}, kibana: , loki: , collector: }";

fn text(artifacts: &[Artifact], component: &str, path: &str) -> String {
    let file = artifacts.iter().find(|a| a.component == component && a.path == path).unwrap();
    file.text().unwrap().to_owned()
}

#[test]
fn the_index_of_logstash_is_in_its_template_and_in_the_data_view() {
    let artifacts = rendered(&stack_of(LOGS, "3.14.0"));
    assert!(text(&artifacts, "logstash", "pipeline.conf").contains("\"sentrascan-%{+YYYY.MM.dd}\""));
    let template = file(&artifacts, "index-template.json");
    assert_eq!(template["index_patterns"][0], "sentrascan-*");
    assert_eq!(template["template"]["settings"]["index.lifecycle.name"], "stackctl-logs");
    assert_eq!(file(&artifacts, "data-view.json")["data_view"]["title"], "sentrascan-*");
    let alone = rendered(&stack_of("logs: {elasticsearch: , kibana: }", "3.14.0"));
    assert_eq!(file(&alone, "data-view.json")["data_view"]["title"], "logstash-*");
}

#[test]
fn elasticsearch_gets_a_duration_of_one_unit() {
    let artifacts = rendered(&stack_of(LOGS, "3.14.0"));
    let age = &file(&artifacts, "lifecycle.json")["policy"]["phases"]["delete"]["min_age"];
    assert_eq!(age.as_str(), Some("180h"));
}

#[test]
fn grafana_knows_loki_when_both_are_there() {
    let uids = |artifacts: &[Artifact]| -> Vec<String> {
        let sources = serde_yaml::from_str::<Value>(&text(
            artifacts,
            "grafana",
            "provisioning/datasources/stackctl.yml",
        ))
        .unwrap();
        let listed = sources["datasources"].as_sequence().unwrap();
        listed.iter().filter_map(|source| Some(source["uid"].as_str()?.to_owned())).collect()
    };
    let with = rendered(&stack_of(LOGS, "3.14.0"));
    assert_eq!(uids(&with), ["stackctl-prometheus", "stackctl-alertmanager", "stackctl-loki"]);
    assert_eq!(uids(&rendered(&stack_of("", "3.14.0"))), ["stackctl-prometheus", "stackctl-alertmanager"]);
}

#[test]
fn the_collector_leaves_its_own_lines_out() {
    let artifacts = rendered(&stack_of(&format!("name: shop\n{LOGS}"), "3.14.0"));
    assert!(text(&artifacts, "collector", "labels.lua").contains("local OWN = \"shop-collector\""));
}

#[test]
fn containers_without_a_name_are_called_by_their_short_id() {
    let config = file(&rendered(&stack_of("exporters: {cadvisor: {}}", "3.5.3")), "prometheus.yml");
    let jobs = config["scrape_configs"].as_sequence().unwrap();
    let job = jobs.iter().find(|job| job["job_name"].as_str() == Some("cadvisor")).unwrap();
    let rule = &job["metric_relabel_configs"][0];
    assert_eq!(rule["source_labels"], serde_yaml::from_str::<Value>("[name, id]").unwrap());
    assert_eq!(rule["target_label"].as_str(), Some("name"));
    let regex = regex::Regex::new(&format!("^(?:{})$", rule["regex"].as_str().unwrap())).unwrap();
    let id = "0123456789abcdef".repeat(4);
    let name = |labels: &str| regex.captures(labels).map(|found| found[1].to_owned());
    for path in ["/docker/", "/system.slice/docker-", "/docker.slice/docker-"] {
        let scope = if path.ends_with('-') { ".scope" } else { "" };
        assert_eq!(name(&format!(";{path}{id}{scope}")).as_deref(), Some("0123456789ab"), "{path}");
        assert_eq!(name(&format!("web;{path}{id}{scope}")), None, "{path}");
        assert_eq!(name(&format!(";{path}{id}{scope}/init.scope")), None, "{path}");
    }
    assert_eq!(name(";/"), None);
    assert_eq!(name(";/system.slice/docker.service"), None);
}
