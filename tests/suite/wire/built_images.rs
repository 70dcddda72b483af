//! Images that stackctl builds: their labels can be written by anyone, the record at the daemon only by stackctl.

use super::fixture::{Ran, Wire, machine};
use crate::support::daemon::{FakeDaemon, ImageSpec};
use crate::support::programs::Grafana;

const STACK: &str = "alertmanager: {enabled: false}\ngrafana: {enabled: false}\nexporters: {}\n";
const OURS: &str = "stackctl-debian/prometheus:2.53.3-trixie";

/// An image with the labels of one that stackctl builds.
fn labelled(reference: &str, version: &str) -> ImageSpec {
    ImageSpec::new(reference)
        .label("io.stackctl.image.component", "prometheus")
        .label("io.stackctl.image.version", version)
        .label("io.stackctl.image.source", "debian/trixie")
}

fn used(wire: &Wire) -> serde_json::Value {
    wire.run(["--format", "json", "images"]).ok().json()["images"][0]["used"].clone()
}

fn how(daemon: &FakeDaemon) -> Vec<String> {
    let records = daemon.volumes().into_iter().filter(|volume| volume.name.starts_with("stackctl.image."));
    records.map(|volume| volume.labels["io.stackctl.image.how"].clone()).collect()
}

#[test]
fn labels_alone_make_no_component_of_an_image() {
    let daemon = machine(&[], &Grafana::new()).image(labelled("evil/prometheus:99", "99.0.0")).start();
    let wire = Wire::new(&daemon).stack(STACK);
    assert_eq!(used(&wire), serde_json::Value::Null);
    assert!(wire.run(["images"]).stdout.contains("prometheus: not present"));
    daemon.add_image(&labelled(OURS, "2.53.3"));
    let listed = wire.run(["images"]);
    let told = format!("`{OURS}` was neither built nor loaded by stackctl at this daemon");
    assert!(listed.stdout.contains(&told), "{listed:?}");
    assert_eq!(used(&wire), serde_json::Value::Null);
    let up = wire.run(["up"]);
    assert_eq!(up.code, Some(3), "{up:?}");
    assert!(up.stdout.contains("`stackctl images adopt prometheus`"), "{up:?}");
    assert!(daemon.containers().is_empty());
}

#[test]
fn an_image_is_used_once_it_is_adopted_or_loaded() {
    let here = machine(&[], &Grafana::new())
        .image(labelled("evil/prometheus:99", "99.0.0"))
        .image(labelled(OURS, "2.53.3"))
        .start();
    let wire = Wire::new(&here).stack(STACK);
    assert_eq!(wire.run(["images", "adopt"]).ok().stdout, format!("adopted {OURS}\n"));
    assert_eq!((used(&wire), how(&here)), (OURS.into(), vec!["adopted".to_owned()]));
    assert_eq!(wire.run(["images", "adopt"]).ok().stdout, "adopted nothing\n");
    wire.run(["images", "save", "bundle.tar"]).ok();
    let there = machine(&[], &Grafana::new()).start();
    let other = Wire::new(&there).stack(STACK);
    std::fs::copy(wire.path("bundle.tar"), other.path("bundle.tar")).unwrap();
    other.run(["images", "load", "bundle.tar"]).ok();
    assert_eq!((used(&other), how(&there)), (OURS.into(), vec!["loaded".to_owned()]));
    let plan = other.run(["--format", "json", "plan"]).ok().json();
    assert_eq!(plan["unavailable"], serde_json::json!([]), "{plan}");
    let row = other.run(["--format", "json", "status"]).json()["components"][0].clone();
    assert_eq!(row["image"], OURS);
    assert!(row["image_record"].as_str().is_some_and(|text| text.starts_with("loaded on `")), "{row}");
}

/// Retention is a setting of the file since Prometheus 3.11, which an older one refuses.
#[test]
fn files_are_rendered_for_the_images_here_unless_told_otherwise() {
    let daemon = machine(&[], &Grafana::new()).image(labelled(OURS, "2.53.3")).start();
    let wire = Wire::new(&daemon).stack(STACK);
    let is_new = |ran: Ran| (ran.stdout.contains("    retention:\n"), ran.ok().stderr);
    let (declared, _) = is_new(wire.run(["render"]));
    assert!(declared, "there is no image yet");
    wire.run(["images", "adopt"]).ok();
    let (new, note) = is_new(wire.run(["render"]));
    assert!(!new, "the image here has 2.53.3");
    let told = "rendered for prometheus 2.53.3, as in the images here; `--offline` renders for the declared versions";
    assert!(note.contains(told), "{note}");
    assert!(is_new(wire.run(["render", "--offline"])).0);
    assert!(is_new(wire.run(["render", "--for", "3.11.0"])).0);
    assert!(is_new(wire.run(["render", "--for", "prometheus=v3.12.1"])).0);
    assert!(!is_new(wire.run(["render", "--for", "3.5"])).0);
    let versions = wire.run(["--format", "json", "render", "--for", "3.5.3"]).ok().json()["versions"].clone();
    assert_eq!(versions, serde_json::json!({ "prometheus": "3.5.3" }));
    for (given, message) in [
        (
            "promethius=3.0",
            "error: there is no component `promethius` in this stack\nchanged: nothing\nhint: did you mean `prometheus`?\n",
        ),
        (
            "newest",
            "error: `newest` is no version\nchanged: nothing\nhint: write a version such as 2.53.3, or COMPONENT=VERSION such as alertmanager=0.28.1\n",
        ),
    ] {
        let ran = wire.run(["render", "--for", given]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), message));
    }
}

#[test]
fn without_a_daemon_files_are_rendered_for_the_declared_versions() {
    let daemon = machine(&[], &Grafana::new()).start();
    let wire = Wire::new(&daemon).stack(STACK);
    let ran = wire.run(["--host", "unix:///nowhere/docker.sock", "render"]).ok();
    assert!(ran.stdout.contains("    retention:\n"));
    let told = "rendered for the versions that are declared, not for those of the images: ";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}
