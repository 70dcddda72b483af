//! Contract: creating, starting, stopping, killing, renaming and removing containers.

use std::net::TcpListener;

use bollard::Docker;
use bollard::models::{ContainerStateStatusEnum as Status, HostConfig, RestartPolicy, RestartPolicyNameEnum};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::fixture::Fixture;

contract! {
    a_container_is_created_started_and_stopped,
    a_second_start_or_stop_is_not_modified,
    a_name_belongs_to_one_container,
    a_container_needs_an_image_and_a_valid_name,
    a_lost_container_is_404,
    a_taken_port_fails_the_start_and_leaves_it_created,
    a_port_of_a_host_process_fails_the_start,
    an_address_of_another_machine_fails_the_start,
    a_binding_of_a_port_that_is_not_exposed_is_ignored,
    an_unknown_user_fails_the_start,
    a_missing_command_fails_the_start,
    a_container_is_renamed,
    a_signal_reaches_the_process,
    a_process_that_ignores_sigterm_is_killed,
    a_running_container_is_removed_only_by_force,
    a_failing_process_is_restarted_as_often_as_allowed,
    an_unknown_field_is_ignored,
    a_paused_container_counts_as_running,
}

async fn state(docker: &Docker, name: &str) -> (Status, i64, String) {
    let state = docker.inspect_container(name, None).await.unwrap().state.unwrap();
    (state.status.unwrap(), state.exit_code.unwrap(), state.error.unwrap())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn published(fx: &Fixture, ip: &str, port: u16) -> Value {
    json!({"Image": fx.image, "Cmd": ["run"], "ExposedPorts": {"80/tcp": {}},
        "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": ip, "HostPort": port.to_string()}]}}})
}

