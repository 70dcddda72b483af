//! Values for the commented `stack.yml`, where the kind of a setting alone gives no useful one.
//!
//! Each is valid as it is, alone and together with all others, without a file beside `stack.yml`.

/// The path of a setting and the value to show.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("images.registry", "registry.internal/mirror"),
    ("networks", "[]"),
    ("prometheus.scrape_timeout", "10s"),
    ("prometheus.route_prefix", "/"),
    ("prometheus.retention.size", "50GB"),
    ("alertmanager.route_prefix", "/"),
    ("grafana.serve_from_sub_path", "false"),
    ("exporters.postgres", "{uri: \"db:5432/app?sslmode=require\", user: monitor}"),
    ("exporters.redis", "{address: \"redis://redis:6379\"}"),
    ("exporters.blackbox", "{http: [\"http://shop:8080/health\"]}"),
    ("exporters.custom", "{nginx: {image: \"nginx/nginx-prometheus-exporter:1.5.1\", port: 9113}}"),
    ("logs", "{loki: {}, collector: {}}"),
    ("apps", "{shop: {targets: [\"shop:8080\"], metrics_path: /metrics}}"),
    ("alerts.disable", "[HostHighLoad]"),
    ("alerts.thresholds", "{HostHighCpu: 0.9}"),
    (
        "slos",
        "[{name: shop, objective: 99.9, good: 'http_requests_total{job=\"shop\",code!~\"5..\"}', total: 'http_requests_total{job=\"shop\"}'}]",
    ),
    ("notify.smtp", "{smarthost: \"mail:587\", from: monitoring@localhost}"),
    ("notify.receivers", "{team: {webhook: {url: \"http://host.docker.internal:5001/alerts\"}}}"),
    ("notify.routes", "[]"),
    ("notify.hours", "{office: {days: \"monday:friday\", from: \"09:00\", to: \"17:00\"}}"),
    ("notify.group_by", "[alertname, job]"),
];
