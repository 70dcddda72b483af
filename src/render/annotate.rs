//! Annotations that the stack adds to the alerts of its rule files, and to what their unit tests expect: what the routes
//! promise, and the dashboard. Line by line, so that comments and the way a file is written stay.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::dashboard_link::Links;
use super::silence_link::{self, SilenceLink};
use super::{response, yaml};
use crate::model::stack::Stack;

/// Texts by the name of the alert. An alert without one is not in it.
pub type Texts = BTreeMap<String, String>;

/// What is added, by the name of the alert: annotations with their texts.
pub type Additions = BTreeMap<String, Vec<(&'static str, Text)>>;

/// The text of an annotation.
#[derive(Debug, Clone)]
pub enum Text {
    /// The same for every alert of the rule.
    Same(String),
    /// It depends on the labels of the series.
    Silence(SilenceLink),
}

/// One alert of a rule file, as far as an annotation depends on it.
#[derive(Debug, Default)]
pub struct Alert {
    /// Name of its group.
    pub group: String,
    /// Its labels, and its name as `alertname`.
    pub labels: BTreeMap<String, String>,
    /// Names of the annotations it has.
    annotations: BTreeSet<String>,
}

impl Alert {
    /// Its name.
    pub fn name(&self) -> &str {
        self.labels.get("alertname").map_or("", String::as_str)
    }
}

/// What is added to the alerts of this rule file. What an alert says already, it says itself.
pub fn additions(stack: &Stack, links: &Links, file: &str, rules: &str) -> Additions {
    let alerts = read(rules);
    let said: BTreeSet<(&str, &str)> = alerts
        .iter()
        .flat_map(|alert| alert.annotations.iter().map(|key| (alert.name(), key.as_str())))
        .collect();
    let says = |name: &str, key: &str| said.contains(&(name, key));
    let mut additions = Additions::new();
    let same =
        |texts: Texts| texts.into_iter().map(|(name, text)| (name, Text::Same(text))).collect::<Vec<_>>();
    let silences = silence_link::links(stack, &alerts).into_iter();
    for (key, texts) in [
        ("response", same(response::promises(stack, &alerts))),
        ("dashboard_url", same(links.of(file, &alerts))),
        ("silence_url", silences.map(|(name, link)| (name, Text::Silence(link))).collect()),
    ] {
        for (name, text) in texts.into_iter().filter(|(name, _)| !says(name, key)) {
            additions.entry(name).or_default().push((key, text));
        }
    }
    additions
}

/// The rule file with what is added to its annotations.
pub fn into_rules(rules: &str, additions: &Additions) -> String {
    write(rules, ("- alert:", "annotations:"), additions, |text, _, _| match text {
        Text::Same(text) => text.clone(),
        Text::Silence(link) => link.template(),
    })
}

/// The unit tests with what is added to the annotations they expect.
pub fn into_tests(tests: &str, additions: &Additions) -> String {
    write(tests, ("alertname:", "exp_annotations:"), additions, |text, lines, at| match text {
        Text::Same(text) => text.clone(),
        Text::Silence(link) => link.of(&expected_labels(lines, at)),
    })
}

/// Adds lines behind each `block` that follows a `name`, those that the block has not already. `worded` gives a text as it
/// stands at a line.
fn write(
    text: &str,
    (name, block): (&str, &str),
    additions: &Additions,
    worded: impl Fn(&Text, &[&str], usize) -> String,
) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut out = String::with_capacity(text.len());
    let mut added = None;
    for (number, line) in lines.iter().enumerate() {
        out.push_str(line);
        if let Some(alert) = value(line, name) {
            added = additions.get(&alert);
        }
        let Some(added) = added.filter(|_| content(line) == block) else { continue };
        let (inside, keys) = keys(indent(line), &lines[number + 1..]);
        for (key, text) in added.iter().filter(|(key, _)| !keys.is_empty() && !keys.contains(key)) {
            let text = yaml::scalar(&json!(worded(text, &lines, number)));
            out.push_str(&format!("{}{key}: {text}\n", " ".repeat(inside)));
        }
    }
    out
}

