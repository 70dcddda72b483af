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

/// Intent: `docker commit` copies labels; a container made from such an image is not the stack's.
#[test]
fn copies_made_with_docker_commit_outlive_up_and_down() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let (image, copy) = (format!("{}-copy:1", scene.name), format!("{}-keep", scene.name));
    docker(&["commit", &scene.container("alertmanager"), &image]);
    docker(&["create", "--name", &copy, &image]);
    let id = text(&inspect(&copy)["Id"]);
    let foreign = Foreign(vec![
        ["container".to_owned(), "rm".to_owned(), copy.clone()],
        ["image".to_owned(), "rm".to_owned(), image.clone()],
    ]);
    scene.expect(0, &["up", "--remove-orphans"]);
    scene.expect(0, &["down", "--volumes", "--yes"]);
    assert_eq!(text(&inspect(&copy)["Id"]), id);
    drop(foreign);
}

/// Intent: a stranger in the network is named, and nothing is removed before it has left.
#[test]
fn down_waits_for_strangers_to_leave_the_network() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let shop = format!("{}-shop", scene.name);
    let node = "stackctl-debian/node:1.9.0-trixie";
    docker(&[
        "run",
        "--detach",
        "--name",
        &shop,
        "--network",
        &scene.name,
        "--entrypoint",
        "/bin/node_exporter",
        node,
    ]);
    let foreign = Foreign(vec![["container".to_owned(), "rm".to_owned(), shop.clone()]]);
    let before = world(&scene.name);
    let run = scene.expect(7, &["down"]);
    assert!(run.stderr.contains(&format!("`{shop}`")), "{}", run.stderr);
    assert_eq!(world(&scene.name), before);
    docker(&["rm", "--force", &shop]);
    drop(foreign);
    scene.expect(0, &["down"]);
}
