//! How containers end: by themselves, by a signal, by a stop, by removal, with the events of each.

use super::http::Response;
use super::program::{Program, Term};
use super::router::Call;
use super::service::reload;
use super::world::{Answered, LogStream, Refusal, Status, World};

impl World {
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
    pub(super) fn stop(&mut self, id: &str) {
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
    let on_hup = container.program.as_ref().and_then(|program| program.on_hup.clone());
    world.note(&full, "kill", &[("signal", signal.to_string())]);
    match (signal, on_term) {
        (9, _) => world.end(&full, 137),
        (2 | 3 | 15, Term::ExitsWith(code)) => world.end(&full, code),
        (1, _) => {
            drop(world);
            let reloaded = reload(&call.server, &full, &|files| {
                on_hup.as_ref().map_or(Ok(()), |accepts| accepts(files))
            });
            if let Some(Err(reason)) = reloaded {
                call.server.world().log(&full, LogStream::Stderr, &reason);
            }
            return Ok(Response::empty(204));
        }
        _ => return Ok(Response::empty(204)),
    }
    world.remove_if_asked(&full);
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
