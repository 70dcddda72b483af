//! Rules and their tests side by side: which test looks at which rule, what was asked for, what passed.

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::parts::{self, Part};
use super::words;
use crate::engine::ToolFile;
use crate::kernel::text;
use crate::model::artifact::Author;
use crate::model::rule_tests::{RuleTestReport, Tally, TestFailure, TestedFile, Untested};
use crate::ops::Error;
use crate::render::{RuleText, TestText};

/// All rules and the chosen tests.
#[derive(Debug)]
pub struct Suite {
    /// Where the rules are, below the configuration directory.
    pub directory: String,
    files: Vec<File>,
    /// Rules that were asked for by name; none: all of them.
    chosen: Option<BTreeSet<String>>,
}

/// A rule file and the test file of the same name.
#[derive(Debug, Default)]
pub struct File {
    /// The name of both: the path without `.yml`.
    pub name: String,
    /// Path of the tests below their directory.
    pub tests_path: String,
    /// Path of the rules below theirs.
    rules_path: String,
    rules: Vec<Rule>,
    rules_text: Option<Vec<u8>>,
    rules_origin: String,
    users: bool,
    tests: Vec<Test>,
    tests_text: Option<String>,
    tests_origin: String,
    selected: bool,
}

#[derive(Debug)]
struct Rule {
    name: String,
    is_alert: bool,
}

/// One entry of `tests:`.
#[derive(Debug, Clone)]
struct Test {
    name: Option<String>,
    alerts: BTreeSet<String>,
    /// `(expression, time)`
    expressions: Vec<(String, String)>,
}

impl Test {
    fn read(test: &Value) -> Self {
        let word = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let cases = |key: &str| test.get(key).and_then(Value::as_sequence).cloned().unwrap_or_default();
        Self {
            name: word(test, "name"),
            alerts: cases("alert_rule_test").iter().filter_map(|case| word(case, "alertname")).collect(),
            expressions: cases("promql_expr_test")
                .iter()
                .filter_map(|case| Some((word(case, "expr")?, word(case, "eval_time").unwrap_or_default())))
                .collect(),
        }
    }

    /// The rule that the name begins with.
    fn subject(&self) -> Option<&str> {
        self.name.as_deref().and_then(|name| name.split(' ').next())
    }

    fn looks_at(&self, rule: &str) -> bool {
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        self.subject() == Some(rule)
            || self.alerts.contains(rule)
            || self.expressions.iter().any(|(text, _)| text.split(|c| !word(c)).any(|name| name == rule))
    }
}

impl Suite {
    /// Nothing yet.
    pub fn new(directory: &str) -> Self {
        Self { directory: directory.to_owned(), files: Vec::new(), chosen: None }
    }

    /// Adds a rendered rule file.
    pub fn add_rules(&mut self, rules: RuleText) {
        let RuleText { path, text, origin, author } = rules;
        let parsed: Value = serde_yaml::from_str(&text).unwrap_or_default();
        let list = |value: &Value, key: &str| {
            value.get(key).and_then(Value::as_sequence).cloned().unwrap_or_default()
        };
        let rule = |rule: &Value| {
            let name = |key: &str| rule.get(key).and_then(Value::as_str).map(str::to_owned);
            let alert = name("alert").map(|name| Rule { name, is_alert: true });
            alert.or_else(|| name("record").map(|name| Rule { name, is_alert: false }))
        };
        let all: Vec<Rule> = list(&parsed, "groups")
            .iter()
            .flat_map(|group| list(group, "rules"))
            .filter_map(|r| rule(&r))
            .collect();
        let file = self.file(&path);
        file.rules = all;
        file.rules_text = Some(text.into_bytes());
        file.rules_path = path;
        file.rules_origin = origin;
        file.users = author != Author::Shipped;
    }

    /// Adds a rendered test file.
    pub fn add_tests(&mut self, tests: TestText) {
        let TestText { path, text, origin } = tests;
        let parsed: Value = serde_yaml::from_str(&text).unwrap_or_default();
        let tests = parsed.get("tests").and_then(Value::as_sequence).cloned().unwrap_or_default();
        let file = self.file(&path);
        file.tests = tests.iter().map(Test::read).collect();
        file.tests_path = path;
        file.tests_text = Some(text);
        file.tests_origin = origin;
    }

    fn file(&mut self, path: &str) -> &mut File {
        let name = path.strip_suffix(".yml").unwrap_or(path);
        let at = self.files.iter().position(|file| file.name == name).unwrap_or_else(|| {
            self.files.push(File { name: name.to_owned(), selected: true, ..File::default() });
            self.files.len() - 1
        });
        &mut self.files[at]
    }

