//! This machine, as far as containers depend on it, and what an interrupted run has left on it.

use crate::kernel::text;
use crate::model::doctor::{Finding, Severity};
use crate::ops::doctor::facts::{Facts, Machine, Seen};

/// Without it the engine cannot start privileged containers.
const CAP_SYS_RESOURCE: u64 = 1 << 24;

/// The system, `SELinux` and the mounts. The last two matter only where the daemon is on this machine.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let mut all = vec![system(&facts.machine)];
    if facts.is_local() {
        all.push(selinux(facts));
        all.extend(propagation(facts));
    }
    all
}

fn system(machine: &Machine) -> Finding {
    let name = if machine.release.name.is_empty() { "unknown system" } else { &machine.release.name };
    let init = if machine.systemd { "with systemd" } else { "without systemd" };
    let root = machine.uid == 0;
    let poor = root && machine.capabilities.is_some_and(|mask| mask & CAP_SYS_RESOURCE == 0);
    let lacks = if poor {
        "; without CAP_SYS_RESOURCE, so `--privileged` containers fail here (stackctl makes none)"
    } else {
        ""
    };
    Finding::new("system", Severity::Ok, format!("{name} {init}, uid {}{lacks}", machine.uid))
}

fn selinux(facts: &Facts) -> Finding {
    let applies = facts
        .answering()
        .and_then(|answering| answering.info.as_ref().ok())
        .is_some_and(|info| info.isolation.selinux);
    if !facts.machine.selinux_enforcing {
        return Finding::new("selinux", Severity::Ok, "SELinux is not enforcing");
    }
    let confined = facts.components(|component| component.host_mounts);
    if !applies || confined.is_empty() {
        return Finding::new("selinux", Severity::Ok, "SELinux is enforcing and in nobody's way");
    }
    let detail = format!(
        "SELinux is enforcing and may keep {} from the host directories they mount",
        text::list(&confined)
    );
    Finding::new("selinux", Severity::Warning, detail)
        .fix("`ausearch -m avc -ts recent` shows what was denied; allow it with a policy module")
}

fn propagation(facts: &Facts) -> Option<Finding> {
    let followers = facts.components(|component| component.follows_host);
    if followers.is_empty() {
        return None;
    }
    if facts.machine.root_is_shared? {
        return Some(Finding::new("mounts", Severity::Ok, "the host's root is mounted shared"));
    }
    let detail = format!(
        "the host's root is mounted private: new mounts of the host become visible to {} after a restart (G16)",
        text::list(&followers)
    );
    let fix = "`mount --make-rshared /` before the containers are made";
    Some(Finding::new("mounts", Severity::Note, detail).fix(fix))
}

/// What an interrupted run has left. While another run works on the stack it is not left, but in use.
pub fn leftovers(seen: &Seen, other_run: Option<u32>) -> Finding {
    if let Some(pid) = other_run {
        let who = if pid == 0 { String::new() } else { format!(" (process {pid})") };
        let detail = format!("another stackctl{who} works on this stack now");
        return Finding::new("leftovers", Severity::Note, detail);
    }
    if seen.leftovers.is_empty() {
        return Finding::new("leftovers", Severity::Ok, "no run was interrupted");
    }
    let names: Vec<String> = seen.leftovers.iter().map(|name| format!("`{name}`")).collect();
    let detail = format!("left by an interrupted run: {}", text::list(&names));
    Finding::new("leftovers", Severity::Warning, detail).fix("`stackctl up` finishes or undoes it")
}
