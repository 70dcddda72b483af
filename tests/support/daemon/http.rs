//! HTTP/1.1 as far as the Docker API needs it: requests with a length or chunks, replies with a length, chunks or a hijack.
//!
//! No knowledge of Docker here.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

/// A request as it arrived; path and query are percent-decoded.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of a query parameter; empty when it is missing.
    pub fn param(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A query parameter read as Docker reads booleans: everything but "", "0", "no", "false" and "none" is true.
    pub fn flag(&self, name: &str) -> bool {
        !matches!(self.param(name).trim().to_lowercase().as_str(), "" | "0" | "no" | "false" | "none")
    }
}

type Streaming = Box<dyn FnOnce(&mut Wire) -> io::Result<()> + Send>;

/// The body of a reply.
pub(super) enum Body {
    Bytes(Vec<u8>),
    /// Sent in chunks while it is produced.
    Stream(Streaming),
    /// The connection is handed over after the head (`101 UPGRADED` or a raw stream).
    Hijack(Streaming),
}

/// A reply to be written.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Body,
}

impl Response {
    pub(super) fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("Content-Type".into(), content_type.into())], body: Body::Bytes(body) }
    }

    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Body::Bytes(Vec::new()) }
    }

    pub(super) fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, "application/json", format!("{value}\n").into_bytes())
    }

    pub(super) fn stream(
        content_type: &str,
        produce: impl FnOnce(&mut Wire) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let headers =
            if content_type.is_empty() { vec![] } else { vec![("Content-Type".into(), content_type.into())] };
        Self { status: 200, headers, body: Body::Stream(Box::new(produce)) }
    }
}

/// How a reply is cut short on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    No,
    /// Half of the body (or the first chunk of a stream), then the connection closes.
    Half,
}

/// One connection of a client.
pub(super) struct Wire {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
    /// Chunks that may still be sent; `None` is no limit.
    chunks_left: Option<usize>,
}

impl Wire {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        Ok(Self { writer: stream.try_clone()?, reader: BufReader::new(stream), chunks_left: None })
    }

    /// Reads one request; `None` when the client closed the connection.
    pub(super) fn read_request(&mut self) -> io::Result<Option<Request>> {
        let Some((method, target, headers)) = read_head(&mut self.reader)? else { return Ok(None) };
        if headers.get("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = read_body(&mut self.reader, &headers)?;
        let (path, query) = split_target(&target);
        Ok(Some(Request { method, path, query, headers, body }))
    }

    /// Writes a reply. `head` leaves the body out, as HEAD wants. Returns whether the connection may be used again.
    pub(super) fn write(&mut self, response: Response, head: bool, cut: Cut) -> io::Result<bool> {
        let mut text = status_line(response.status);
        for (name, value) in &response.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        match response.body {
            Body::Bytes(bytes) => {
                if response.status != 204 && response.status != 304 {
                    text.extend(["Content-Length: ", &bytes.len().to_string(), "\r\n"]);
                }
                self.writer.write_all(format!("{text}\r\n").as_bytes())?;
                let end = if cut == Cut::Half { bytes.len() / 2 } else { bytes.len() };
                if !head {
                    self.writer.write_all(&bytes[..end])?;
                }
                Ok(cut == Cut::No)
            }
            Body::Stream(produce) => {
                self.writer.write_all(format!("{text}Transfer-Encoding: chunked\r\n\r\n").as_bytes())?;
                self.chunks_left = (cut == Cut::Half).then_some(1);
                produce(self)?;
                self.writer.write_all(b"0\r\n\r\n")?;
                Ok(true)
            }
            Body::Hijack(produce) => {
                self.writer.write_all(format!("{text}\r\n").as_bytes())?;
                produce(self)?;
                Ok(false)
            }
        }
    }

    /// Sends one chunk of a streamed body.
    pub(super) fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if let Some(left) = &mut self.chunks_left {
            if *left == 0 {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            *left -= 1;
        }
        write!(self.writer, "{:x}\r\n", bytes.len())?;
        self.writer.write_all(bytes)?;
        self.writer.write_all(b"\r\n")
    }

    /// Sends bytes as they are, after a hijack.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }

    /// Whether the client has closed its end.
    pub(super) fn client_left(&mut self) -> bool {
        if self.writer.set_nonblocking(true).is_err() {
            return true;
        }
        let left = match self.reader.fill_buf() {
            Ok(bytes) => bytes.is_empty(),
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        };
        left || self.writer.set_nonblocking(false).is_err()
    }
}

fn status_line(status: u16) -> String {
    let reason = match status {
        101 => "UPGRADED",
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        304 => "Not Modified",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Status",
    };
    format!("HTTP/1.1 {status} {reason}\r\n")
}

type Head = (String, String, BTreeMap<String, String>);

/// Reads a request line and headers; `None` at the end of the connection.
pub(super) fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    let (method, target) = (method.to_owned(), target.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    Ok(Some((method, target, headers)))
}

/// Reads the body that the headers announce.
pub(super) fn read_body(
    reader: &mut impl BufRead,
    headers: &BTreeMap<String, String>,
) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if headers.get("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            let start = body.len();
            body.resize(start + size, 0);
            reader.read_exact(&mut body[start..])?;
            reader.read_line(&mut String::new())?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    body.resize(length, 0);
    reader.read_exact(&mut body)?;
    Ok(body)
}

/// Splits a request target into its decoded path and query.
pub(super) fn split_target(target: &str) -> (String, Vec<(String, String)>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(&key.replace('+', " ")), decode(&value.replace('+', " ")))
    });
    (decode(path), pairs.collect())
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let code = (bytes[index] == b'%').then(|| text.get(index + 1..index + 3)).flatten();
        if let Some(code) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            decoded.push(code);
            index += 3;
        } else {
            decoded.push(bytes[index]);
            index += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
