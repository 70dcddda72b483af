//! Starting, stopping, killing and removing containers, with the events of each.

use std::sync::Arc;

use super::http::Response;
use super::program::{End, Invocation, Program, Term};
use super::router::Call;
use super::server::Server;
use super::service::{Service, reload};
use super::world::{Answered, Refusal, Status, World, list};

pub(super) fn start(call: &Call, id: &str) -> Answered<Response> {
    let status = call.server.world().container(id)?.state.status;
    match status {
        Status::Paused => Err(Refusal::new(409, "cannot start a paused container, try unpause instead")),
        Status::Running | Status::Restarting => Ok(Response::empty(304)),
        Status::Created | Status::Exited => {
            let id = call.server.world().container(id)?.id.clone();
            run(&call.server, &id)?;
            Ok(Response::empty(204))
        }
    }
}

/// Starts a container that is not running. A failure leaves it `created`, with the reason in its state.
fn run(server: &Arc<Server>, id: &str) -> Answered<()> {
    let (program, invocation) = {
        let world = server.world();
        let container = world.container(id)?;
        (world.program_for(container), world.invocation(id)?)
    };
    // Without the lock: the test's closure may take its time.
    let program = decided(program, &invocation);
    let mut world = server.world();
    if let Err((refusal, code)) = bring_up(server, &mut world, id, &program) {
        let index = world.container_index(id)?;
        world.leave_all(index);
        let state = &mut world.containers[index].state;
        state.exit_code = code;
        state.error.clone_from(&refusal.message);
        return Err(refusal);
    }
    match program.end {
        End::Exits(code) => world.end_by_itself(id, code, &program),
        End::OutOfMemory => world.end_by_memory(id, &program),
        End::Never | End::Computed(_) => {}
    }
    Ok(())
}

fn decided(program: Program, invocation: &Invocation) -> Program {
    match &program.end {
        End::Computed(decide) => decided(decide(invocation), invocation),
        _ => program,
    }
}

fn bring_up(
    server: &Arc<Server>,
    world: &mut World,
    id: &str,
    program: &Program,
) -> Result<(), (Refusal, i64)> {
    let failed = |refusal| (refusal, 128);
    let index = world.container_index(id).map_err(failed)?;
    for endpoint in 0..world.containers[index].endpoints.len() {
        world.join(index, endpoint).map_err(failed)?;
    }
    let bound = world.bind_ports(index, program.port).map_err(|reason| {
        let container = &world.containers[index];
        let endpoint = container.endpoints.first().map_or("", |endpoint| &endpoint.endpoint_id);
        let message = format!(
            "driver failed programming external connectivity on endpoint {} ({endpoint}): {reason}",
            container.name
        );
        (Refusal::new(500, message), 128)
    })?;
    world.refuse_user(index).map_err(failed)?;
    world.refuse_command(index).map_err(|refusal| (refusal, 127))?;
    let view = world.view(&world.containers[index]);
    let now = world.now();
    let container = &mut world.containers[index];
    container.published = bound.published;
    let started = |listener| Service::start(server, &container.id, listener, program);
    container.services = bound.listeners.into_iter().map(started).collect();
    container.loaded = Some(view);
    container.program = Some(program.clone());
    let checks = !container.config["Healthcheck"]["Test"].is_null();
    container.state.status = Status::Running;
    container.state.exit_code = 0;
    container.state.error.clear();
    container.state.oom_killed = false;
    container.state.started = Some(now);
    container.state.health = checks.then(|| "starting".to_owned());
    for (stream, line) in &program.lines {
        world.log(id, *stream, line);
    }
    world.note_mounts(id, "mount");
    world.note(id, "start", &[]);
    Ok(())
}

impl World {
    pub(super) fn invocation(&self, id: &str) -> Answered<Invocation> {
        let container = self.container(id)?;
        Ok(Invocation {
            name: container.name.clone(),
            image: container.image.clone(),
            argv: container.argv(),
            env: list(&container.config["Env"]),
            user: container.config["User"].as_str().unwrap_or_default().to_owned(),
            labels: container.labels(),
            files: self.view(container),
        })
    }

    fn note_mounts(&mut self, id: &str, action: &str) {
        let Ok(container) = self.container(id) else { return };
        let volumes: Vec<_> = container
            .mounts
            .iter()
            .filter(|mount| mount.kind == "volume")
            .map(|mount| (mount.source.clone(), mount.target.clone(), mount.writable.to_string()))
            .collect();
        for (name, target, writable) in volumes {
            let mut extra = vec![("container", id), ("driver", "local")];
            if action == "mount" {
                let more = [("destination", &*target), ("propagation", ""), ("read/write", &*writable)];
                extra.extend(more);
            }
            self.note_other("volume", action, &name, &extra);
        }
    }

