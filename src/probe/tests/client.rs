//! What the client sends, what it refuses to read, and how it names what went wrong.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use super::{client, peer};
use crate::kernel::Secret;
use crate::probe::client::{Body, Endpoint, Request, segment};
use crate::probe::error::ProbeError;
use crate::probe::fake::{Reply, Server, closed_port};
use crate::probe::ready::{Readiness, ready};

async fn ask(endpoint: &Endpoint, timeout: Duration) -> Result<String, ProbeError> {
    client().peer(endpoint, timeout).get("/x").await.map(|answer| answer.text())
}

const SHORT: Duration = Duration::from_millis(200);
const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn an_answer_is_read_whole_and_the_request_says_who_asks() {
    let server = Server::json("/x", "hello");
    assert_eq!(ask(&server.endpoint(), LONG).await, Ok("hello".to_owned()));
    let request = server.requests().remove(0);
    assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/x"));
    assert_eq!(request.headers["user-agent"], concat!("stackctl/", env!("CARGO_PKG_VERSION")));
    assert_eq!(request.headers.get("authorization"), None);
}

#[tokio::test]
async fn a_path_prefix_and_a_trailing_slash_of_the_base_are_kept_apart() {
    let server = Server::json("/prefix/x", "hello");
    let endpoint = Endpoint::new(format!("{}/prefix/", server.base()));
    assert_eq!(ask(&endpoint, LONG).await, Ok("hello".to_owned()));
}

#[tokio::test]
async fn credentials_are_sent_as_basic_authentication() {
    let server = Server::json("/x", "hello");
    let endpoint = server.endpoint().with_credentials("admin", Secret::new("pä:ss"));
    ask(&endpoint, LONG).await.unwrap();
    // base64 of "admin:pä:ss"
    assert_eq!(server.requests()[0].headers["authorization"], "Basic YWRtaW46cMOkOnNz");
}

#[tokio::test]
async fn form_fields_are_encoded() {
    let server = Server::json("/x", "");
    let (client, endpoint) = (client(), server.endpoint());
    let form = vec![("match[]".to_owned(), r#"up{a="b c&d"}"#.to_owned())];
    peer(&client, &endpoint).send(Request::post("/x", Body::Form(form))).await.unwrap();
    let request = server.requests().remove(0);
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.body, "match%5B%5D=up%7Ba%3D%22b+c%26d%22%7D");
}

#[test]
fn a_path_segment_cannot_leave_its_place() {
    assert_eq!(segment("a/../b?c#d e"), "a%2F..%2Fb%3Fc%23d%20e");
}

#[tokio::test]
async fn a_closed_port_is_a_refusal() {
    let endpoint = closed_port();
    let error = ask(&endpoint, LONG).await.unwrap_err();
    assert_eq!(error, ProbeError::Refused { url: format!("{}/x", endpoint.base) });
    assert_eq!(error.to_string(), format!("nothing listens at `{}/x` (connection refused)", endpoint.base));
}

#[tokio::test]
async fn silence_is_a_timeout_with_its_limit() {
    let server = Server::routes(&[("/x", Reply::Hang)]);
    let error = ask(&server.endpoint(), SHORT).await.unwrap_err();
    assert_eq!(error.to_string(), format!("no answer from `{}/x` within 0.2s", server.base()));
}

#[tokio::test]
async fn half_an_answer_is_a_broken_connection() {
    let server = Server::routes(&[("/x", Reply::Cut)]);
    let error = ask(&server.endpoint(), LONG).await.unwrap_err();
    assert!(matches!(error, ProbeError::Transport { .. }), "{error:?}");
}

#[tokio::test]
async fn another_status_is_shown_with_the_beginning_of_the_answer() {
    let body = format!("not\n  ready \x1b[2J{}", "x".repeat(1000));
    let server = Server::routes(&[("/x", Reply::Answer(503, body))]);
    let error = ask(&server.endpoint(), LONG).await.unwrap_err();
    let excerpt = format!("not ready \\u{{1b}}[2J{}…", "x".repeat(286));
    assert_eq!(error, ProbeError::Status { url: format!("{}/x", server.base()), code: 503, body: excerpt });
    assert_eq!(error.status(), Some(503));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::json("/x", "wrong");
    let server = Server::routes(&[("/x", Reply::Redirect(format!("{}/x", elsewhere.base())))]);
    let error = ask(&server.endpoint(), LONG).await.unwrap_err();
    assert_eq!((error.status(), elsewhere.requests()), (Some(302), vec![]));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off_at_the_limit() {
    let server = Server::routes(&[("/x", Reply::Flood(1 << 20))]);
    let (client, endpoint) = (client().with_body_limit(10_000), server.endpoint());
    let error = peer(&client, &endpoint).get("/x").await.unwrap_err();
    assert_eq!(error, ProbeError::TooLarge { url: format!("{}/x", server.base()), limit: 10_000 });
}

#[tokio::test]
async fn the_limit_itself_is_allowed() {
    let server = Server::routes(&[("/x", Reply::Flood(8192))]);
    let (client, endpoint) = (client().with_body_limit(8192), server.endpoint());
    assert_eq!(peer(&client, &endpoint).get("/x").await.unwrap().body.len(), 8192);
}

#[tokio::test]
async fn an_address_that_cannot_be_asked_is_named() {
    let error = ask(&Endpoint::new("nonsense"), LONG).await.unwrap_err();
    let reason = "relative URL without a base".to_owned();
    assert_eq!(error, ProbeError::Address { url: "nonsense".to_owned(), reason });
}

#[tokio::test]
async fn an_io_error_keeps_its_kind() {
    // Port 0 cannot be connected to.
    let error = ask(&Endpoint::new("http://127.0.0.1:0"), LONG).await.unwrap_err();
    let kind = match &error {
        ProbeError::Refused { .. } => Some(ErrorKind::ConnectionRefused),
        ProbeError::Transport { kind, .. } => *kind,
        _ => None,
    };
    assert!(kind.is_some(), "{error:?}");
}

#[tokio::test]
async fn no_error_shows_a_secret() {
    let echo = "you sent CANARY-PASSWORD as admin";
    let server = Server::routes(&[("/x", Reply::Answer(400, echo.into()))]);
    let base = server.base().replace("http://", "http://user:CANARY-URL@");
    let endpoint = Endpoint::new(base).with_credentials("admin", Secret::new("CANARY-PASSWORD"));
    let closed = Endpoint::new(closed_port().base.replace("http://", "http://u:CANARY@"));
    let tcp = ready(&peer(&client(), &closed), &Readiness::Tcp).await.unwrap_err();
    let errors = [ask(&endpoint, LONG).await.unwrap_err(), ask(&closed, LONG).await.unwrap_err(), tcp];
    for error in errors {
        let texts = format!("{error} {error:?} {:?}", endpoint.credentials);
        assert!(!texts.contains("CANARY"), "{texts}");
    }
}

#[test]
fn the_proxy_environment_is_ignored() {
    let trap = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    trap.set_nonblocking(true).unwrap();
    let proxy = format!("http://{}", trap.local_addr().unwrap());
    // The test named here starts its own server and reads from it; it runs again behind a proxy that
    // never answers.
    let test = "probe::tests::client::an_answer_is_read_whole_and_the_request_says_who_asks";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test]);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, &proxy);
    }
    let output = command.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    assert_eq!(trap.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}