async fn created(fx: &Fixture, name: &str, body: &Value) -> String {
    let name = fx.name(name);
    let reply = fx.ask("POST", &format!("/containers/create?name={name}"), body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    name
}

async fn started(fx: &Fixture, name: &str) -> String {
    fx.ask("POST", &format!("/containers/{name}/start"), &Value::Null).await.message()
}

/// The engine's words when a container could not have its ports.
fn not_connected(fx: &Fixture, endpoint: &str, reason: &str) -> String {
    let prefix = fx.answers("", "failed to set up container networking: ");
    format!("{prefix}driver failed programming external connectivity on endpoint {endpoint} (<id>): {reason}")
}

/// The newer engine also names the container's own address, which is a matter of chance.
fn without_address(text: &str) -> String {
    regex::Regex::new(":[0-9.]+:80/tcp").unwrap().replace(text, ":<ip>:80/tcp").into_owned()
}

async fn a_container_is_created_started_and_stopped(docker: &Docker, fx: &Fixture) {
    let name = fx.create("a", fx.body(&["run"])).await;
    assert_eq!(state(docker, &name).await, (Status::CREATED, 0, String::new()));
    docker.start_container(&name, None).await.unwrap();
    assert_eq!(state(docker, &name).await, (Status::RUNNING, 0, String::new()));
    assert_eq!(fx.last_of(&name, 1).await, "up\n");
    docker.stop_container(&name, None).await.unwrap();
    assert_eq!(state(docker, &name).await, (Status::EXITED, 0, String::new()));
    docker.restart_container(&name, None).await.unwrap();
    assert_eq!(state(docker, &name).await, (Status::RUNNING, 0, String::new()));
    let found = docker.inspect_container(&name, None).await.unwrap();
    assert_eq!(found.name, Some(format!("/{name}")));
    assert_eq!((found.path.as_deref(), found.args), (Some("/prog"), Some(vec!["run".to_owned()])));
    let labels = found.config.unwrap().labels.unwrap();
    assert_eq!(labels.into_iter().collect::<Vec<_>>(), [("made-by".to_owned(), "contract".to_owned())]);
}

async fn a_second_start_or_stop_is_not_modified(_: &Docker, fx: &Fixture) {
    let name = fx.create("a", fx.body(&["run"])).await;
    let mut seen = Vec::new();
    for action in ["stop", "start", "start", "stop", "stop"] {
        seen.push(fx.ask("POST", &format!("/containers/{name}/{action}"), &Value::Null).await.status);
    }
    assert_eq!(seen, [304, 204, 304, 204, 304]);
}

async fn a_name_belongs_to_one_container(_: &Docker, fx: &Fixture) {
    let name = fx.create("a", fx.body(&["run"])).await;
    let reply = fx.ask("POST", &format!("/containers/create?name={name}"), &json!({"Image": fx.image})).await;
    assert_eq!(
        reply.message(),
        "409 Conflict. The container name \"/T-a\" is already in use by container \"<id>\". You have to remove (or rename) \
         that container to be able to reuse that name."
    );
}

async fn a_container_needs_an_image_and_a_valid_name(_: &Docker, fx: &Fixture) {
    let name = fx.name("a");
    let cases = [
        (name.as_str(), json!({"Image": "nowhere/nothing"}), "404 No such image: nowhere/nothing:latest"),
        (&name, json!({"Image": "nowhere/nothing:x"}), "404 No such image: nowhere/nothing:x"),
        (
            &name,
            json!({}),
            fx.answers(
                "400 Config cannot be empty in order to create a container",
                "400 config cannot be empty in order to create a container",
            ),
        ),
        (
            "..",
            json!({"Image": fx.image}),
            "400 Invalid container name (..), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
        ),
        (
            &name,
            json!({"Image": fx.image, "HostConfig": {"Memory": 1000}}),
            "400 Minimum memory limit allowed is 6MB",
        ),
        (
            &name,
            json!({"Image": fx.image, "HostConfig": {"Mounts": [{"Type": "bind", "Source": "/no/such", "Target": "/x"}]}}),
            "400 invalid mount config for type \"bind\": bind source path does not exist: /no/such",
        ),
    ];
    for (name, body, refusal) in cases {
        let reply = fx.ask("POST", &format!("/containers/create?name={name}"), &body).await;
        assert_eq!(reply.message(), refusal);
    }
}

async fn a_lost_container_is_404(_: &Docker, fx: &Fixture) {
    let name = fx.name("gone");
    let plain = "404 No such container: T-gone";
    let cases = [
        ("GET", "json", plain),
        ("POST", "start", plain),
        ("POST", "stop", plain),
        ("POST", "restart", plain),
        ("POST", "wait", plain),
        ("POST", "rename?name=other", plain),
        (
            "POST",
            "kill",
            fx.answers(
                "404 Cannot kill container: T-gone: No such container: T-gone",
                "404 cannot kill container: T-gone: No such container: T-gone",
            ),
        ),
        ("GET", "logs?stdout=1", plain),
        ("GET", "archive?path=/x", plain),
        ("PUT", "archive?path=/x", plain),
    ];
    for (method, action, refusal) in cases {
        let reply = fx.ask(method, &format!("/containers/{name}/{action}"), &Value::Null).await;
        assert_eq!(reply.message(), refusal, "{method} {action}");
    }
    let reply = fx.ask("DELETE", &format!("/containers/{name}"), &Value::Null).await;
    assert_eq!(reply.message(), plain);
}

async fn a_taken_port_fails_the_start_and_leaves_it_created(docker: &Docker, fx: &Fixture) {
    let port = free_port();
    let first = created(fx, "a", &published(fx, "127.0.0.1", port)).await;
    assert_eq!(started(fx, &first).await, "204 ");
    let second = created(fx, "b", &published(fx, "127.0.0.1", port)).await;
    let reason =
        not_connected(fx, "T-b", &format!("Bind for 127.0.0.1:{port} failed: port is already allocated"));
    assert_eq!(started(fx, &second).await, format!("500 {reason}"));
    let (status, code, error) = state(docker, &second).await;
    assert_eq!((status, code, fx.shape(&error)), (Status::CREATED, 128, reason.clone()));
    let waited = fx.ask("POST", &format!("/containers/{second}/wait"), &Value::Null).await;
    let waited: Value = serde_json::from_str(&waited.text).unwrap();
    assert_eq!(waited, json!({"Error": {"Message": reason}, "StatusCode": 128}));
    docker.stop_container(&first, None).await.unwrap();
    assert_eq!(started(fx, &second).await, "204 ");
    assert_eq!(state(docker, &second).await, (Status::RUNNING, 0, String::new()));
    let ports =
        docker.inspect_container(&second, None).await.unwrap().network_settings.unwrap().ports.unwrap();
    let binding = &ports["80/tcp"].as_ref().unwrap()[0];
    assert_eq!(binding.host_ip.as_deref(), Some("127.0.0.1"));
    assert_eq!(binding.host_port, Some(port.to_string()));
}

async fn a_port_of_a_host_process_fails_the_start(_: &Docker, fx: &Fixture) {
    let port = free_port();
    fx.occupy("127.0.0.1", port).await;
    let name = created(fx, "a", &published(fx, "127.0.0.1", port)).await;
    let reason = fx.answers(
        format!("Error starting userland proxy: listen tcp4 127.0.0.1:{port}: bind: address already in use"),
        format!("failed to bind host port for 127.0.0.1:{port}:<ip>:80/tcp: address already in use"),
    );
    assert_eq!(
        without_address(&started(fx, &name).await),
        format!("500 {}", not_connected(fx, "T-a", &reason))
    );
}

async fn an_address_of_another_machine_fails_the_start(_: &Docker, fx: &Fixture) {
    let name = created(fx, "a", &published(fx, "203.0.113.9", 39_778)).await;
    let reason = fx.answers(
        "Error starting userland proxy: listen tcp4 203.0.113.9:39778: bind: cannot assign requested address",
        "failed to bind host port for 203.0.113.9:39778:<ip>:80/tcp: cannot assign requested address",
    );
    assert_eq!(
        without_address(&started(fx, &name).await),
        format!("500 {}", not_connected(fx, "T-a", reason))
    );
}

async fn a_binding_of_a_port_that_is_not_exposed_is_ignored(docker: &Docker, fx: &Fixture) {
    let mut body = published(fx, "127.0.0.1", free_port());
    body["ExposedPorts"] = Value::Null;
    let name = created(fx, "a", &body).await;
    assert_eq!(started(fx, &name).await, "204 ");
    let found = docker.inspect_container(&name, None).await.unwrap();
    assert_eq!(found.network_settings.unwrap().ports, Some(std::collections::HashMap::new()));
}

async fn an_unknown_user_fails_the_start(docker: &Docker, fx: &Fixture) {
    let body = json!({"Image": fx.image, "User": "nosuch"});
    let name = created(fx, "a", &body).await;
    let reason = "unable to find user nosuch: no matching entries in passwd file";
    assert_eq!(started(fx, &name).await, format!("500 {reason}"));
    assert_eq!(state(docker, &name).await, (Status::CREATED, 128, reason.to_owned()));
}

async fn a_missing_command_fails_the_start(docker: &Docker, fx: &Fixture) {
    for (command, reason) in
        [("/nope", "stat /nope: no such file or directory"), ("nope", "executable file not found in $PATH")]
    {
        let body = json!({"Image": fx.image, "Entrypoint": [command]});
        let name = created(fx, command.trim_start_matches('/'), &body).await;
        let shim = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container \
                    process: ";
        let text = fx.answers(
            format!("{shim}exec: \"{command}\": {reason}: unknown"),
            format!(
                "failed to create task for container: {shim}error during container init: exec: \"{command}\": {reason}"
            ),
        );
        assert_eq!(started(fx, &name).await, format!("400 {text}"));
        assert_eq!(state(docker, &name).await, (Status::CREATED, 127, text));
        docker.remove_container(&name, None).await.unwrap();
    }
}

async fn a_container_is_renamed(docker: &Docker, fx: &Fixture) {
    let (first, second) = (fx.run("a", &["run"]).await, fx.create("b", fx.body(&["run"])).await);
    let rename = async |to: &str| {
        fx.ask("POST", &format!("/containers/{first}/rename?name={to}"), &Value::Null).await.message()
    };
    assert_eq!(
        rename(&second).await,
        "409 Error when allocating new name: Conflict. The container name \"/T-b\" is already in use by container \"<id>\". \
         You have to remove (or rename) that container to be able to reuse that name."
    );
    assert_eq!(rename(&first).await, "400 Renaming a container with the same name as its current name");
    assert_eq!(rename("").await, "400 Neither old nor new names may be empty");
    assert_eq!(
        rename("a/b").await,
        "400 Error when allocating new name: Invalid container name (/a/b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
    );
    assert_eq!(rename(&fx.name("c")).await, "204 ");
    assert_eq!(state(docker, &fx.name("c")).await, (Status::RUNNING, 0, String::new()));
    let reply = fx.ask("GET", &format!("/containers/{first}/json"), &Value::Null).await;
    assert_eq!(reply.message(), "404 No such container: T-a");
}

async fn a_signal_reaches_the_process(docker: &Docker, fx: &Fixture) {
    let name = fx.run("a", &["run"]).await;
    let kill = async |signal: &str| {
        fx.ask("POST", &format!("/containers/{name}/kill?signal={signal}"), &Value::Null).await.message()
    };
    assert_eq!(kill("HUP").await, "204 ");
    assert_eq!(kill("SIGHUP").await, "204 ");
    let invalid = fx.answers("Invalid signal: ", "cannot kill container: T-a: invalid signal: ");
    assert_eq!(kill("HUPX").await, format!("400 {invalid}HUPX"));
    assert_eq!(kill("0").await, format!("400 {invalid}0"));
    assert_eq!(state(docker, &name).await, (Status::RUNNING, 0, String::new()));
    assert_eq!(kill("SIGKILL").await, "204 ");
    let _ = docker.wait_container(&name, None).try_collect::<Vec<_>>().await;
    assert_eq!(state(docker, &name).await, (Status::EXITED, 137, String::new()));
    assert_eq!(
        kill("HUP").await,
        fx.answers(
            "409 Cannot kill container: T-a: Container <id> is not running",
            "409 cannot kill container: T-a: container <id> is not running"
        )
    );
}

async fn a_process_that_ignores_sigterm_is_killed(docker: &Docker, fx: &Fixture) {
    let name = fx.run("a", &["deaf"]).await;
    let reply = fx.ask("POST", &format!("/containers/{name}/stop?t=1"), &Value::Null).await;
    assert_eq!(reply.status, 204);
    assert_eq!(state(docker, &name).await, (Status::EXITED, 137, String::new()));
}

async fn a_running_container_is_removed_only_by_force(_: &Docker, fx: &Fixture) {
    let name = fx.run("a", &["run"]).await;
    let remove = async |query: &str| {
        fx.ask("DELETE", &format!("/containers/{name}{query}"), &Value::Null).await.message()
    };
    assert_eq!(
        remove("").await,
        fx.answers(
            "409 You cannot remove a running container <id>. Stop the container before attempting removal or force remove",
            "409 cannot remove container \"T-a\": container is running: stop the container before removing or force remove"
        )
    );
    assert_eq!(remove("?force=1").await, "204 ");
    assert_eq!(remove("?force=1").await, "404 No such container: T-a");
}

async fn a_failing_process_is_restarted_as_often_as_allowed(docker: &Docker, fx: &Fixture) {
    let policy =
        RestartPolicy { name: Some(RestartPolicyNameEnum::ON_FAILURE), maximum_retry_count: Some(2) };
    let host = HostConfig { restart_policy: Some(policy), ..Default::default() };
    let mut body = fx.body(&["exit", "5"]);
    body.host_config = Some(host);
    let name = fx.create("a", body).await;
    docker.start_container(&name, None).await.unwrap();
    // `wait` ends with each exit, also when a restart follows; the last one is shown by the state alone.
    for _ in 0..3 {
        if state(docker, &name).await.0 != Status::EXITED {
            let _ = docker.wait_container(&name, None).try_collect::<Vec<_>>().await;
        }
    }
    let found = docker.inspect_container(&name, None).await.unwrap();
    assert_eq!(found.restart_count, Some(2));
    assert_eq!(state(docker, &name).await, (Status::EXITED, 5, String::new()));
}

async fn an_unknown_field_is_ignored(docker: &Docker, fx: &Fixture) {
    let body =
        json!({"Image": fx.image, "HostConfig": {"ReadOnlyRootFileSystem": true, "Bogus": 1}, "Bogus": {}});
    let name = created(fx, "a", &body).await;
    let host = docker.inspect_container(&name, None).await.unwrap().host_config.unwrap();
    assert_eq!(host.readonly_rootfs, Some(false));
}

async fn a_paused_container_counts_as_running(_: &Docker, fx: &Fixture) {
    let name = fx.run("a", &["run"]).await;
    let act = async |action: &str| {
        fx.ask("POST", &format!("/containers/{name}/{action}"), &Value::Null).await.message()
    };
    assert_eq!(act("pause").await, "204 ");
    assert_eq!(act("pause").await, "409 Container <id> is already paused");
    let reply = fx.ask("GET", &format!("/containers/{name}/json"), &Value::Null).await;
    let value: Value = serde_json::from_str(&reply.text).unwrap();
    let state = &value["State"];
    assert_eq!(
        (&state["Status"], &state["Running"], &state["Paused"]),
        (&json!("paused"), &json!(true), &json!(true))
    );
    assert_eq!(act("unpause").await, "204 ");
}
