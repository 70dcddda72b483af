//! Completions and manual pages, as a shell asks for them: names of the stack of the directory, without a daemon.

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const STACK: &str = "name: shop
exporters:
  node: {}
  redis: {address: \"redis://cache:6379\", password_file: secrets/redis}
";

/// What a shell is offered for the last of these words.
fn offered(home: &TempDir, shell: &str, words: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_stackctl"))
        .arg("--")
        .args(words)
        .current_dir(home.path())
        .env("COMPLETE", shell)
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
        .env("DOCKER_HOST", "unix:///nowhere")
        .env("DOCKER_CONFIG", home.path().join("docker"))
        .env("XDG_STATE_HOME", home.path().join("state"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    // zsh and fish get an explanation behind the name.
    text.lines().map(|line| line.split(['\t', ':']).next().unwrap().to_owned()).collect()
}

fn home() -> TempDir {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("stack.yml"), STACK).unwrap();
    fs::create_dir_all(home.path().join("other")).unwrap();
    fs::write(home.path().join("other/x.yml"), "exporters: {blackbox: {}}\n").unwrap();
    let context = home.path().join("docker/contexts/meta/abc");
    fs::create_dir_all(&context).unwrap();
    fs::write(context.join("meta.json"), r#"{"Name": "build-host", "Endpoints": {}}"#).unwrap();
    home
}

#[test]
fn bash_zsh_and_fish_complete_the_names_of_the_stack() {
    let home = home();
    let cases: [(&[&str], &[&str]); 9] = [
        (&["stackctl", "logs", "pro"], &["prometheus"]),
        (&["stackctl", "up", "r"], &["redis"]),
        (&["stackctl", "runbook", "RedisD"], &["RedisDown"]),
        (&["stackctl", "view", "red"], &["redis"]),
        (&["stackctl", "secrets", "show", "redis/"], &["redis/password"]),
        (&["stackctl", "init", "--preset", "sen"], &["sentrascan"]),
        (&["stackctl", "logs", "--level", "wa"], &["warn"]),
        (&["stackctl", "status", "--context", "b"], &["build-host"]),
        (&["stackctl", "-f", "other/x.yml", "restart", "bl"], &["blackbox"]),
    ];
    for shell in ["bash", "zsh", "fish"] {
        for (words, expected) in cases {
            assert_eq!(offered(&home, shell, words), *expected, "{shell}: {words:?}");
        }
        assert!(offered(&home, shell, &["stackctl", "heal"]).contains(&"health".to_owned()), "{shell}");
    }
}

#[test]
fn a_stack_file_with_errors_offers_nothing_and_prints_nothing() {
    let home = home();
    fs::write(home.path().join("stack.yml"), "promethues: {}\n").unwrap();
    assert_eq!(offered(&home, "bash", &["stackctl", "logs", "pro"]), Vec::<String>::new());
}

#[test]
fn every_command_has_a_manual_page_and_each_page_that_is_named_exists() {
    let home = home();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stackctl"))
            .args(arguments)
            .current_dir(home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(run(&["man", "--out", "pages"]).0, Some(0));
    let main = fs::read_to_string(home.path().join("pages/stackctl.1")).unwrap();
    let named: Vec<String> = main
        .lines()
        .filter_map(|line| Some(line.strip_suffix("(1)")?.replace('\\', "")))
        .filter(|name| name.starts_with("stackctl-"))
        .collect();
    assert!(named.contains(&"stackctl-images".to_owned()), "{named:?}");
    for name in &named {
        assert!(home.path().join(format!("pages/{name}.1")).exists(), "{name}.1 is named and not written");
    }
    let (code, page) = run(&["man", "images", "save"]);
    assert_eq!(code, Some(0));
    assert!(page.contains("stackctl\\-images\\-save") && page.contains("\\-\\-force"), "{page}");
    assert_eq!(run(&["man", "nothing"]).0, Some(2));
}
