//! Log lines of containers, one after the other, with the engine's time stamps.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::{Stream as Lines, StreamExt as _, stream};

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

/// The engine cuts lines into pieces of 16 KiB. A line is put together up to this size, and what is longer follows as a line
/// of its own, so that a program that never ends its line takes no more memory than this.
const LONGEST: usize = 1 << 20;
/// Pieces that a line of the greatest length has.
const PIECES: u64 = 64;

/// A line or a part of one, as the engine sends it.
#[derive(Debug)]
struct Piece {
    time: String,
    stream: Stream,
    bytes: Vec<u8>,
    /// The line ends here.
    last: bool,
}

impl Engine {
    /// The lines of a container, oldest first. Lines that the engine cut are put together again.
    pub fn logs(
        &self,
        container: &str,
        query: &LogQuery,
    ) -> impl Lines<Item = Result<LogLine, EngineError>> + Send + 'static {
        let (engine, container, query) = (self.clone(), container.to_owned(), query.clone());
        let lines = async move {
            let surplus = match query.tail {
                Some(wanted) if wanted > 0 => engine.surplus(&container, wanted).await,
                _ => 0,
            };
            // The engine counts pieces; what is too much of them is left out. Whoever asks chooses by time.
            let (tail, since) = match query.tail {
                Some(wanted) if wanted > 0 => (Some(wanted.saturating_add(PIECES)), None),
                other => (other, query.since),
            };
            engine.lines(&container, &LogQuery { since, tail, ..query }).skip(surplus)
        };
        stream::once(lines).flatten()
    }

    /// How many lines more than wanted there are in the last pieces.
    async fn surplus(&self, container: &str, wanted: u64) -> usize {
        let tail = Some(wanted.saturating_add(PIECES));
        let lines = self.lines(container, &LogQuery { tail, ..LogQuery::default() });
        let count = lines.fold(0_usize, async |count, line| count + usize::from(line.is_ok())).await;
        count.saturating_sub(usize::try_from(wanted).unwrap_or(usize::MAX))
    }

    fn lines(
        &self,
        container: &str,
        query: &LogQuery,
    ) -> impl Lines<Item = Result<LogLine, EngineError>> + Send + 'static + use<> {
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
        joined(stream.map(move |piece| {
            piece.map(parse).map_err(|error| EngineError::from(error, doing.clone(), &host))
        }))
    }

    /// Since when there are lines of a container's log, when it was made or started well before that: the engine keeps the
    /// newest part of a log only.
    pub async fn log_begins_late(&self, container: &str) -> Option<String> {
        let seen = self.docker.inspect_container(container, None).await.ok()?;
        let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
        // A time of the client library has a format of its own.
        let made = time(serde_json::to_value(&seen).ok()?.get("Created")?.as_str()?);
        let started = seen.state.and_then(|state| state.started_at).and_then(|text| time(&text));
        let first = std::pin::pin!(self.lines(container, &LogQuery::default())).next().await?.ok()?.time;
        let begins = time(&first)?;
        let later = |from: Option<jiff::Timestamp>, seconds: i64| {
            from.is_some_and(|from| begins.duration_since(from).as_secs() > seconds)
        };
        // Between its making and its start a container waits until the one before it has ended.
        (later(made, 600) || later(started, 60)).then_some(first)
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

fn parse(output: LogOutput) -> Piece {
    let (stream, message) = match output {
        LogOutput::StdErr { message } => (Stream::Err, message),
        LogOutput::StdOut { message } | LogOutput::StdIn { message } | LogOutput::Console { message } => {
            (Stream::Out, message)
        }
    };
    let (time, text) = match message.iter().position(|byte| *byte == b' ') {
        Some(space) => (message.slice(..space), message.slice(space + 1..)),
        None => (message.clone(), message.slice(message.len()..)),
    };
    let last = message.ends_with(b"\n");
    let time = String::from_utf8_lossy(&time).trim_end_matches(['\n', '\r']).to_owned();
    Piece { time, stream, bytes: text.to_vec(), last }
}

/// Whole lines out of pieces, each with the time of its first piece. A line whose end was lost with the connection is left
/// out: it comes again, whole, when the log is read again.
fn joined(
    pieces: impl Lines<Item = Result<Piece, EngineError>> + Send + 'static,
) -> impl Lines<Item = Result<LogLine, EngineError>> + Send + 'static {
    let state = (Box::pin(pieces.fuse()), Vec::<Piece>::new());
    stream::unfold(state, |(mut pieces, mut open)| async move {
        loop {
            let line = match pieces.next().await {
                Some(Ok(piece)) => add(&mut open, piece).map(Ok),
                Some(Err(error)) => {
                    open.clear();
                    Some(Err(error))
                }
                None => return open.pop().map(|rest| (Ok(whole(rest)), (pieces, open))),
            };
            if let Some(line) = line {
                return Some((line, (pieces, open)));
            }
        }
    })
}

