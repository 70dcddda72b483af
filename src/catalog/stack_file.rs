//! The shape of `stack.yml`, put together from its fixed sections and the rows.

use super::{COMPONENTS, INTEGRATIONS, component, integration, scrape};
use crate::model::component::{Kind as Place, Network};
use crate::model::receiver::{Integration, Setting};
use crate::model::shape::{Field, Kind};

/// Settings that every component has.
pub const COMMON: &[Field] = &[
    Field::new("enabled", Kind::Bool, "part of the stack").or("true"),
    Field::new("version", Kind::Text, "tag of the image"),
    Field::new("image", Kind::Text, "another image, with its tag or digest"),
    Field::new("port", Kind::Port, "port on the host"),
    Field::new("memory", Kind::Memory, "memory limit"),
    Field::new("args", Kind::List(&Kind::Text), "further arguments, at the end"),
    // Not of those that have no login, nor of those in the network of the host.
    Field::new(
        "networks",
        Kind::List(&Kind::Text),
        "existing Docker networks to join, instead of those of the stack",
    ),
];

/// `exporters.custom.<name>`
pub const CUSTOM: &[Field] = &scrape::with::<13, 28>([
    Field::new("image", Kind::Text, "image with its tag or digest").required(),
    Field::new("port", Kind::Port, "port its metrics are on").required(),
    Field::new("path", Kind::Path, "the same as `metrics_path`"),
    Field::new("env", Kind::Map(&Kind::Text), "environment; secrets belong into secret_files"),
    Field::new(
        "files",
        Kind::Map(&Kind::File),
        "files to deliver: name in {config} to path here; one of mode 0600 is treated as a secret",
    ),
    Field::new(
        "secret_files",
        Kind::Map(&Kind::SecretFile),
        "files with secrets to deliver: name in {config}/secrets to path here",
    ),
    Field::new(
        "args",
        Kind::List(&Kind::Text),
        "arguments; {config} is the directory of the delivered files",
    ),
    Field::new("outside_files", Kind::Bool, "allow paths of `files` outside the directory of stack.yml")
        .or("false"),
    Field::new("user", Kind::Text, "numeric `uid` or `uid:gid`").or("65534:65534"),
    Field::new("insecure", Kind::Bool, "allow uid 0 in `user`").or("false"),
    Field::new("memory", Kind::Memory, "memory limit").or("128MiB"),
    Field::new("publish", Kind::Port, "port on the host"),
    Field::new(
        "networks",
        Kind::List(&Kind::Text),
        "existing Docker networks to join, instead of those of the stack",
    ),
]);

const APP: &[Field] = &scrape::with::<4, 19>([
    Field::new("pack", Kind::Text, "application pack that brings rules, dashboards and defaults"),
    Field::new("part", Kind::Text, "which service of the pack it is, when its name does not say it"),
    Field::new("targets", Kind::List(&Kind::ScrapeTarget), "where it runs"),
    Field::new("health", Kind::Request, "health endpoint that the blackbox exporter probes"),
]);

const SLO: &[Field] = &[
    Field::new("name", Kind::Name, "name: the label `slo`").required(),
    Field::new("objective", Kind::Number, "share of good events in percent, such as 99.9").required(),
    Field::new("window", Kind::Duration, "time over which it is promised, in whole days from 7d").or("30d"),
    Field::new("good", Kind::Text, "selector of a counter of good events, without `rate`"),
    Field::new("bad", Kind::Text, "selector of a counter of bad events, instead of `good`"),
    Field::new("total", Kind::Text, "selector of a counter of all events"),
    Field::new(
        "latency",
        Kind::Object(&[
            Field::new("histogram", Kind::Text, "selector of a histogram, without `_bucket`").required(),
            Field::new("under", Kind::Duration, "time within which an event is good; a bound of its buckets")
                .required(),
        ]),
        "a bucket of a histogram, instead of counters",
    ),
    Field::new("service", Kind::Text, "label for routing; the name unless set"),
    Field::new("description", Kind::Text, "what it is about, shown in its alerts"),
];

