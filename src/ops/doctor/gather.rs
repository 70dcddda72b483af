//! Looking at everything. Asks and reads; decides and changes nothing.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::DoctorOptions;
use super::facts::{
    Answering, ComponentFacts, DebianArchive, Docker, Facts, Machine, SecretFacts, Seen, StackFacts,
};
use super::judge::registry;
use super::start::Init;
use crate::archive::{Archive, ArchiveError};
use crate::engine::{self, Choice, Daemon, DaemonInfo, Engine, EngineError, Host};
use crate::kernel::{credentials, labels};
use crate::model::observed::{Observed, State as ContainerState};
use crate::model::stack::{Instance, SecretSource};
use crate::ops::{Error, Loaded, Session, images};
use crate::reconcile::{NEW, OLD};
use crate::workdir::{self, State, machine};

/// Programs that something depends on.
const PROGRAMS: [&str; 3] = ["dockerd", "apt-get", "mmdebstrap"];

/// Looks at everything.
pub async fn gather(session: &Session<'_>, loaded: Option<&Loaded>, options: &DoctorOptions<'_>) -> Facts {
    let docker = match engine::choose(&session.global.wish, &session.global.environment) {
        Err(error) => Docker::NotChosen(error),
        Ok(choice) => docker(choice, loaded, options).await,
    };
    let state = loaded.map(|loaded| session.state(&loaded.stack.name));
    let base = state.clone().unwrap_or_else(|| session.state(""));
    Facts { docker, machine: machine(options, &base, state.as_ref()), stack: loaded.map(stack) }
}

async fn docker(choice: Choice, loaded: Option<&Loaded>, options: &DoctorOptions<'_>) -> Docker {
    let because = choice.because.clone();
    let local = choice.host.is_local();
    let ours_to_start = choice.host == Host::Unix(options.daemon.socket.clone());
    let connected = async {
        let engine = Engine::open(choice)?;
        let daemon = engine.daemon().await?.clone();
        Ok((engine, daemon))
    };
    match connected.await {
        Ok((engine, daemon)) => Docker::Answers(Box::new(ask(&engine, daemon, loaded).await)),
        Err(error) => Docker::Unusable { because, error, ours_to_start, local },
    }
}

async fn ask(engine: &Engine, daemon: Daemon, loaded: Option<&Loaded>) -> Answering {
    let local = engine.choice.host.is_local();
    let before = Timestamp::now();
    let info: Result<DaemonInfo, EngineError> = engine.info().await;
    let after = Timestamp::now();
    let info = info.map_err(|error| error.to_string());
    let known = info.as_ref().ok();
    let root = known.map(|info| Path::new(&info.root)).filter(|_| local);
    let space = root.and_then(machine::space).filter(|space| Some(space.directory.as_path()) == root);
    let clock = known.and_then(|info| clock_difference(&info.time, before, after));
    let mut unanswered = Vec::new();
    let ports = engine.host_ports().await.unwrap_or_else(|error| {
        unanswered.push(error.to_string());
        Vec::new()
    });
    let stack = match loaded {
        Some(loaded) => seen(engine, loaded).await.map_err(|error| unanswered.push(error.to_string())).ok(),
        None => None,
    };
    Answering {
        host: engine.choice.host.to_string(),
        because: engine.choice.because.clone(),
        local,
        daemon,
        clock,
        space,
        info,
        ports,
        stack,
        unanswered,
    }
}

/// The daemon's clock minus ours in the middle of the call, in seconds.
fn clock_difference(theirs: &str, before: Timestamp, after: Timestamp) -> Option<i64> {
    let theirs: Timestamp = theirs.parse().ok()?;
    let ours = i64::midpoint(before.as_millisecond(), after.as_millisecond());
    Some((theirs.as_millisecond() - ours) / 1000)
}

async fn seen(engine: &Engine, loaded: &Loaded) -> Result<Seen, Error> {
    let stack = &loaded.stack;
    let (observed, local) = tokio::join!(engine.observe(&stack.name), images::look(engine, stack, &[]));
    let (observed, local) = (observed?, local?);
    // One image stands for all of its registry.
    let wanted: BTreeMap<&str, &str> =
        local.missing.iter().map(|missing| (registry(&missing.image), missing.image.as_str())).collect();
    let answers = join_all(wanted.iter().map(async |(name, image)| {
        let said = engine.ask_registry(image).await.err().map(|error| error.message());
        ((*name).to_owned(), said)
    }));
    Ok(Seen {
        running: running(&observed),
        leftovers: leftovers(&observed),
        images: local.found.into_keys().collect(),
        registries: answers.await.into_iter().collect(),
    })
}

fn running(observed: &Observed) -> Vec<String> {
    let runs = observed.containers.iter().filter(|seen| seen.state == ContainerState::Running);
    runs.filter(|seen| seen.role == labels::ROLE_COMPONENT).map(|seen| seen.component.clone()).collect()
}

