//! Room on disks.

use std::path::Path;

use crate::kernel::units;
use crate::model::doctor::{Finding, Severity};
use crate::ops::doctor::facts::{Answering, Machine};
use crate::workdir::machine::Space;

/// What must be free: bytes and inodes.
struct Need {
    bytes: u64,
    inodes: u64,
}

/// Less than this, and the next image or database block may fail.
const DOCKER_LEAST: Need = Need { bytes: 1 << 30, inodes: 1_000 };
/// Less than this is used up soon.
const DOCKER_COMFORT: Need = Need { bytes: 5 << 30, inodes: 20_000 };
/// stackctl's own files are small, and written twice while they change.
const STATE_LEAST: Need = Need { bytes: 16 << 20, inodes: 100 };
/// Less than this is used up soon.
const STATE_COMFORT: Need = Need { bytes: 100 << 20, inodes: 1_000 };

/// Room in Docker's directory.
pub fn docker(answering: &Answering) -> Finding {
    let root = answering.info.as_ref().map_or("", |info| info.root.as_str());
    let command = answering.daemon.product.command();
    let name = format!("disk of {command}");
    match &answering.space {
        Some(space) => judge(
            &name,
            space,
            [DOCKER_LEAST, DOCKER_COMFORT],
            &format!("free some space: `{command} system df` shows what images, containers and volumes take"),
        ),
        None if answering.local => Finding::new(
            name,
            Severity::Note,
            format!(
                "`{root}` cannot be seen from here (a virtual machine, or another mount namespace), so its room is not known"
            ),
        ),
        None => Finding::new(
            name,
            Severity::Note,
            format!("the daemon is on another machine, so the room in its `{root}` is not known"),
        ),
    }
}

/// Room for stackctl's own files.
pub fn state(machine: &Machine) -> Finding {
    match &machine.state_space {
        Some(space) => {
            judge("disk of stackctl", space, [STATE_LEAST, STATE_COMFORT], "free some space there")
        }
        None => Finding::new("disk of stackctl", Severity::Error, "the state directory cannot be looked at")
            .fix("set HOME or XDG_STATE_HOME to a directory of yours"),
    }
}

fn judge(name: &str, space: &Space, [least, comfort]: [Need; 2], fix: &str) -> Finding {
    let short =
        |need: &Need| space.free < need.bytes || space.free_inodes.is_some_and(|inodes| inodes < need.inodes);
    let severity = match () {
        () if short(&least) => Severity::Error,
        () if short(&comfort) => Severity::Warning,
        () => Severity::Ok,
    };
    let finding = Finding::new(name, severity, describe(space, &space.directory));
    if severity == Severity::Ok { finding } else { finding.fix(fix) }
}

fn describe(space: &Space, directory: &Path) -> String {
    let inodes = space.free_inodes.map_or(String::new(), |inodes| format!(" and {inodes} inodes"));
    format!(
        "{} of {}{inodes} free in `{}`",
        units::format_bytes(space.free),
        units::format_bytes(space.size),
        directory.display()
    )
}
