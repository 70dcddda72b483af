//! Following while the daemon or the connection to it goes away.

use std::cell::RefCell;
use std::ops::ControlFlow::{Break, Continue};
use std::time::Duration;

use super::super::Pace;
use super::super::follow::Follow;
use super::script::{LIMIT, PACE, Script, Then, request, silent, tell};
use crate::engine::EngineError;
use crate::ops::Error;

#[tokio::test]
async fn a_daemon_that_comes_back_is_taken_up_without_gap_or_doubles() {
    let script = Script::default();
    let events = RefCell::new(Some(script.subscription()));
    script.list(&[("1", "a")]);
    let broken = EngineError::Broken { doing: "read".to_owned(), message: "closed".to_owned() };
    script.log("1", &[("01.0", "before")], Then::Fails(broken));
    // Twice nobody answers; then there is one container more, whose start nobody told.
    script.no_list(silent());
    script.no_list(silent());
    let waiting = [script.subscription(), script.subscription()];
    let again = script.subscription();
    script.list(&[("1", "a"), ("2", "b")]);
    script.log("1", &[("01.0", "before"), ("02.0", "after")], Then::Hangs);
    script.log("2", &[("03.0", "new")], Then::Hangs);
    let (mut lines, mut warnings) = (Vec::new(), Vec::new());
    let request = request(&[]);
    let run = Follow::new(&script, &request, PACE).run(
        |warning| warnings.push(warning),
        |component, line| {
            lines.push(format!("{component} {}", line.text));
            drop(events.take());
            if line.text == "new" { Break(()) } else { Continue(()) }
        },
    );
    tokio::time::timeout(LIMIT, run).await.unwrap().unwrap();
    assert_eq!(lines, ["a before", "a after", "b new"]);
    assert_eq!(warnings, ["the Docker daemon closed the connection; waiting for it"]);
    drop((waiting, again));
}

#[tokio::test]
async fn events_that_the_daemon_dropped_are_made_good_by_the_next_list() {
    let script = Script::default();
    let _events = script.subscription();
    script.list(&[("1", "a")]);
    script.log("1", &[("01.0", "one")], Then::Ends);
    script.log("1", &[("01.0", "one")], Then::Ends);
    script.list(&[("1", "a"), ("2", "b")]);
    script.log("1", &[("01.0", "one"), ("02.0", "two")], Then::Hangs);
    script.log("2", &[("03.0", "three")], Then::Hangs);
    let mut lines = Vec::new();
    let request = request(&[]);
    // The window is wide, so that all lines are there before the first of them is shown.
    let pace = Pace { settle: Duration::from_millis(1), window: Duration::from_millis(200), ..PACE };
    let run = Follow::new(&script, &request, pace).run(
        |warning| panic!("{warning}"),
        |component, line| {
            lines.push(format!("{component} {}", line.text));
            if line.text == "three" { Break(()) } else { Continue(()) }
        },
    );
    tokio::time::timeout(LIMIT, run).await.unwrap().unwrap();
    assert_eq!(lines, ["a one", "a two", "b three"]);
}

#[tokio::test]
async fn a_daemon_that_stays_away_is_given_up() {
    let script = Script::default();
    drop(script.subscription());
    script.list(&[("1", "a")]);
    script.log("1", &[("01.0", "x")], Then::Hangs);
    let (mut lines, mut warnings) = (Vec::new(), Vec::new());
    let request = request(&[]);
    let run = Follow::new(&script, &request, PACE).run(
        |warning| warnings.push(warning),
        |_, line| {
            lines.push(line.text);
            Continue(())
        },
    );
    let result = tokio::time::timeout(LIMIT, run).await.unwrap();
    assert!(matches!(result, Err(Error::Engine(EngineError::Timeout { .. }))), "{result:?}");
    assert_eq!((lines, warnings.len()), (vec!["x".to_owned()], 1));
}

#[tokio::test]
async fn a_daemon_that_does_not_answer_at_first_is_an_error_at_once() {
    let script = Script::default();
    let events = script.subscription();
    tell(&events, "start", "1", "a");
    script.no_list(silent());
    let request = request(&[]);
    let run = Follow::new(&script, &request, PACE).run(|warning| panic!("{warning}"), |_, _| Continue(()));
    let result = tokio::time::timeout(LIMIT, run).await.unwrap();
    assert!(matches!(result, Err(Error::Engine(EngineError::Timeout { .. }))), "{result:?}");
}