/// The labels of the expected alert whose annotations begin at this line, before them or behind.
fn expected_labels(lines: &[&str], at: usize) -> BTreeMap<String, String> {
    let inside = key_indent(lines[at]);
    let ends = |line: &&str| !content(line).is_empty() && key_indent(line) < inside;
    let begins = |line: &&str| line.trim_start().starts_with("- ") && key_indent(line) == inside;
    let before = &lines[..=at];
    let first = before.iter().rposition(|line| begins(line) || ends(line)).unwrap_or(0);
    let rest = &lines[at + 1..];
    let last =
        rest.iter().position(|line| begins(line) || ends(line)).map_or(lines.len(), |end| at + 1 + end);
    let item = &lines[first..last];
    let is_labels = |line: &&str| content(line).trim_start_matches("- ") == "exp_labels:";
    let Some(labels) = item.iter().position(is_labels) else { return BTreeMap::new() };
    let written = item[labels + 1..].iter().filter(|line| !content(line).is_empty());
    let entries = written.take_while(|line| indent(line) > inside);
    entries
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim().to_owned(), plain(value)))
        .collect()
}

/// Where the key of a line stands, behind the dash of a list.
fn key_indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '-']).len()
}

/// Indentation and keys of the mapping whose lines begin here, below a key with this indentation.
fn keys<'a>(outside: usize, lines: &[&'a str]) -> (usize, Vec<&'a str>) {
    let written = lines.iter().filter(|line| !content(line).is_empty());
    let own: Vec<&&str> = written.take_while(|line| indent(line) > outside).collect();
    let inside = own.first().map_or(0, |line| indent(line));
    let entries = own.iter().filter(|line| indent(line) == inside);
    (inside, entries.filter_map(|line| Some(line.split_once(':')?.0.trim())).collect())
}

/// Every alert of a rule file.
pub fn read(rules: &str) -> Vec<Alert> {
    let mut reader = Reader::default();
    rules.lines().filter(|line| !content(line).is_empty()).for_each(|line| reader.line(line));
    reader.alerts
}

/// Where in a rule file the reader is.
#[derive(Debug, Default)]
struct Reader {
    alerts: Vec<Alert>,
    group: String,
    /// Indentation of the list of groups, the first list of a rule file.
    groups: Option<usize>,
    /// The mapping that the line before was in.
    block: Option<Block>,
}

#[derive(Debug)]
struct Block {
    /// Indentation of its key.
    outside: usize,
    /// Indentation of its first entry.
    inside: Option<usize>,
    /// `labels:` or `annotations:`, of an alert.
    key: &'static str,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if self.block.as_ref().is_some_and(|block| indent(line) <= block.outside) {
            self.block = None;
        }
        match &mut self.block {
            Some(block) => {
                let entry = *block.inside.get_or_insert(indent(line)) == indent(line);
                if let (true, Some(alert)) = (entry, self.alerts.last_mut()) {
                    alert.entry(block.key, line);
                }
            }
            None => self.outside_of_blocks(line),
        }
    }

    fn outside_of_blocks(&mut self, line: &str) {
        let item = line.trim_start().starts_with("- ");
        let groups = if item { *self.groups.get_or_insert(indent(line)) } else { self.groups.unwrap_or(0) };
        if item && indent(line) == groups {
            self.group.clear();
        }
        let of_group = indent(line) == if item { groups } else { groups + 2 };
        if let Some(name) = value(line.trim_start().trim_start_matches("- "), "name:").filter(|_| of_group) {
            self.group = name;
        }
        if let Some(name) = value(line, "- alert:") {
            let labels = BTreeMap::from([("alertname".to_owned(), name)]);
            self.alerts.push(Alert { group: self.group.clone(), labels, ..Alert::default() });
        }
        let key = ["labels:", "annotations:"].into_iter().find(|key| content(line) == *key);
        self.block = key.map(|key| Block { outside: indent(line), inside: None, key });
    }
}

