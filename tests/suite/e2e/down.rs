//! SCENARIO: taking a stack away, with and without its data.

use super::Scene;
use super::docker::{lives, world};
use super::scene::SMALL;

/// Intent: data is deleted only by somebody who says so twice.
#[test]
fn volumes_go_only_with_volumes_and_yes() {
    let Some(scene) = Scene::running(SMALL) else { return };
    let before = (lives(&scene.name), world(&scene.name));
    let refused = scene.expect(7, &["down", "--volumes"]);
    assert_eq!(
        refused.said("error: "),
        Some(format!("this deletes the data of the stack `{}` for good", scene.name).as_str())
    );
    assert_eq!((lives(&scene.name), world(&scene.name)), before);
    scene.expect(0, &["down", "--volumes", "--yes"]);
    assert_eq!(world(&scene.name), Vec::<String>::new());
    scene.expect(0, &["down", "--volumes", "--yes"]);
}