    /// Keeps what was asked for: files by name or path, rules by name; no name at all keeps everything.
    pub fn select(&mut self, wanted: &[String]) -> Result<(), Error> {
        if wanted.is_empty() {
            return Ok(());
        }
        let (mut rules, mut files) = (BTreeSet::new(), BTreeSet::new());
        for word in wanted {
            let path = word.trim_end_matches(".yml");
            let below = path.strip_prefix("rules/").unwrap_or(path);
            let below = below.strip_prefix("tests/").unwrap_or(below);
            let stem = path.rsplit('/').next().unwrap_or(path);
            let named = |name: &str| self.files.iter().find(|file| file.name.eq_ignore_ascii_case(name));
            let file = named(below).or_else(|| named(stem));
            let rule = self.rules().find(|rule| rule.name.eq_ignore_ascii_case(word));
            match (file, rule) {
                (Some(file), _) => {
                    rules.extend(file.rules.iter().map(|rule| rule.name.clone()));
                    files.insert(file.name.clone());
                }
                (None, Some(rule)) => {
                    rules.insert(rule.name.clone());
                }
                (None, None) => return Err(self.unknown(word)),
            }
        }
        for file in &mut self.files {
            file.keep(&rules, files.contains(&file.name));
        }
        self.chosen = Some(rules);
        Ok(())
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.files.iter().flat_map(|file| &file.rules)
    }

    fn unknown(&self, word: &str) -> Error {
        let names: Vec<&str> = self
            .rules()
            .map(|rule| rule.name.as_str())
            .chain(self.files.iter().map(|f| f.name.as_str()))
            .collect();
        let files: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        let hint = text::nearest(word, names.iter().copied()).map_or_else(
            || format!("the rule files of this stack are {}", text::list(&files)),
            |near| format!("did you mean `{near}`?"),
        );
        Error::Usage { message: format!("no rule and no rule file is called `{word}` in this stack"), hint }
    }

    /// Files with something to run, the longest first: what takes longest begins first.
    pub fn files_with_tests(&self) -> Vec<&File> {
        let runs = |file: &&File| file.selected && file.tests_text.is_some();
        let mut files: Vec<&File> = self.files.iter().filter(runs).collect();
        files.sort_by_key(|file| std::cmp::Reverse(file.tests.len()));
        files
    }

    /// A test file and the rule files it names, where promtool will look for them.
    pub fn tool_files(&self, tests: &File) -> Vec<ToolFile> {
        let directory = &self.directory;
        let text = tests.tests_text.clone().unwrap_or_default();
        let rule_files = rule_files(&text);
        let named =
            |file: &&File| rule_files.as_ref().is_none_or(|names| names.contains(last(&file.rules_path)));
        let rules =
            self.files.iter().filter(named).filter_map(|file| {
                Some((format!("{directory}/{}", file.rules_path), file.rules_text.clone()?))
            });
        rules.chain([(format!("{directory}/tests/{}", tests.tests_path), text.into_bytes())]).collect()
    }

    /// A test file taken apart, so that promtool evaluates only what a test depends on; in one piece when it cannot be.
    pub fn parts(&self, tests: &File) -> Vec<Part> {
        let whole = || {
            let files = self.tool_files(tests);
            let path = format!("{}/tests/{}", self.directory, tests.tests_path);
            vec![Part { path, files, cost: (tests.tests.len() * tests.rules.len()) as u64 }]
        };
        let split = || {
            let text = tests.tests_text.as_deref()?;
            let names = rule_files(text)?;
            let rules: Option<Vec<parts::Rules>> = names.iter().map(|name| self.parsed(name)).collect();
            parts::split(&self.directory, &tests.name, &serde_yaml::from_str(text).ok()?, &rules?)
        };
        split().unwrap_or_else(whole)
    }

    fn parsed(&self, name: &str) -> Option<parts::Rules> {
        let mut namesakes = self.files.iter().filter(|file| last(&file.rules_path) == name);
        let file = namesakes.next().filter(|_| namesakes.next().is_none())?;
        Some((name.to_owned(), serde_yaml::from_slice(file.rules_text.as_deref()?).ok()?))
    }

    /// The failures of one file in promtool's output.
    pub fn failures_of(&self, file: &File, output: &str) -> Vec<TestFailure> {
        let of = |said: words::Said| {
            let test = said.test.clone().or_else(|| file.test_with(&said));
            let named = test.as_deref().and_then(|name| name.split(' ').next());
            let known = named.filter(|name| self.rules().any(|rule| rule.name == *name));
            TestFailure {
                file: file.tests_origin.clone(),
                rule: said.alert.or_else(|| known.map(str::to_owned)),
                test,
                time: said.time,
                words: said.words,
            }
        };
        let mut found: Vec<TestFailure> = words::failures(output).into_iter().map(of).collect();
        if found.is_empty() {
            let words = vec!["promtool refuses the file without a word".to_owned()];
            found.push(TestFailure { file: file.tests_origin.clone(), words, ..TestFailure::default() });
        }
        found
    }

