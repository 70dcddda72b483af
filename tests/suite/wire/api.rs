//! C07: daemons old and new.

use super::fixture::{DEFAULT, LINKED, Wire, machine, same, same_world};
use crate::support::programs::Grafana;

const ALL: [&str; 4] = ["prometheus", "alertmanager", "grafana", "node"];

#[test]
fn c07_an_api_before_1_41_is_refused() {
    let daemon = machine(&ALL, &Grafana::new()).api_version("1.38").engine_version("18.06.3-ce").start();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    let ran = wire.run(["up"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""));
    same(
        &ran.stderr,
        "\
error: the Docker daemon at SOCKET speaks API 1.38; stackctl needs 1.41 (Docker 20.10) or newer
changed: nothing
hint: upgrade Docker to 20.10, or Podman to 4.0, or newer
",
    );
    assert_eq!(daemon.mutations(), [""; 0]);
}

#[test]
fn c07_the_oldest_and_the_newest_api_make_the_same_world() {
    let world = |newest: &str, oldest: &str| {
        let daemon = machine(&ALL, &Grafana::new()).api_version(newest).min_api_version(oldest).start();
        let wire = Wire::new(&daemon).stack(LINKED);
        wire.run(["up"]).ok();
        wire.run(["up"]).ok();
        wire.world()
    };
    same_world(&world("1.51", "1.44"), &world("1.41", "1.12"));
}
