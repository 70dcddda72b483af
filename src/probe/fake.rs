//! A scripted HTTP server on the loopback address, for tests: it answers what it is told and keeps a log.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::client::Endpoint;

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// What to do with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Status and body.
    Answer(u16, String),
    /// 302 to this address.
    Redirect(String),
    /// Keep the connection open and say nothing.
    Hang,
    /// Promise more than is sent, and close.
    Cut,
    /// Send this many bytes without saying so beforehand.
    Flood(usize),
}

impl Reply {
    pub fn ok(body: impl Into<String>) -> Self {
        Self::Answer(200, body.into())
    }
}

/// The server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server on a free port; `script` answers every request, in the order of arrival.
    pub fn start(script: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (log, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (thread_log, thread_stop) = (Arc::clone(&log), Arc::clone(&stop));
        let thread = std::thread::spawn(move || serve(&listener, script, &thread_log, &thread_stop));
        Self { address, log, stop, thread: Some(thread) }
    }

    /// A server that answers fixed paths; the query is not looked at, other paths get 404.
    pub fn routes(routes: &[(&str, Reply)]) -> Self {
        let routes: Vec<(String, Reply)> =
            routes.iter().map(|(path, reply)| ((*path).to_owned(), reply.clone())).collect();
        Self::start(move |request| {
            let path = request.path.split('?').next().unwrap_or_default();
            let found = routes.iter().find(|(route, _)| route == path);
            found
                .map_or_else(|| Reply::Answer(404, "404 page not found\n".into()), |(_, reply)| reply.clone())
        })
    }

    /// One that answers 200 with this JSON at one path.
    pub fn json(path: &str, body: &str) -> Self {
        Self::routes(&[(path, Reply::ok(body))])
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::new(self.base())
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the accept.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The address of a port on which nothing listens.
pub fn closed_port() -> Endpoint {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    Endpoint::new(format!("http://{}", listener.local_addr().unwrap()))
}

fn serve(
    listener: &TcpListener,
    mut script: impl FnMut(&Request) -> Reply,
    log: &Mutex<Vec<Request>>,
    stop: &AtomicBool,
) {
    let mut hanging = Vec::new();
    for stream in listener.incoming() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(mut stream) = stream else { continue };
        let Some(request) = read(&stream) else { continue };
        log.lock().unwrap().push(request.clone());
        let reply = script(&request);
        if matches!(reply, Reply::Hang) {
            hanging.push(stream);
        } else {
            // The client may hang up early; that is its right.
            let _ = write(&mut stream, &reply);
        }
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, headers, body: String::from_utf8_lossy(&body).into_owned() })
}

fn write(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    match reply {
        Reply::Answer(code, body) => {
            write!(stream, "HTTP/1.1 {code} X\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        }
        Reply::Redirect(to) => {
            write!(stream, "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
        }
        Reply::Cut => write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        Reply::Flood(bytes) => {
            write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            let block = [b'x'; 4096];
            (0..bytes / block.len()).try_for_each(|_| stream.write_all(&block))
        }
        Reply::Hang => Ok(()),
    }
}
