//! The application's HTTP servers, one per service, and the sink that receives notifications.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::script::{Change, Exposed, Fault, Line, Script, Value};

/// The running application.
pub struct Application {
    /// Port of every service, on all addresses, because containers come through the bridge.
    pub ports: BTreeMap<String, u16>,
    state: Arc<Mutex<State>>,
}

struct State {
    begin: Instant,
    parts: BTreeMap<String, Exposed>,
    changed: BTreeMap<(String, String), Changed>,
}

/// A series whose value follows a fault: from when on, and from which value.
struct Changed {
    since: Instant,
    from: f64,
    value: Value,
}

impl Application {
    /// Starts every service of a script.
    pub fn start(script: &Script) -> Self {
        let state = State { begin: Instant::now(), parts: script.parts.clone(), changed: BTreeMap::new() };
        let state = Arc::new(Mutex::new(state));
        let start = |part: &String| {
            let (state, name) = (Arc::clone(&state), part.clone());
            let port = serve(move |path, _| state.lock().unwrap().answer(&name, path));
            (part.clone(), port)
        };
        Self { ports: script.parts.keys().map(start).collect(), state }
    }

    /// From now on the application has this fault.
    pub fn inject(&self, fault: &Fault) {
        let mut state = self.state.lock().unwrap();
        for (part, changes) in &fault.changes {
            for change in changes {
                state.change(part, change.clone());
            }
        }
    }

    /// From now on the application is as it was; counters go on from where they are.
    pub fn recover(&self, script: &Script) {
        let mut state = self.state.lock().unwrap();
        state.parts = script.parts.clone();
        state.settle();
    }
}

impl State {
    fn change(&mut self, part: &str, change: Change) {
        let (begin, now) = (self.begin, Instant::now());
        let exposed = self.parts.get_mut(part).unwrap_or_else(|| panic!("no service {part}"));
        match change {
            Change::Down => exposed.down = true,
            // These are not the application's: the scenario does them.
            Change::Refuse(_) | Change::Threshold(..) => {}
            Change::Path(path, answer) => {
                exposed.paths.insert(path, answer);
            }
            Change::Gone(series) => {
                let before = exposed.lines.len();
                exposed.lines.retain(|line| !matches!(line, Line::Series { series: s, .. } if *s == series));
                assert!(
                    exposed.lines.len() < before,
                    "the fault takes away a series that is not there: {series}"
                );
            }
            Change::Set(series, value) => {
                let now_at = exposed.lines.iter().find_map(|line| match line {
                    Line::Series { series: s, value } if *s == series => Some(value_at(*value, begin, now)),
                    _ => None,
                });
                if now_at.is_none() {
                    exposed.lines.push(Line::Series { series: series.clone(), value });
                }
                // A counter goes on from where it is: one that jumps back would look like a restart.
                let from = if matches!(value, Value::Counter { .. }) { now_at.unwrap_or(0.0) } else { 0.0 };
                self.changed.insert((part.to_owned(), series), Changed { since: now, from, value });
            }
        }
    }

    /// Changed counters keep what they have counted and rise as before.
    fn settle(&mut self) {
        let (begin, now) = (self.begin, Instant::now());
        for ((part, series), changed) in std::mem::take(&mut self.changed) {
            let Some(exposed) = self.parts.get_mut(&part) else { continue };
            for line in &mut exposed.lines {
                if let Line::Series { series: s, value } = line
                    && *s == series
                    && let Value::Counter { base, per_second } = value
                {
                    *base = changed.at(now) - *per_second * (now - begin).as_secs_f64();
                }
            }
        }
    }

    fn answer(&self, part: &str, path: &str) -> Option<(u16, String)> {
        let exposed = &self.parts[part];
        if exposed.down {
            return None;
        }
        if let Some(answer) = exposed.paths.get(path) {
            return Some(answer.clone());
        }
        if !path.starts_with("/metrics") {
            return Some((404, String::new()));
        }
        let now = Instant::now();
        let line = |line: &Line| match line {
            Line::Comment(text) => format!("{text}\n"),
            Line::Series { series, value } => {
                let changed = self.changed.get(&(part.to_owned(), series.clone()));
                let value = changed.map_or_else(|| value_at(*value, self.begin, now), |c| c.at(now));
                format!("{series} {value}\n")
            }
        };
        Some((200, exposed.lines.iter().map(line).collect()))
    }
}

