//! Disks, mounts, `SELinux`, leftovers.

use super::{answering, facts, findings, info, line, machine, space, stack, wrong};
use crate::ops::doctor::facts::{Answering, Machine, Seen};
use crate::workdir::machine::Space;

fn with_space(space: Option<Space>) -> Vec<String> {
    wrong(&facts(Answering { space, ..answering() }, machine(), stack()))
}

#[test]
fn a_disk_is_short_of_bytes_or_of_inodes() {
    let fix = "free some space: `docker system df` shows what images, containers and volumes take";
    assert_eq!(
        with_space(Some(space("/var/lib/docker", (5 << 30) - 1))),
        [format!(
            "warning disk of docker: 5.0 GiB of 50.0 GiB and 3000000 inodes free in `/var/lib/docker` -> {fix}"
        )]
    );
    assert_eq!(
        with_space(Some(space("/var/lib/docker", 200 << 20))),
        [format!(
            "error disk of docker: 200 MiB of 50.0 GiB and 3000000 inodes free in `/var/lib/docker` -> {fix}"
        )]
    );
    let few = Space { free_inodes: Some(999), ..space("/var/lib/docker", 20 << 30) };
    assert_eq!(
        with_space(Some(few)),
        [format!(
            "error disk of docker: 20.0 GiB of 50.0 GiB and 999 inodes free in `/var/lib/docker` -> {fix}"
        )]
    );
    let uncounted = Space { free_inodes: None, ..space("/var/lib/docker", 20 << 30) };
    assert_eq!(with_space(Some(uncounted)), Vec::<String>::new());
}

#[test]
fn a_disk_that_cannot_be_seen_is_not_judged() {
    assert_eq!(
        with_space(None),
        [
            "note disk of docker: `/var/lib/docker` cannot be seen from here (a virtual machine, or another mount namespace), so its room is not known"
        ]
    );
    let remote = Answering { local: false, space: None, ..answering() };
    assert_eq!(
        wrong(&facts(remote, machine(), stack())),
        [
            "note disk of docker: the daemon is on another machine, so the room in its `/var/lib/docker` is not known"
        ]
    );
}

#[test]
fn stackctls_own_files_need_some_room_too() {
    let seen = |state_space| wrong(&facts(answering(), Machine { state_space, ..machine() }, stack()));
    assert_eq!(
        seen(Some(space("/home/a", 8 << 20))),
        [
            "error disk of stackctl: 8.0 MiB of 50.0 GiB and 3000000 inodes free in `/home/a` -> free some space there"
        ]
    );
    assert_eq!(
        seen(None),
        [
            "error disk of stackctl: the state directory cannot be looked at -> set HOME or XDG_STATE_HOME to a directory of yours"
        ]
    );
}

#[test]
fn a_private_root_matters_to_those_who_follow_the_hosts_mounts_on_this_machine() {
    let private = || Machine { root_is_shared: Some(false), ..machine() };
    assert_eq!(
        wrong(&facts(answering(), private(), stack())),
        [
            "note mounts: the host's root is mounted private: new mounts of the host become visible to `node` after a restart (G16) -> `mount --make-rshared /` before the containers are made"
        ]
    );
    let mut nobody = stack();
    nobody.components.retain(|component| !component.follows_host);
    assert_eq!(wrong(&facts(answering(), private(), nobody)), Vec::<String>::new());
}

#[test]
fn selinux_matters_where_the_daemon_applies_it_to_host_directories() {
    let enforcing = || Machine { selinux_enforcing: true, ..machine() };
    let mut applied = info();
    applied.isolation.selinux = true;
    let labelled = Answering { info: Ok(applied), ..answering() };
    assert_eq!(
        wrong(&facts(labelled, enforcing(), stack())),
        [
            "warning selinux: SELinux is enforcing and may keep `node` from the host directories they mount -> `ausearch -m avc -ts recent` shows what was denied; allow it with a policy module"
        ]
    );
    assert_eq!(wrong(&facts(answering(), enforcing(), stack())), Vec::<String>::new());
}

#[test]
fn a_machine_without_a_capability_says_what_fails_for_it() {
    let poor = Machine { systemd: false, capabilities: Some(0x0000_01ff_feff_ffff), ..machine() };
    let lines: Vec<String> = findings(&facts(answering(), poor, stack())).iter().map(line).collect();
    let system = lines.iter().find(|line| line.starts_with("ok system")).unwrap();
    assert_eq!(
        system,
        "ok system: Debian GNU/Linux 12 (bookworm) without systemd, uid 0; without CAP_SYS_RESOURCE, so `--privileged` containers fail here (stackctl makes none)"
    );
}

#[test]
fn leftovers_are_told_from_a_run_that_goes_on() {
    let left = || Seen {
        leftovers: vec!["monitoring-grafana.old".into(), "monitoring.courier".into()],
        ..answering().stack.unwrap()
    };
    let seen = |other_run| {
        let answering = Answering { stack: Some(left()), ..answering() };
        wrong(&facts(answering, Machine { other_run, ..machine() }, stack()))
    };
    assert_eq!(
        seen(None),
        [
            "warning leftovers: left by an interrupted run: `monitoring-grafana.old` and `monitoring.courier` -> `stackctl up` finishes or undoes it"
        ]
    );
    assert_eq!(seen(Some(77)), ["note leftovers: another stackctl (process 77) works on this stack now"]);
}
