//! Readiness: one attempt, and waiting with its three ends.

use std::future::{pending, ready as at_once};
use std::net::TcpListener;
use std::time::Duration;

use super::{PATIENT, client, peer};
use crate::probe::client::Endpoint;
use crate::probe::error::ProbeError;
use crate::probe::fake::{Reply, Server, closed_port};
use crate::probe::ready::{Expect, NotReady, Patience, Readiness, ready, wait_ready};

const HTTP: Readiness = Readiness::Http { path: "/-/ready", expect: Expect::Status2xx };
const DATABASE_OK: Readiness =
    Readiness::Http { path: "/-/ready", expect: Expect::BodyContains("\"database\":\"ok\"") };

fn patience(deadline: Duration) -> Patience {
    Patience { interval: Duration::from_millis(25), deadline }
}

#[tokio::test]
async fn any_2xx_is_ready() {
    let server = Server::routes(&[("/-/ready", Reply::Answer(204, String::new()))]);
    let (client, endpoint) = (client(), server.endpoint());
    assert_eq!(ready(&peer(&client, &endpoint), &HTTP).await.unwrap().status, Some(204));
}

#[tokio::test]
async fn the_expected_text_must_be_there() {
    let (client, well) = (client(), Server::json("/-/ready", r#"{"database":"ok"}"#));
    assert_eq!(ready(&peer(&client, &well.endpoint()), &DATABASE_OK).await.unwrap().status, Some(200));
    let ill = Server::json("/-/ready", r#"{"database":"failing"}"#);
    let error = ready(&peer(&client, &ill.endpoint()), &DATABASE_OK).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the answer of `{}/-/ready` does not contain `\"database\":\"ok\"`: {{\"database\":\"failing\"}}",
            ill.base()
        )
    );
}

#[tokio::test]
async fn tcp_is_ready_when_a_connection_is_accepted() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let client = client();
    let open = Endpoint::new(format!("http://{}", listener.local_addr().unwrap()));
    assert_eq!(ready(&peer(&client, &open), &Readiness::Tcp).await.unwrap().status, None);
    let closed = closed_port();
    let error = ready(&peer(&client, &closed), &Readiness::Tcp).await.unwrap_err();
    assert_eq!(error, ProbeError::Refused { url: closed.base.clone() });
}

#[tokio::test]
async fn waiting_goes_on_until_the_component_is_ready() {
    let mut asked = 0;
    let server = Server::start(move |_| {
        asked += 1;
        if asked < 4 { Reply::Answer(503, "Service Unavailable".into()) } else { Reply::ok("Ready.") }
    });
    let (client, endpoint) = (client(), server.endpoint());
    let waited = wait_ready(&peer(&client, &endpoint), &HTTP, patience(PATIENT), pending::<String>()).await;
    // Three pauses lie between four attempts.
    assert!(waited.unwrap() >= Duration::from_millis(75));
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn the_deadline_reports_what_was_seen_last() {
    let server = Server::routes(&[("/-/ready", Reply::Answer(503, "replaying".into()))]);
    let (client, endpoint) = (client(), server.endpoint());
    let limit = Duration::from_millis(150);
    let end = wait_ready(&peer(&client, &endpoint), &HTTP, patience(limit), pending::<String>()).await;
    let Err(NotReady::Deadline { last, waited }) = end else { panic!("{end:?}") };
    let url = format!("{}/-/ready", server.base());
    assert_eq!(last, ProbeError::Status { url, code: 503, body: "replaying".into() });
    assert!(waited >= limit);
}

#[tokio::test]
async fn a_component_that_hangs_does_not_hold_up_the_deadline() {
    let server = Server::routes(&[("/-/ready", Reply::Hang)]);
    let (client, endpoint) = (client(), server.endpoint());
    let limit = Duration::from_millis(150);
    let end = wait_ready(&peer(&client, &endpoint), &HTTP, patience(limit), pending::<String>()).await;
    let Err(NotReady::Deadline { last: ProbeError::Timeout { url, after }, waited }) = end else {
        panic!("{end:?}")
    };
    assert_eq!((url, after), (server.base(), waited));
}

#[tokio::test]
async fn a_terminal_state_ends_the_wait_at_once() {
    let server = Server::routes(&[("/-/ready", Reply::Hang)]);
    let (client, endpoint) = (client(), server.endpoint());
    let state = at_once("container exited with code 1".to_owned());
    let end = wait_ready(&peer(&client, &endpoint), &HTTP, patience(PATIENT), state).await;
    let error = end.unwrap_err();
    let NotReady::Ended { state, last, waited } = &error else { panic!("{error:?}") };
    assert_eq!((state.as_str(), last), ("container exited with code 1", &None));
    assert!(*waited < PATIENT);
    assert_eq!(error.to_string(), "container exited with code 1 after 0.0s of waiting to be ready");
}

#[tokio::test]
async fn a_terminal_state_also_ends_an_attempt_in_flight() {
    let server = Server::routes(&[("/-/ready", Reply::Hang)]);
    let (client, endpoint) = (client(), server.endpoint());
    let state = tokio::time::sleep(Duration::from_millis(50));
    let end = wait_ready(&peer(&client, &endpoint), &HTTP, patience(PATIENT), state).await;
    assert!(matches!(end, Err(NotReady::Ended { waited, .. }) if waited < PATIENT), "{end:?}");
}
