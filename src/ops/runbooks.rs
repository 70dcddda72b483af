//! `runbook`: what to do about an alert, with the rule as it is in this stack.

use serde_yaml::Value;

use super::load::{self, Loaded};
use super::{Error, Session};
use crate::catalog;
use crate::kernel::{Diagnostic, text};
use crate::model::rules::Threshold;
use crate::model::runbooks::{Alert, AlertsReport, Limit, RunbookReport};
use crate::render::{self, Assets, RUNBOOK_ENDING, RUNBOOKS, RuleText};

/// Every alert of the stack.
pub fn alerts(session: &Session<'_>) -> Result<AlertsReport, Error> {
    match of_stack(&load::load(session)?) {
        (alerts, found) if found.is_empty() => Ok(AlertsReport { alerts }),
        (_, found) => Err(Error::Invalid(found)),
    }
}

/// One alert, in whatever case its name is written. Runbooks can be read also when the stack file or a rule file cannot.
pub fn runbook(session: &Session<'_>, wanted: &str) -> Result<RunbookReport, Error> {
    let (alerts, assets, diagnostics, stack) = match load::load(session) {
        Ok(loaded) => {
            let (alerts, found) = of_stack(&loaded);
            (alerts, loaded.assets, found, Some(loaded.stack))
        }
        Err(Error::Invalid(found)) => {
            session.warn("the stack file is left out, because it has errors: only the runbook is shown");
            (Vec::new(), Assets::default(), found, None)
        }
        Err(error) => return Err(error),
    };
    let texts = assets.below(RUNBOOKS, RUNBOOK_ENDING);
    let written = texts.iter().map(|(name, _)| name.as_str());
    let names: Vec<&str> = alerts.iter().map(|alert| alert.name.as_str()).chain(written).collect();
    let Some(name) = names.iter().find(|name| name.eq_ignore_ascii_case(wanted)) else {
        let lower: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        let near = text::nearest(&wanted.to_ascii_lowercase(), lower.iter().map(String::as_str))
            .and_then(|near| names.iter().find(|name| name.eq_ignore_ascii_case(near)));
        let hint = near.map_or_else(
            || "`stackctl runbook` lists the alerts of this stack".to_owned(),
            |near| format!("did you mean `{near}`? `stackctl runbook` lists the alerts of this stack"),
        );
        return Err(Error::Usage { message: format!("there is no alert `{wanted}`"), hint });
    };
    let (text, asset) = render::runbook(stack.as_ref(), &assets, name).unzip();
    Ok(RunbookReport {
        name: (*name).to_owned(),
        alert: alerts.iter().find(|alert| alert.name == *name).cloned(),
        origin: asset.map(|asset| asset.origin),
        text: text.map(|text| text::printable(&text)),
        diagnostics,
    })
}

/// The alerts of every rule file, and what is wrong with files that are none.
fn of_stack(loaded: &Loaded) -> (Vec<Alert>, Vec<Diagnostic>) {
    let (files, mut found) = render::rule_files(&loaded.stack, &loaded.assets);
    found.extend(loaded.broken.iter().cloned());
    let mut alerts = Vec::new();
    for RuleText { text, origin, .. } in files {
        let file: Value = serde_yaml::from_str(&text).unwrap_or_default();
        let rules = list(&file, "groups").iter().flat_map(|group| list(group, "rules"));
        alerts.extend(rules.filter_map(|rule| of_rule(loaded, rule, &origin)));
    }
    (alerts, found)
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default()
}

fn of_rule(loaded: &Loaded, rule: &Value, origin: &str) -> Option<Alert> {
    let word = |value: Option<&Value>, key: &str| value?.get(key)?.as_str().map(str::to_owned);
    let (labels, annotations) = (rule.get("labels"), rule.get("annotations"));
    let name = word(Some(rule), "alert")?;
    Some(Alert {
        file: origin.to_owned(),
        severity: word(labels, "severity").unwrap_or_default(),
        category: word(labels, "category").unwrap_or_default(),
        response: word(labels, "response").or_else(|| word(annotations, "response")),
        summary: plain(&word(annotations, "summary").unwrap_or_default()),
        expression: word(Some(rule), "expr").unwrap_or_default(),
        waits: word(Some(rule), "for"),
        threshold: threshold(loaded, &name),
        runbook: loaded.assets.get(&render::runbook_path(&name)).is_ok(),
        name,
    })
}

fn threshold(loaded: &Loaded, alert: &str) -> Option<Limit> {
    let files = catalog::rule_files::ALL.iter().flat_map(|file| file.thresholds);
    let mut rows = files.chain(catalog::PACKS.iter().flat_map(|pack| pack.thresholds));
    let row: &Threshold = rows.find(|row| row.alert == alert)?;
    Some(Limit {
        value: loaded.stack.thresholds.get(alert).copied().unwrap_or(row.default),
        default: row.default,
        unit: row.unit.to_owned(),
        doc: row.doc.to_owned(),
        key: format!("alerts.thresholds.{alert}"),
    })
}

/// A summary without Prometheus's template language: `{{ $labels.job }}` becomes `<job>`.
fn plain(summary: &str) -> String {
    let mut out = String::new();
    let mut rest = summary;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inside, behind) = after.split_once("}}").unwrap_or((after, ""));
        let word = inside.trim().trim_start_matches("$labels.").trim_start_matches('$');
        let word: String = word.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        out.push_str(&format!("{before}<{word}>"));
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn labels_in_a_summary_are_placeholders() {
        assert_eq!(
            plain("{{ $labels.job }} on {{$labels.instance}} is {{ $value | humanize }}%"),
            "<job> on <instance> is <value>%"
        );
        assert_eq!(plain("no label"), "no label");
    }
}
