//! Following containers through their lives. Each test answers a line with what happens next.

use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

use super::super::Request;
use super::super::follow::Follow;
use super::script::{LIMIT, PACE, Script, Then, refused, request, tell};

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

#[tokio::test]
async fn a_restarted_container_is_taken_up_where_it_was_left() {
    let script = Script::default();
    let events = script.subscription();
    script.list(&[("1", "a")]);
    script.log("1", &[("05.1", "one")], Then::Ends);
    script.log("1", &[("05.1", "one"), ("05.2", "two")], Then::Ends);
    script.log("1", &[("05.1", "one"), ("05.2", "two"), ("05.3", "three")], Then::Hangs);
    let mut request = request(&[]);
    request.query.tail = Some(2);
    let shown = follow(&script, request, |text| match text {
        "two" => {
            tell(&events, "die", "1", "a");
            tell(&events, "start", "1", "a");
            Continue(())
        }
        "three" => Break(()),
        _ => Continue(()),
    });
    assert_eq!(shown.await.0, ["a one", "a two", "a three"]);
    assert_eq!(script.asked.take(), ["read 1 tail 2", "follow 1 since 4", "follow 1 since 4"]);
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
            tell(&events, "die", "1", "a");
            tell(&events, "destroy", "1", "a");
            tell(&events, "start", "2", "a");
            Continue(())
        }
        _ => Break(()),
    });
    assert_eq!(shown.await.0, ["a old", "a new"]);
    assert_eq!(script.asked.take(), ["read 1 tail 1", "follow 1 since 4", "follow 2"]);
}

#[tokio::test]
async fn a_component_that_does_not_exist_yet_is_waited_for_and_others_are_left_out() {
    let script = Script::default();
    let events = script.subscription();
    script.list(&[("1", "a"), ("9", "")]);
    script.log("1", &[("01.0", "not wanted")], Then::Hangs);
    script.log("2", &[("02.0", "wanted")], Then::Hangs);
    for (id, component) in [("1", "a"), ("8", ""), ("2", "b")] {
        tell(&events, "start", id, component);
    }
    let shown = follow(&script, request(&["b"]), |_| Break(()));
    assert_eq!(shown.await.0, ["b wanted"]);
    assert_eq!(script.asked.take(), ["follow 2"]);
}

#[tokio::test]
async fn a_start_between_subscription_and_list_attaches_once() {
    let script = Script::default();
    let events = script.subscription();
    // Waiting when the list is asked for.
    tell(&events, "start", "1", "a");
    script.list(&[("1", "a"), ("2", "b")]);
    script.log("1", &[("01.0", "x")], Then::Ends);
    script.log("2", &[("02.0", "y")], Then::Ends);
    script.log("1", &[("01.0", "x"), ("03.0", "z")], Then::Hangs);
    script.log("2", &[("02.0", "y")], Then::Hangs);
    let shown = follow(&script, request(&[]), |text| if text == "z" { Break(()) } else { Continue(()) });
    assert_eq!(shown.await.0, ["a x", "b y", "a z"]);
    assert_eq!(script.asked.take(), ["read 1", "read 2", "follow 1 since 0", "follow 2 since 1"]);
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
            tell(&events, "start", "1", "a");
            Continue(())
        }
        _ => Break(()),
    });
    assert_eq!(shown.await.0, ["b go", "a new"]);
    assert_eq!(script.asked.take(), ["follow 1 tail 0", "follow 2 tail 0", "follow 1 since -1"]);
}

#[tokio::test]
async fn a_log_that_cannot_be_read_is_told_once_and_the_others_go_on() {
    let script = Script::default();
    let events = script.subscription();
    script.list(&[("1", "a"), ("2", "b")]);
    script.log("1", &[], Then::Fails(refused(501)));
    script.log("1", &[], Then::Fails(refused(501)));
    script.log("1", &[], Then::Fails(refused(501)));
    script.log("1", &[], Then::Fails(refused(501)));
    script.log("2", &[("01.0", "x")], Then::Ends);
    script.log("2", &[("02.0", "y")], Then::Hangs);
    let shown = follow(&script, request(&[]), |text| match text {
        "x" => {
            tell(&events, "start", "1", "a");
            Continue(())
        }
        _ => Break(()),
    });
    let expected = (vec!["b x".to_owned(), "b y".to_owned()], vec!["could not read: no".to_owned()]);
    assert_eq!(shown.await, expected);
    assert_eq!(script.asked.take(), ["read 1", "follow 1", "read 2", "follow 1", "follow 2 since 0"]);
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

#[tokio::test]
async fn histories_are_in_exact_order_however_slowly_they_arrive() {
    let script = Script::default();
    let _events = script.subscription();
    script.list(&[("1", "a"), ("2", "b")]);
    script.log("1", &[("02.0", "x"), ("04.0", "z")], Then::Ends);
    script.log("2", &[("01.0", "w"), ("03.0", "y")], Then::Ends);
    script.log("1", &[("05.0", "end")], Then::Hangs);
    let shown = follow(&script, request(&[]), |text| if text == "end" { Break(()) } else { Continue(()) });
    assert_eq!(shown.await.0, ["b w", "a x", "b y", "a z", "a end"]);
}
