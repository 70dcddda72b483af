//! Grafana: its documented HTTP API with basic authentication, provisioning from the delivered files, and a database that
//! outlives its container.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use serde_yaml::Value as Yaml;

use super::text::variable;
use crate::support::daemon::{Answer, Invocation, LogStream, Program, Request, Route, View};

/// A Grafana. Clones share the database.
#[derive(Debug, Clone, Default)]
pub struct Grafana {
    database: Arc<Mutex<Database>>,
}

#[derive(Debug, Default)]
struct Database {
    /// The administrator's; set when the first process starts, changed by the API only.
    password: Option<String>,
    datasources: Vec<Value>,
    dashboards: Vec<Value>,
}

/// Where a process finds its provisioning files, and who the administrator is.
#[derive(Debug, Clone)]
struct Settings {
    provisioning: String,
    user: String,
}

impl Grafana {
    pub fn new() -> Self {
        Self::default()
    }

    /// The administrator's password as it is now.
    pub fn password(&self) -> Option<String> {
        self.database.lock().unwrap().password.clone()
    }

    /// Somebody changes the password in the user interface.
    pub fn set_password(&self, password: &str) {
        self.database.lock().unwrap().password = Some(password.to_owned());
    }

    /// The uids of the dashboards in its database, sorted.
    pub fn dashboards(&self) -> Vec<String> {
        uids(&self.database.lock().unwrap().dashboards)
    }

    /// The uids of the data sources in its database, sorted.
    pub fn datasources(&self) -> Vec<String> {
        uids(&self.database.lock().unwrap().datasources)
    }

    /// What its containers do.
    pub fn program(&self) -> Program {
        let this = self.clone();
        Program::computed(move |run| this.started(run))
    }

    fn started(&self, run: &Invocation) -> Program {
        let env = |name: &str| variable(&run.env, name).unwrap_or_default();
        let settings =
            Settings { provisioning: env("GF_PATHS_PROVISIONING"), user: env("GF_SECURITY_ADMIN_USER") };
        {
            let mut database = self.database.lock().unwrap();
            if database.password.is_none() {
                // `run.sh` puts the content of the file into the variable, without line ends at its end.
                let file = run.files.text(&env("GF_SECURITY_ADMIN_PASSWORD__FILE"));
                let given = file.map(|text| text.trim_end_matches('\n').to_owned());
                database.password = Some(given.unwrap_or_else(|| "admin".to_owned()));
            }
            database.datasources = provisioned_datasources(&run.files, &settings);
            database.dashboards = provisioned_dashboards(&run.files, &settings);
        }
        let url = env("GF_SERVER_ROOT_URL");
        let path = url.splitn(4, '/').nth(3).unwrap_or_default().trim_end_matches('/');
        let below = env("GF_SERVER_SERVE_FROM_SUB_PATH") == "true" && !path.is_empty();
        self.routes(&settings)
            .below(&if below { format!("/{path}") } else { String::new() })
            .says(LogStream::Stdout, "logger=http.server level=info msg=\"HTTP Server Listen\"")
    }

    fn routes(&self, settings: &Settings) -> Program {
        let health = json!({"database": "ok", "version": "13.2.3", "commit": "0000000"});
        let program =
            Program::serves_http(3000).route("/api/health", Route::always(Answer::json(200, &health))).route(
                "/metrics",
                Route::always(Answer::text(200, "grafana_build_info{version=\"13.2.3\"} 1\n")),
            );
        let program = [
            ("/api/user", Database::user as Read),
            ("/api/search", Database::search),
            ("/api/datasources", Database::sources),
        ]
        .into_iter()
        .fold(program, |program, (path, read)| program.route(path, self.read(settings, read)));
        program
            .route("/api/user/password", self.change_password(settings))
            .route("/api/admin/provisioning/datasources/reload", self.provision(settings, Kind::Datasources))
            .route("/api/admin/provisioning/dashboards/reload", self.provision(settings, Kind::Dashboards))
    }

    fn read(&self, settings: &Settings, read: Read) -> Route {
        let (this, settings) = (self.clone(), settings.clone());
        Route::computed(move |request, _| {
            let database = this.database.lock().unwrap();
            match database.admits(&settings, request) {
                Ok(()) if request.method == "GET" => read(&database, &settings, request),
                Ok(()) => said(404, "Not found"),
                Err(refused) => refused,
            }
        })
    }

    fn change_password(&self, settings: &Settings) -> Route {
        let (this, settings) = (self.clone(), settings.clone());
        Route::computed(move |request, _| {
            let mut database = this.database.lock().unwrap();
            if let Err(refused) = database.admits(&settings, request) {
                return refused;
            }
            let form: Value = serde_json::from_slice(&request.body).unwrap_or_default();
            let field = |name: &str| form[name].as_str().unwrap_or_default().to_owned();
            if request.method != "PUT" {
                said(404, "Not found")
            } else if Some(field("oldPassword")) != database.password {
                said(401, "invalid old password")
            } else if field("newPassword").len() < 4 {
                said(400, "New password is too short")
            } else {
                database.password = Some(field("newPassword"));
                said(200, "User password changed")
            }
        })
    }

