//! SCENARIO: the output is read by programs: a pipe, a JSON reader, `head`.

use std::io::Read as _;
use std::process::Stdio;

use super::Scene;
use super::scene::SMALL;

/// Intent: in a pipe there is one plain line per change, and nothing a terminal would interpret.
#[test]
fn in_a_pipe_there_is_one_plain_line_per_change() {
    let Some(scene) = Scene::with(SMALL) else { return };
    let run = scene.expect(0, &["up"]);
    assert_eq!(run.stdout.find('\u{1b}').or(run.stderr.find(['\u{1b}', '\r'])), None);
    let of_a_step = |subject: &&str| {
        ["container ", "files ", "network ", "volume "].iter().any(|kind| subject.starts_with(kind))
    };
    let lines = run.stderr.lines().filter_map(|line| line.split_once(": "));
    let mut subjects: Vec<&str> = lines.map(|(subject, _)| subject).filter(of_a_step).collect();
    subjects.sort_unstable();
    let name = &scene.name;
    let wanted = [
        "container alertmanager".to_owned(),
        "container node".to_owned(),
        "container prometheus".to_owned(),
        "files prometheus, alertmanager".to_owned(),
        format!("network {name}"),
        format!("volume {name}-alertmanager-config"),
        format!("volume {name}-alertmanager-data"),
        format!("volume {name}-prometheus-config"),
        format!("volume {name}-prometheus-data"),
    ];
    assert_eq!(subjects, wanted);
}

/// Intent: every command has one JSON document on stdout, also when it fails.
#[test]
fn every_command_prints_one_json_document() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let commands: [&[&str]; 15] = [
        &["status"],
        &["health"],
        &["endpoints"],
        &["plan"],
        &["up"],
        &["check"],
        &["check", "--offline"],
        &["render"],
        &["catalog"],
        &["images"],
        &["secrets"],
        &["schema"],
        &["stop", "node"],
        &["start", "node"],
        &["restart", "node"],
    ];
    for command in commands {
        let run = scene.run(&[command, ["--format", "json"].as_slice()].concat());
        assert_eq!(run.code, Some(0), "{command:?}: {run:?}");
        assert!(
            serde_json::from_str::<serde_json::Value>(&run.stdout).is_ok(),
            "{command:?}: {}",
            run.stdout
        );
    }
    let failed = scene.expect(7, &["down", "--volumes", "--format", "json"]).json();
    assert_eq!(failed["error"]["exit"], 7);
    let down = scene.expect(0, &["down", "--volumes", "--yes", "--format", "json"]);
    assert!(down.json().is_object());
}

/// Intent: a reader that has seen enough ends the run without a word.
#[test]
fn a_closed_pipe_ends_quietly() {
    let Some(scene) = Scene::with(SMALL) else { return };
    for command in [["catalog", "--format=human"], ["schema", "--format=json"], ["render", "--format=human"]]
    {
        let mut run = scene.command(&command);
        let mut child = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let said: Vec<&str> = said
            .lines()
            .filter(|line| {
                !["warning[", "hint: ", "note: ", "stack "].iter().any(|start| line.starts_with(start))
            })
            .filter(|line| !line.is_empty())
            .collect();
        child.wait().unwrap();
        assert_eq!(said, Vec::<&str>::new(), "{command:?}");
    }
}
