//! SCENARIO: somebody on a machine without a browser looks at the dashboards. A script stands in for grafatui and
//! writes down what it was given.

use std::os::unix::fs::PermissionsExt as _;

use super::Scene;
use super::scene::{Run, SMALL};

const SCRIPT: &str = "#!/bin/sh
if [ \"$1\" = --version ]; then echo grafatui $GRAFATUI_VERSION; exit; fi
printf '%s\\n' \"$@\" > said
while [ $# -gt 0 ]; do
  if [ \"$1\" = --grafana-json ]; then grep -c '\"title\"' \"$2\" > \"seen-$(basename \"$2\")\" || exit 9; fi
  shift
done
exit $GRAFATUI_EXIT
";

fn run(scene: &Scene, version: &str, exit: &str, arguments: &[&str]) -> Run {
    scene.write("bin/grafatui", SCRIPT);
    std::fs::set_permissions(scene.path("bin/grafatui"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::create_dir_all(scene.path("tmp")).unwrap();
    let path = format!("{}:{}", scene.path("bin").display(), std::env::var("PATH").unwrap());
    let mut command = scene.command(arguments);
    command.env("PATH", path).env("GRAFATUI_VERSION", version).env("GRAFATUI_EXIT", exit);
    scene.finish(command.env("TMPDIR", scene.path("tmp")))
}

#[test]
fn grafatui_is_given_the_address_the_intervals_and_one_file_per_dashboard() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let ended = run(&scene, "0.1.18", "0", &["view", "stack", "--range", "90m", "--var", "job=node"]);
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""));
    let said = std::fs::read_to_string(scene.path("said")).unwrap();
    let said: Vec<&str> = said.lines().collect();
    let address = format!("http://127.0.0.1:{}", scene.prometheus);
    let wanted = [
        "--prometheus-url",
        &address,
        "--range",
        "1h30m",
        "--refresh-rate",
        "15000",
        "--scrape-interval",
        "15s",
    ];
    assert_eq!(said[..8], wanted);
    assert_eq!(said[8..11], ["--var", "job=node", "--grafana-json"]);
    assert!(scene.path("seen-stack.json").exists(), "the dashboard was not there when it was read");
    assert!(!std::path::Path::new(said[11]).exists(), "{} is left behind", said[11]);
    assert_eq!(said.len(), 12);

    assert_eq!(run(&scene, "0.1.18", "0", &["view"]).code, Some(0));
    let said = std::fs::read_to_string(scene.path("said")).unwrap();
    assert_eq!(said.matches("--grafana-json").count(), 2, "{said}");

    let failed = run(&scene, "0.1.18", "7", &["view"]);
    assert_eq!(
        (failed.code, failed.said("error: ")),
        (Some(3), Some("`grafatui` ended with exit status: 7"))
    );
    assert_eq!(std::fs::read_dir(scene.path("tmp")).unwrap().count(), 0, "files are left behind");
}

#[test]
fn what_is_missing_is_said_with_the_way_to_get_it() {
    let Some(scene) = Scene::with(SMALL) else { return };
    let missing = scene.finish(scene.command(&["view"]).env("PATH", "/nowhere"));
    assert_eq!(missing.code, Some(3));
    assert!(missing.said("hint: ").unwrap().contains("cargo install grafatui"));
    let old = run(&scene, "0.1.9", "0", &["view"]);
    assert_eq!(old.code, Some(3));
    assert!(old.said("error: ").unwrap().contains("grafatui 0.1.18 or newer is needed"));
    let unknown = run(&scene, "0.1.18", "0", &["view", "stak"]);
    assert_eq!(
        (unknown.code, unknown.said("hint: ")),
        (Some(2), Some("did you mean `stack`? it has host and stack"))
    );
    let down = run(&scene, "0.1.18", "0", &["view"]);
    assert_eq!(down.code, Some(3));
    assert!(down.said("hint: ").unwrap().starts_with("`stackctl up` starts the stack"));
}
