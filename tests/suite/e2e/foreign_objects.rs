//! SCENARIO: something that is not stackctl's has a name the stack needs. It stays as it is.

use super::docker::{docker_quietly, inspect, text, world};
use super::scene::SMALL;
use super::{Scene, docker};

/// Objects of somebody else; removed on drop.
struct Foreign(Vec<[String; 3]>);

impl Foreign {
    fn all_of(scene: &Scene) -> Self {
        let container = scene.container("prometheus");
        let volume = format!("{}-alertmanager-data", scene.name);
        docker(&["create", "--name", &container, "stackctl-debian/node:1.9.0-trixie"]);
        docker(&["volume", "create", &volume]);
        docker(&["network", "create", &scene.name]);
        let row = |kind: &str, name: &str| [kind.to_owned(), "rm".to_owned(), name.to_owned()];
        Self(vec![row("container", &container), row("volume", &volume), row("network", &scene.name)])
    }

    fn identity(&self) -> Vec<String> {
        let of = |row: &[String; 3]| docker(&[&row[0], "inspect", &row[2]]);
        self.0.iter().map(of).collect()
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        for [kind, verb, name] in &self.0 {
            docker_quietly(&[kind, verb, name]);
        }
    }
}

/// Intent: every foreign object is named at once, and none is touched; neither by `up` nor by `down`.
#[test]
fn foreign_objects_are_named_and_left_alone() {
    let Some(scene) = Scene::with(SMALL) else { return };
    let foreign = Foreign::all_of(&scene);
    let before = foreign.identity();
    let run = scene.expect(7, &["up"]);
    let id = text(&inspect(&scene.container("prometheus"))["Id"]);
    assert_eq!(
        run.said("error: "),
        Some(
            format!("the container `{}` ({}) is not stackctl's", scene.container("prometheus"), &id[..12])
                .as_str()
        )
    );
    let causes: Vec<&str> = run.stderr.lines().filter_map(|line| line.strip_prefix("caused by: ")).collect();
    assert_eq!(
        causes,
        [
            format!("the volume `{}-alertmanager-data` is not stackctl's", scene.name),
            format!("the network `{}` is not stackctl's", scene.name),
        ]
    );
    assert_eq!(run.said("changed: "), Some("nothing"));
    assert_eq!(world(&scene.name), Vec::<String>::new());
    scene.expect(0, &["down", "--volumes", "--yes"]);
    assert_eq!(foreign.identity(), before);
}
