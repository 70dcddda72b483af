use super::{STACK, found};

/// Place, address, client and replacement of a finding.
fn line(place: &str, address: &str, client: &str, instead: &str) -> String {
    format!(
        "warning SC485 {place} `{address}` leads to the container of `{client}` itself | write `{instead}` for this host, or the name of the container that is meant"
    )
}

/// Every place of `stack.yml` for an address, each with its own spelling of a host that leads back.
const EVERYWHERE: &str = "\
notify:
  smtp: {smarthost: \"localhost:25\", from: a@b.internal}
  receivers:
    hook: {webhook: {url: \"http://0.0.0.0:5001/x\", proxy_url: \"http://[::]:3128\"}}
    mail: {email: {to: a@b.internal, smarthost: \"[::1]:25\"}}
  default: hook
  routes: [{severity: critical, to: [mail]}]
apps:
  shop: {targets: [\"127.0.0.1:3000\", \"shop:3000\"], health: \"http://LOCALHOST:3000/health?deep=1\"}
prometheus: {remote_write: [{url: \"https://127.1.2.3/api/v1/write\"}]}
exporters:
  redis: {address: \"rediss://me@localhost:6379/0\"}
  postgres: {uri: \"db:5432,127.0.0.1:5432/shop?sslmode=require\", user: monitor}
  blackbox:
    http: [\"http://app.localhost/\"]
    healthy: [\"http://[::ffff:127.0.0.1]:80/\"]
    tcp: [\"localhost.:22\"]
    icmp: [\"::1\", \"0.0.0.0\", shop]
  custom:
    nginx:
      image: nginx-exporter:1
      port: 9113
      args: [\"--nginx.scrape-uri=http://localhost:8080/status\", \"--web.listen-address\", \"0.0.0.0:9113\", \"--other\", \"localhost:1\"]
      env: {UPSTREAM_URL: \"http://127.0.0.1:81/\", LISTEN_URL: \"http://127.0.0.1:82/\"}
";

#[test]
fn an_address_that_leads_back_is_found_in_every_place_of_stack_yml() {
    let host = "host.docker.internal";
    let prometheus = |place, address, instead: &str| line(place, address, "prometheus", instead);
    let blackbox = |place, address, instead: &str| line(place, address, "blackbox", instead);
    let expected = [
        line("stack.yml:2:21+14", "localhost:25", "alertmanager", &format!("{host}:25")),
        line("stack.yml:4:27+23", "http://0.0.0.0:5001/x", "alertmanager", &format!("http://{host}:5001/x")),
        line("stack.yml:4:63+18", "http://[::]:3128", "alertmanager", &format!("http://{host}:3128")),
        line("stack.yml:5:49+10", "[::1]:25", "alertmanager", &format!("{host}:25")),
        prometheus("stack.yml:9:20+16", "127.0.0.1:3000", &format!("{host}:3000")),
        blackbox(
            "stack.yml:9:60+37",
            "http://LOCALHOST:3000/health?deep=1",
            &format!("http://{host}:3000/health?deep=1"),
        ),
        prometheus(
            "stack.yml:10:35+32",
            "https://127.1.2.3/api/v1/write",
            &format!("https://{host}/api/v1/write"),
        ),
        line(
            "stack.yml:12:20+30",
            "rediss://me@localhost:6379/0",
            "redis",
            &format!("rediss://me@{host}:6379/0"),
        ),
        line(
            "stack.yml:13:19+45",
            "db:5432,127.0.0.1:5432/shop?sslmode=require",
            "postgres",
            &format!("db:5432,{host}:5432/shop?sslmode=require"),
        ),
        blackbox("stack.yml:15:12+23", "http://app.localhost/", &format!("http://{host}/")),
        blackbox("stack.yml:16:15+31", "http://[::ffff:127.0.0.1]:80/", &format!("http://{host}:80/")),
        blackbox("stack.yml:17:11+15", "localhost.:22", &format!("{host}:22")),
        blackbox("stack.yml:18:12+5", "::1", host),
        blackbox("stack.yml:18:19+9", "0.0.0.0", host),
        line(
            "stack.yml:23:14+49",
            "http://localhost:8080/status",
            "nginx",
            &format!("http://{host}:8080/status"),
        ),
        line("stack.yml:23:116+13", "localhost:1", "nginx", &format!("{host}:1")),
        line("stack.yml:24:27+22", "http://127.0.0.1:81/", "nginx", &format!("http://{host}:81/")),
    ];
    let mut seen = found(EVERYWHERE, &[]);
    seen.retain(|line| line.contains("SC485"));
    assert_eq!(seen, expected);
}

#[test]
fn other_hosts_and_what_users_open_themselves_have_no_finding() {
    let text = format!(
        "{STACK}\
prometheus: {{external_url: \"http://localhost:9090/\"}}
grafana: {{root_url: \"http://127.0.0.1:3000/\"}}
apps: {{shop: {{targets: [\"localhost.example.internal:3000\", \"127.example.internal:1\", \"host.docker.internal:2\"]}}}}
exporters:
  redis: {{address: \"rediss://me@10.0.0.1:6379/0\"}}
  blackbox: {{icmp: [\"fd00::1\"], args: [\"--web.external-url=http://localhost/probes\"]}}
"
    );
    assert_eq!(found(&text, &[]), [""; 0]);
}

#[test]
fn a_picture_is_loaded_by_who_reads_the_message() {
    let text = "\
notify: {receivers: {chat: {mattermost: {webhook_file: hook, icon_url: \"http://localhost/a.png?s=1\"}}}}
";
    assert_eq!(found(text, &[]), [""; 0]);
}

#[test]
fn what_is_not_in_the_stack_connects_to_nothing() {
    let text =
        format!("{STACK}exporters: {{redis: {{enabled: false, address: \"redis://localhost:6379\"}}}}\n");
    assert_eq!(found(&text, &[]), [""; 0]);
}

#[test]
fn templates_of_the_user_follow_the_same_rule() {
    let prometheus = "\
rule_files: [rules/*.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['localhost:9093']}]}]}
remote_write: [{url: 'http://127.0.0.1:8428/api/v1/write'}]
scrape_configs:
  - {job_name: prometheus, static_configs: [{targets: ['localhost:9090']}]}
  - {job_name: shop, static_configs: [{targets: ['0.0.0.0:80', 'shop:80']}]}
";
    let grafana = "\
apiVersion: 1
datasources:
  - {name: Prometheus, uid: stackctl-prometheus, type: prometheus, url: 'http://localhost:9090'}
";
    let files = [
        ("templates/prometheus/prometheus.yml", prometheus),
        ("templates/grafana/provisioning/datasources/stackctl.yml", grafana),
    ];
    let mut seen = found(STACK, &files);
    seen.retain(|line| line.contains("SC485"));
    let prometheus = |place, address, instead| line(place, address, "prometheus", instead);
    assert_eq!(
        seen,
        [
            line(
                "grafana/provisioning/datasources/stackctl.yml:3:73+23",
                "http://localhost:9090",
                "grafana",
                "http://host.docker.internal:9090"
            ),
            prometheus("prometheus/prometheus.yml:2:57+16", "localhost:9093", "host.docker.internal:9093"),
            prometheus(
                "prometheus/prometheus.yml:3:22+36",
                "http://127.0.0.1:8428/api/v1/write",
                "http://host.docker.internal:8428/api/v1/write"
            ),
            prometheus("prometheus/prometheus.yml:6:50+12", "0.0.0.0:80", "host.docker.internal:80"),
        ]
    );
}

#[test]
fn the_name_of_a_component_alone_is_no_address_unless_a_network_may_have_it() {
    let stack = "exporters: {redis: {address: \"redis://redis:6379\"}, blackbox: {http: [\"http://prometheus:9090/\"], icmp: [grafana]}}\n";
    let told = |place: &str, name: &str, client: &str, instead: &str| {
        format!(
            "warning SC514 {place} `{name}` is no name in the network of `{client}` | join the network that has it with `networks`; the component of this stack is `{instead}`"
        )
    };
    let here = |text: &str| {
        found(&format!("{STACK}{text}"), &[])
            .into_iter()
            .filter(|one| one.contains("SC514"))
            .collect::<Vec<_>>()
    };
    let line = format!("{STACK}{stack}").lines().position(|line| line.starts_with("exporters:")).unwrap() + 1;
    assert_eq!(
        here(stack),
        [
            told(&format!("stack.yml:{line}:30+20"), "redis", "redis", "monitoring-redis.monitoring"),
            told(
                &format!("stack.yml:{line}:71+25"),
                "prometheus",
                "blackbox",
                "monitoring-prometheus.monitoring"
            ),
            told(&format!("stack.yml:{line}:106+7"), "grafana", "blackbox", "monitoring-grafana.monitoring"),
        ]
    );
    assert_eq!(here(&format!("networks: [shop]\n{stack}")), [""; 0]);
}
