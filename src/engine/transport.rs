//! Connections to a daemon without TLS: the size of an answer is limited, a read whose connection was dropped is sent once
//! more, and a daemon that restarts while stackctl runs is waited for.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::{Method, Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, sleep};

/// Largest answer that is kept in memory as a whole: lists, and archives of files.
pub(super) const ANSWER: usize = 64 << 20;
/// How long a daemon may take to restart.
const RESTART: Duration = Duration::from_secs(30);
/// Pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(200);

/// Where the daemon listens.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Unix(PathBuf),
    Tcp(String),
}

/// A client for the daemon; nothing is sent.
pub(super) fn open(target: &Target, seconds: u64) -> Result<Docker, bollard::errors::Error> {
    let presence = Arc::new(Presence::default());
    let connector = |limit| Connector { target: target.clone(), limit, presence: presence.clone() };
    // One request per connection, so that what was read from a connection is one answer.
    let client =
        |limit| Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector(limit));
    let (whole, stream) = (client(ANSWER), client(usize::MAX));
    let transport = move |request: BollardRequest| {
        let client = if is_stream(request.uri().path()) { stream.clone() } else { whole.clone() };
        async move {
            let again = repeated(&request);
            match (client.request(request).await, again) {
                (Err(error), Some(again)) if !error.is_connect() => Ok(client.request(again).await?),
                (answer, _) => Ok(answer?),
            }
        }
    };
    Docker::connect_with_custom_transport(transport, Some("http://docker"), seconds, API_DEFAULT_VERSION)
}

/// Answers that are passed on as they come, or that never end.
fn is_stream(path: &str) -> bool {
    let streams = ["/logs", "/events", "/images/get", "/get", "/images/create", "/images/load", "/wait"];
    streams.iter().any(|end| path.ends_with(end))
}

/// The same request once more, when sending it twice does no harm.
fn repeated(request: &BollardRequest) -> Option<BollardRequest> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let mut again = Request::new(bollard::body_full(bytes::Bytes::new()));
    *again.method_mut() = request.method().clone();
    *again.uri_mut() = request.uri().clone();
    *again.headers_mut() = request.headers().clone();
    Some(again)
}

/// What is known of the daemon in this run.
#[derive(Debug, Default)]
struct Presence {
    /// It took a connection before.
    was_there: AtomicBool,
    /// It was waited for in vain.
    is_gone: AtomicBool,
}

#[derive(Debug, Clone)]
struct Connector {
    target: Target,
    limit: usize,
    presence: Arc<Presence>,
}

impl Connector {
    async fn connect(self) -> io::Result<Limited> {
        let begin = Instant::now();
        loop {
            match self.attempt().await {
                Ok(stream) => {
                    self.presence.was_there.store(true, Ordering::Relaxed);
                    return Ok(Limited { stream: TokioIo::new(stream), left: self.limit });
                }
                Err(error) if !self.waits_after(&error) => return Err(error),
                Err(error) if begin.elapsed() >= RESTART => {
                    self.presence.is_gone.store(true, Ordering::Relaxed);
                    return Err(error);
                }
                Err(_) => sleep(PAUSE).await,
            }
        }
    }

    async fn attempt(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match &self.target {
            Target::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Target::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        })
    }

    /// A daemon that was there before, and listens no more, may be restarting.
    fn waits_after(&self, error: &io::Error) -> bool {
        let silent = matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound);
        let presence = &self.presence;
        silent && presence.was_there.load(Ordering::Relaxed) && !presence.is_gone.load(Ordering::Relaxed)
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = Limited;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Limited>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection from which only so much may be read.
struct Limited {
    stream: TokioIo<Box<dyn Stream>>,
    left: usize,
}

impl Connection for Limited {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Limited {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::from(io::ErrorKind::FileTooLarge)));
        }
        let mut piece = [0_u8; 16 << 10];
        let room = piece.len().min(cursor.remaining()).min(self.left);
        let mut buffer = hyper::rt::ReadBuf::new(piece.get_mut(..room).unwrap_or_default());
        match Pin::new(&mut self.stream).poll_read(context, buffer.unfilled()) {
            Poll::Ready(Ok(())) => {
                self.left -= buffer.filled().len();
                cursor.put_slice(buffer.filled());
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

impl Write for Limited {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
