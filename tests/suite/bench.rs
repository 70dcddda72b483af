//! `make bench` says what it lacks before it builds.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the look for tools with nothing but these programs in the path.
fn tools(programs: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    for program in ["bash", "env", "mkdir"].iter().chain(programs) {
        let found =
            ["/usr/bin", "/bin"].map(|at| Path::new(at).join(program)).into_iter().find(|path| path.exists());
        symlink(found.unwrap(), directory.path().join(program)).unwrap();
    }
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/tools"))
        .env("PATH", directory.path())
        .env("STACKCTL", "/bin/true")
        .env("COMPOSE", "/bin/true")
        .output()
        .unwrap()
}

#[test]
fn everything_that_is_missing_is_named_at_once_before_anything_is_built() {
    let output = tools(&["awk", "tar"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "{told}");
    let line = told.lines().next().unwrap_or_default();
    assert!(line.starts_with("bench: missing: curl dpkg hyperfine jq"), "{told}");
    assert!(line.contains("install them with the package manager"), "{told}");
}

#[test]
fn make_bench_does_not_build_first() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // Under `make test`, the variables of that make add lines about directories.
    let mut make = Command::new("make");
    make.args(["--no-print-directory", "-n", "bench"]).env_remove("MAKEFLAGS").env_remove("MAKELEVEL");
    let output = make.current_dir(root).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "tests/bench/run");
    let script = std::fs::read_to_string(root.join("tests/bench/run")).unwrap();
    let (tools, build) = (script.find("\"$here/tools\"").unwrap(), script.find("cargo build").unwrap());
    assert!(tools < build, "the tools are looked for before the build");
}