const ROUTE: &[Field] = &[
    Field::new(
        "severity",
        Kind::OneOrMany(&SEVERITY),
        "severities it is for; medium and warning are the same",
    ),
    Field::new("category", Kind::OneOrMany(&Kind::Text), "categories it is for"),
    Field::new("service", Kind::OneOrMany(&Kind::Text), "services it is for"),
    Field::new("match", Kind::Map(&Kind::Text), "further labels and the values they must have"),
    Field::new("to", Kind::OneOrMany(&Kind::Text), "receivers").required(),
    Field::new("respond", Kind::Text, "`immediately`, or the time within which somebody answers"),
    Field::new("hours", Kind::OneOrMany(&Kind::Text), "times of the week in which it is sent"),
    Field::new("repeat", Kind::Duration, "time between repetitions"),
    Field::new("continue", Kind::Bool, "the routes below are tried as well").or("false"),
];

/// The severities that shipped alerts, routes and notifications know.
pub const SEVERITIES: &[&str] = &["critical", "high", "medium", "warning", "low", "info", "none"];
const SEVERITY: Kind = Kind::OneOf(SEVERITIES);

const HOURS: &[Field] = &[
    Field::new("days", Kind::OneOrMany(&Kind::Text), "days, such as monday:friday").required(),
    Field::new("from", Kind::Text, "first minute, HH:MM").required(),
    Field::new("to", Kind::Text, "minute after the last, HH:MM; on the next day when it is before `from`")
        .required(),
    Field::new("timezone", Kind::Text, "time zone, such as Europe/Berlin").or("UTC"),
];

const SMTP: &[Field] = &[
    Field::new("smarthost", Kind::Target, "mail server").required(),
    Field::new("from", Kind::Text, "sender").required(),
    Field::new("username", Kind::Text, "user name"),
    Field::new("password_file", Kind::SecretFile, "password"),
    Field::new("require_tls", Kind::Bool, "refuse servers without TLS").or("true"),
];

/// The top level of `stack.yml`.
pub const STACK_FILE: &[Field] = &[
    Field::new("name", Kind::Name, "prefix of containers, volumes and the network").or("monitoring"),
    Field::new(
        "origin",
        Kind::Text,
        "what a team shares, such as its repository: all its machines may run this stack",
    ),
    Field::new(
        "follow_links",
        Kind::Bool,
        "read links in rules/, dashboards/ and templates/ that lead out of this directory",
    )
    .or("false"),
    Field::new("bind", Kind::Address, "address of published ports").or("127.0.0.1"),
    Field::new(
        "images",
        Kind::Object(&[
            Field::new("registry", Kind::Registry, "mirror that replaces the registry part of every image"),
            Field::new(
                "debian_suite",
                Kind::Text,
                "suite of the Debian archive used when no registry answers",
            )
            .or("trixie"),
        ]),
        "where images come from",
    ),
    Field::new(
        "networks",
        Kind::List(&Kind::Text),
        "existing Docker networks of the applications, so that targets are found by name",
    ),
    Field::new("prometheus", Kind::Rows(prometheus), "Prometheus"),
    Field::new("alertmanager", Kind::Rows(alertmanager), "Alertmanager"),
    Field::new("grafana", Kind::Rows(grafana), "Grafana"),
    Field::new("exporters", Kind::Rows(exporters), "exporters; the node exporter when nothing is named"),
    Field::new("logs", Kind::Rows(logs), "what collects, stores and shows logs; nothing unless it is named"),
    Field::new("apps", Kind::NamedMap(&Kind::Object(APP)), "applications to scrape, by job name"),
    Field::new(
        "alerts",
        Kind::Object(&[
            Field::new("disable", Kind::List(&Kind::Text), "shipped alerts to leave out"),
            Field::new(
                "thresholds",
                Kind::Map(&Kind::Number),
                "other numbers than the shipped ones, by alert",
            ),
            Field::new(
                "windows",
                Kind::Map(&Kind::Duration),
                "other time windows than the shipped ones, by alert",
            ),
            Field::new(
                "severities",
                Kind::Map(&SEVERITY),
                "other severities than the shipped ones, by alert",
            ),
            Field::new(
                "runbook_url",
                Kind::Text,
                "where runbooks are, without the alert's name [default: pages that Prometheus shows]",
            ),
        ]),
        "changes to the shipped alerts",
    ),
    Field::new("slos", Kind::List(&Kind::Object(SLO)), "service level objectives"),
    Field::new(
        "notify",
        Kind::Object(&[
            Field::new("smtp", Kind::Object(SMTP), "the mail server"),
            Field::new(
                "receivers",
                Kind::NamedMap(&Kind::Rows(integrations)),
                "receivers by name, each with its integrations",
            ),
            Field::new("default", Kind::Text, "receiver of everything no route names"),
            Field::new(
                "routes",
                Kind::List(&Kind::Object(ROUTE)),
                "who is told about what; the first match wins",
            ),
            Field::new(
                "hours",
                Kind::NamedMap(&Kind::OneOrMany(&Kind::Object(HOURS))),
                "times of the week by name, one or a list; `business` is Monday to Friday, 9 to 17",
            ),
            Field::new(
                "group_by",
                Kind::List(&Kind::Text),
                "labels that make one notification out of many alerts",
            ),
            Field::new("watchdog", Kind::Text, "receiver of the dead man's switch"),
        ]),
        "who is told, and when",
    ),
];

