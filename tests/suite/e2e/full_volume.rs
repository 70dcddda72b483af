//! SCENARIO: the data volume of a component has a small file system of its own, and it is full.

use super::Scene;
use super::docker::docker;
use super::scene::SMALL;

/// Intent: readiness stays as it is when nothing can be written any more; `health` sees it all the same.
#[test]
fn a_full_data_volume_is_unhealthy_with_its_reason_and_healthy_when_there_is_room_again() {
    let Some(scene) = Scene::with(
        &format!("{SMALL}exporters: {{}}\n").replace("$PROMETHEUS}", "$PROMETHEUS, scrape_interval: 1s}"),
    ) else {
        return;
    };
    let volume = format!("{}-prometheus-data", scene.name);
    let labels = [format!("io.stackctl.stack={}", scene.name), "io.stackctl.component=prometheus".to_owned()];
    docker(&[
        "volume",
        "create",
        "--driver",
        "local",
        "-o",
        "type=tmpfs",
        "-o",
        "device=tmpfs",
        "-o",
        "o=size=8m,uid=65534,gid=65534",
        "--label",
        &labels[0],
        "--label",
        &labels[1],
        &volume,
    ]);
    scene.expect(0, &["up"]);
    scene.expect(0, &["health"]);
    let directory = docker(&["volume", "inspect", "--format", "{{.Mountpoint}}", &volume]);
    let filler = std::path::Path::new(&directory).join("filler");
    // Ends with an error when there is no room left.
    let _ = std::fs::write(&filler, vec![0; 16 << 20]);
    let run = scene.expect(1, &["health", "--format", "json"]);
    let detail = run.json()["components"]["prometheus"]["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.starts_with("ready, but its volume is full: "), "{detail}");
    std::fs::remove_file(filler).unwrap();
    let limit = std::time::Duration::from_secs(300);
    super::eventually(limit, "there is room again", || {
        (scene.run(&["health"]).code == Some(0)).then_some(())
    });
}
