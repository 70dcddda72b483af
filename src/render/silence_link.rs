//! A link that opens Alertmanager's page with a new silence for one alert: the annotation `silence_url`, for receivers whose
//! messages no template of ours writes.

use std::collections::{BTreeMap, BTreeSet};

use super::annotate::Alert;
use super::response::HEARTBEAT;
use crate::catalog;
use crate::kernel::text;
use crate::model::stack::Stack;

/// The integration whose messages hold labels and annotations as they are, as a section of `alertmanager.yml`.
const WITHOUT_TEXT: &str = "webhook_configs";

/// Names of labels whose values no link shows, as a regular expression; the shipped texts leave out the same.
const SECRET_NAMES: &str = "(?i)(passw|passphrase|secret|credential|token$|(api|access|private|licen[cs]e|routing|service|signing|encryption)_?key)";

/// The link of one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceLink {
    /// Alertmanager's address for people, without a slash at its end.
    page: String,
    /// Name of the alert.
    alert: String,
    /// Labels that the rule sets itself: those of the series under the same names are not on the alert.
    set_by_rule: BTreeSet<String>,
}

/// The link for each alert of a rule file; none when no receiver needs it.
pub fn links(stack: &Stack, alerts: &[Alert]) -> BTreeMap<String, SilenceLink> {
    let mut receivers = stack.notify.receivers.iter().flat_map(|receiver| &receiver.integrations);
    let needed = receivers.any(|(section, _)| section == WITHOUT_TEXT);
    let Some(notifier) = stack.instance(catalog::NOTIFIER).filter(|_| needed) else { return BTreeMap::new() };
    let page = notifier.page();
    let mut links = BTreeMap::new();
    // Who silences the dead man's switch hides the end of the monitoring.
    for alert in alerts.iter().filter(|alert| alert.name() != HEARTBEAT) {
        let link = links.entry(alert.name().to_owned()).or_insert_with(|| SilenceLink {
            page: page.clone(),
            alert: alert.name().to_owned(),
            set_by_rule: BTreeSet::new(),
        });
        // Alerts of one name have one text in the unit tests.
        link.set_by_rule.extend(alert.labels.keys().cloned());
    }
    links
}

impl SilenceLink {
    /// As a rule has it: a template of Prometheus, which knows the labels of the series.
    pub fn template(&self) -> String {
        let own: Vec<&str> = self.set_by_rule.iter().map(String::as_str).collect();
        let left_out = format!("^(__name__|{})$|{}", own.join("|"), SECRET_NAMES);
        let each = "{{ $filter = printf \"%s,%s=%q\" $filter $name $value }}";
        let filter = format!(
            "{{{{ $filter := printf \"alertname=%q\" \"{}\" }}}}{{{{ range $name, $value := $labels }}}}{{{{ if not (match \"{left_out}\" $name) }}}}{each}{{{{ end }}}}{{{{ end }}}}",
            self.alert
        );
        let encoded = "{{ $filter | urlquery | reReplaceAll \"[+]\" \"%20\" }}";
        format!("{filter}{}", self.address(encoded))
    }

    /// As an alert with these labels has it in the end.
    pub fn of(&self, labels: &BTreeMap<String, String>) -> String {
        let of_series =
            labels.iter().filter(|(name, _)| !self.set_by_rule.contains(*name) && !is_secret(name));
        let mut filter = format!("alertname=\"{}\"", self.alert);
        for (name, value) in of_series {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            filter.push_str(&format!(",{name}=\"{value}\""));
        }
        // As Go's `url.QueryEscape`, but for spaces: the page does not read `+` as one.
        self.address(&text::percent_encoded(&filter))
    }

    fn address(&self, filter: &str) -> String {
        format!("{}/#/silences/new?filter=%7B{filter}%7D", self.page)
    }
}

/// Whether [`SECRET_NAMES`] matches.
fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let keys =
        ["api", "access", "private", "license", "licence", "routing", "service", "signing", "encryption"];
    ["passw", "passphrase", "secret", "credential"].iter().any(|word| name.contains(word))
        || name.ends_with("token")
        || keys.iter().any(|key| ["key", "_key"].iter().any(|end| name.contains(&format!("{key}{end}"))))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::links;
    use crate::model::stack::Stack;
    use crate::render::annotate;
    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    const RULES: &str = "\
groups:
  - name: g
    rules:
      - alert: Slow
        labels: 
          severity: warning
          service: shop
      - alert: Watchdog
";

    fn stack(receiver: &str) -> Stack {
        let text = format!(
            "alertmanager: {{external_url: \"https://ops.internal/am/\"}}\nnotify: {{default: m, receivers: {{m: {receiver}}}}}\n"
        );
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, []);
        resolve(&document, None, &KnownImages::new()).0
    }

    #[test]
    fn only_a_receiver_without_a_text_of_ours_needs_it() {
        let names = |receiver| -> Vec<String> {
            links(&stack(receiver), &annotate::read(RULES)).into_keys().collect()
        };
        assert_eq!(names("{webhook: {url: \"http://hook\"}}"), ["Slow"], "never the heartbeat");
        assert_eq!(names("{slack: {webhook_file: hook, channel: \"#ops\"}}"), Vec::<String>::new());
    }

    #[test]
    fn it_names_the_labels_that_tell_this_alert_from_others() {
        let links = links(&stack("{webhook: {url: \"http://hook\"}}"), &annotate::read(RULES));
        let labels = [
            ("device", "a \"b\" + c"),
            ("service", "shop"),
            ("severity", "warning"),
            ("api_key", "hunter2"),
            ("instance", "db:5432"),
        ];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            links["Slow"].of(&BTreeMap::from(labels)),
            "https://ops.internal/am/#/silences/new?filter=%7Balertname%3D%22Slow%22%2Cdevice%3D%22a%20%5C%22b%5C%22%20%2B%20c%22%2Cinstance%3D%22db%3A5432%22%7D"
        );
    }
}