/// The keys of a mapping of this kind; none when its keys are the user's or it is no mapping.
pub fn keys_of(kind: Kind) -> Option<Vec<Field>> {
    match kind {
        Kind::Object(fields) => Some(fields.to_vec()),
        Kind::Rows(fields) => Some(fields()),
        Kind::Component(name) => Some(settings_of(name)),
        Kind::Integration(key) => Some(integration_settings(key)),
        _ => None,
    }
}

fn integration_settings(key: &str) -> Vec<Field> {
    let settings = integration(key).into_iter().flat_map(Integration::all);
    let field = |setting: &Setting| Field {
        default: setting.default,
        ..Field::new(setting.key, setting.kind, setting.doc)
    };
    let resolved = Field::new("send_resolved", Kind::Bool, "tell when the alert is over");
    settings.map(field).chain([resolved]).collect()
}

fn settings_of(name: &str) -> Vec<Field> {
    let row = component(name);
    let own = row.map_or(&[] as &[Field], |row| row.settings);
    let joins = row.is_none_or(|row| matches!(row.network, Network::Joined | Network::Stack));
    COMMON.iter().filter(|field| joins || field.key != "networks").chain(own).copied().collect()
}

fn prometheus() -> Vec<Field> {
    settings_of(super::prometheus::PROMETHEUS.name)
}

fn alertmanager() -> Vec<Field> {
    settings_of(super::alertmanager::ALERTMANAGER.name)
}

fn grafana() -> Vec<Field> {
    settings_of(super::grafana::GRAFANA.name)
}

fn exporters() -> Vec<Field> {
    let rows = COMPONENTS.iter().filter(|row| row.kind == Place::Exporter);
    let custom = Field::new("custom", Kind::NamedMap(&Kind::Object(CUSTOM)), "any other exporter, by name");
    rows.map(|row| Field::new(row.name, Kind::Component(row.name), row.summary)).chain([custom]).collect()
}

fn logs() -> Vec<Field> {
    let rows = COMPONENTS.iter().filter(|row| row.kind == Place::Logs);
    rows.map(|row| Field::new(row.name, Kind::Component(row.name), row.summary)).collect()
}

fn integrations() -> Vec<Field> {
    INTEGRATIONS.iter().map(|row| Field::new(row.key, Kind::Integration(row.key), row.title)).collect()
}
