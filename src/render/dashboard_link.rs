//! Where the dashboard is that shows what an alert tells of: the annotation `dashboard_url`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::annotate::{Alert, Texts};
use super::assets::Assets;
use crate::catalog;
use crate::model::rules::Shown;
use crate::model::stack::Stack;

/// The addresses of the dashboards of a stack.
#[derive(Debug, Default)]
pub struct Links {
    /// By the dashboard's name below `dashboards/`.
    addresses: BTreeMap<String, String>,
}

/// What a dashboard's address is made of.
#[derive(Deserialize)]
struct Identity {
    uid: String,
}

impl Links {
    /// Nothing when nothing in the stack shows dashboards.
    pub fn new(stack: &Stack, assets: &Assets) -> Self {
        let Some(viewer) = stack.instance(catalog::VIEWER) else { return Self::default() };
        let base = viewer.page();
        // A dashboard of the user's in the place of a shipped one may have another uid. One that cannot be read is told
        // of where it is rendered.
        let address = |name: &String| {
            let bytes = super::dashboard(stack, assets, name).ok()?;
            let Identity { uid } = serde_json::from_slice(&bytes).ok()?;
            Some((name.clone(), format!("{base}/d/{uid}")))
        };
        Self { addresses: stack.dashboards.iter().filter_map(address).collect() }
    }

    /// The link for each alert of a rule file. Alerts of one name in several groups get one when it is the same for all.
    pub fn of(&self, file: &str, alerts: &[Alert]) -> Texts {
        let shown = shown(file);
        let link = |alert: &Alert| self.addresses.get(shown.dashboard(&alert.group, alert.name())?);
        let mut links: BTreeMap<&str, Option<&String>> = BTreeMap::new();
        for alert in alerts {
            let found = link(alert);
            links
                .entry(alert.name())
                .and_modify(|agreed| *agreed = agreed.filter(|_| *agreed == found))
                .or_insert(found);
        }
        links.into_iter().filter_map(|(name, link)| Some((name.to_owned(), link?.clone()))).collect()
    }
}

/// The dashboards of a shipped rule file.
fn shown(file: &str) -> Shown {
    let of_component = catalog::rule_files::ALL.iter().find(|row| row.name == file).map(|row| row.shown);
    of_component.or_else(|| catalog::pack(file).map(|pack| pack.shown)).unwrap_or(Shown::Nowhere)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Links;
    use crate::model::stack::Stack;
    use crate::render::{Asset, Assets, annotate};
    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    const RULES: &str = "\
groups:
  - name: blindspotx-security
    rules:
      - alert: A
  - name: blindspotx-performance
    rules:
      - alert: BlindspotxSlowApi
      - alert: BlindspotxSlowAuthentication
      - alert: A
      - alert: B
  - name: blindspotx-system
    rules:
      - alert: B
  - name: the-users
    rules:
      - alert: C
";

    fn stack(text: &str) -> Stack {
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, []);
        resolve(&document, None, &KnownImages::new()).0
    }

    fn linked(stack: &Stack, assets: &Assets, file: &str, rules: &str) -> Vec<String> {
        let links = Links::new(stack, assets).of(file, &annotate::read(rules));
        links.into_iter().map(|(alert, link)| format!("{alert}: {link}")).collect()
    }

    /// The link of an alert about the host.
    fn host(text: &str, assets: &Assets) -> Vec<String> {
        linked(&stack(text), assets, "node", "groups:\n  - name: host\n    rules:\n      - alert: Low\n")
    }

    #[test]
    fn an_alert_links_to_the_dashboard_of_its_group_or_its_own() {
        let text = "apps: {blindspotx: {pack: blindspotx, targets: [\"a:1\"]}}";
        assert_eq!(
            linked(&stack(text), &Assets::default(), "blindspotx", RULES),
            [
                "B: http://localhost:3000/d/stackctl-blindspotx-performance",
                "BlindspotxSlowApi: http://localhost:3000/d/stackctl-blindspotx-performance",
                "BlindspotxSlowAuthentication: http://localhost:3000/d/stackctl-blindspotx-authentication",
            ],
            "A is on two dashboards, C in a group that is not shipped"
        );
        assert_eq!(linked(&stack(text), &Assets::default(), "loki", RULES), [""; 0]);
        assert_eq!(linked(&stack(text), &Assets::default(), "the-users", RULES), [""; 0]);
    }

    #[test]
    fn the_address_is_the_one_under_which_people_reach_grafana() {
        let assets = Assets::default();
        for (settings, base) in [
            ("port: 3002", "http://localhost:3002"),
            ("root_url: \"https://example.org\"", "https://example.org"),
            ("root_url: \"https://example.org/grafana\"", "https://example.org/grafana"),
            ("root_url: \"https://example.org/grafana/\"", "https://example.org/grafana"),
        ] {
            let text = format!("grafana: {{{settings}}}");
            assert_eq!(host(&text, &assets), [format!("Low: {base}/d/stackctl-host")], "{settings}");
        }
        let text = "bind: \"::1\"";
        assert_eq!(host(text, &assets), ["Low: http://localhost:3000/d/stackctl-host"]);
        let text = "bind: 10.0.0.1";
        assert_eq!(host(text, &assets), ["Low: http://10.0.0.1:3000/d/stackctl-host"]);
    }

    #[test]
    fn what_is_not_in_the_stack_is_not_linked_to() {
        assert_eq!(host("grafana: {enabled: false}", &Assets::default()), [""; 0]);
        assert_eq!(host("exporters: {node: {enabled: false}}", &Assets::default()), [""; 0]);
    }

    #[test]
    fn a_dashboard_of_the_user_is_linked_to_by_its_own_uid() {
        let with = |json: &str| {
            let asset = Asset { bytes: json.into(), origin: "dashboards/host.json".into() };
            host("", &Assets::with_overrides([("dashboards/host.json".to_owned(), asset)].into()))
        };
        assert_eq!(with(r#"{"title": "Mine", "uid": "mine"}"#), ["Low: http://localhost:3000/d/mine"]);
        assert_eq!(with(r#"{"title": "Grafana gives it one"}"#), [""; 0]);
    }
}
