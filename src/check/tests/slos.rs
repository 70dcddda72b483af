use super::{STACK, line, stack_of};
use crate::check::slos;

fn told(slos: &str) -> Vec<String> {
    let (document, _) = stack_of(&format!("{STACK}slos:\n{slos}"));
    let mut found = Vec::new();
    slos::check(&document, &mut found);
    found.iter().map(line).collect()
}

#[test]
fn selectors_are_selectors_of_a_job() {
    let text = "  - {name: a, objective: 99, good: 'x{job=\"b\"', total: 'rate(x{job=\"b\"}[5m])'}
  - {name: b, objective: 99, bad: 'y_total', total: 'x_total{job=\"b\"}'}
  - {name: c, objective: 99, latency: {histogram: 'h_seconds_bucket{job=\"b\"}', under: 1s}}
";
    let found = told(text);
    let codes: Vec<&str> = found.iter().map(|line| line.split(" the ").next().unwrap()).collect();
    assert_eq!(
        codes,
        [
            "error SC423 stack.yml:3:36+11",
            "error SC424 stack.yml:3:56+22",
            "warning SC425 stack.yml:4:35+9",
            "error SC424 stack.yml:5:51+27",
        ],
        "{found:#?}"
    );
}

#[test]
fn what_is_right_is_right() {
    let text = "  - {name: a, objective: 99.9, good: 'x_total{job=\"b\",code!~\"5..\"}', total: 'x_total{job=~\"b|c\"}'}
  - {name: b, objective: 99, latency: {histogram: 'h_seconds{job=\"b\"}', under: 1s}}
  - {name: c, objective: 99, good: 'h_seconds_bucket{job=\"b\",le=\"1\"}', total: 'h_seconds_count{job=\"b\"}'}
";
    assert_eq!(told(text), [""; 0]);
}

#[test]
fn a_missing_job_is_told_once_and_where_it_was_written() {
    let stack = format!(
        "{STACK}prometheus: {{retention: {{time: 30d}}}}\nslos:\n  - {{name: s1, objective: 99, good: a_total, total: b_total}}\n  - {{name: s2, objective: 99, latency: {{histogram: h_seconds, under: 1s}}}}\n"
    );
    let (document, stack) = stack_of(&stack);
    let found = crate::check::check(&document, &stack, &super::rendered(&stack, &[]));
    let found: Vec<String> = found.iter().map(line).collect();
    assert_eq!(
        found,
        [
            "warning SC425 stack.yml:4:37+7 the objective `s1`: `good` and `total` name no job | add `job=\"…\"`: another application may have a metric of the same name",
            "warning SC425 stack.yml:5:52+9 the objective `s2`: `latency.histogram` names no job | add `job=\"…\"`: another application may have a metric of the same name",
        ]
    );
}