/// Adds a piece to the open line of its stream; the line, when it ends here or is too long to go on.
fn add(open: &mut Vec<Piece>, piece: Piece) -> Option<LogLine> {
    let at = open.iter().position(|line| line.stream == piece.stream);
    let line = match at.map(|at| open.swap_remove(at)) {
        Some(mut line) => {
            line.bytes.extend(piece.bytes);
            Piece { last: piece.last, ..line }
        }
        None => piece,
    };
    if line.last || line.bytes.len() >= LONGEST {
        return Some(whole(line));
    }
    open.push(line);
    None
}

fn whole(line: Piece) -> LogLine {
    let text = String::from_utf8_lossy(&line.bytes);
    let text = text.trim_end_matches(['\n', '\r']).to_owned();
    LogLine { time: line.time, stream: line.stream, text }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};

    use super::{EngineError, LONGEST, LogLine, Piece, Stream, joined};

    fn piece(stream: Stream, text: &[u8]) -> Piece {
        Piece { time: "t".to_owned(), stream, bytes: text.to_vec(), last: text.ends_with(b"\n") }
    }

    async fn texts(pieces: Vec<Result<Piece, EngineError>>) -> Vec<String> {
        let lines = joined(stream::iter(pieces));
        let text = |line: Result<LogLine, EngineError>| line.map_or_else(|_| "lost".to_owned(), |l| l.text);
        lines.map(text).collect().await
    }

    #[tokio::test]
    async fn pieces_of_a_line_are_one_line_also_between_those_of_the_other_stream() {
        let (out, err) = (Stream::Out, Stream::Err);
        let pieces = [
            piece(out, b"{\"a\": \"\xc3"),
            piece(err, b"level=warn msg=x\n"),
            piece(err, b"level="),
            piece(out, b"\xa4\"}\n"),
            piece(err, b"error\n"),
            piece(out, b"no end"),
        ];
        let expected = ["level=warn msg=x", "{\"a\": \"\u{e4}\"}", "level=error", "no end"];
        assert_eq!(texts(pieces.map(Ok).into()).await, expected);
    }

    #[tokio::test]
    async fn a_line_without_an_end_takes_a_limited_amount_of_memory() {
        let part = vec![b'x'; 16 << 10];
        let pieces = (0..200).map(|_| Ok(piece(Stream::Out, &part))).collect();
        let lengths: Vec<usize> = texts(pieces).await.iter().map(String::len).collect();
        assert_eq!(lengths, [LONGEST, LONGEST, LONGEST, 8 * (16 << 10)]);
    }

    #[tokio::test]
    async fn the_begin_of_a_line_that_was_cut_off_by_a_lost_connection_is_left_out() {
        let lost = Err(EngineError::Timeout { doing: "read".to_owned(), seconds: 1 });
        let pieces = vec![Ok(piece(Stream::Out, b"whole\n")), Ok(piece(Stream::Out, b"half")), lost];
        assert_eq!(texts(pieces).await, ["whole", "lost"]);
    }
}
