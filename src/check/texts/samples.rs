//! The notifications that every text is executed with, as Alertmanager would hand them over.

use serde_json::{Map, Value, json};

/// A sample: what it is, as a message names it, and its data.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// `one resolved alert`
    pub name: &'static str,
    /// Makes the data.
    data: fn() -> Value,
}

impl Sample {
    /// The data as amtool reads it.
    pub fn json(&self) -> Vec<u8> {
        (self.data)().to_string().into_bytes()
    }
}

/// Every sample. A text that fails with the usual one is not executed with the others.
pub const SAMPLES: &[Sample] = &[
    Sample { name: "one firing alert", data: || notification("firing", &[alert("firing", 0)]) },
    Sample { name: "one resolved alert", data: || notification("resolved", &[alert("resolved", 0)]) },
    Sample { name: "twelve alerts, half of them resolved", data: many },
    Sample { name: "an alert without labels and annotations", data: bare },
    Sample { name: "an alert with unusual characters", data: unusual },
];

fn alert(status: &str, number: usize) -> Value {
    let ends = if status == "firing" { "0001-01-01T00:00:00Z" } else { "2026-01-02T04:04:05.678Z" };
    json!({
        "status": status,
        "labels": {
            "alertname": "HostDiskFull", "severity": "critical", "category": "capacity", "service": "host",
            "job": "node", "instance": format!("db{number}.example.org:9100"), "device": "/dev/sda1",
            "mountpoint": "/data",
        },
        "annotations": {
            "summary": format!("Disk /data on db{number} is 97 % full"),
            "description": "97 % of 100 GiB are used for 10 minutes.",
            "value": "97 %", "response": "within 5m", "runbook_url": "https://example.org/runbooks/HostDiskFull",
            "dashboard_url": "https://grafana.example.org/d/host",
        },
        "startsAt": "2026-01-02T03:04:05.678Z",
        "endsAt": ends,
        "generatorURL": "https://prometheus.example.org/graph?g0.expr=up&g0.tab=1",
        "fingerprint": format!("{number:016x}"),
    })
}

fn notification(status: &str, alerts: &[Value]) -> Value {
    let labels = common(alerts, "labels");
    let annotations = common(alerts, "annotations");
    let group: Map<String, Value> = ["alertname", "service"]
        .into_iter()
        .filter_map(|key| Some((key.to_owned(), labels.get(key)?.clone())))
        .collect();
    json!({
        "receiver": "chat", "status": status, "alerts": alerts, "groupLabels": group, "commonLabels": labels,
        "commonAnnotations": annotations, "externalURL": "https://alertmanager.example.org",
    })
}

/// What all alerts have alike.
fn common(alerts: &[Value], part: &str) -> Map<String, Value> {
    let mut pairs = alerts.first().and_then(|first| first[part].as_object().cloned()).unwrap_or_default();
    pairs.retain(|key, value| alerts.iter().all(|alert| alert[part].get(key) == Some(value)));
    pairs
}

fn many() -> Value {
    let alerts: Vec<Value> =
        (0..12).map(|n| alert(if n % 2 == 0 { "firing" } else { "resolved" }, n)).collect();
    notification("firing", &alerts)
}

fn bare() -> Value {
    let mut alert = alert("firing", 0);
    alert["labels"] = json!({ "alertname": "Bare" });
    alert["annotations"] = json!({});
    alert["generatorURL"] = json!("");
    let mut data = notification("firing", &[alert]);
    data["groupLabels"] = json!({});
    data
}

fn unusual() -> Value {
    let odd = "a \"b\" 'c' `d` <e>&amp; {{ f }} \\ g\n\th % $1 *i* _j_ [k](l) – é 漢 🔥";
    let mut alert = alert("firing", 0);
    for part in ["labels", "annotations"] {
        for value in alert[part].as_object_mut().into_iter().flat_map(Map::values_mut) {
            *value = json!(odd);
        }
    }
    alert["labels"]["dotted.name-with dash"] = json!(odd);
    alert["annotations"]["description"] = json!(odd.repeat(100));
    notification("firing", &[alert])
}