    /// Users by number always exist; by name only when the image has them.
    fn refuse_user(&self, index: usize) -> Answered<()> {
        let container = &self.containers[index];
        let user = container.config["User"].as_str().unwrap_or_default();
        let name = user.split(':').next().unwrap_or_default();
        let image = self.images.iter().find(|image| image.id == container.image_id);
        let any = image.is_some_and(|image| image.any_command) && !name.starts_with("nosuch");
        if name.is_empty() || name.parse::<u32>().is_ok() || any {
            return Ok(());
        }
        let known = self.view(container).text("/etc/passwd").unwrap_or_default();
        if known.lines().any(|line| line.split(':').next() == Some(name)) {
            return Ok(());
        }
        let message = format!("unable to find user {name}: no matching entries in passwd file");
        Err(Refusal::new(500, message))
    }

    /// The command must exist, unless the image is made up by a test.
    fn refuse_command(&self, index: usize) -> Answered<()> {
        let container = &self.containers[index];
        let image = self.images.iter().find(|image| image.id == container.image_id);
        let command = container.argv().first().cloned().unwrap_or_default();
        let files = self.view(container);
        let reason = if image.is_none_or(|image| image.any_command) {
            return Ok(());
        } else if command.starts_with('/') {
            if files.resolve(&command).is_some() {
                return Ok(());
            }
            format!("stat {command}: no such file or directory")
        } else {
            let directories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
            if directories.iter().any(|directory| files.resolve(&format!("{directory}/{command}")).is_some())
            {
                return Ok(());
            }
            "executable file not found in $PATH".to_owned()
        };
        let message = format!(
            "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: \
             exec: \"{command}\": {reason}: unknown"
        );
        Err(Refusal::new(400, message))
    }

    /// The process of a running container is over.
    pub(super) fn end(&mut self, id: &str, code: i64) {
        let now = self.now();
        let Ok(index) = self.container_index(id) else { return };
        let container = &mut self.containers[index];
        container.state.status = Status::Exited;
        container.state.exit_code = code;
        container.state.finished = Some(now);
        container.state.health = None;
        container.state.exits += 1;
        container.published.clear();
        container.services.clear();
        let id = container.id.clone();
        self.note(&id, "die", &[("exitCode", code.to_string())]);
        self.leave_all(index);
        self.note_mounts(&id, "unmount");
    }

    /// The process ended without being told to: the restart policy decides what follows.
    ///
    /// A limited policy is used up at once; an unlimited one is left `restarting` after the third attempt.
    pub(super) fn end_by_itself(&mut self, id: &str, code: i64, program: &Program) {
        self.end(id, code);
        let Ok(container) = self.container_mut(id) else { return };
        let policy = container.host["RestartPolicy"].clone();
        let limit =
            policy["MaximumRetryCount"].as_u64().and_then(|limit| u32::try_from(limit).ok()).unwrap_or(0);
        let attempts = match policy["Name"].as_str().unwrap_or_default() {
            "on-failure" if code == 0 => 0,
            "on-failure" if limit > 0 => limit,
            "on-failure" | "always" | "unless-stopped" => 3,
            _ => 0,
        };
        let endless = attempts > 0 && limit == 0;
        for _ in 0..attempts {
            if let Ok(container) = self.container_mut(id) {
                container.state.restarts += 1;
            }
            for (stream, line) in &program.lines {
                self.log(id, *stream, line);
            }
            self.note(id, "start", &[]);
            self.note(id, "die", &[("exitCode", code.to_string())]);
        }
        if let Ok(container) = self.container_mut(id)
            && endless
        {
            container.state.status = Status::Restarting;
        }
        self.remove_if_asked(id);
    }

    /// The kernel killed the process for its memory.
    pub(super) fn end_by_memory(&mut self, id: &str, program: &Program) {
        self.note(id, "oom", &[]);
        self.end_by_itself(id, 137, program);
        if let Ok(container) = self.container_mut(id) {
            container.state.oom_killed = true;
        }
    }

    /// Ends a running container by signals: SIGTERM, and SIGKILL when it is ignored.
    fn stop(&mut self, id: &str) {
        self.note(id, "kill", &[("signal", "15".to_owned())]);
        let program = self.container(id).ok().and_then(|container| container.program.clone());
        let restarting =
            self.container(id).is_ok_and(|container| container.state.status == Status::Restarting);
        match program.map_or(Term::ExitsWith(0), |program| program.on_term) {
            Term::ExitsWith(code) if !restarting => self.end(id, code),
            Term::ExitsWith(_) => self.end(id, 137),
            Term::Ignores => {
                self.note(id, "kill", &[("signal", "9".to_owned())]);
                self.end(id, 137);
            }
        }
        self.note(id, "stop", &[]);
    }

