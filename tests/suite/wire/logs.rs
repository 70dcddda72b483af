//! `logs:` from the plan to what Elasticsearch and Kibana keep.

use serde_json::json;

use super::fixture::{Wire, image, mutations, same, spec};
use crate::support::daemon::{Builder, Content, FakeDaemon};
use crate::support::programs::{Elastic, Prometheus, collector, logstash, loki};

/// Everything is published, because the bridges of the fake daemon lead nowhere.
const STACK: &str = "\
alertmanager: {enabled: false}
grafana: {enabled: false}
exporters: {}
logs:
  elasticsearch: {retention: 30d, memory: 1GiB, port: 9200}
  logstash: {index: sentrascan, port: 9600}
  kibana:
  loki: {retention: 1w, port: 3100}
  collector: {port: 2020}
";

const ALL: [&str; 6] = ["prometheus", "elasticsearch", "logstash", "kibana", "loki", "collector"];

fn machine(elastic: &Elastic, components: &[&str]) -> Builder {
    let programs = [
        ("prometheus", Prometheus::new().program()),
        ("elasticsearch", elastic.elasticsearch()),
        ("logstash", logstash()),
        ("kibana", elastic.kibana()),
        ("loki", loki()),
        ("collector", collector()),
    ];
    let builder = programs
        .into_iter()
        .fold(FakeDaemon::builder(), |builder, (name, program)| builder.program(&image(name), program));
    components.iter().fold(builder, |builder, name| builder.image(spec(name)))
}

