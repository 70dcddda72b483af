//! SCENARIO: there is no daemon to talk to. Each reason has its own words and its own next step.

use std::os::unix::net::UnixListener;
use std::process::Command;

use super::Scene;
use super::scene::{Run, SMALL, binary};

fn message(run: &Run) -> (Option<&str>, Option<&str>, Option<&str>) {
    (run.said("error: "), run.said("changed: "), run.said("hint: "))
}

#[test]
fn a_socket_that_is_not_there_is_told_apart() {
    let Some(scene) = Scene::with(SMALL) else { return };
    let host = format!("unix://{}", scene.path("none.sock").display());
    let run = scene.finish(scene.command(&["up"]).env("DOCKER_HOST", &host));
    assert_eq!(run.code, Some(3));
    assert_eq!(
        message(&run),
        (
            Some(format!("cannot reach the Docker daemon at {host}: there is no such socket").as_str()),
            Some("nothing"),
            Some(
                "is Docker installed and running? `stackctl doctor` says what is missing, \
                 `stackctl doctor --fix` installs and starts it on Debian and Ubuntu"
            )
        )
    );
}

#[test]
fn a_dead_socket_is_told_apart() {
    let Some(scene) = Scene::with(SMALL) else { return };
    let path = scene.path("dead.sock");
    drop(UnixListener::bind(&path).unwrap());
    let host = format!("unix://{}", path.display());
    let run = scene.run(&["status", "--host", &host]);
    assert_eq!(run.code, Some(3));
    assert_eq!(
        message(&run),
        (
            Some(format!("cannot reach the Docker daemon at {host}: nobody listens there").as_str()),
            Some("nothing"),
            Some(
                format!("the daemon is not running: `stackctl --host {host} doctor --fix` starts it")
                    .as_str()
            )
        )
    );
}

/// Runs as somebody else, in a directory that everybody may use, so it goes without a state directory of its own.
#[test]
fn a_socket_that_may_not_be_used_is_told_apart() {
    let Some(scene) = Scene::with(SMALL) else { return };
    let copy = std::env::temp_dir().join(format!("{}-binary", scene.name));
    std::fs::copy(binary(), &copy).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&copy);
    command.args(["--project", &scene.name, "status"]).current_dir("/");
    let run = scene.finish(&mut command);
    std::fs::remove_file(copy).unwrap();
    assert_eq!(run.code, Some(3));
    assert_eq!(
        message(&run),
        (
            Some("cannot reach the Docker daemon at unix:///var/run/docker.sock: permission denied"),
            Some("nothing"),
            Some(
                "add yourself to the `docker` group and log in again (members of it are as powerful as root), \
                 or set DOCKER_HOST"
            )
        )
    );
}