impl Alert {
    /// Takes an entry of one of its mappings.
    fn entry(&mut self, mapping: &str, line: &str) {
        let Some((key, value)) = line.split_once(':') else { return };
        if mapping == "labels:" {
            self.labels.insert(key.trim().to_owned(), plain(value));
        } else {
            self.annotations.insert(key.trim().to_owned());
        }
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The value of a line that begins with this key.
fn value(line: &str, key: &str) -> Option<String> {
    line.trim_start().strip_prefix(key).map(plain)
}

/// A scalar without its quotes and without a comment behind it.
fn plain(text: &str) -> String {
    content(text).trim_matches(['"', '\'']).to_owned()
}

/// A line without a comment and without the space around it.
fn content(line: &str) -> &str {
    let text = line.split(" #").next().unwrap_or_default().trim();
    if text.starts_with('#') { "" } else { text }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Additions, Text, additions, into_rules, into_tests, read};
    use crate::model::stack::Stack;
    use crate::render::Assets;
    use crate::render::dashboard_link::Links;
    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    const RULES: &str = "\
groups:
  - name: g
    rules:
      # Said before.
      - alert: Slow
        expr: x > 1
        labels:
          severity: warning # mild
          name: 'not a group'
          service: shop
        annotations:
          # Kept.
          summary: slow

      - record: a:b
        expr: a
  - interval: 1m
    name: h # Written as others write it.
    rules:
      - alert: Down
        expr: up == 0
        labels:
          service: '{{ $labels.job }}'
        annotations: # two
            summary: down
            description: |
              response: not a key
              - alert: not one either
  - interval: 1m
    rules:
      - alert: Nameless
        expr: up == 0
";

    const TESTS: &str = "\
      - eval_time: 5m
        alertname: Down
        exp_alerts:
          - exp_labels:
              severity: critical
            exp_annotations:
              summary: down
      - eval_time: 5m
        alertname: Slow
        exp_alerts:
          - exp_annotations:
              summary: slow
";

    const LINES: [&str; 2] = ["response: \"within \\\"5m\\\"\"\n", "dashboard_url: \"http://x/d/y\"\n"];

    fn added() -> Additions {
        let texts = [("response", "within \"5m\""), ("dashboard_url", "http://x/d/y")];
        let texts = texts.map(|(key, text)| (key, Text::Same(text.to_owned()))).to_vec();
        Additions::from([("Down".to_owned(), texts)])
    }

    fn stack() -> Stack {
        let text =
            "notify:\n  receivers: {m: {webhook: {url: \"http://x\"}}}\n  routes: [{to: m, respond: 1h}]";
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, []);
        let (stack, found) = resolve(&document, None, &KnownImages::new());
        assert_eq!(found, []);
        stack
    }

    #[test]
    fn the_lines_stand_in_their_block_and_nothing_else_changes() {
        let here = "            summary: down";
        let lines = LINES.map(|line| format!("            {line}")).concat();
        assert_eq!(into_rules(RULES, &added()), RULES.replace(here, &format!("{lines}{here}")));
        let here = "              summary: down";
        let lines = LINES.map(|line| format!("              {line}")).concat();
        assert_eq!(into_tests(TESTS, &added()), TESTS.replace(here, &format!("{lines}{here}")));
        assert_eq!(into_rules(RULES, &Additions::new()), RULES);
    }

    #[test]
    fn a_line_that_is_there_is_not_written_again() {
        let response = |text: &str| text.replace(": down\n", ": down\n              response: soon\n");
        let own = response(TESTS);
        let line = format!("              {}", LINES[1]);
        assert_eq!(
            into_tests(&own, &added()),
            response(&into_tests(TESTS, &added())).replace(&format!("              {}", LINES[0]), "")
        );
        assert!(into_tests(&own, &added()).contains(&line));
    }

    #[test]
    fn alerts_are_read_as_they_are_written() {
        let found: Vec<String> = read(RULES)
            .into_iter()
            .map(|alert| {
                let labels: Vec<String> =
                    alert.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
                let annotations: Vec<String> = alert.annotations.into_iter().collect();
                format!("{} | {} | {}", alert.group, labels.join(" "), annotations.join(" "))
            })
            .collect();
        assert_eq!(
            found,
            [
                "g | alertname=Slow name=not a group service=shop severity=warning | summary",
                "h | alertname=Down service={{ $labels.job }} | description summary",
                " | alertname=Nameless | ",
            ]
        );
    }

    #[test]
    fn what_an_alert_says_itself_is_not_added() {
        let stack = stack();
        let links = Links::new(&stack, &Assets::default());
        let keys = |rules: &str| {
            let added = additions(&stack, &links, "node", rules).remove("Down").unwrap_or_default();
            added.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        assert_eq!(keys(RULES), ["response", "dashboard_url", "silence_url"]);
        let with =
            |line: &str| RULES.replace("summary: down\n", &format!("summary: down\n            {line}\n"));
        assert_eq!(keys(&with("dashboard_url: http://mine")), ["response", "silence_url"]);
        assert_eq!(keys(&with("response: at once")), ["dashboard_url", "silence_url"]);
    }
}
