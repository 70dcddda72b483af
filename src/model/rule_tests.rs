//! What `test` returns: how many tests of how many rules passed, and the words of those that did not.

use serde::Serialize;

/// `test`
#[derive(Debug, Clone, Serialize)]
pub struct RuleTestReport {
    /// True when every test passed and no shipped rule is without one.
    pub passed: bool,
    /// The image whose promtool ran them.
    pub image: String,
    /// One row per rule file or test file.
    pub files: Vec<TestedFile>,
    /// What did not pass.
    pub failures: Vec<TestFailure>,
    /// Number of files that were not run again, because they passed before and nothing has changed since.
    pub remembered: usize,
    /// Rules that no test looks at.
    pub untested: Vec<Untested>,
}

/// One rule file and its tests.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TestedFile {
    /// Name below `rules/` and `rules/tests/`, without the ending.
    pub name: String,
    /// Tests.
    pub tests: Tally,
    /// Alerts that a test looks at.
    pub alerts: Tally,
    /// Recording rules that a test looks at.
    pub recording_rules: Tally,
}

/// How many there are and how many passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Those that passed.
    pub passed: usize,
    /// All of them.
    pub total: usize,
}

/// One expectation that did not come true, or a file that promtool could not use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TestFailure {
    /// The test file: the user's path, or the embedded one.
    pub file: String,
    /// The test's name.
    pub test: Option<String>,
    /// The rule.
    pub rule: Option<String>,
    /// Time in the test at which it was looked.
    pub time: Option<String>,
    /// promtool's own words.
    pub words: Vec<String>,
}

/// A rule that no test looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untested {
    /// The rule.
    pub rule: String,
    /// The file it is in.
    pub file: String,
    /// The file a test of it belongs into.
    pub belongs_into: String,
    /// Shipped with stackctl; such a rule must have a test.
    pub shipped: bool,
}
