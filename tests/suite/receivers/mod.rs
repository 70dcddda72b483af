//! Receivers and routes, judged by the amtool of the oldest and the newest Alertmanager there is an image of.

mod config;
mod inhibition;
mod texts;

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use stackctl::kernel::{Diagnostic, Version};
use stackctl::model::stack::{CONFIG_DIRECTORY, KnownImage, Stack};
use stackctl::render::{Assets, Inputs, render};
use stackctl::resolve::{KnownImages, resolve};
use stackctl::source;
use tempfile::TempDir;

pub fn resolved(text: &str, version: &str) -> (Stack, Vec<Diagnostic>) {
    let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, [], "{text}");
    let image = KnownImage { reference: "x".to_owned(), version: Version::parse(version) };
    resolve(&document, None, &KnownImages::from([("alertmanager".to_owned(), image)]))
}

/// The files of Alertmanager by path.
pub fn files(stack: &Stack) -> BTreeMap<String, String> {
    let (assets, secrets, added) = (Assets::default(), BTreeMap::new(), BTreeMap::new());
    let rendered = render(&Inputs { stack, assets: &assets, secrets: &secrets, files: &added }).unwrap();
    let mine = rendered.iter().filter(|artifact| artifact.component == "alertmanager");
    mine.map(|artifact| (artifact.path.clone(), artifact.text().unwrap().to_owned())).collect()
}

/// The image of Alertmanager from a suite and the version inside, unless this run goes without containers.
pub fn image(suite: &str) -> Option<(String, String)> {
    if std::env::var("STACKCTL_E2E").as_deref() != Ok("1")
        || (suite == "forky" && std::env::var_os("STACKCTL_E2E_WITHOUT_FORKY").is_some())
    {
        return None;
    }
    let filter = format!("label=io.stackctl.image.source=debian/{suite}");
    let output = Command::new("docker")
        .args(["images", "--filter", "label=io.stackctl.image.component=alertmanager", "--filter", &filter])
        .args(["--format", "{{.Repository}}:{{.Tag}}"])
        .output()
        .expect("the docker client");
    let text = String::from_utf8(output.stdout).unwrap();
    let reference =
        text.lines().next().unwrap_or_else(|| panic!("there is no image of Alertmanager from {suite}"));
    let version = reference.rsplit_once(':').unwrap().1.strip_suffix(&format!("-{suite}")).unwrap();
    Some((reference.to_owned(), version.to_owned()))
}

pub fn directory(files: &BTreeMap<String, String>) -> TempDir {
    let home = TempDir::new().unwrap();
    for (path, text) in files {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    // The container's user is another one.
    std::fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    home
}

/// Exit code and words of amtool on these files.
pub fn amtool(image: &str, home: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new("docker")
        .args(["run", "--rm", "--network", "none", "--read-only", "--cap-drop", "ALL"])
        .args(["-v", &format!("{}:{CONFIG_DIRECTORY}:ro", home.display())])
        .args(["--entrypoint", "/bin/amtool", image])
        .args(args)
        .output()
        .expect("the docker client");
    let said = if output.status.success() { output.stdout } else { [output.stdout, output.stderr].concat() };
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}
