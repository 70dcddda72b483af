//! What an application exposes, as a text file:
//!
//! ```text
//! # part nestjs-backend                   a service with a port of its own
//! metric{label="x"} 100 +0.5              value now, and how much it rises per second
//! metric now-3600                         the time of the scrape, and seconds to add to it
//! # path /api/health 200 {"status":"ok"}  further paths it answers
//! # fault name: Alert                     from here on: what changes when this fault is injected
//! # fault name: Alert hides Other More    Alertmanager tells the first alone; `hides nothing`: there is no other
//! gone metric{label="x"}                  a series that is no longer exposed
//! down                                    nothing answers
//! refuse postgres                         the server that this exporter watches turns it away
//! threshold HighMemory 0.001              the alert's number in `stack.yml` is another, where the host is healthy
//! ```

use std::collections::BTreeMap;
use std::path::Path;

/// The whole file.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Services by name.
    pub parts: BTreeMap<String, Exposed>,
    /// Faults, in the order of the file.
    pub faults: Vec<Fault>,
}

/// What one service exposes.
#[derive(Debug, Clone, Default)]
pub struct Exposed {
    /// `HELP` and `TYPE` lines and series, in the order of the file.
    pub lines: Vec<Line>,
    /// Further paths: status and body.
    pub paths: BTreeMap<String, (u16, String)>,
    /// Nothing answers.
    pub down: bool,
}

/// One line of an exposition.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// `# HELP` or `# TYPE`.
    Comment(String),
    /// A series and its value.
    Series { series: String, value: Value },
}

/// How a value comes about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A number that stays.
    Fixed(f64),
    /// A counter: where it begins, and how much it rises per second.
    Counter { base: f64, per_second: f64 },
    /// The time of the scrape and so many seconds.
    Now(f64),
}

/// One fault and the alert it leads to.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    /// Its name.
    pub name: String,
    /// The alert that must fire.
    pub alert: String,
    /// The alerts that fire as well and are not told; none when only this one alert is looked at.
    pub hides: Option<Vec<String>>,
    /// What changes, by service.
    pub changes: BTreeMap<String, Vec<Change>>,
}

/// One change of a fault.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The series has another value.
    Set(String, Value),
    /// The series is no longer there.
    Gone(String),
    /// The path answers otherwise.
    Path(String, (u16, String)),
    /// Nothing answers.
    Down,
    /// The server that an exporter watches turns it away.
    Refuse(String),
    /// An alert's number in `stack.yml`.
    Threshold(String, f64),
}

impl Script {
    /// Reads `tests/support/apps/<name>.prom`.
    pub fn of(name: &str) -> Self {
        let path = format!("{}/tests/support/apps/{name}.prom", env!("CARGO_MANIFEST_DIR"));
        Self::parse(&std::fs::read_to_string(Path::new(&path)).unwrap_or_else(|e| panic!("{path}: {e}")))
    }

    /// Reads the text of such a file.
    pub fn parse(text: &str) -> Self {
        let mut script = Self::default();
        let (mut part, mut in_fault) = (String::new(), false);
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let wrong = |what: &str| panic!("line {}: {what}: {line}", number + 1);
            if let Some(name) = line.strip_prefix("# part ") {
                word(name).clone_into(&mut part);
                // A new service ends the faults of the one before; a known one is where the fault goes on.
                in_fault &= script.parts.contains_key(&part);
                script.parts.entry(part.clone()).or_default();
            } else if let Some(fault) = line.strip_prefix("# fault ") {
                let (name, alert) = fault.split_once(':').unwrap_or_else(|| wrong("a fault names its alert"));
                let (name, hides) = (name.trim().to_owned(), hidden(alert));
                script.faults.push(Fault { name, alert: word(alert).to_owned(), hides, ..Fault::default() });
                in_fault = true;
            } else if let Some(change) = change(line) {
                script.take((&part, in_fault), change, number + 1);
            }
        }
        script
    }

    fn take(&mut self, (part, in_fault): (&str, bool), change: Change, number: usize) {
        assert!(!part.is_empty(), "line {number}: say `# part NAME` first");
        if let Some(fault) = self.faults.last_mut().filter(|_| in_fault) {
            if !matches!(&change, Change::Set(series, _) if series.starts_with('#')) {
                fault.changes.entry(part.to_owned()).or_default().push(change);
            }
            return;
        }
        let exposed = self.parts.entry(part.to_owned()).or_default();
        match change {
            Change::Set(comment, _) if comment.starts_with('#') => exposed.lines.push(Line::Comment(comment)),
            Change::Set(series, value) => exposed.lines.push(Line::Series { series, value }),
            Change::Path(path, answer) => {
                exposed.paths.insert(path, answer);
            }
            _ => panic!("line {number}: only a fault takes things away"),
        }
    }
}

