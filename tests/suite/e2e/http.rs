//! The smallest HTTP client: what the components themselves say.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Status and body of a GET on this machine; none when nobody answers.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    ask(port, &format!("GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n"))
}

/// Status of a POST of JSON on this machine; none when nobody answers.
pub fn post(port: u16, path: &str, body: &str) -> Option<u16> {
    let head = format!("POST {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json");
    Some(ask(port, &format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))?.0)
}

fn ask(port: u16, request: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

/// The `data` of an answer of Prometheus's API.
pub fn prometheus(port: u16, path: &str) -> Option<Value> {
    let (_, body) = get(port, path)?;
    let answer: Value = serde_json::from_str(&body).ok()?;
    Some(answer["data"].clone())
}

/// The values of an instant query, by the label given.
pub fn query(port: u16, expression: &str, label: &str) -> Vec<(String, String)> {
    let encoded: String = expression.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    let data = prometheus(port, &format!("/api/v1/query?query={encoded}")).unwrap_or_default();
    let series = data["result"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut values: Vec<(String, String)> =
        series.iter().map(|one| (text(&one["metric"][label]), text(&one["value"][1]))).collect();
    values.sort();
    values
}
