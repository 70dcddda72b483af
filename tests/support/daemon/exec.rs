//! Processes run in a running container; what they do is the container's program to say.

use std::sync::Arc;

use serde_json::{Value, json};

use super::http::{Body, Response};
use super::logs::frame;
use super::program::ExecResult;
use super::router::Call;
use super::world::{Answered, LogStream, Refusal, list};

/// A process that was asked for.
#[derive(Debug, Clone)]
pub(super) struct Exec {
    pub(super) id: String,
    pub(super) container: String,
    pub(super) argv: Vec<String>,
    options: Value,
    /// Set once it ran.
    pub(super) result: Option<ExecResult>,
}

pub(super) fn create(call: &Call, id: &str) -> Answered<Response> {
    let options = call.json()?;
    let mut world = call.server.world();
    let container = world.container(id)?;
    let (container, running) = (container.id.clone(), container.state.status.is_running());
    if !running {
        return Err(Refusal::new(409, format!("Container {container} is not running")));
    }
    let argv = list(&options["Cmd"]);
    if argv.is_empty() {
        return Err(Refusal::new(400, "No exec command specified"));
    }
    let id = world.new_id();
    world.note(&container, &format!("exec_create: {}", argv.join(" ")), &[("execID", id.clone())]);
    world.execs.push(Exec { id: id.clone(), container, argv, options, result: None });
    Ok(Response::json(201, &json!({"Id": id})))
}

fn find(call: &Call, id: &str) -> Answered<Exec> {
    let world = call.server.world();
    let found = world.execs.iter().find(|exec| exec.id == id).cloned();
    found.ok_or_else(|| Refusal::new(404, format!("No such exec instance: {id}")))
}

pub(super) fn start(call: &Call, id: &str) -> Answered<Response> {
    let options = call.json()?;
    let exec = find(call, id)?;
    let (program, mut invocation) = {
        let world = call.server.world();
        let container = world.container(&exec.container)?;
        (container.program.clone(), world.invocation(&exec.container)?)
    };
    invocation.argv.clone_from(&exec.argv);
    let run = program.and_then(|program| program.exec);
    let result = run.map_or_else(ExecResult::default, |run| run(&invocation));
    let mut world = call.server.world();
    let verb = format!("exec_start: {}", exec.argv.join(" "));
    world.note(&exec.container, &verb, &[("execID", exec.id.clone())]);
    let over = [("execID", exec.id.clone()), ("exitCode", result.code.to_string())];
    world.note(&exec.container, "exec_die", &over);
    if let Some(place) = world.execs.iter_mut().find(|other| other.id == exec.id) {
        place.result = Some(result.clone());
    }
    if options["Detach"] == true {
        return Ok(Response::empty(200));
    }
    let mut output = Vec::new();
    for (key, stream, text) in [
        ("AttachStdout", LogStream::Stdout, &result.stdout),
        ("AttachStderr", LogStream::Stderr, &result.stderr),
    ] {
        if exec.options[key] == true && !text.is_empty() {
            output.extend(frame(stream, text.as_bytes()));
        }
    }
    let upgraded = call.request.headers.contains_key("upgrade");
    let mut headers = vec![("Content-Type".to_owned(), "application/vnd.docker.raw-stream".to_owned())];
    if upgraded {
        headers.push(("Connection".to_owned(), "Upgrade".to_owned()));
        headers.push(("Upgrade".to_owned(), "tcp".to_owned()));
    }
    let output = Arc::new(output);
    let body = Body::Hijack(Box::new(move |wire| wire.raw(&output)));
    Ok(Response { status: if upgraded { 101 } else { 200 }, headers, body })
}

pub(super) fn inspect(call: &Call, id: &str) -> Answered<Response> {
    let exec = find(call, id)?;
    let code = exec.result.as_ref().map(|result| result.code);
    let body = json!({
        "ID": exec.id, "Running": false, "ExitCode": code,
        "ProcessConfig": {"tty": false, "entrypoint": exec.argv[0], "arguments": exec.argv[1..], "privileged": false},
        "OpenStdin": false, "OpenStderr": exec.options["AttachStderr"] == true,
        "OpenStdout": exec.options["AttachStdout"] == true, "CanRemove": false, "ContainerID": exec.container,
        "DetachKeys": "", "Pid": if code.is_some() { 4712 } else { 0 },
    });
    Ok(Response::json(200, &body))
}
