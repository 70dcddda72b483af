//! How Prometheus scrapes something: the settings that applications and custom exporters share.

use crate::model::shape::{Field, Kind};

/// The shared settings.
pub const SETTINGS: [Field; COUNT] = [
    Field::new("metrics_path", Kind::Path, "path of the metrics").or("/metrics"),
    Field::new(
        "params",
        Kind::Map(&Kind::OneOrMany(&Kind::Text)),
        "parameters of the request, what follows `?` in a URL: name to values",
    ),
    Field::new("scheme", Kind::OneOf(&["http", "https"]), "protocol").or("http"),
    Field::new("tls", Kind::Object(TLS), "how its certificate is verified, with `scheme: https`"),
    Field::new("scrape_interval", Kind::Duration, "time between scrapes"),
    Field::new("scrape_timeout", Kind::Duration, "time a scrape may take"),
    Field::new("labels", Kind::Map(&Kind::Text), "labels on every series"),
    Field::new("drop_labels", Kind::List(&Kind::Text), "labels taken off every series"),
    Field::new("sample_limit", Kind::Integer { min: 0, max: i64::MAX }, "most samples one scrape may bring"),
    Field::new("honor_labels", Kind::Bool, "keep labels that the target sets itself").or("false"),
    Field::new("honor_timestamps", Kind::Bool, "keep timestamps that the target sets itself").or("true"),
    Field::new(
        "fallback_protocol",
        Kind::OneOf(&[
            "PrometheusText0.0.4",
            "PrometheusText1.0.0",
            "OpenMetricsText0.0.1",
            "OpenMetricsText1.0.0",
            "PrometheusProto",
        ]),
        "format assumed when the target names none (Prometheus 3 refuses otherwise)",
    ),
    Field::new("username", Kind::Text, "user for basic authentication"),
    Field::new("password_file", Kind::SecretFile, "password for basic authentication"),
    Field::new("bearer_token_file", Kind::SecretFile, "bearer token"),
];

const COUNT: usize = 15;

/// How certificates are verified.
pub const TLS: &[Field] = &[
    Field::new(
        "ca_file",
        Kind::File,
        "certificates of the authority that signed the target's; no others are trusted then",
    ),
    Field::new("server_name", Kind::Text, "name in the certificate, when it is not the host of the target"),
    Field::new("cert_file", Kind::File, "certificate to present to the target"),
    Field::new("key_file", Kind::SecretFile, "key of that certificate"),
    Field::new("insecure_skip_verify", Kind::Bool, "accept any certificate").or("false"),
];

/// Own settings followed by the shared ones, in one table.
pub const fn with<const OWN: usize, const ALL: usize>(own: [Field; OWN]) -> [Field; ALL] {
    assert!(OWN + COUNT == ALL, "the length of the table");
    let mut all = [SETTINGS[0]; ALL];
    let mut at = 0;
    while at < ALL {
        all[at] = if at < OWN { own[at] } else { SETTINGS[at - OWN] };
        at += 1;
    }
    all
}