/// The content of a delivered file.
fn delivered(daemon: &FakeDaemon, component: &str, path: &str) -> String {
    let files = daemon.files(&format!("monitoring-{component}-config"));
    let Content::Link(current) = &files["current"].content else { panic!("no link") };
    match &files[&format!("{current}/{path}")].content {
        Content::File(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plan_starts_what_writes_and_shows_after_what_stores() {
    let daemon = machine(&Elastic::new(), &ALL).start();
    let ran = Wire::new(&daemon).stack(STACK).run(["plan"]).ok();
    let containers: Vec<&str> =
        ran.stdout.lines().filter_map(|line| line.split_once(" container ")).map(|(_, rest)| rest).collect();
    let after = |name: &str| {
        let line = containers.iter().find(|line| line.starts_with(name)).unwrap();
        line.split_once("after ").unwrap().1.to_owned()
    };
    let number = |name: &str| {
        let line = ran.stdout.lines().find(|line| line.contains(&format!(" container {name} "))).unwrap();
        line.split_whitespace().next().unwrap().to_owned()
    };
    assert!(after("logstash").ends_with(&number("elasticsearch")), "{}", ran.stdout);
    assert!(after("kibana").ends_with(&number("elasticsearch")), "{}", ran.stdout);
    assert!(after("collector").ends_with(&number("loki")), "{}", ran.stdout);
}

#[test]
fn up_delivers_the_pipeline_and_writes_the_policy_and_the_data_view() {
    let elastic = Elastic::new();
    let daemon = machine(&elastic, &ALL).start();
    let wire = Wire::new(&daemon).stack(STACK);
    let ran = wire.run(["up"]).ok();
    for line in ["✓ Elasticsearch runs what was rendered", "✓ Kibana runs what was rendered"] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    let policy = elastic.policy("stackctl-logs").unwrap();
    assert_eq!(policy["policy"]["phases"]["delete"]["min_age"], "30d");
    let view = elastic.view("stackctl-logs").unwrap();
    assert_eq!((&view["title"], &view["timeFieldName"]), (&json!("sentrascan-*"), &json!("@timestamp")));
    let pipeline = delivered(&daemon, "logstash", "pipeline.conf");
    assert!(pipeline.contains("index => \"sentrascan-%{+YYYY.MM.dd}\""), "{pipeline}");
    assert!(delivered(&daemon, "loki", "loki.yml").contains("retention_period: \"1w\""));
    let again = wire.run(["up"]).ok();
    assert_eq!(again.stdout.lines().next(), Some("up to date: nothing to do"));
}

#[test]
fn logstash_takes_datagrams_and_lines_on_the_bind_address() {
    let daemon = machine(&Elastic::new(), &ALL).start();
    let wire = Wire::new(&daemon).stack(STACK);
    wire.run(["up"]).ok();
    let inspect = daemon.container("monitoring-logstash").inspect;
    let binding = |port: &str| json!([{"HostIp": wire.ip, "HostPort": port}]);
    assert_eq!(
        inspect["HostConfig"]["PortBindings"],
        json!({"9600/tcp": binding("9600"), "5000/tcp": binding("5000"), "12201/udp": binding("12201")})
    );
    let exposed = inspect["Config"]["ExposedPorts"].as_object().unwrap();
    assert_eq!(exposed.keys().collect::<Vec<_>>(), ["9600/tcp", "12201/udp", "5000/tcp"]);
}

#[test]
fn another_retention_is_written_without_a_restart_and_an_unwanted_one_leaves_the_old_one() {
    let elastic = Elastic::new();
    let daemon = machine(&elastic, &ALL).start();
    let wire = Wire::new(&daemon).stack(STACK);
    wire.run(["up"]).ok();
    daemon.forget_requests();
    wire.change(&STACK.replace("30d", "1w2d"));
    let planned = wire.run(["plan"]).ok().stdout;
    assert!(planned.contains("container elasticsearch  reload   lifecycle.json changed"), "{planned}");
    wire.run(["up"]).ok();
    let age = || elastic.policy("stackctl-logs").unwrap()["policy"]["phases"]["delete"]["min_age"].clone();
    assert_eq!(age(), "9d");
    let touched: Vec<String> = mutations(&daemon)
        .into_iter()
        .filter(|line| !line.contains("courier") && !line.contains(".lock-"))
        .collect();
    assert_eq!(touched, [""; 0]);
    elastic.refuse(Some("no such unit"));
    wire.change(&STACK.replace("30d", "5d"));
    let ran = wire.run(["up"]);
    assert_eq!((ran.code, age()), (Some(4), json!("9d")), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("no such unit"), "{}", ran.stderr);
    assert!(delivered(&daemon, "elasticsearch", "lifecycle.json").contains("\"9d\""));
}

#[test]
fn a_store_that_takes_nothing_is_said_and_the_next_run_writes_it() {
    let elastic = Elastic::new();
    let daemon = machine(&elastic, &ALL).start();
    let wire = Wire::new(&daemon).stack(STACK);
    elastic.refuse(Some("disk full"));
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.stdout, ran.stderr);
    for line in [
        "warning: Elasticsearch: the lifecycle policy `stackctl-logs` is not there",
        "warning: Kibana: the data view `stackctl-logs` is not there",
    ] {
        assert!(ran.stderr.contains(line), "{}", ran.stderr);
    }
    elastic.refuse(None);
    wire.run(["up"]).ok();
    assert!(elastic.policy("stackctl-logs").is_some() && elastic.view("stackctl-logs").is_some());
}

#[test]
fn without_elasticsearch_what_needs_it_waits_and_loki_comes_up() {
    let daemon = machine(&Elastic::new(), &["prometheus", "logstash", "kibana", "loki", "collector"]).start();
    let wire = Wire::new(&daemon).stack(STACK);
    let ran = wire.run(["up"]);
    assert_eq!(ran.code, Some(3), "{}\n{}", ran.stdout, ran.stderr);
    let running: Vec<String> = daemon.containers().into_keys().collect();
    assert_eq!(running, ["monitoring-collector", "monitoring-loki", "monitoring-prometheus"]);
    let missing = format!("\nnot started:\n  elasticsearch needs {}\n", image("elasticsearch"));
    assert!(ran.stdout.contains(&missing), "{}", ran.stdout);
}

#[test]
fn the_stores_join_no_network_of_the_applications() {
    let daemon = machine(&Elastic::new(), &ALL).start();
    let wire = Wire::new(&daemon).stack(&format!("{STACK}networks: [shop]\n"));
    let files = wire.run(["check", "--offline"]);
    same(files.stderr.lines().find(|l| l.starts_with("error")).unwrap_or_default(), "");
    super::fixture::ask(&daemon, "POST", "/v1.41/networks/create", &json!({"Name": "shop"}));
    wire.run(["up"]).ok();
    let networks = |component: &str| daemon.container(&format!("monitoring-{component}")).networks;
    assert_eq!(networks("logstash").len(), 2);
    for component in ["elasticsearch", "kibana", "loki", "collector"] {
        assert_eq!(networks(component).len(), 1, "{component}");
    }
}
