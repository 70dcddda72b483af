//! Contract: logs, waiting for an exit, and the order of events.

use std::collections::HashMap;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::query_parameters::{
    EventsOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::Value;

use super::fixture::{Family, Fixture};

contract! {
    logs_are_frames_of_two_streams,
    the_tail_of_a_log_is_its_last_lines,
    logs_are_limited_by_time,
    following_a_log_ends_with_the_container,
    waiting_gives_the_exit_code,
    waiting_for_the_next_exit_may_begin_before_the_start,
    waiting_for_removal_ends_with_it,
    events_come_in_order,
    a_stack_is_watched_by_label,
}

fn shown(output: &LogOutput) -> String {
    let stream = match output {
        LogOutput::StdOut { .. } => "out",
        LogOutput::StdErr { .. } => "err",
        other => panic!("an unexpected frame: {other:?}"),
    };
    format!("{stream} {}", String::from_utf8_lossy(&output.clone().into_bytes()).trim_end())
}

async fn logs(docker: &Docker, name: &str, options: LogsOptionsBuilder) -> Vec<String> {
    let lines: Vec<_> = docker.logs(name, Some(options.build())).try_collect().await.unwrap();
    lines.iter().map(shown).collect()
}

async fn exit_code(docker: &Docker, name: &str) -> i64 {
    match docker.wait_container(name, None).next().await.unwrap() {
        Ok(ended) => ended.status_code,
        Err(bollard::errors::Error::DockerContainerWaitError { code, .. }) => code,
        Err(other) => panic!("{other}"),
    }
}

fn both() -> LogsOptionsBuilder {
    LogsOptionsBuilder::new().stdout(true).stderr(true)
}

async fn logs_are_frames_of_two_streams(docker: &Docker, fx: &Fixture) {
    let (said, complained) = (fx.run("a", &["say", "hello"]).await, fx.run("b", &["complain", "oh"]).await);
    assert_eq!((exit_code(docker, &said).await, exit_code(docker, &complained).await), (0, 1));
    assert_eq!(logs(docker, &said, both()).await, ["out hello"]);
    assert_eq!(logs(docker, &complained, both()).await, ["err oh"]);
    assert_eq!(logs(docker, &complained, LogsOptionsBuilder::new().stdout(true)).await, [""; 0]);
    let reply = fx.ask("GET", &format!("/containers/{said}/logs"), &Value::Null).await;
    assert_eq!(reply.message(), "400 Bad parameters: you must choose at least one stream");
}

async fn the_tail_of_a_log_is_its_last_lines(docker: &Docker, fx: &Fixture) {
    let name = fx.run("a", &["say", "one", "two", "three"]).await;
    exit_code(docker, &name).await;
    assert_eq!(logs(docker, &name, both().tail("2")).await, ["out two", "out three"]);
    assert_eq!(logs(docker, &name, both().tail("0")).await, [""; 0]);
    for everything in ["all", "-1", "9"] {
        assert_eq!(logs(docker, &name, both().tail(everything)).await, ["out one", "out two", "out three"]);
    }
}

async fn logs_are_limited_by_time(docker: &Docker, fx: &Fixture) {
    let name = fx.run("a", &["say", "hello"]).await;
    exit_code(docker, &name).await;
    let now = i32::try_from(jiff::Timestamp::now().as_second()).unwrap();
    assert_eq!(logs(docker, &name, both().since(now - 100)).await, ["out hello"]);
    assert_eq!(logs(docker, &name, both().since(now + 100)).await, [""; 0]);
    assert_eq!(logs(docker, &name, both().until(now - 100)).await, [""; 0]);
    assert_eq!(logs(docker, &name, both().until(now + 100)).await, ["out hello"]);
    let stamped = logs(docker, &name, both().timestamps(true)).await.remove(0);
    let (stamp, rest) = stamped["out ".len()..].split_once(' ').unwrap();
    assert_eq!((stamp.len(), rest), ("2026-11-21T00:32:28.628176839Z".len(), "hello"));
    assert!(stamp.parse::<jiff::Timestamp>().is_ok());
    let path = format!("/containers/{name}/logs?stdout=1&since=abc");
    let reply = fx.ask("GET", &path, &Value::Null).await;
    assert_eq!(reply.message(), "500 strconv.ParseInt: parsing \"abc\": invalid syntax");
}

async fn following_a_log_ends_with_the_container(docker: &Docker, fx: &Fixture) {
    let name = fx.run("a", &["talk", "hello"]).await;
    let mut log = docker.logs(&name, Some(both().follow(true).build()));
    assert_eq!(shown(&log.next().await.unwrap().unwrap()), "out hello");
    docker.stop_container(&name, None).await.unwrap();
    assert!(log.next().await.is_none());
}

async fn waiting_gives_the_exit_code(docker: &Docker, fx: &Fixture) {
    for code in [0, 3] {
        let name = fx.run(&format!("a{code}"), &["exit", &code.to_string()]).await;
        assert_eq!(exit_code(docker, &name).await, code);
        let reply = fx.ask("POST", &format!("/containers/{name}/wait"), &Value::Null).await;
        let value: Value = serde_json::from_str(&reply.text).unwrap();
        let answer = fx.answers(
            serde_json::json!({"Error": null, "StatusCode": code}),
            serde_json::json!({"StatusCode": code}),
        );
        assert_eq!(value, answer);
    }
}

async fn waiting_for_the_next_exit_may_begin_before_the_start(docker: &Docker, fx: &Fixture) {
    let name = fx.create("a", fx.body(&["exit", "0"])).await;
    let options = WaitContainerOptionsBuilder::new().condition("next-exit").build();
    let mut waiting = docker.wait_container(&name, Some(options));
    // The reply's head comes at once; the body not before the exit.
    let early = tokio::time::timeout(std::time::Duration::from_millis(300), waiting.next()).await;
    assert!(early.is_err(), "{early:?}");
    docker.start_container(&name, None).await.unwrap();
    assert_eq!(waiting.next().await.unwrap().unwrap().status_code, 0);
}

async fn waiting_for_removal_ends_with_it(docker: &Docker, fx: &Fixture) {
    let name = fx.run("a", &["run"]).await;
    let options = WaitContainerOptionsBuilder::new().condition("removed").build();
    let mut waiting = docker.wait_container(&name, Some(options));
    let early = tokio::time::timeout(std::time::Duration::from_millis(300), waiting.next()).await;
    assert!(early.is_err(), "{early:?}");
    let force = RemoveContainerOptionsBuilder::new().force(true).build();
    docker.remove_container(&name, Some(force)).await.unwrap();
    match waiting.next().await.unwrap() {
        Err(bollard::errors::Error::DockerContainerWaitError { code, error }) => {
            assert_eq!((code, error.as_str()), (137, ""));
        }
        other => panic!("{other:?}"),
    }
}

fn only(pairs: &[(&str, &[&str])]) -> HashMap<String, Vec<String>> {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    pairs.iter().map(|(key, values)| ((*key).to_owned(), owned(values))).collect()
}

async fn events_come_in_order(docker: &Docker, fx: &Fixture) {
    let filters = only(&[("container", &[&fx.name("a"), &fx.name("b")]), ("type", &["container"])]);
    // From a moment before the first action, so that it does not matter which request arrives first.
    let since = (jiff::Timestamp::now().as_second() - 1).to_string();
    let mut events = docker.events(Some(EventsOptionsBuilder::new().filters(&filters).since(&since).build()));
    let acts = async {
        let name = fx.create("a", fx.body(&["run"])).await;
        docker.start_container(&name, None).await.unwrap();
        assert_eq!(fx.last_of(&name, 1).await, "up\n");
        let signal = bollard::query_parameters::KillContainerOptionsBuilder::new().signal("HUP").build();
        docker.kill_container(&name, Some(signal)).await.unwrap();
        docker.restart_container(&name, None).await.unwrap();
        assert_eq!(fx.last_of(&name, 2).await, "up\n");
        docker.stop_container(&name, None).await.unwrap();
        let path = format!("/containers/{name}/rename?name={}", fx.name("b"));
        assert_eq!(fx.ask("POST", &path, &Value::Null).await.status, 204);
        docker.start_container(&fx.name("b"), None).await.unwrap();
        let force = RemoveContainerOptionsBuilder::new().force(true).build();
        docker.remove_container(&fx.name("b"), Some(force)).await.unwrap();
    };
    let collect = async {
        let mut seen = Vec::new();
        while let Some(event) = events.next().await {
            let event = event.unwrap();
            let attributes = event.actor.unwrap().attributes.unwrap();
            let extra = ["signal", "exitCode", "oldName"].iter().filter_map(|key| attributes.get(*key));
            let extra: Vec<_> = extra.map(|value| fx.shape(value)).collect();
            seen.push(format!("{} {}", event.action.unwrap(), extra.join(" ")).trim_end().to_owned());
            if seen.last().is_some_and(|last| last == "destroy") {
                break;
            }
        }
        seen
    };
    let (mut seen, ()) = tokio::join!(collect, acts);
    if fx.family == Family::Docker28 {
        // Two parts of that engine tell of a stop and of the end of the process, in either order.
        for at in 1..seen.len() {
            if seen[at - 1] == "stop" && seen[at] == "die 0" {
                seen.swap(at - 1, at);
            }
        }
    }
    let expected = [
        "create",
        "start",
        "kill 1",
        "kill 15",
        "die 0",
        "stop",
        "start",
        "restart",
        "kill 15",
        "die 0",
        "stop",
        "rename /T-a",
        "start",
        "kill 9",
        "die 137",
        "destroy",
    ];
    assert_eq!(seen, expected);
}

async fn a_stack_is_watched_by_label(docker: &Docker, fx: &Fixture) {
    let since = jiff::Timestamp::now().as_second() - 1;
    for (name, label) in [("a", "watched"), ("b", "other")] {
        let mut body = fx.body(&["exit", "3"]);
        body.labels = Some(HashMap::from([(format!("{}.{label}", fx.tag), "yes".to_owned())]));
        let name = fx.create(name, body).await;
        docker.start_container(&name, None).await.unwrap();
        exit_code(docker, &name).await;
    }
    let label = format!("{}.watched=yes", fx.tag);
    let filters = only(&[("label", &[&label]), ("event", &["start", "die", "destroy"])]);
    let options = EventsOptionsBuilder::new().filters(&filters).since(&since.to_string());
    // Ends by itself at a moment that is over once the last event happened.
    let until = jiff::Timestamp::now().as_second() + 1;
    let options = options.until(&until.to_string()).build();
    let events: Vec<_> = docker.events(Some(options)).try_collect().await.unwrap();
    let seen: Vec<_> = events
        .into_iter()
        .map(|event| {
            let attributes = event.actor.unwrap().attributes.unwrap();
            format!("{} {}", event.action.unwrap(), fx.shape(&attributes["name"]))
        })
        .collect();
    assert_eq!(seen, ["start T-a", "die T-a"]);
}