impl Changed {
    fn at(&self, now: Instant) -> f64 {
        match self.value {
            Value::Counter { per_second, .. } => self.from + per_second * (now - self.since).as_secs_f64(),
            other => value_at(other, self.since, now),
        }
    }
}

fn value_at(value: Value, begin: Instant, now: Instant) -> f64 {
    match value {
        Value::Fixed(number) => number,
        Value::Counter { base, per_second } => base + per_second * (now - begin).as_secs_f64(),
        Value::Now(shift) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() + shift,
    }
}

/// What a receiver was told.
#[derive(Debug, Clone)]
pub struct Told {
    /// The path it was sent to, without the slash: the name of the receiver.
    pub receiver: String,
    /// The notification.
    pub body: serde_json::Value,
}

/// Takes notifications as webhooks.
pub struct Sink {
    /// Port on all addresses.
    pub port: u16,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Sink {
    /// Starts it.
    pub fn start() -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&told);
        let port = serve(move |path, body| {
            let body = serde_json::from_str(body).unwrap_or_default();
            keep.lock().unwrap().push(Told { receiver: path.trim_start_matches('/').to_owned(), body });
            Some((200, String::new()))
        });
        Self { port, told }
    }

    /// How many notifications came until now.
    pub fn count(&self) -> usize {
        self.told.lock().unwrap().len()
    }

    /// Which alerts were told to fire, and to which receivers, after the first so many notifications.
    pub fn told_after(&self, count: usize) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (receiver, alert) in self.firing_after(count) {
            let name = alert["labels"]["alertname"].as_str().unwrap_or_default();
            found.entry(name.to_owned()).or_default().insert(receiver);
        }
        found
    }

    /// Receivers that were told that this alert fires, and the alert as they were told.
    pub fn alerts(&self, alert: &str) -> Vec<(String, serde_json::Value)> {
        let mut all = self.firing_after(0);
        all.retain(|(_, one)| one["labels"]["alertname"] == alert);
        all
    }

    /// How many notifications after the first so many say that this alert fires.
    pub fn messages_of(&self, alert: &str, count: usize) -> usize {
        let says = |one: &serde_json::Value| one["status"] == "firing" && one["labels"]["alertname"] == alert;
        let told = self.told.lock().unwrap();
        told[count..]
            .iter()
            .filter(|told| told.body["alerts"].as_array().is_some_and(|all| all.iter().any(says)))
            .count()
    }

    /// The address of Alertmanager that the notifications of this receiver link to.
    pub fn external_urls(&self, receiver: &str) -> BTreeSet<String> {
        let told = self.told.lock().unwrap();
        let own = told.iter().filter(|told| told.receiver == receiver);
        own.filter_map(|told| Some(told.body["externalURL"].as_str()?.to_owned())).collect()
    }

    fn firing_after(&self, count: usize) -> Vec<(String, serde_json::Value)> {
        let mut found = Vec::new();
        for told in &self.told.lock().unwrap()[count..] {
            let alerts = told.body["alerts"].as_array().into_iter().flatten();
            let firing = alerts.filter(|alert| alert["status"] == "firing");
            found.extend(firing.map(|alert| (told.receiver.clone(), alert.clone())));
        }
        found
    }

    /// Receivers that were told that this alert fires.
    pub fn told_of(&self, alert: &str) -> BTreeSet<String> {
        self.told_after(0).remove(alert).unwrap_or_default()
    }
}

/// What to answer to a path and a body: status and body, or nothing at all.
type Answer = dyn Fn(&str, &str) -> Option<(u16, String)> + Send + Sync;

/// Serves on a port of its own until the test process ends; no answer closes the connection.
fn serve(answer: impl Fn(&str, &str) -> Option<(u16, String)> + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            std::thread::spawn(move || one(stream, &*answer));
        }
    });
    port
}

fn one(mut stream: TcpStream, answer: &Answer) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (status, text) = answer(&path, &String::from_utf8_lossy(&body))?;
    let kind = if path.starts_with("/metrics") { "text/plain; version=0.0.4" } else { "application/json" };
    write!(
        stream,
        "HTTP/1.1 {status} .\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
    .ok()
}
