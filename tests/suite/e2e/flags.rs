//! SCENARIO: the lists of flags in the catalogue against the `--help` of the images on this machine.

use std::process::Command;

use stackctl::catalog::component;
use stackctl::catalog::flags::{FLAGS, Flags, Style};

use super::Scene;
use super::docker::docker_lines;

/// Intent: no flag that an image offers is reported as unknown.
#[test]
fn every_flag_of_an_image_is_in_the_catalogue() {
    if Scene::open().is_none() {
        return;
    }
    let mut checked = 0;
    for flags in FLAGS {
        let repository = format!("stackctl-debian/{}", flags.component);
        let format = "{{.Repository}}:{{.Tag}}";
        for image in docker_lines(&["image", "ls", "--format", format, &repository]) {
            let offered = offered(flags, &image);
            assert!(offered.len() > 5, "{image} lists no flags");
            for flag in offered {
                assert!(flags.has(&flag), "`--{flag}` of {image} is not in the catalogue");
            }
            checked += 1;
        }
    }
    assert!(checked > 0, "no image of a component with listed flags");
}

/// The flags that an image lists; Go's flag package writes its help to the standard error.
fn offered(flags: &Flags, image: &str) -> Vec<String> {
    let program = component(flags.component).unwrap().program;
    let mut command = Command::new("docker");
    let output = command.args(["run", "--rm", "--entrypoint", program, image, "--help"]).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    text.lines().filter_map(|line| flag(flags.style, line)).collect()
}

/// The flag that a line of a help text defines.
fn flag(style: Style, line: &str) -> Option<String> {
    let indent = line.len() - line.trim_start().len();
    let words = line.trim_start();
    let rest = match style {
        Style::Go => words.strip_prefix('-').filter(|_| indent == 2)?,
        Style::Kingpin => {
            let long = words.split_once(", --").map_or(words, |(_, long)| long);
            let long = long.strip_prefix("--").unwrap_or(long);
            (indent <= 6 && words.starts_with('-')).then(|| long.strip_prefix("[no-]").unwrap_or(long))?
        }
    };
    let end = rest.find([' ', '=', '[']).unwrap_or(rest.len());
    rest.get(..end).filter(|name| name.len() > 1).map(str::to_owned)
}