/// The same containers that `up` would heal.
fn leftovers(observed: &Observed) -> Vec<String> {
    let left = observed.containers.iter().filter(|seen| {
        matches!(seen.role.as_str(), labels::ROLE_TOOL | labels::ROLE_COURIER)
            || seen.name.ends_with(NEW)
            || seen.name.ends_with(OLD)
    });
    left.map(|seen| seen.name.clone()).collect()
}

fn machine(options: &DoctorOptions<'_>, base: &State, state: Option<&State>) -> Machine {
    let there = |name: &&str| options.programs.find(name).is_some();
    Machine {
        release: machine::release(),
        systemd: options.init == Init::Systemd,
        uid: machine::my_user(),
        capabilities: machine::my_capabilities(),
        selinux_enforcing: machine::is_selinux_enforcing(),
        root_is_shared: machine::root_is_shared(),
        programs: PROGRAMS.into_iter().filter(there).collect(),
        daemon_process: machine::daemon_process(&options.daemon.pidfile, "dockerd"),
        archive: archive(&options.root),
        state_space: machine::space(base.directory()),
        state: state.map_or(Ok(Vec::new()), |state| state.modes().map_err(|error| error.to_string())),
        other_run: state.and_then(|state| machine::lock_holder(&state.directory().join("lock"))),
    }
}

fn archive(root: &Path) -> DebianArchive {
    let archive = match Archive::discover(root) {
        Ok(archive) => archive,
        Err(ArchiveError::NotConfigured { looked_in }) => {
            let reason = format!("no Debian archive is configured below `{}`", looked_in.display());
            return DebianArchive::None(reason);
        }
        Err(error) => return DebianArchive::None(error.to_string()),
    };
    match archive.prerequisites() {
        Err(ArchiveError::KeyringMissing { keyring }) => DebianArchive::NoKeyring { keyring },
        // Whether `mmdebstrap` is there is looked at with the other programs.
        _ => DebianArchive::Ready { found_in: archive.found_in().to_owned() },
    }
}

fn stack(loaded: &Loaded) -> StackFacts {
    let stack = &loaded.stack;
    let components: Vec<ComponentFacts> = stack.instances.iter().map(component).collect();
    let ports: Vec<u16> = components.iter().filter_map(|c| Some(c.port?.1)).collect();
    let mut addresses: Vec<IpAddr> = components.iter().filter_map(|c| c.port?.0).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let mut files: Vec<(&str, String)> = Vec::new();
    for secret in &stack.secrets {
        if let SecretSource::File(path) = &secret.source
            && !files.iter().any(|(known, _)| known == path)
        {
            files.push((path, secret.at.to_string()));
        }
    }
    let secret = |(written, setting): (&str, String)| {
        let path = loaded.directory.join(written);
        let path = path.strip_prefix("./").map_or(path.clone(), Path::to_owned);
        let is_path = credentials::is_path(written);
        let seen = workdir::look_through(&path).map_err(|error| error.to_string());
        SecretFacts { setting, path, is_path, seen }
    };
    StackFacts {
        name: stack.name.clone(),
        missing_addresses: addresses.into_iter().filter(|ip| !machine::has_address(*ip)).collect(),
        listeners: machine::listeners(&ports),
        secrets: files.into_iter().map(secret).collect(),
        components,
    }
}

fn component(instance: &Instance) -> ComponentFacts {
    let spec = &instance.spec;
    let published = spec.published.map(|published| (Some(published.ip), published.port));
    ComponentFacts {
        name: instance.name.clone(),
        image: instance.image.clone(),
        package: instance.row.and_then(|row| row.image.debian).map(|debian| debian.package),
        port: published.or_else(|| spec.host_network.then_some((None, spec.port))),
        login: instance.has_login(),
        any_origin: instance.row.is_some_and(|row| row.any_origin),
        host_network: spec.host_network,
        host_mounts: !spec.host_mounts.is_empty(),
        follows_host: spec.host_mounts.iter().any(|(_, _, follows)| *follows),
    }
}

#[cfg(test)]
mod tests {
    use super::clock_difference;

    #[test]
    fn clocks_are_compared_with_the_middle_of_the_call() {
        let at = |text: &str| text.parse().unwrap();
        let (before, after) = (at("2026-11-21T00:00:00Z"), at("2026-11-21T00:00:10Z"));
        let difference = |theirs| clock_difference(theirs, before, after);
        assert_eq!(difference("2026-11-21T00:00:05.9Z"), Some(0));
        assert_eq!(difference("2026-11-21T01:01:05.123456789+01:00"), Some(60));
        assert_eq!(difference("2026-11-20T23:59:20Z"), Some(-45));
        assert_eq!(difference(""), None);
    }
}