    fn remove_if_asked(&mut self, id: &str) {
        let Ok(container) = self.container(id) else { return };
        if container.host["AutoRemove"] == true && !container.state.status.is_running() {
            let id = container.id.clone();
            self.destroy(&id, true);
        }
    }

    fn destroy(&mut self, id: &str, volumes: bool) {
        let Ok(index) = self.container_index(id) else { return };
        self.note(id, "destroy", &[]);
        let container = self.containers.remove(index);
        self.gone.insert(container.id.clone(), container.state.exit_code);
        for mount in container.mounts.iter().filter(|mount| volumes && mount.anonymous) {
            let _ = self.remove_volume(&mount.source);
        }
    }
}

pub(super) fn stop(call: &Call, id: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let container = world.container(id)?;
    if !container.state.status.is_running() {
        return Ok(Response::empty(304));
    }
    let id = container.id.clone();
    world.stop(&id);
    world.remove_if_asked(&id);
    Ok(Response::empty(204))
}

pub(super) fn restart(call: &Call, id: &str) -> Answered<Response> {
    let id = {
        let mut world = call.server.world();
        let container = world.container(id)?;
        let (id, running) = (container.id.clone(), container.state.status.is_running());
        if running {
            world.stop(&id);
        }
        id
    };
    run(&call.server, &id)?;
    call.server.world().note(&id, "restart", &[]);
    Ok(Response::empty(204))
}

/// The number of a signal by its name or number.
fn signal_number(text: &str) -> Option<u8> {
    let name = text.to_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let known = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("ABRT", 6),
        ("KILL", 9),
        ("USR1", 10),
        ("USR2", 12),
        ("TERM", 15),
        ("CONT", 18),
        ("STOP", 19),
        ("WINCH", 28),
    ];
    let number = name.parse().ok().filter(|number| (1..=64).contains(number));
    number.or_else(|| known.iter().find(|(known, _)| *known == name).map(|(_, number)| *number))
}

pub(super) fn kill(call: &Call, id: &str) -> Answered<Response> {
    let asked = if call.param("signal").is_empty() { "KILL" } else { call.param("signal") };
    let signal = signal_number(asked).ok_or_else(|| Refusal::new(400, format!("Invalid signal: {asked}")))?;
    let mut world = call.server.world();
    let prefixed = |refusal: Refusal| {
        Refusal::new(refusal.status, format!("Cannot kill container: {id}: {}", refusal.message))
    };
    let container = world.container(id).map_err(prefixed)?;
    let full = container.id.clone();
    if !container.state.status.is_running() {
        return Err(prefixed(Refusal::new(409, format!("Container {full} is not running"))));
    }
    let on_term = container.program.as_ref().map_or(Term::ExitsWith(0), |program| program.on_term);
    world.note(&full, "kill", &[("signal", signal.to_string())]);
    match (signal, on_term) {
        (9, _) => world.end(&full, 137),
        (2 | 3 | 15, Term::ExitsWith(code)) => world.end(&full, code),
        (1, _) => {
            drop(world);
            let _ = reload(&call.server, &full, &|_| Ok(()));
            return Ok(Response::empty(204));
        }
        _ => return Ok(Response::empty(204)),
    }
    world.remove_if_asked(&full);
    Ok(Response::empty(204))
}

pub(super) fn pause(call: &Call, id: &str) -> Answered<Response> {
    set_paused(call, id, Status::Running, Status::Paused)
}

pub(super) fn unpause(call: &Call, id: &str) -> Answered<Response> {
    set_paused(call, id, Status::Paused, Status::Running)
}

fn set_paused(call: &Call, id: &str, from: Status, to: Status) -> Answered<Response> {
    let mut world = call.server.world();
    let container = world.container_mut(id)?;
    let full = container.id.clone();
    let refused = |what: &str| Err(Refusal::new(409, format!("Container {full} is {what}")));
    match container.state.status {
        status if status == from => container.state.status = to,
        Status::Paused => return refused("already paused"),
        Status::Running => return refused("not paused"),
        _ => return refused("not running"),
    }
    world.note(&full, if to == Status::Paused { "pause" } else { "unpause" }, &[]);
    Ok(Response::empty(204))
}

pub(super) fn remove(call: &Call, id: &str) -> Answered<Response> {
    let mut world = call.server.world();
    let container = world.container(id)?;
    let full = container.id.clone();
    if container.state.status.is_running() {
        if !call.request.flag("force") {
            let message = format!(
                "You cannot remove a running container {full}. Stop the container before attempting removal or force remove"
            );
            return Err(Refusal::new(409, message));
        }
        world.note(&full, "kill", &[("signal", "9".to_owned())]);
        world.end(&full, 137);
    }
    world.destroy(&full, call.request.flag("v"));
    Ok(Response::empty(204))
}
