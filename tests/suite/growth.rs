//! Four times the input takes about four times the time: what is quadratic takes sixteen times as long.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// More than linear growth with the noise of a busy machine, less than quadratic growth.
const MOST: f64 = 9.0;

/// Time that a check of these files takes, the shorter of two runs.
fn check(write: impl Fn(&Path)) -> Duration {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path());
    let run = || {
        let begin = Instant::now();
        let ran = Command::new(env!("CARGO_BIN_EXE_stackctl"))
            .args(["check", "--offline"])
            .current_dir(directory.path())
            .env("XDG_STATE_HOME", directory.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(matches!(ran.status.code(), Some(0..=2)), "{:?} {stderr}", ran.status);
        begin.elapsed()
    };
    run().min(run())
}

/// Other tests take the processor at times, so that one measurement in three has to fit.
fn grows_linearly(small: usize, write: impl Fn(&Path, usize)) {
    let base = check(|directory| write(directory, 1));
    let of = |n: usize| check(|directory| write(directory, n)).saturating_sub(base).as_secs_f64();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (once, four) = (of(small), of(4 * small));
        if four < MOST * once.max(0.02) {
            return;
        }
        seen.push(format!("{small}: {once:.3}s, four times as many: {four:.3}s"));
    }
    panic!("{seen:?}");
}

fn stack(directory: &Path, text: &str) {
    fs::write(directory.join("stack.yml"), format!("name: growth\n{text}")).unwrap();
}

#[test]
fn many_objectives() {
    grows_linearly(100, |directory, n| {
        let mut text = String::from("apps: {shop: {targets: ['shop:8080']}}\nslos:\n");
        for i in 0..n {
            let total = format!("requests_total{{job=\"shop\",route=\"r{i}\"}}");
            let bad = format!("requests_total{{job=\"shop\",route=\"r{i}\",code=\"500\"}}");
            writeln!(
                text,
                "  - {{name: o{i}, service: s{i}, objective: 99.9, window: 30d, total: '{total}', bad: '{bad}'}}"
            )
            .unwrap();
        }
        stack(directory, &text);
    });
}

#[test]
fn many_applications() {
    grows_linearly(1000, |directory, n| {
        let mut text = String::from("apps:\n");
        for i in 0..n {
            writeln!(text, "  app-{i}: {{targets: ['h{i}.example.net:80']}}").unwrap();
        }
        stack(directory, &text);
    });
}

#[test]
fn many_panels() {
    grows_linearly(400, |directory, n| {
        let panel = |i: usize| {
            serde_json::json!({
                "type": "timeseries", "title": format!("p{i}"), "id": i + 1,
                "gridPos": { "x": 0, "y": 8 * i, "w": 24, "h": 8 },
                "fieldConfig": { "defaults": { "unit": "short" } },
                "targets": [{ "refId": "A", "expr": format!("rate(requests_total{{x=\"{i}\"}}[5m])") }],
            })
        };
        let dashboard =
            serde_json::json!({ "title": "d", "uid": "d", "panels": (0..n).map(panel).collect::<Vec<_>>() });
        fs::create_dir_all(directory.join("dashboards")).unwrap();
        fs::write(directory.join("dashboards/d.json"), dashboard.to_string()).unwrap();
        stack(directory, "");
    });
}

#[test]
fn many_rules() {
    grows_linearly(500, |directory, n| {
        let mut text = String::from("groups:\n  - name: g\n    rules:\n");
        for i in 0..n {
            writeln!(text, "      - {{record: 'job:requests{i}:rate5m', expr: 'sum by (job) (rate(requests{i}_total[5m]))'}}").unwrap();
        }
        fs::create_dir_all(directory.join("rules")).unwrap();
        fs::write(directory.join("rules/own.yml"), text).unwrap();
        stack(directory, "");
    });
}

/// A level of nesting that nothing needs is refused at once, however deep it is.
#[test]
fn deep_nesting() {
    grows_linearly(20_000, |directory, n| {
        fs::create_dir_all(directory.join("rules")).unwrap();
        let text = format!("groups: {}{}", "[".repeat(n), "]".repeat(n));
        fs::write(directory.join("rules/own.yml"), text).unwrap();
        stack(directory, "");
    });
}