fn word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// The names after `hides`.
fn hidden(text: &str) -> Option<Vec<String>> {
    let (_, names) = text.split_once(" hides ")?;
    Some(names.split_whitespace().filter(|name| *name != "nothing").map(str::to_owned).collect())
}

/// One line; none for an empty one and for a remark.
fn change(line: &str) -> Option<Change> {
    if line.starts_with("# HELP ") || line.starts_with("# TYPE ") {
        return Some(Change::Set(line.to_owned(), Value::Now(0.0)));
    }
    if let Some(rest) = line.strip_prefix("# path ") {
        let mut words = rest.splitn(3, ' ');
        let path = words.next().unwrap_or_default().to_owned();
        let status = words.next().and_then(|word| word.parse().ok()).expect("a status after the path");
        return Some(Change::Path(path, (status, words.next().unwrap_or_default().to_owned())));
    }
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    if line == "down" {
        return Some(Change::Down);
    }
    if let Some(exporter) = line.strip_prefix("refuse ") {
        return Some(Change::Refuse(exporter.trim().to_owned()));
    }
    if let Some(rest) = line.strip_prefix("threshold ") {
        let (alert, number) = rest.split_once(' ').expect("an alert and a number");
        return Some(Change::Threshold(alert.to_owned(), number.trim().parse().expect("a number")));
    }
    if let Some(series) = line.strip_prefix("gone ") {
        return Some(Change::Gone(series.trim().to_owned()));
    }
    let end = line.rfind('}').map_or_else(|| line.find(' ').unwrap_or(line.len()), |at| at + 1);
    let (series, value) = line.split_at(end);
    Some(Change::Set(series.to_owned(), number(value.trim())))
}

fn number(text: &str) -> Value {
    if let Some(shift) = text.strip_prefix("now") {
        return Value::Now(if shift.is_empty() { 0.0 } else { shift.parse().expect("seconds after `now`") });
    }
    let mut words = text.split_whitespace();
    let base = words.next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("a value: {text}"));
    match words.next() {
        None => Value::Fixed(base),
        Some(rise) => Value::Counter { base, per_second: rise.parse().expect("a rise per second") },
    }
}

#[test]
fn a_script_has_services_faults_and_changes() {
    let script = Script::parse(
        "# part a\n# TYPE x counter\nx{l=\"with space\"} 5 +2\nseen now-60\n# path /h 200 {\"status\":\"ok\"}\n# fault gone-bad: Bad hides Worse\nx{l=\"with space\"} 9\ngone seen\n",
    );
    let a = &script.parts["a"];
    let series = Line::Series {
        series: "x{l=\"with space\"}".to_owned(),
        value: Value::Counter { base: 5.0, per_second: 2.0 },
    };
    assert_eq!(a.lines[1], series);
    assert_eq!(a.paths["/h"], (200, "{\"status\":\"ok\"}".to_owned()));
    assert_eq!(script.faults[0].alert, "Bad");
    assert_eq!(script.faults[0].hides, Some(vec!["Worse".to_owned()]));
    assert_eq!(script.faults[0].changes["a"].len(), 2);
}
