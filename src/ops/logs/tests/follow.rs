//! Following containers through their lives. Each test answers a line with what happens next.

use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

use super::super::Request;
use super::super::follow::Follow;
use super::script::{LIMIT, PACE, Script, Then, event, refused, request};

/// 2026-01-02T12:00:00Z
const NOON: i64 = 1_767_355_200;

/// What was shown, as `component text`, and what was warned of.
async fn follow(
    script: &Script,
    mut request: Request,
    mut next: impl FnMut(&str) -> ControlFlow<()>,
) -> (Vec<String>, Vec<String>) {
    request.query.follow = true;
    let (mut lines, mut warnings) = (Vec::new(), Vec::new());
    let run = Follow::new(script, &request, PACE).run(
        |warning| warnings.push(warning),
        |component, line| {
            lines.push(format!("{component} {}", line.text));
            next(&line.text)
        },
    );
    tokio::time::timeout(LIMIT, run).await.unwrap().unwrap();
    (lines, warnings)
}

fn asked(script: &Script) -> Vec<(String, Option<i64>, Option<u64>)> {
    script.asked.take()
}

fn ask(container: &str, since: Option<i64>, tail: Option<u64>) -> (String, Option<i64>, Option<u64>) {
    (container.to_owned(), since, tail)
}

#[tokio::test]
async fn a_restarted_container_is_taken_up_where_it_was_left() {
    let script = Script::default();
    let events = script.subscription();
    script.list(&[("1", "a")]);
    script.log("1", &[("05.1", "one"), ("05.2", "two")], Then::Ends);
    script.log("1", &[("05.1", "one"), ("05.2", "two"), ("05.3", "three")], Then::Hangs);
    let mut request = request(&[]);
    request.query.tail = Some(2);
    let shown = follow(&script, request, |text| match text {
        "two" => {
            events.send(event("die", "1", "a")).unwrap();
            events.send(event("start", "1", "a")).unwrap();
            Continue(())
        }
        "three" => Break(()),
        _ => Continue(()),
    });
    assert_eq!(shown.await.0, ["a one", "a two", "a three"]);
    assert_eq!(asked(&script), [ask("1", None, Some(2)), ask("1", Some(NOON + 4), None)]);
}

#[tokio::test]
async fn a_recreated_container_is_shown_from_its_first_line() {
    let script = Script::default();
    let events = script.subscription();
    script.list(&[("1", "a")]);
    script.log("1", &[("05.0", "old")], Then::Ends);
    // The clock of the daemon was set back; another container has another log.
    script.log("2", &[("04.0", "new")], Then::Hangs);
    let mut request = request(&["a"]);
    request.query.tail = Some(1);
    let shown = follow(&script, request, |text| match text {
        "old" => {
            events.send(event("die", "1", "a")).unwrap();
            events.send(event("destroy", "1", "a")).unwrap();
            events.send(event("start", "2", "a")).unwrap();
            Continue(())
        }
        _ => Break(()),
    });
    assert_eq!(shown.await.0, ["a old", "a new"]);
    assert_eq!(asked(&script), [ask("1", None, Some(1)), ask("2", None, None)]);
}

#[tokio::test]
async fn a_component_that_does_not_exist_yet_is_waited_for_and_others_are_left_out() {
    let script = Script::default();
    let events = script.subscription();
    script.list(&[("1", "a"), ("9", "")]);
    script.log("1", &[("01.0", "not wanted")], Then::Hangs);
    script.log("2", &[("02.0", "wanted")], Then::Hangs);
    for (id, component) in [("1", "a"), ("8", ""), ("2", "b")] {
        events.send(event("start", id, component)).unwrap();
    }
    let shown = follow(&script, request(&["b"]), |_| Break(()));
    assert_eq!(shown.await.0, ["b wanted"]);
    assert_eq!(asked(&script), [ask("2", None, None)]);
}

#[tokio::test]
async fn a_start_between_subscription_and_list_attaches_once() {
    let script = Script::default();
    let events = script.subscription();
    // Waiting when the list is asked for.
    events.send(event("start", "1", "a")).unwrap();
    script.list(&[("1", "a"), ("2", "b")]);
    script.log("1", &[("01.0", "x")], Then::Hangs);
    script.log("2", &[("02.0", "y")], Then::Hangs);
    let shown = follow(&script, request(&[]), |text| if text == "y" { Break(()) } else { Continue(()) });
    assert_eq!(shown.await.0, ["a x", "b y"]);
    assert_eq!(asked(&script), [ask("1", None, None), ask("2", None, None)]);
}

#[tokio::test]
async fn with_a_tail_of_nothing_a_restart_shows_nothing_old() {
    let script = Script::default();
    let events = script.subscription();
    script.list(&[("1", "a"), ("2", "b")]);
    script.log("1", &[], Then::Ends);
    script.log("2", &[("00.1", "go")], Then::Hangs);
    script.log("1", &[("00.0", "new")], Then::Hangs);
    let mut request = request(&[]);
    request.query.tail = Some(0);
    let shown = follow(&script, request, |text| match text {
        "go" => {
            events.send(event("start", "1", "a")).unwrap();
            Continue(())
        }
        _ => Break(()),
    });
    assert_eq!(shown.await.0, ["b go", "a new"]);
    let expected = [ask("1", None, Some(0)), ask("2", None, Some(0)), ask("1", Some(NOON - 1), None)];
    assert_eq!(asked(&script), expected);
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_told_once_and_the_others_go_on() {
    let script = Script::default();
    let events = script.subscription();
    script.list(&[("1", "a"), ("2", "b")]);
    script.log("1", &[], Then::Fails(refused(501)));
    script.log("1", &[], Then::Fails(refused(501)));
    script.log("2", &[("01.0", "x")], Then::Ends);
    script.log("2", &[("02.0", "y")], Then::Hangs);
    let shown = follow(&script, request(&[]), |text| match text {
        "x" => {
            events.send(event("start", "1", "a")).unwrap();
            events.send(event("start", "2", "b")).unwrap();
            Continue(())
        }
        _ => Break(()),
    });
    let expected = (vec!["b x".to_owned(), "b y".to_owned()], vec!["could not read: no".to_owned()]);
    assert_eq!(shown.await, expected);
    let containers: Vec<_> = asked(&script).into_iter().map(|asked| asked.0).collect();
    assert_eq!(containers, ["1", "2", "1", "2"]);
}

#[tokio::test]
async fn following_ends_when_its_time_is_over() {
    let script = Script::default();
    let _events = script.subscription();
    script.list(&[("1", "a")]);
    script.log("1", &[("01.0", "x")], Then::Hangs);
    let request = Request { remaining: Some(Duration::from_millis(20)), ..request(&[]) };
    assert_eq!(follow(&script, request, |_| Continue(())).await.0, ["a x"]);
}
