//! Log lines of containers, one after the other, with the engine's time stamps.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::{Stream as Lines, StreamExt as _};

use super::{Engine, EngineError};
use crate::model::log::Stream;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Time at which the engine took it, RFC 3339 with nanoseconds, UTC: sorts as text.
    pub time: String,
    /// Stream.
    pub stream: Stream,
    /// The line as written, without its end.
    pub text: String,
}

/// Which lines.
#[derive(Debug, Clone, Default)]
pub struct LogQuery {
    /// Keep the connection open for new lines.
    pub follow: bool,
    /// Seconds since 1970 from which on.
    pub since: Option<i64>,
    /// Seconds since 1970 up to which.
    pub until: Option<i64>,
    /// Only the last so many.
    pub tail: Option<u64>,
}

impl Engine {
    /// The lines of a container, oldest first. The engine cuts long lines into pieces of 16 KiB; they arrive as such.
    pub fn logs(
        &self,
        container: &str,
        query: &LogQuery,
    ) -> impl Lines<Item = Result<LogLine, EngineError>> + Send + 'static {
        let seconds = |time: Option<i64>| time.map_or(0, |time| i32::try_from(time).unwrap_or(i32::MAX));
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .timestamps(true)
            .follow(query.follow)
            .since(seconds(query.since))
            .until(seconds(query.until))
            .tail(&query.tail.map_or_else(|| "all".to_owned(), |n| n.to_string()))
            .build();
        let host = self.choice.host.to_string();
        let doing = format!("read the logs of `{container}`");
        let stream = self.docker.logs(container, Some(options));
        stream
            .map(move |line| line.map(parse).map_err(|error| EngineError::from(error, doing.clone(), &host)))
    }

    /// The last lines of a container, for an error message; none when they cannot be had.
    pub async fn last_lines(&self, container: &str, count: u64) -> Vec<String> {
        let query = LogQuery { tail: Some(count), ..LogQuery::default() };
        let mut stream = std::pin::pin!(self.logs(container, &query));
        let mut lines = Vec::new();
        while let Some(Ok(line)) = stream.next().await {
            lines.push(crate::kernel::text::printable(&line.text));
            if lines.len() as u64 >= count {
                break;
            }
        }
        lines
    }
}

fn parse(output: LogOutput) -> LogLine {
    let (stream, message) = match output {
        LogOutput::StdErr { message } => (Stream::Err, message),
        LogOutput::StdOut { message } | LogOutput::StdIn { message } | LogOutput::Console { message } => {
            (Stream::Out, message)
        }
    };
    let text = String::from_utf8_lossy(&message);
    let text = text.trim_end_matches(['\n', '\r']);
    let (time, text) = text.split_once(' ').unwrap_or((text, ""));
    LogLine { time: time.to_owned(), stream, text: text.to_owned() }
}
