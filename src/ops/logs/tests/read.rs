//! Without following.

use std::ops::ControlFlow;

use super::super::{Request, read};
use super::script::{Script, Then, refused, request};
use crate::kernel::Exit;
use crate::ops::Error;

async fn lines(script: &Script, request: &Request) -> (Vec<String>, Result<(), Error>) {
    let mut lines = Vec::new();
    let result = read(script, request, |component, line| {
        lines.push(format!("{component} {}", line.text));
        ControlFlow::Continue(())
    });
    let result = result.await;
    (lines, result)
}

#[tokio::test]
async fn everything_is_read_and_one_log_that_cannot_be_read_is_told_at_the_end() {
    let script = Script::default();
    script.list(&[("1", "a"), ("2", "b"), ("3", "c"), ("4", "")]);
    script.log("1", &[("01.0", "x"), ("03.0", "z")], Then::Ends);
    script.log("2", &[("02.0", "y")], Then::Fails(refused(501)));
    script.log("3", &[], Then::Fails(refused(404)));
    let (lines, result) = lines(&script, &request(&[])).await;
    assert_eq!(lines, ["a x", "b y", "a z"]);
    assert_eq!(result.unwrap_err().to_string(), "could not read: no");
    assert_eq!(script.asked.take(), ["read 1", "read 2", "read 3"]);
}

#[tokio::test]
async fn a_container_that_vanished_meanwhile_is_no_error() {
    let script = Script::default();
    script.list(&[("1", "a")]);
    script.log("1", &[("01.0", "x")], Then::Fails(refused(404)));
    let (lines, result) = lines(&script, &request(&["a"])).await;
    assert_eq!((lines, result.is_ok()), (vec!["a x".to_owned()], true));
}

#[tokio::test]
async fn a_reader_that_has_had_enough_ends_it_well() {
    let script = Script::default();
    script.list(&[("1", "a")]);
    script.log("1", &[("01.0", "x")], Then::Hangs);
    let result = read(&script, &request(&[]), |_, _| ControlFlow::Break(())).await;
    assert!(result.is_ok());
}

#[tokio::test]
async fn what_cannot_be_shown_is_said_with_the_next_step() {
    for (containers, wanted, message, hint, exit) in [
        (
            [("1", "a")].as_slice(),
            ["aa"].as_slice(),
            "the stack has no component `aa`",
            "did you mean `a`?",
            Exit::Usage,
        ),
        (
            &[("1", "")],
            &["zebra"],
            "the stack has no component `zebra`",
            "the components are a and b",
            Exit::Usage,
        ),
        (
            &[("1", "")],
            &["a"],
            "nothing of the stack runs, so there are no logs",
            "`stackctl up` starts it",
            Exit::Environment,
        ),
        (
            &[("1", "a")],
            &["b"],
            "there is no container of `b`",
            "`stackctl status` shows what runs, `stackctl up` starts the rest",
            Exit::Environment,
        ),
    ] {
        let script = Script::default();
        script.list(containers);
        let (_, result) = lines(&script, &request(wanted)).await;
        let error = result.unwrap_err();
        assert_eq!(
            (error.to_string(), error.hint(), error.exit()),
            (message.to_owned(), Some(hint.to_owned()), exit)
        );
    }
}
