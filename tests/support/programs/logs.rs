//! Elasticsearch, Logstash, Kibana, Loki and the collector: readiness, and the objects that the first and third keep in
//! stores which outlive their containers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::daemon::{Answer, Program, Request, Route};

/// The stores of an Elasticsearch and of the Kibana before it. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Elastic {
    policies: Objects,
    views: Objects,
    /// The next writes are answered with this error.
    refuses: Arc<Mutex<Option<String>>>,
}

type Objects = Arc<Mutex<BTreeMap<String, Value>>>;

impl Elastic {
    pub fn new() -> Self {
        Self::default()
    }

    /// A lifecycle policy as it was written.
    pub fn policy(&self, name: &str) -> Option<Value> {
        self.policies.lock().unwrap().get(name).cloned()
    }

    /// A data view as it was written.
    pub fn view(&self, id: &str) -> Option<Value> {
        self.views.lock().unwrap().get(id).cloned()
    }

    /// From now on it refuses every write with this reason; none: it takes them again.
    pub fn refuse(&self, reason: Option<&str>) {
        *self.refuses.lock().unwrap() = reason.map(str::to_owned);
    }

    fn refusal(&self) -> Option<Answer> {
        let reason = self.refuses.lock().unwrap().clone()?;
        Some(Answer::json(400, &json!({"error": {"reason": reason}, "status": 400})))
    }

    /// What containers of Elasticsearch do.
    pub fn elasticsearch(&self) -> Program {
        let this = self.clone();
        Program::serves_http(9200)
            .route("/_cluster/health", Route::always(Answer::json(200, &json!({"status": "green"}))))
            .route("/_ilm/policy/stackctl-logs", Route::computed(move |request, _| this.lifecycle(request)))
    }

    fn lifecycle(&self, request: &Request) -> Answer {
        const NAME: &str = "stackctl-logs";
        let mut policies = self.policies.lock().unwrap();
        match (request.method.as_str(), self.refusal()) {
            ("GET", _) => policies.get(NAME).map_or_else(
                || Answer::json(404, &json!({"error": {"type": "resource_not_found_exception"}})),
                |policy| {
                    let mut policy = policy["policy"].clone();
                    // Elasticsearch fills in what it assumes.
                    policy["phases"]["delete"]["actions"]["delete"] =
                        json!({"delete_searchable_snapshot": true});
                    Answer::json(200, &json!({NAME: {"version": 1, "policy": policy, "in_use_by": {}}}))
                },
            ),
            (_, Some(refused)) => refused,
            ("PUT", None) => {
                policies.insert(NAME.to_owned(), body(request));
                Answer::json(200, &json!({"acknowledged": true}))
            }
            _ => Answer::text(405, "Incorrect HTTP method"),
        }
    }

    /// What containers of Kibana do.
    pub fn kibana(&self) -> Program {
        let (writes, reads) = (self.clone(), self.clone());
        let status = r#"{"name":"kibana","status":{"overall":{"level":"available","summary":"All services are available"}}}"#;
        Program::serves_http(5601)
            .route("/api/status", Route::always(Answer::text(200, status)))
            .route("/api/data_views/data_view", Route::computed(move |request, _| writes.make_view(request)))
            .route(
                "/api/data_views/data_view/stackctl-logs",
                Route::computed(move |_, _| {
                    reads.view("stackctl-logs").map_or_else(
                        || Answer::json(404, &json!({"statusCode": 404})),
                        |view| Answer::json(200, &json!({"data_view": view})),
                    )
                }),
            )
    }

    fn make_view(&self, request: &Request) -> Answer {
        let sent = body(request);
        let view = sent["data_view"].clone();
        let mut views = self.views.lock().unwrap();
        if !request.headers.contains_key("kbn-xsrf") {
            return Answer::json(400, &json!({"message": "Request must contain a kbn-xsrf header."}));
        }
        if let Some(refused) = self.refusal() {
            return refused;
        }
        let taken = views.values().any(|other| other["name"] == view["name"]);
        if taken && sent["override"] != true {
            return Answer::json(400, &json!({"message": "Duplicate data view"}));
        }
        views.insert(view["id"].as_str().unwrap_or_default().to_owned(), view.clone());
        Answer::json(200, &json!({"data_view": view}))
    }
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

/// What containers of Logstash do.
pub fn logstash() -> Program {
    let answer = json!({"host": "logstash", "version": "9.5.2", "status": "green"});
    Program::serves_http(9600).route("/", Route::always(Answer::json(200, &answer)))
}

/// What containers of Loki do; with `-verify-config` it only reads its file.
pub fn loki() -> Program {
    let joining = Answer::text(503, "Ingester not ready: waiting for 15s after being ready\n");
    let serves =
        Program::serves_http(3100).route("/ready", Route::sequence([joining, Answer::text(200, "ready\n")]));
    unless_asked_to_check("-verify-config", serves)
}

/// What containers of Fluent Bit do; with `--dry-run` it only reads its file.
pub fn collector() -> Program {
    let serves = Program::serves_http(2020).route("/api/v1/health", Route::always(Answer::text(200, "ok\n")));
    unless_asked_to_check("--dry-run", serves)
}

fn unless_asked_to_check(flag: &'static str, serves: Program) -> Program {
    Program::computed(move |run| {
        if run.argv.iter().any(|word| word == flag) { Program::exits_with(0) } else { serves.clone() }
    })
}
