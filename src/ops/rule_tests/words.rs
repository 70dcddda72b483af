//! What promtool writes when tests fail, taken apart: one failure per expectation, its words kept.

/// One failure in promtool's words.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// `name:` of the test.
    pub test: Option<String>,
    /// `alertname:`
    pub alert: Option<String>,
    /// `expr:`
    pub expression: Option<String>,
    /// `time:`
    pub time: Option<String>,
    /// All of it, without what all lines have as indent.
    pub words: Vec<String>,
}

/// What is indented so is the beginning of a failure.
const INDENT: &str = "    ";

/// The failures in the output of `promtool test rules`.
pub fn failures(output: &str) -> Vec<Said> {
    let mut found: Vec<Said> = Vec::new();
    // A line `name:` belongs to the `alertname:` or `expr:` that follows it.
    let mut waiting = false;
    for line in output.lines().filter(|line| !is_frame(line)) {
        let heading = line.strip_prefix(INDENT).filter(|rest| !rest.starts_with(' '));
        let key = heading
            .and_then(|rest| ["name: ", "alertname: ", "expr: "].iter().find(|key| rest.starts_with(**key)));
        match key {
            Some(_) if waiting => {}
            Some(_) => found.push(Said::default()),
            None if found.is_empty() => found.push(Said::default()),
            None => {}
        }
        waiting = key == Some(&"name: ");
        let Some(said) = found.last_mut() else { continue };
        if let (Some(key), Some(rest)) = (key, heading) {
            said.learn(key, rest);
        }
        said.words.push(line.strip_prefix(INDENT).unwrap_or(line).trim_end().to_owned());
    }
    found
}

/// What promtool writes around failures.
fn is_frame(line: &str) -> bool {
    let text = line.trim();
    text.is_empty() || text == "FAILED:" || text == "SUCCESS" || text.starts_with("Unit Testing:")
}

impl Said {
    fn learn(&mut self, key: &str, line: &str) {
        let rest = line.trim_start_matches(key).trim_end();
        if key == "name: " {
            self.test = Some(rest.trim_end_matches(',').to_owned());
            return;
        }
        let (subject, after) = rest.rsplit_once(", time: ").unwrap_or((rest, ""));
        let time = after.split(',').next().map(str::trim).filter(|time| !time.is_empty());
        self.time = time.map(str::to_owned);
        if key == "alertname: " {
            self.alert = Some(subject.to_owned());
        } else {
            // Go quotes as JSON does, for everything that expressions are written with.
            self.expression = serde_json::from_str(subject).ok().or_else(|| Some(subject.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::failures;

    const OUTPUT: &str = r#"Unit Testing:  /etc/stackctl/current/rules/tests/a.yml
  FAILED:
    name: Down fires,
    alertname: Down, time: 1m, 
        exp:[
            0:
              Labels:{alertname="Down", job="x"}
              Annotations:{}
            ], 
        got:[]

    expr: "a{b=\"c\"}", time: 5m,
        exp: {b="c"} 1E+00
        got: nil
    expr: "sum(", time: 5m, err: 1:5: parse error: unclosed left parenthesis
"#;

    #[test]
    fn failures_are_told_apart_and_keep_their_words() {
        let found = failures(OUTPUT);
        let facts: Vec<_> = found
            .iter()
            .map(|said| {
                (
                    said.test.as_deref(),
                    said.alert.as_deref(),
                    said.expression.as_deref(),
                    said.time.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            facts,
            [
                (Some("Down fires"), Some("Down"), None, Some("1m")),
                (None, None, Some("a{b=\"c\"}"), Some("5m")),
                (None, None, Some("sum("), Some("5m")),
            ]
        );
        assert_eq!(
            found[1].words,
            ["expr: \"a{b=\\\"c\\\"}\", time: 5m,", "    exp: {b=\"c\"} 1E+00", "    got: nil"]
        );
        assert_eq!(found[0].words.len(), 8);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_one_failure() {
        let output = "  FAILED:\nyaml: unmarshal errors:\n  line 2: field intervall not found in type main.testGroup\n";
        let found = failures(output);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].words[1], "  line 2: field intervall not found in type main.testGroup");
    }
}
