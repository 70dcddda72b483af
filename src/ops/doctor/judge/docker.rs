//! The daemon: is there one, does it answer, and what brings it back when it does not.

use super::{DOCKER_PACKAGES, Judged, Remedy};
use crate::engine::{EngineError, HostError, Unreachable};
use crate::kernel::units;
use crate::model::doctor::{DOCKER, Finding, Severity};
use crate::ops::doctor::facts::{Answering, Docker, Facts, Machine};
use crate::workdir::machine::DaemonProcess;

/// The daemon answers, or what to do about it.
pub fn docker(facts: &Facts) -> Judged {
    match &facts.docker {
        Docker::Answers(answering) => Finding::new(DOCKER, Severity::Ok, describe(answering)).into(),
        Docker::NotChosen(error) => {
            let fix = match error {
                HostError::Scheme { .. } | HostError::Brackets { .. } => "correct --host or DOCKER_HOST",
                HostError::NoContext { .. } | HostError::EmptyContext { .. } => {
                    "choose another with --context or `docker context use`"
                }
                HostError::ClearText { .. } => "choose an encrypted way with --host or DOCKER_HOST",
            };
            Finding::new(DOCKER, Severity::Error, error.to_string()).fix(fix).into()
        }
        Docker::Unusable { because, error, ours_to_start, .. } => {
            let finding =
                Finding::new(DOCKER, Severity::Error, format!("{error}; it was chosen by {because}"));
            match error {
                EngineError::Unreachable {
                    reason: Unreachable::NoSocket | Unreachable::NotListening,
                    ..
                } if *ours_to_start => absent(finding, &facts.machine),
                error => finding.fix(by_hand(error, because)).into(),
            }
        }
    }
}

fn describe(answering: &Answering) -> String {
    let daemon = &answering.daemon;
    let size = answering.info.as_ref().map_or(String::new(), |info| {
        format!(", {} processors, {} memory", info.processors, units::format_bytes(info.memory))
    });
    format!(
        "{} {}, API {}, {}{size}, at {}, chosen by {}",
        daemon.product.name(),
        daemon.version,
        daemon.api,
        daemon.platform,
        answering.host,
        answering.because
    )
}

/// What helps when `--fix` cannot.
fn by_hand(error: &EngineError, because: &str) -> String {
    let EngineError::Unreachable { reason, host } = error else {
        return match error {
            EngineError::TooOld { .. } => "upgrade Docker to 20.10, or Podman to 4.0, or newer",
            _ => "something else than Docker or Podman may answer there: check DOCKER_HOST and the Docker context",
        }
        .to_owned();
    };
    match reason {
        Unreachable::NoSocket | Unreachable::NotListening | Unreachable::Silent
            if EngineError::names_podman(host) =>
        {
            "start Podman's service: `systemctl --user enable --now podman.socket`, as root without `--user`".to_owned()
        }
        Unreachable::Permission if EngineError::names_podman(host) => {
            "use the socket of your own user, `$XDG_RUNTIME_DIR/podman/podman.sock`".to_owned()
        }
        Unreachable::NoSocket | Unreachable::NotListening => {
            format!("start the daemon at that address, or choose another ({because} chose this one)")
        }
        Unreachable::Permission => {
            "add yourself to the `docker` group and log in again (its members are as powerful as root)"
                .to_owned()
        }
        Unreachable::Silent => {
            "the daemon is busy or stuck: look at its log (`journalctl -u docker`); stackctl never restarts a running daemon"
                .to_owned()
        }
        Unreachable::Tls => {
            "look at DOCKER_CERT_PATH: it must hold ca.pem, cert.pem and key.pem".to_owned()
        }
        Unreachable::Failed => {
            format!("look at the address and the network between ({because} chose this one)")
        }
    }
}

/// There is no daemon where this machine's own should be.
fn absent(finding: Finding, machine: &Machine) -> Judged {
    if let DaemonProcess::Running(pid) = machine.daemon_process {
        let fix = format!(
            "dockerd runs (process {pid}) and does not listen there: it may still be starting, or `hosts` in /etc/docker/daemon.json says otherwise; look at its log"
        );
        return finding.fix(fix).into();
    }
    let can = machine.uid == 0;
    if machine.has("dockerd") {
        let fix = if machine.systemd {
            format!("`{}`", machine.as_root("systemctl enable --now docker"))
        } else {
            format!("keep `{}` running; there is no systemd here to do it", machine.as_root("dockerd"))
        };
        return Judged::with(finding.fix(fix), can.then_some(Remedy::StartDocker));
    }
    if machine.has_apt() {
        let fix = machine.install_by_hand(&DOCKER_PACKAGES);
        return Judged::with(finding.fix(fix), can.then_some(Remedy::InstallDocker));
    }
    let system = Some(machine.release.name.as_str()).filter(|name| !name.is_empty());
    let fix = format!(
        "install Docker 20.10 or newer with the package manager of {}",
        system.unwrap_or("this system")
    );
    finding.fix(fix).into()
}
