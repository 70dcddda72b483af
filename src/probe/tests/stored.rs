//! Objects in a component's store: written with what Kibana wants, and read back without minding what was filled in.

use super::{client, peer};
use crate::model::component::{Stored, Write};
use crate::probe::error::ProbeError;
use crate::probe::fake::{Reply, Server};
use crate::probe::stored::{missing, write};

const POLICY: Stored = Stored {
    what: "the policy",
    file: "policy.json",
    write: Write::Put,
    path: "/policy/p",
    read: "/policy/p",
    rendered: "/policy",
    answered: "/p/policy",
};

const BODY: &str = r#"{"policy":{"phases":{"delete":{"min_age":"30d","actions":{"delete":{}}}}}}"#;

async fn read(reply: Reply) -> Result<Option<String>, ProbeError> {
    let server = Server::routes(&[("/policy/p", reply)]);
    let (client, endpoint) = (client(), server.endpoint());
    missing(&peer(&client, &endpoint), &POLICY, BODY).await
}

#[tokio::test]
async fn an_object_is_written_as_json() {
    for (how, method) in [(Write::Put, "PUT"), (Write::Post, "POST")] {
        let server = Server::json("/policy/p", "{}");
        let (client, endpoint) = (client(), server.endpoint());
        let stored = Stored { write: how, ..POLICY };
        assert_eq!(write(&peer(&client, &endpoint), &stored, BODY).await, Ok(()));
        let request = server.requests().remove(0);
        assert_eq!((request.method.as_str(), request.body.as_str()), (method, BODY));
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(request.headers["kbn-xsrf"], "stackctl");
    }
}

#[tokio::test]
async fn a_refused_write_says_why() {
    let server = Server::routes(&[("/policy/p", Reply::Answer(400, r#"{"error":"unknown unit"}"#.into()))]);
    let (client, endpoint) = (client(), server.endpoint());
    let error = write(&peer(&client, &endpoint), &POLICY, BODY).await.unwrap_err();
    assert!(error.to_string().contains("unknown unit"), "{error}");
}

#[tokio::test]
async fn a_stored_object_may_hold_more_than_the_rendered_one_but_not_less_or_other() {
    let answer = |age: &str| {
        Reply::ok(format!(
            r#"{{"p":{{"version":3,"policy":{{"phases":{{"delete":{{"min_age":"{age}",
            "actions":{{"delete":{{"delete_searchable_snapshot":true}}}}}}}}}}}}}}"#
        ))
    };
    assert_eq!(read(answer("30d")).await, Ok(None));
    let other = Ok(Some("the policy is another than the rendered one".to_owned()));
    assert_eq!(read(answer("7d")).await, other);
    assert_eq!(read(Reply::ok(r#"{"p":{"policy":{"phases":{}}}}"#)).await, other);
    assert_eq!(read(Reply::ok("{}")).await, other);
    assert_eq!(read(Reply::Answer(404, "{}".into())).await, Ok(Some("the policy is not there".to_owned())));
    assert!(matches!(
        read(Reply::Answer(503, String::new())).await,
        Err(ProbeError::Status { code: 503, .. })
    ));
    assert!(matches!(read(Reply::ok("no JSON")).await, Err(ProbeError::Malformed { .. })));
}
