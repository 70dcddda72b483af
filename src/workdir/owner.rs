//! Which process this is, and whether the process that another claim names still runs.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::model::claim::Owner;

/// What can be known of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Alive,
    /// It has ended.
    Dead,
    /// It is or was on another machine, or in another container.
    Unknown,
}

/// This process, for the claim it makes.
pub fn this_process(command: &str, environment: &BTreeMap<String, String>) -> Owner {
    let pid = std::process::id();
    Owner {
        user: user(environment),
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        machine: machine(),
        pid,
        started: status(pid).map_or(0, |status| status.started),
        command: command.to_owned(),
        since: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// Whether the process runs, where it can be told: on the same kernel, in the same namespaces.
pub fn liveness(owner: &Owner) -> Liveness {
    if owner.machine.is_empty() || owner.machine != machine() {
        return Liveness::Unknown;
    }
    let Some(pid) = i32::try_from(owner.pid).ok().and_then(Pid::from_raw) else { return Liveness::Dead };
    // A mount option can hide the /proc entries of other users; a signal still finds the process.
    if test_kill_process(pid) == Err(Errno::SRCH) {
        return Liveness::Dead;
    }
    match status(owner.pid) {
        Ok(status) if status.ended || (owner.started != 0 && status.started != owner.started) => {
            Liveness::Dead
        }
        Ok(_) => Liveness::Alive,
        Err(_) => Liveness::Unknown,
    }
}

/// The boot of the kernel, and the namespaces that number processes and count their time.
fn machine() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    if boot.trim().is_empty() {
        return String::new();
    }
    let namespace = |name: &str| {
        let link = fs::read_link(format!("/proc/self/ns/{name}")).unwrap_or_default();
        link.to_string_lossy().into_owned()
    };
    format!("{} {} {}", boot.trim(), namespace("pid"), namespace("time")).trim().to_owned()
}

struct Status {
    /// A zombie: ended, and its parent has not asked how.
    ended: bool,
    started: u64,
}

/// Reads `/proc/PID/stat`, see `proc_pid_stat(5)`: state is field 3, start time is field 22.
fn status(pid: u32) -> std::io::Result<Status> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in field 2 may hold anything, also parentheses.
    let mut fields = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let state = fields.next().unwrap_or_default();
    let started = fields.nth(18).and_then(|field| field.parse().ok());
    let started = started.ok_or_else(|| std::io::Error::from(ErrorKind::InvalidData))?;
    Ok(Status { ended: matches!(state, "Z" | "X" | "x"), started })
}

/// Name of the user: from the password file, else from the environment, else the number.
fn user(environment: &BTreeMap<String, String>) -> String {
    let uid = rustix::process::geteuid().as_raw().to_string();
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mut entries = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let named = entries.find_map(|entry| match entry.as_slice() {
        [name, _, id, ..] if *id == uid => Some((*name).to_owned()),
        _ => None,
    });
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
    named.or_else(|| set("USER")).unwrap_or_else(|| format!("uid {uid}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::process::Command;

    use super::{Liveness, liveness, status, this_process};
    use crate::model::claim::Owner;

    fn me() -> Owner {
        this_process("stackctl up", &BTreeMap::new())
    }

    #[test]
    fn this_process_is_alive_and_one_with_its_number_from_before_is_not() {
        assert_eq!(liveness(&me()), Liveness::Alive);
        let earlier = Owner { started: me().started - 1, ..me() };
        assert_eq!(liveness(&earlier), Liveness::Dead);
    }

    #[test]
    fn a_process_that_has_ended_is_dead_also_before_its_parent_asks() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let owner = Owner { pid: child.id(), started: status(child.id()).unwrap().started, ..me() };
        assert_eq!(liveness(&owner), Liveness::Alive);
        child.kill().unwrap();
        while !status(child.id()).unwrap().ended {
            std::thread::yield_now();
        }
        assert_eq!(liveness(&owner), Liveness::Dead);
        child.wait().unwrap();
        assert_eq!(liveness(&owner), Liveness::Dead);
    }

    #[test]
    fn nothing_is_known_of_a_process_elsewhere() {
        assert_eq!(liveness(&Owner { machine: "another boot".into(), ..me() }), Liveness::Unknown);
        assert_eq!(liveness(&Owner { machine: String::new(), ..me() }), Liveness::Unknown);
    }
}
