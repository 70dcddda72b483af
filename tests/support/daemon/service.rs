//! A fake component that really listens: answers HTTP on a published port as its program says.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::http::{Request, read_body, read_head, split_target};
use super::program::{Answer, Kind, Program, Route};
use super::server::Server;

/// A listener with its thread; it ends when this is dropped.
pub(super) struct Service {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    /// Serves a container's program on a listener that is bound already.
    pub(super) fn start(server: &Arc<Server>, id: &str, listener: TcpListener, program: &Program) -> Self {
        let address = listener.local_addr().unwrap();
        let ended = Arc::new(AtomicBool::new(false));
        let (server, id, program) = (Arc::downgrade(server), id.to_owned(), program.clone());
        let over = ended.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let Some(server) = server.upgrade() else { return };
                let (id, program) = (id.clone(), program.clone());
                if let Ok(stream) = stream {
                    std::thread::spawn(move || serve(&server, &id, &program, stream));
                }
            }
        });
        Self { address, ended, thread: Some(thread) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        drop(TcpStream::connect(address));
        // The port is free again once the listener's thread is over.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(server: &Arc<Server>, id: &str, program: &Program, stream: TcpStream) {
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    let Ok(Some((method, target, headers))) = read_head(&mut reader) else { return };
    let Ok(body) = read_body(&mut reader, &headers) else { return };
    let (path, query) = split_target(&target);
    let request = Request { method, path, query, headers, body };
    let answer = answer(server, id, program, &request);
    let head = format!(
        "HTTP/1.1 {} Answer\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.status,
        answer.content_type,
        answer.body.len()
    );
    let body = if request.method == "HEAD" { "" } else { &answer.body };
    let _ = writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(body.as_bytes()));
}

fn answer(server: &Arc<Server>, id: &str, program: &Program, request: &Request) -> Answer {
    let Some(Route(kind)) = program.routes.get(&request.path) else { return program.otherwise.clone() };
    match kind {
        Kind::Answers(answers) => Route::next(answers),
        Kind::Computed(compute) => {
            let loaded = server.world().container(id).ok().and_then(|container| container.loaded.clone());
            loaded.map_or_else(|| Answer::text(503, "stopped"), |files| compute(request, &files))
        }
        Kind::Reload(accepts) => {
            let reloaded = reload(server, id, &|files| accepts(request, files));
            reloaded.unwrap_or_else(|| Err(Answer::text(503, "stopped"))).unwrap_or_else(|refused| refused)
        }
    }
}

/// Takes the files of a container as they are now, when they are accepted; none when there is no such container.
pub(super) fn reload<T, E>(
    server: &Server,
    id: &str,
    accepts: &dyn Fn(&super::View) -> Result<T, E>,
) -> Option<Result<T, E>> {
    let files = {
        let world = server.world();
        let container = world.container(id).ok()?;
        world.view(container)
    };
    let accepted = accepts(&files);
    if accepted.is_ok()
        && let Ok(container) = server.world().container_mut(id)
    {
        container.loaded = Some(files);
    }
    Some(accepted)
}
