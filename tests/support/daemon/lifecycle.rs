//! Starting, restarting and pausing containers. How they end is in `ending`.

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
    let bound = world.bind_ports(index, program).map_err(|reason| {
        let container = &world.containers[index];
        let endpoint = container.endpoints.first().map_or("", |endpoint| &endpoint.joined_as);
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

    pub(super) fn note_mounts(&mut self, id: &str, action: &str) {
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