    /// What all of it comes to.
    pub fn report(&self, image: String, failures: Vec<TestFailure>, remembered: usize) -> RuleTestReport {
        let shown = self.files.iter().filter(|file| file.selected && !file.is_empty());
        let files: Vec<TestedFile> = shown.map(|file| self.tally(file, &failures)).collect();
        let untested: Vec<Untested> = self.files.iter().flat_map(|file| self.untested(file)).collect();
        let passed = failures.is_empty() && !untested.iter().any(|rule| rule.shipped);
        RuleTestReport { passed, image, files, failures, remembered, untested }
    }

    fn is_chosen(&self, rule: &Rule) -> bool {
        self.chosen.as_ref().is_none_or(|chosen| chosen.contains(&rule.name))
    }

    fn is_tested(&self, rule: &Rule) -> bool {
        self.files.iter().flat_map(|file| &file.tests).any(|test| test.looks_at(&rule.name))
    }

    fn untested(&self, file: &File) -> Vec<Untested> {
        let rules = file.rules.iter().filter(|rule| self.is_chosen(rule) && !self.is_tested(rule));
        let of = |rule: &Rule| Untested {
            rule: rule.name.clone(),
            file: file.rules_origin.clone(),
            belongs_into: format!("rules/tests/{}.yml", file.name),
            shipped: !file.users,
        };
        rules.map(of).collect()
    }

    fn tally(&self, file: &File, failures: &[TestFailure]) -> TestedFile {
        let mine: Vec<&TestFailure> = failures.iter().filter(|f| f.file == file.tests_origin).collect();
        // A file that promtool could not use proves nothing.
        let useless = mine.iter().any(|failure| failure.rule.is_none() && failure.test.is_none());
        let failed: BTreeSet<&str> = mine.iter().filter_map(|failure| failure.test.as_deref()).collect();
        let total = file.tests.len();
        let lost =
            file.tests.iter().filter(|test| test.name.as_deref().is_some_and(|n| failed.contains(n))).count();
        let unnamed = mine.iter().filter(|failure| failure.test.is_none()).count();
        let passed = if useless { 0 } else { total.saturating_sub(lost + unnamed) };
        let rules = |alerts: bool| {
            let rules = file.rules.iter().filter(|rule| rule.is_alert == alerts && self.is_chosen(rule));
            let tested: Vec<&Rule> = rules.filter(|rule| self.is_tested(rule)).collect();
            let fails =
                |rule: &&&Rule| failures.iter().any(|failure| failure.rule.as_ref() == Some(&rule.name));
            let lost = if useless { tested.len() } else { tested.iter().filter(fails).count() };
            Tally { passed: tested.len() - lost, total: tested.len() }
        };
        TestedFile {
            name: file.name.clone(),
            tests: Tally { passed, total },
            alerts: rules(true),
            recording_rules: rules(false),
        }
    }
}

/// The name of a file without its directory.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Names without directory of the rule files that a test file lists; none when only promtool can say which they are.
fn rule_files(tests: &str) -> Option<BTreeSet<String>> {
    let tests: Value = serde_yaml::from_str(tests).ok()?;
    let name = |path: &Value| {
        let name = path.as_str()?.rsplit('/').next()?;
        (!name.contains(['*', '?', '['])).then(|| name.to_owned())
    };
    tests.get("rule_files")?.as_sequence()?.iter().map(name).collect()
}

impl File {
    /// Nothing is left of it: all its alerts are switched off.
    fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.tests.is_empty()
    }

    /// Keeps the tests that look at these rules; all of them when the file itself was asked for.
    fn keep(&mut self, rules: &BTreeSet<String>, whole: bool) {
        if whole {
            return;
        }
        let keeps: Vec<bool> =
            self.tests.iter().map(|test| rules.iter().any(|rule| test.looks_at(rule))).collect();
        self.selected = keeps.contains(&true);
        let parsed = self.tests_text.as_deref().map(serde_yaml::from_str::<Value>);
        if let Some(Ok(mut parsed)) = parsed
            && self.selected
        {
            if let Some(Value::Sequence(tests)) = parsed.get_mut("tests") {
                let mut kept = keeps.iter();
                tests.retain(|_| kept.next() == Some(&true));
                self.tests = tests.iter().map(Test::read).collect();
            }
            self.tests_text = serde_yaml::to_string(&parsed).ok();
        }
    }

    /// The name of the test with this expression at this time: promtool does not say it.
    fn test_with(&self, said: &words::Said) -> Option<String> {
        let expression = said.expression.as_ref()?;
        let has = |test: &&Test| {
            test.expressions.iter().any(|(text, time)| {
                text.trim() == expression.trim() && said.time.as_ref().is_none_or(|said| said == time)
            })
        };
        self.tests.iter().find(has).and_then(|test| test.name.clone())
    }
}
