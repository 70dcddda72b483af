//! Inhibition: what hides what among the shipped alerts, with the labels that their unit tests say they have.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;
use stackctl::render::{Assets, rule_tests};

use super::{files, resolved};

const EVERYTHING: &str = "
exporters:
  node: {}
  cadvisor: {}
  postgres: {uri: \"db:5432/shop\", user: monitor}
  redis: {address: \"redis://redis:6379\"}
  blackbox: {http: [\"http://example.invalid\"], tcp: [\"example.invalid:1\"], icmp: [example.invalid]}
notify: {receivers: {m: {webhook: {url: \"http://x\"}}}}
";

type Labels = BTreeMap<String, String>;

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten()
}

/// One label set per shipped alert, as its unit test expects it.
fn shipped() -> Vec<Labels> {
    let (stack, found) = resolved(EVERYTHING, "0.34.0");
    assert_eq!(found, []);
    let mut alerts = BTreeMap::new();
    let (tests, found) = rule_tests(&stack, &Assets::default(), "rules");
    assert_eq!(found, []);
    for test in tests {
        let file: Value = serde_yaml::from_str(&test.text).unwrap();
        for case in list(&file, "tests").flat_map(|test| list(test, "alert_rule_test")) {
            let name = case["alertname"].as_str().unwrap().to_owned();
            for expected in list(case, "exp_alerts") {
                let mut labels: Labels = serde_yaml::from_value(expected["exp_labels"].clone()).unwrap();
                labels.insert("alertname".to_owned(), name.clone());
                alerts.entry(name.clone()).or_insert(labels);
            }
        }
    }
    assert!(alerts.len() > 80, "{}", alerts.len());
    alerts.into_values().collect()
}

fn matches(matchers: &Value, key: &str, labels: &Labels) -> bool {
    list(matchers, key).all(|matcher| {
        let matcher = matcher.as_str().unwrap();
        let at = matcher.find(['=', '!']).unwrap();
        let (label, rest) = matcher.split_at(at);
        let (operator, value) = rest.split_once('"').unwrap();
        let value = value.trim_end_matches('"').replace("\\\\", "\\");
        let is = labels.get(label).map_or("", String::as_str);
        match operator {
            "=" => is == value,
            "!=" => is != value,
            "=~" => regex::Regex::new(&format!("^(?:{value})$")).unwrap().is_match(is),
            other => panic!("{other}"),
        }
    })
}

/// Whether one alert hides another by this rule, as Alertmanager decides it.
fn hides(rule: &Value, source: &Labels, target: &Labels) -> bool {
    let both = |labels| matches(rule, "source_matchers", labels) && matches(rule, "target_matchers", labels);
    matches(rule, "source_matchers", source)
        && matches(rule, "target_matchers", target)
        && !(both(source) && both(target))
        && list(rule, "equal").all(|label| {
            let label = label.as_str().unwrap();
            source.get(label) == target.get(label)
        })
}

fn rules() -> Vec<Value> {
    rules_of(EVERYTHING)
}

fn rules_of(stack: &str) -> Vec<Value> {
    let (stack, found) = resolved(stack, "0.34.0");
    assert_eq!(found, []);
    let text = files(&stack)["alertmanager.yml"].clone();
    let file: Value = serde_yaml::from_str(&text).unwrap();
    list(&file, "inhibit_rules").cloned().collect()
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    pairs.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect()
}

/// Sources and what they hide when all alerts fire on one machine.
fn hidden() -> Vec<String> {
    let (rules, mut alerts) = (rules(), shipped());
    // The worst case: one file system, one integration. The instances are those of the unit tests, one per component.
    for alert in &mut alerts {
        for label in ["mountpoint", "integration"] {
            alert.entry(label.to_owned()).and_modify(|value| "same".clone_into(value));
        }
    }
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in &alerts {
        for target in &alerts {
            if rules.iter().any(|rule| hides(rule, source, target)) {
                found.entry(&source["alertname"]).or_default().insert(&target["alertname"]);
            }
        }
    }
    let line = |(source, targets): (&str, BTreeSet<&str>)| {
        format!("{source}: {}", targets.into_iter().collect::<Vec<_>>().join(" "))
    };
    found.into_iter().map(line).collect()
}

#[test]
fn no_shipped_alert_is_hidden_by_one_that_says_something_else() {
    let postgres = "ArchivingFailing CollectorFailed DeadTuples Deadlocks ExporterScrapeError HighRollbackRatio \
                    LongTransaction LowCacheHitRatio ReplicationLag ReplicationSlotInactive TooManyConnections";
    let redis =
        "EvictingKeys HighMemory RejectedConnections ReplicaLost ReplicationLag SaveFailing TooManyClients";
    let prometheus = "BodySizeLimitHit HighQueryLoad LabelLimitHit MissingRuleEvaluations RemoteWriteBehind \
                      RemoteWriteFailing RemoteWriteShardsExhausted SampleLimitHit SamplesRejected TargetLimitHit \
                      TargetSyncFailed TsdbCompactionsFailing TsdbReloadsFailing TsdbTruncationFailing \
                      TsdbWalCorruption";
    let of = |prefix: &str, names: &str| {
        names.split(' ').map(|name| format!("{prefix}{name}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        hidden(),
        [
            "AlertmanagerNotificationsFailing: AlertmanagerNotificationsSlow".to_owned(),
            "BlackboxProbeFailed: BlackboxProbeUnreliable BlackboxSlowProbe".to_owned(),
            "HostDiskFull: HostDiskAlmostFull HostDiskFillsSoon".to_owned(),
            "HostMemoryExhausted: HostHighMemory".to_owned(),
            "PostgresConnectionsExhausted: PostgresTooManyConnections".to_owned(),
            format!("PostgresDown: {}", of("Postgres", postgres)),
            format!("RedisDown: {}", of("Redis", redis)),
            // The unit tests put every target on the instance of Prometheus itself.
            format!("TargetDown: {} TargetFlapping TargetRestarting", of("Prometheus", prometheus)),
        ]
    );
}

#[test]
fn alerts_without_an_instance_and_those_of_another_are_not_hidden() {
    let rules = rules();
    let hidden = |source: &[(&str, &str)], target: &[(&str, &str)]| {
        rules.iter().any(|rule| hides(rule, &labels(source), &labels(target)))
    };
    let down = [("alertname", "ShopDown"), ("severity", "critical"), ("service", "shop"), ("instance", "a")];
    let slow = |rest: &[(&'static str, &'static str)]| {
        [&[("alertname", "ShopSlow"), ("category", "performance"), ("service", "shop")], rest].concat()
    };
    for severity in ["medium", "warning"] {
        let severity = ("severity", severity);
        assert!(hidden(&down, &slow(&[severity, ("instance", "a")])));
        assert!(!hidden(&down, &slow(&[severity, ("instance", "b")])), "another instance");
        assert!(!hidden(&down, &slow(&[severity])), "no instance");
        assert!(hidden(&down[..3], &slow(&[severity])), "the whole service");
        assert!(!hidden(&down[..2], &slow(&[severity, ("instance", "a")])), "no service");
    }
    assert!(!hidden(&down, &slow(&[("severity", "critical"), ("instance", "a")])), "as bad");
    let mut leak = slow(&[("severity", "warning"), ("instance", "a")]);
    leak[1] = ("category", "security");
    assert!(!hidden(&down, &leak), "security stands for itself");
    let level = |severity| [("alertname", "Burn"), ("service", "shop"), ("severity", severity)];
    assert!(hidden(&level("critical"), &level("high")) && !hidden(&level("high"), &level("critical")));
}

const APPLICATIONS: &str = "
exporters: {blackbox: {http: [\"http://shop:80/health\"]}}
apps:
  shop: {targets: [\"shop:80\", \"shop-2:80\"], health: \"http://shop/health\"}
  till: {targets: [\"till:9000\"], health: \"https://till.example.org/health\"}
notify: {receivers: {m: {webhook: {url: \"http://x\"}}}}
";

#[test]
fn a_failing_health_probe_is_hidden_by_the_own_alert_of_its_application_only() {
    let rules = rules_of(APPLICATIONS);
    let alert = |pairs: &[(&str, &str)]| {
        let mut all = labels(&[("severity", "critical"), ("service", pairs[0].1)]);
        all.extend(labels(pairs));
        all
    };
    let probe = |job, instance| {
        alert(&[
            ("alertname", "BlackboxProbeFailed"),
            ("job", job),
            ("instance", instance),
            ("service", "blackbox"),
        ])
    };
    let shop = probe("blackbox-shop", "http://shop/health");
    let till = probe("blackbox-till", "https://till.example.org/health");
    let by_hand = probe("blackbox-http", "http://shop:80/health");
    let hides = |source: &[(&str, &str)], target: &Labels| {
        let source = alert(source);
        rules.iter().any(|rule| hides(rule, &source, target))
    };
    let down = |instance| [("alertname", "ShopDown"), ("job", "shop"), ("instance", instance)];
    assert!(hides(&down("shop:80"), &shop), "the port that http means");
    assert!(hides(&down("shop"), &shop), "an alert made of the probe itself");
    assert!(hides(&down("shop:80")[..2], &shop), "all instances");
    let unhealthy =
        [("alertname", "ShopUnhealthy"), ("job", "blackbox-shop"), ("instance", "http://shop/health")];
    assert!(hides(&unhealthy, &shop));
    assert!(!hides(&down("shop-2:80"), &shop), "another instance is down");
    assert!(!hides(&down("shop:80"), &till) && !hides(&unhealthy, &till), "another application");
    assert!(!hides(&down("shop:80"), &by_hand), "a probe that somebody asked for");
    let metrics = [("alertname", "TillDown"), ("job", "till"), ("instance", "till:9000")];
    assert!(!hides(&metrics, &till), "a metrics page of its own is down");
    let minor = [&down("shop:80")[..], &[("severity", "warning")]].concat();
    assert!(!hides(&minor, &shop), "less than critical");
    let slow = [("alertname", "ShopSlow"), ("job", "shop"), ("instance", "shop:80")];
    assert!(!hides(&slow, &shop), "slow is not down");
    let target = [("alertname", "TargetDown"), ("job", "shop"), ("instance", "shop:80")];
    assert!(!hides(&target, &shop), "a scrape says nothing about health");
    let other = [("alertname", "TargetDown"), ("job", "till"), ("instance", "till:9000")];
    for own in [&down("shop:80")[..], &down("shop:80")[..2]] {
        assert!(hides(own, &alert(&target)), "one outage is told once");
        assert!(!hides(own, &alert(&other)), "another application");
    }
    assert!(!hides(&down("shop-2:80"), &alert(&target)), "each instance for itself");
}