    fn provision(&self, settings: &Settings, kind: Kind) -> Route {
        let (this, settings) = (self.clone(), settings.clone());
        Route::reload_answering(move |request, files| {
            let mut database = this.database.lock().unwrap();
            database.admits(&settings, request)?;
            if request.method != "POST" {
                return Err(said(404, "Not found"));
            }
            match kind {
                Kind::Datasources => {
                    database.datasources = provisioned_datasources(files, &settings);
                    Ok(said(200, "Datasources config reloaded"))
                }
                Kind::Dashboards => {
                    database.dashboards = provisioned_dashboards(files, &settings);
                    Ok(said(200, "Dashboards config reloaded"))
                }
            }
        })
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Datasources,
    Dashboards,
}

type Read = fn(&Database, &Settings, &Request) -> Answer;

impl Database {
    fn admits(&self, settings: &Settings, request: &Request) -> Result<(), Answer> {
        let password = self.password.as_deref().unwrap_or_default();
        match request.headers.get("authorization") {
            None => Err(said(401, "Unauthorized")),
            Some(sent) if *sent == basic(&settings.user, password) => Ok(()),
            Some(_) => Err(said(401, "Invalid username or password")),
        }
    }

    #[expect(clippy::unused_self, reason = "has the shape of the other readings")]
    fn user(&self, settings: &Settings, _: &Request) -> Answer {
        Answer::json(200, &json!({"id": 1, "login": settings.user, "isGrafanaAdmin": true}))
    }

    fn search(&self, _: &Settings, request: &Request) -> Answer {
        let page: usize = request.param("page").parse().unwrap_or(1);
        let limit: usize = request.param("limit").parse().unwrap_or(1000);
        let hits: Vec<&Value> = self.dashboards.iter().skip((page - 1) * limit).take(limit).collect();
        Answer::json(200, &json!(hits))
    }

    fn sources(&self, _: &Settings, _: &Request) -> Answer {
        Answer::json(200, &json!(self.datasources))
    }
}

fn uids(objects: &[Value]) -> Vec<String> {
    let mut uids: Vec<String> = objects.iter().filter_map(|o| Some(o["uid"].as_str()?.to_owned())).collect();
    uids.sort();
    uids
}

fn said(code: u16, message: &str) -> Answer {
    Answer::json(code, &json!({"message": message}))
}

fn provisioned_datasources(files: &View, settings: &Settings) -> Vec<Value> {
    let mut found = Vec::new();
    for path in files.list(&format!("{}/datasources", settings.provisioning)) {
        let yaml: Yaml = serde_yaml::from_str(&files.text(&path).unwrap_or_default()).unwrap_or(Yaml::Null);
        for source in yaml["datasources"].as_sequence().into_iter().flatten() {
            let text = |key: &str| source[key].as_str();
            found.push(json!({
                "id": found.len() + 1, "uid": text("uid"), "name": text("name"), "type": text("type"),
                "access": text("access"), "url": text("url"), "readOnly": source["editable"] != Yaml::Bool(true),
                "isDefault": source["isDefault"].as_bool().unwrap_or(false), "jsonData": {},
            }));
        }
    }
    found
}

/// Dashboard files of every provider. A file without a title (such as one wrapped in `dashboard`) and the second one of a
/// uid are left out with a line in the log only, as Grafana does.
fn provisioned_dashboards(files: &View, settings: &Settings) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for path in files.list(&format!("{}/dashboards", settings.provisioning)) {
        let yaml: Yaml = serde_yaml::from_str(&files.text(&path).unwrap_or_default()).unwrap_or(Yaml::Null);
        for provider in yaml["providers"].as_sequence().into_iter().flatten() {
            let directory = provider["options"]["path"].as_str().unwrap_or_default();
            let boards = files
                .list(directory)
                .into_iter()
                .filter(|file| Path::new(file).extension().is_some_and(|ending| ending == "json"));
            for board in boards.filter_map(|file| serde_json::from_slice::<Value>(&files.read(&file)?).ok()) {
                let (Some(title), Some(uid)) = (board["title"].as_str(), board["uid"].as_str()) else {
                    continue;
                };
                if title.is_empty() || found.iter().any(|other| other["uid"] == uid) {
                    continue;
                }
                found.push(json!({
                    "id": found.len() + 1, "uid": uid, "title": title, "url": format!("/d/{uid}/{uid}"),
                    "type": "dash-db", "tags": [], "folderTitle": provider["folder"].as_str(),
                }));
            }
        }
    }
    found
}

/// What a client sends for these credentials.
fn basic(user: &str, password: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("Basic ");
    for chunk in format!("{user}:{password}").as_bytes().chunks(3) {
        let bits =
            (0..3).fold(0_u32, |bits, at| (bits << 8) | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            text.push(if at > chunk.len() { '=' } else { char::from(alphabet[index as usize]) });
        }
    }
    text
}
