//! Contract: images by name, tag and archive.

use bollard::Docker;
use bollard::query_parameters::{CreateImageOptionsBuilder, ImportImageOptionsBuilder, RemoveImageOptions};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::fixture::Fixture;

contract! {
    an_image_is_inspected,
    a_lost_image_is_404,
    a_tag_comes_and_goes,
    an_image_in_use_is_removed_only_by_force,
    an_image_survives_save_and_load,
    a_pull_from_a_dead_registry_fails,
    an_archive_that_is_none_fails_in_the_stream,
}

async fn an_image_is_inspected(docker: &Docker, fx: &Fixture) {
    let found = docker.inspect_image(&fx.image).await.unwrap();
    assert_eq!(found.repo_tags, Some(vec![fx.image.clone()]));
    assert_eq!((found.architecture.as_deref(), found.os.as_deref()), (Some("amd64"), Some("linux")));
    let config = found.config.unwrap();
    assert_eq!(config.entrypoint, Some(vec!["/prog".to_owned()]));
    assert_eq!(config.labels.unwrap()["made-by"], "contract");
    let repository = fx.image.rsplit_once(':').unwrap().0;
    for (pattern, count) in [(repository, 1), (fx.image.as_str(), 1), ("no/such", 0)] {
        let filters = json!({"reference": [pattern]}).to_string().replace('"', "%22");
        let reply = fx.ask("GET", &format!("/images/json?filters={filters}"), &Value::Null).await;
        let value: Value = serde_json::from_str(&reply.text).unwrap();
        assert_eq!(value.as_array().unwrap().len(), count, "{pattern}");
    }
}

async fn a_lost_image_is_404(_: &Docker, fx: &Fixture) {
    let name = fx.name("gone");
    let cases = [
        (
            "GET",
            format!("/images/{name}/json"),
            fx.answers(
                "404 no such image: T-gone: No such image: T-gone:latest",
                "404 No such image: T-gone:latest",
            ),
        ),
        ("DELETE", format!("/images/{name}:x"), "404 No such image: T-gone:x"),
        ("POST", format!("/images/{name}:x/tag?repo=a&tag=b"), "404 No such image: T-gone:x"),
        ("GET", format!("/images/{name}/get"), "404 No such image: T-gone"),
    ];
    for (method, path, refusal) in cases {
        assert_eq!(fx.ask(method, &path, &Value::Null).await.message(), refusal, "{method} {path}");
    }
}

async fn a_tag_comes_and_goes(_: &Docker, fx: &Fixture) {
    let other = format!("{}/other", fx.tag);
    let tag = format!("/images/{}/tag?repo={other}&tag=y", fx.image);
    assert_eq!(fx.ask("POST", &tag, &Value::Null).await.message(), "201 ");
    let untagged = fx.ask("DELETE", &format!("/images/{other}:y"), &Value::Null).await;
    assert_eq!((untagged.status, untagged.text.as_str()), (200, "[{\"Untagged\":\"T/other:y\"}]"));
    let bad = format!("/images/{}/tag?repo=UPPER&tag=y", fx.image);
    assert_eq!(
        fx.ask("POST", &bad, &Value::Null).await.message(),
        fx.answers(
            "500 invalid reference format: repository name must be lowercase",
            "400 invalid reference format: repository name (library/UPPER) must be lowercase"
        )
    );
}

async fn an_image_in_use_is_removed_only_by_force(docker: &Docker, fx: &Fixture) {
    let image = format!("{}/used:x", fx.tag);
    fx.import(&image, super::fixture::tar_with(&[("prog", fx.tag.as_bytes())])).await;
    let mut body = fx.body(&["run"]);
    body.image = Some(image.clone());
    let name = fx.create("a", body).await;
    let path = format!("/images/{image}");
    assert_eq!(
        fx.ask("DELETE", &path, &Value::Null).await.message(),
        "409 conflict: unable to remove repository reference \"T/used:x\" (must force) - container <id> is using its \
         referenced image <id>"
    );
    let removed = fx.ask("DELETE", &format!("{path}?force=1"), &Value::Null).await;
    assert_eq!(
        (removed.status, removed.text.as_str()),
        (200, "[{\"Untagged\":\"T/used:x\"},{\"Deleted\":\"sha256:<id>\"}]")
    );
    // The container is still there and shows the identifier instead of the tag.
    let found = docker.inspect_container(&name, None).await.unwrap();
    assert_eq!(found.image.map(|id| fx.shape(&id)), Some("sha256:<id>".to_owned()));
}

async fn an_image_survives_save_and_load(docker: &Docker, fx: &Fixture) {
    let image = format!("{}/moved:x", fx.tag);
    fx.import(&image, super::fixture::tar_with(&[("moved", fx.tag.as_bytes())])).await;
    let before = docker.inspect_image(&image).await.unwrap();
    let saved: Vec<_> = docker.export_image(&image).try_collect().await.unwrap();
    docker.remove_image(&image, None::<RemoveImageOptions>, None).await.unwrap();
    let body = bollard::body_full(saved.concat().into());
    let options = ImportImageOptionsBuilder::new().build();
    let lines: Vec<_> = docker.import_image(options, body, None).try_collect().await.unwrap();
    let lines: Vec<_> =
        lines.into_iter().filter_map(|line| line.stream).map(|line| fx.shape(&line)).collect();
    assert_eq!(lines, ["Loaded image: T/moved:x\n"]);
    let after = docker.inspect_image(&image).await.unwrap();
    assert_eq!((before.id, before.repo_tags), (after.id, after.repo_tags));
}

async fn a_pull_from_a_dead_registry_fails(docker: &Docker, fx: &Fixture) {
    let pull = async |image: &str| {
        let options = CreateImageOptionsBuilder::new().from_image(image).tag("x").build();
        let pulled = docker.create_image(Some(options), None, None).try_collect::<Vec<_>>().await;
        match pulled {
            Err(bollard::errors::Error::DockerResponseServerError { status_code, message }) => {
                (status_code, message)
            }
            other => panic!("{other:?}"),
        }
    };
    let (status, text) = pull("registry.invalid/prog").await;
    let reason = if fx.is_isolated() {
        "dial udp [0-9.]+:53: connect: network is unreachable"
    } else {
        "no such host"
    };
    let dead = regex::Regex::new(&format!(
        "^Get \"https://registry.invalid/v2/\": dial tcp: lookup registry.invalid on [0-9.]+:53: {reason}$"
    ))
    .unwrap();
    assert!(status == 500 && dead.is_match(&text), "{status} {text}");
    let upper = fx.answers(
        "invalid reference format: repository name must be lowercase",
        "invalid reference format: repository name (UPPER) must be lowercase",
    );
    assert_eq!(pull("registry.invalid/UPPER").await, (400, upper.to_owned()));
}

async fn an_archive_that_is_none_fails_in_the_stream(docker: &Docker, fx: &Fixture) {
    let options = ImportImageOptionsBuilder::new().build();
    let body = bollard::body_full(b"no archive".to_vec().into());
    let loaded = docker.import_image(options, body, None).try_collect::<Vec<_>>().await;
    match loaded {
        Err(bollard::errors::Error::DockerStreamError { error }) => {
            let reason = "Error processing tar file(exit status 1): unexpected EOF";
            assert_eq!(error, fx.answers(reason, "unexpected EOF"));
        }
        other => panic!("{other:?}"),
    }
}
