//! Whether alerts reach the Alertmanager of this stack: not only that Prometheus knows one.

/// Prometheus publishes what it discovered every five seconds; after a reload its list is empty until then.
const DISCOVERY: f64 = 15.0;
/// An empty list may be seen before the reload that emptied it is over.
const CONFIRMED: f64 = 6.0;
/// An alert that keeps firing is sent again every minute, so that after this time one must have arrived.
const RESENT: f64 = 150.0;

/// What decides. Times in seconds.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// `host:port` of our Alertmanager, as Prometheus is to reach it.
    pub ours: &'a str,
    /// `host:port` of those that Prometheus uses.
    pub active: &'a [String],
    /// Alerts sent to ours, and those of them that failed.
    pub sent: (f64, f64),
    /// Alerts that ours counts as received; none when it could not be asked.
    pub received: Option<f64>,
    /// Since when both of them run.
    pub both_up: f64,
    /// Age of the running configuration of Prometheus.
    pub age: f64,
    /// How long the list has been looked at.
    pub waited: f64,
}

/// Whether alerts arrive, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// As far as can be known.
    Works(String),
    /// They do not.
    Fails(String),
    /// Not decided yet.
    Pending(String),
}

/// Decides.
pub fn delivery(facts: &Facts<'_>) -> Delivery {
    if !facts.active.iter().any(|server| server == facts.ours) {
        return unknown(facts);
    }
    let (sent, failed) = facts.sent;
    let late = facts.both_up > RESENT;
    match facts.received {
        None => Delivery::Works("ready, knows Alertmanager".to_owned()),
        Some(received) if received > 0.0 => Delivery::Works("ready, sends alerts to Alertmanager".to_owned()),
        Some(_) if sent > 0.0 && failed >= sent && late => Delivery::Fails(format!(
            "ready, but Alertmanager at `{}` accepted none of {sent} alerts",
            facts.ours
        )),
        Some(_) if sent > failed && late => Delivery::Fails(format!(
            "ready, but the Alertmanager of this stack received none of the {} alerts sent to `{}`: that name leads to another server",
            sent - failed,
            facts.ours
        )),
        Some(_) => Delivery::Works("ready, no alert has reached Alertmanager yet".to_owned()),
    }
}

/// Ours is not among those that Prometheus uses.
fn unknown(facts: &Facts<'_>) -> Delivery {
    if facts.age < DISCOVERY || facts.waited < CONFIRMED {
        return Delivery::Pending("ready, has not discovered Alertmanager yet".to_owned());
    }
    Delivery::Fails(match facts.active {
        [] => "ready, but it knows no Alertmanager: alerts reach no one".to_owned(),
        others => format!(
            "ready, but sends alerts to `{}` and not to the Alertmanager of this stack; `stackctl up` delivers its configuration",
            others.join("`, `")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::{Delivery, Facts, delivery};

    const OURS: &str = "demo-alertmanager:9093";

    fn facts(active: &[String]) -> Facts<'_> {
        Facts {
            ours: OURS,
            active,
            sent: (10.0, 0.0),
            received: Some(9.0),
            both_up: 600.0,
            age: 600.0,
            waited: 10.0,
        }
    }

    fn failure(facts: &Facts<'_>) -> String {
        match delivery(facts) {
            Delivery::Fails(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn alerts_are_sent_only_when_ours_received_some() {
        let ours = [OURS.to_owned()];
        let words = |facts: &Facts<'_>| match delivery(facts) {
            Delivery::Works(text) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(words(&facts(&ours)), "ready, sends alerts to Alertmanager");
        let quiet = Facts { sent: (0.0, 0.0), received: Some(0.0), ..facts(&ours) };
        assert_eq!(words(&quiet), "ready, no alert has reached Alertmanager yet");
        let young = Facts { received: Some(0.0), both_up: 60.0, ..facts(&ours) };
        assert_eq!(words(&young), "ready, no alert has reached Alertmanager yet");
        assert_eq!(words(&Facts { received: None, ..facts(&ours) }), "ready, knows Alertmanager");
    }

    #[test]
    fn alerts_that_another_server_takes_under_our_name_are_a_failure() {
        let ours = [OURS.to_owned()];
        let text = failure(&Facts { received: Some(0.0), ..facts(&ours) });
        assert!(text.contains("received none of the 10 alerts sent to `demo-alertmanager:9093`"), "{text}");
        let text = failure(&Facts { received: Some(0.0), sent: (10.0, 10.0), ..facts(&ours) });
        assert!(text.contains("accepted none of 10 alerts"), "{text}");
    }

    #[test]
    fn an_alertmanager_that_is_not_ours_is_named() {
        let others = ["alertmanager:9093".to_owned()];
        let text = failure(&facts(&others));
        assert!(
            text.contains("sends alerts to `alertmanager:9093` and not to the Alertmanager of"),
            "{text}"
        );
    }

    #[test]
    fn an_empty_list_is_judged_only_when_discovery_had_its_time() {
        assert!(failure(&facts(&[])).contains("knows no Alertmanager"));
        for pending in [Facts { age: 4.0, ..facts(&[]) }, Facts { waited: 0.3, ..facts(&[]) }] {
            assert!(matches!(delivery(&pending), Delivery::Pending(_)), "{pending:?}");
        }
    }
}
