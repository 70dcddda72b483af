//! One HTTP client for all components, and who is asked how.
//!
//! It must not use a proxy: behind `HTTP_PROXY` a component on 127.0.0.1 would look down. It must not keep
//! connections: a kept one may lead to a container that is being replaced.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, Url};
use serde::de::DeserializeOwned;

use super::error::{ProbeError, excerpt};
use crate::kernel::Secret;

/// How long a connection may take to be made.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The longest answer that is read: `/api/v1/series` of a large server stays well below.
const BODY_LIMIT: usize = 64 << 20;

/// The HTTP client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    body_limit: usize,
}

impl Client {
    /// Makes the client; it fails only when the HTTP library cannot start.
    pub fn new() -> Result<Self, ProbeError> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("stackctl/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ProbeError::Setup { reason: error.to_string() })?;
        Ok(Self { http, body_limit: BODY_LIMIT })
    }

    /// The same client with another limit for answers, in bytes.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The component at `endpoint`, asked with `timeout` for each request.
    pub fn peer<'a>(&'a self, endpoint: &'a Endpoint, timeout: Duration) -> Peer<'a> {
        Peer { client: self, endpoint, timeout }
    }
}

/// A user name and its password, sent as basic authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// Where a component listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `http://127.0.0.1:9090`, with a path prefix when the component has one. TLS is not supported.
    pub base: String,
    /// What to sign requests with.
    pub credentials: Option<Credentials>,
}

impl Endpoint {
    /// An endpoint without credentials.
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into(), credentials: None }
    }

    /// The same endpoint, signed.
    #[must_use]
    pub fn with_credentials(mut self, user: impl Into<String>, password: Secret) -> Self {
        self.credentials = Some(Credentials { user: user.into(), password });
        self
    }

    /// The URL of `path`, with the query.
    fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, ProbeError> {
        let text = format!("{}{path}", self.base.trim_end_matches('/'));
        let mut url = Url::parse(&text)
            .map_err(|error| ProbeError::Address { url: self.base.clone(), reason: error.to_string() })?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// The address of `path` as it may be shown: without credentials.
    pub(super) fn shown(&self, path: &str) -> String {
        let url = self.url(path, &[]);
        url.map_or_else(|_| self.base.clone(), |url| shown(&url).trim_end_matches('/').to_owned())
    }

    /// Host and port, for a plain TCP connection.
    pub(super) fn address(&self) -> Result<(String, u16), ProbeError> {
        let url = self.url("", &[])?;
        let host = url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned());
        host.zip(url.port_or_known_default()).ok_or_else(|| ProbeError::Address {
            url: self.base.clone(),
            reason: "it names no host and port".to_owned(),
        })
    }
}

/// A URL as it may be shown: no credentials, no query.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    // Both fail only for URLs without a host, which have no credentials either.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// What is sent along.
#[derive(Debug, Clone, Default)]
pub(super) enum Body {
    #[default]
    None,
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(String, String)>),
    /// JSON as it is.
    Json(String),
    /// A JSON object whose values must never be seen.
    Secrets(Vec<(&'static str, Secret)>),
}

/// One request.
#[derive(Debug, Clone)]
pub(super) struct Request<'a> {
    pub method: Method,
    /// Path below the base, already percent-encoded.
    pub path: &'a str,
    pub query: &'a [(&'a str, &'a str)],
    pub body: Body,
}

impl<'a> Request<'a> {
    /// A GET of `path`.
    pub fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, query: &[], body: Body::None }
    }

    /// A POST to `path`.
    pub fn post(path: &'a str, body: Body) -> Self {
        Self { method: Method::POST, path, query: &[], body }
    }
}

/// A complete answer, whatever its status.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// The URL, fit to be shown.
    pub url: String,
    pub code: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The beginning of the body, fit to be shown.
    pub fn excerpt(&self) -> String {
        excerpt(&self.text())
    }

    /// The same answer when its status is 2xx, otherwise the error.
    pub fn success(self) -> Result<Self, ProbeError> {
        if (200..300).contains(&self.code) { Ok(self) } else { Err(self.refusal()) }
    }

    /// The error for a status that is not 2xx.
    pub fn refusal(&self) -> ProbeError {
        ProbeError::Status { url: self.url.clone(), code: self.code, body: self.excerpt() }
    }

    /// The body as JSON of the given shape; `what` names it in the error.
    pub fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T, ProbeError> {
        serde_json::from_slice(&self.body).map_err(|error| ProbeError::malformed(&self.url, what, &error))
    }
}

/// One component, asked through one client with one time limit per request.
#[derive(Debug, Clone, Copy)]
pub struct Peer<'a> {
    client: &'a Client,
    endpoint: &'a Endpoint,
    timeout: Duration,
}

impl<'a> Peer<'a> {
    /// Where it listens.
    pub fn endpoint(&self) -> &'a Endpoint {
        self.endpoint
    }

    /// How long one request may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The same component with another limit per request.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// GET with an expected 2xx.
    pub(super) async fn get(&self, path: &str) -> Result<Answer, ProbeError> {
        self.send(Request::get(path)).await?.success()
    }

    /// Sends one request and reads the whole answer, within the time limit.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Answer, ProbeError> {
        let url = self.endpoint.url(request.path, request.query)?;
        let shown = shown(&url);
        let mut builder = self.client.http.request(request.method, url).timeout(self.timeout);
        if let Some(Credentials { user, password }) = &self.endpoint.credentials {
            builder = builder.basic_auth(user, Some(password.expose_text()));
        }
        let mut hidden: Vec<String> =
            self.endpoint.credentials.iter().map(|own| own.password.expose_text()).collect();
        builder = match request.body {
            Body::None => builder,
            Body::Form(pairs) => {
                builder.header("content-type", "application/x-www-form-urlencoded").body(encode(&pairs))
            }
            // Kibana refuses writes without the second header; the others do not look at it.
            Body::Json(text) => {
                builder.header("content-type", "application/json").header("kbn-xsrf", "stackctl").body(text)
            }
            Body::Secrets(fields) => {
                hidden.extend(fields.iter().map(|(_, secret)| secret.expose_text()));
                let fields = fields.iter().map(|(name, secret)| (*name, secret.expose_text()));
                builder.json(&fields.collect::<BTreeMap<_, _>>())
            }
        };
        let failed = |error| ProbeError::from_transport(&shown, &error, self.timeout);
        let mut response = builder.send().await.map_err(failed)?;
        let code = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > self.client.body_limit {
                return Err(ProbeError::TooLarge { url: shown, limit: self.client.body_limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { url: shown, code, body: scrub(body, &hidden) })
    }
}

/// Takes the secrets that were sent out of an answer that echoes them, so that no excerpt can show them.
fn scrub(mut body: Vec<u8>, hidden: &[String]) -> Vec<u8> {
    // A secret of two or three letters cannot be told from ordinary text.
    for secret in hidden.iter().filter(|secret| secret.len() > 3) {
        if body.windows(secret.len()).any(|window| window == secret.as_bytes()) {
            body = String::from_utf8_lossy(&body).replace(secret, "<secret>").into_bytes();
        }
    }
    body
}

/// Encodes form fields with the URL library's own serialiser.
fn encode(pairs: &[(String, String)]) -> String {
    let mut url = Url::parse("http://form/").ok();
    if let Some(url) = &mut url {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    url.and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}

/// One path segment, percent-encoded: uids and names come from files.
pub(super) fn segment(text: &str) -> String {
    let mut url = Url::parse("http://path/").ok();
    if let Some(mut segments) = url.as_mut().and_then(|url| url.path_segments_mut().ok()) {
        segments.push(text);
    }
    url.map(|url| url.path().trim_start_matches('/').to_owned()).unwrap_or_default()
}
