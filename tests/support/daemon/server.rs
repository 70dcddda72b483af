//! The server: accepts connections, records requests, applies the script, answers.

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::http::{Body, Cut, Request, Response, Wire};
use super::requests::{Seen, record};
use super::router;
use super::script::{Fault, Script};
use super::world::World;

/// Whether the daemon listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listening {
    Yes,
    /// The socket file is there, nobody listens.
    No,
    /// For good.
    Ended,
}

/// What all connections share.
pub(super) struct Server {
    pub(super) socket: PathBuf,
    pub(super) world: Mutex<World>,
    /// Rung whenever the world may have changed.
    pub(super) changed: Condvar,
    pub(super) script: Mutex<Script>,
    pub(super) requests: Mutex<Vec<Seen>>,
    listening: Mutex<(Listening, u64)>,
    listening_changed: Condvar,
    clients: Mutex<Vec<UnixStream>>,
}

impl Server {
    pub(super) fn new(socket: PathBuf, world: World) -> Arc<Self> {
        Arc::new(Self {
            socket,
            world: Mutex::new(world),
            changed: Condvar::new(),
            script: Mutex::default(),
            requests: Mutex::default(),
            listening: Mutex::new((Listening::Yes, 0)),
            listening_changed: Condvar::new(),
            clients: Mutex::default(),
        })
    }

    /// The world, alone for the caller. Whoever changes it calls [`Server::ring`] afterwards.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells everyone who waits that the world may have changed.
    pub(super) fn ring(&self) {
        self.changed.notify_all();
    }

    /// Waits until `ready` gives something, or until the daemon stops or the client leaves.
    pub(super) fn wait_for<T>(
        &self,
        wire: &mut Wire,
        mut ready: impl FnMut(&mut World) -> Option<T>,
    ) -> io::Result<T> {
        let mut world = self.world();
        loop {
            if let Some(found) = ready(&mut world) {
                return Ok(found);
            }
            if self.state() != Listening::Yes || wire.client_left() {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            world = self.changed.wait_timeout(world, Duration::from_millis(20)).unwrap().0;
        }
    }

    pub(super) fn state(&self) -> Listening {
        self.listening.lock().unwrap().0
    }

    /// Starts or stops listening and cuts every connection when it stops. Returns once it is so.
    pub(super) fn set_listening(&self, wanted: Listening) {
        let mut state = self.listening.lock().unwrap();
        if state.0 == wanted || state.0 == Listening::Ended {
            return;
        }
        let turn = state.1;
        state.0 = wanted;
        self.listening_changed.notify_all();
        if wanted != Listening::Yes {
            drop(UnixStream::connect(&self.socket));
            for client in self.clients.lock().unwrap().drain(..) {
                let _ = client.shutdown(std::net::Shutdown::Both);
            }
        }
        self.ring();
        if wanted != Listening::Ended {
            drop(self.listening_changed.wait_while(state, |state| state.1 == turn).unwrap());
        }
    }

    /// Accepts connections until the end. The listener is bound before the thread starts.
    pub(super) fn serve(self: Arc<Self>, mut listener: UnixListener) {
        loop {
            while self.state() == Listening::Yes {
                let Ok((stream, _)) = listener.accept() else { break };
                if self.state() == Listening::Yes {
                    self.clone().greet(stream);
                }
            }
            drop(listener);
            let mut state = self.listening.lock().unwrap();
            if state.0 == Listening::Ended {
                return;
            }
            state.1 += 1;
            self.listening_changed.notify_all();
            let mut state =
                self.listening_changed.wait_while(state, |state| state.0 == Listening::No).unwrap();
            if state.0 == Listening::Ended {
                return;
            }
            let _ = std::fs::remove_file(&self.socket);
            listener = UnixListener::bind(&self.socket).expect("the socket can be bound again");
            state.1 += 1;
            self.listening_changed.notify_all();
        }
    }

    fn greet(self: Arc<Self>, stream: UnixStream) {
        if let Ok(twin) = stream.try_clone() {
            self.clients.lock().unwrap().push(twin);
        }
        std::thread::spawn(move || {
            let closing = stream.try_clone();
            if let Ok(mut wire) = Wire::new(stream) {
                while let Ok(Some(request)) = wire.read_request() {
                    if !matches!(self.answer(&mut wire, request), Ok(true)) {
                        break;
                    }
                }
            }
            if let Ok(stream) = closing {
                let _ = stream.shutdown(std::net::Shutdown::Both);
            }
        });
    }

    /// Answers one request. Returns whether the connection may be used again.
    fn answer(self: &Arc<Self>, wire: &mut Wire, mut request: Request) -> io::Result<bool> {
        let path = router::without_version(&request.path).1.to_owned();
        let (place, named) = {
            let seen = record(&self.world(), &request, &path);
            let named = seen.path.clone();
            let mut requests = self.requests.lock().unwrap();
            requests.push(seen);
            (requests.len() - 1, named)
        };
        let faults = self.script.lock().unwrap().faults(&request, &named);
        let mut scripted = None;
        for fault in &faults {
            match fault {
                Fault::Reply(status, reply) => scripted = Some(reply.response(*status)),
                Fault::DropBefore => return Ok(false),
                Fault::StallBefore => return self.wait_for(wire, |_| None),
                Fault::Delay(time) => std::thread::sleep(*time),
                Fault::Before(action) => action(),
                Fault::EditRequest(edit) => edit_json(&mut request.body, &**edit),
                _ => {}
            }
        }
        let head = request.method == "HEAD";
        let close =
            request.headers.get("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let mut response = match scripted {
            Some(response) => response,
            None => router::respond(self, request),
        };
        self.ring();
        let mut cut = Cut::No;
        for fault in &faults {
            match fault {
                Fault::DropAfter => return Ok(false),
                Fault::StallAfter => return self.wait_for(wire, |_| None),
                Fault::After(action) => action(),
                Fault::Truncate => cut = Cut::Half,
                Fault::EditReply(edit) => {
                    if let Body::Bytes(bytes) = &mut response.body {
                        edit_json(bytes, &**edit);
                    }
                }
                _ => {}
            }
        }
        // Forgotten meanwhile, perhaps.
        if let Some(seen) = self.requests.lock().unwrap().get_mut(place) {
            seen.status = Some(response.status);
        }
        Ok(wire.write(self.with_head(response), head, cut)? && !close)
    }

    fn with_head(&self, mut response: Response) -> Response {
        let engine = &self.world().engine;
        let mut headers = vec![
            ("Api-Version".to_owned(), engine.api_version.clone()),
            ("Docker-Experimental".to_owned(), "false".to_owned()),
            ("Ostype".to_owned(), "linux".to_owned()),
            ("Server".to_owned(), format!("Docker/{} (linux)", engine.version)),
        ];
        headers.append(&mut response.headers);
        Response { headers, ..response }
    }
}

fn edit_json(bytes: &mut Vec<u8>, edit: &(dyn Fn(&mut Value) + Send + Sync)) {
    if let Ok(mut value) = serde_json::from_slice(bytes) {
        edit(&mut value);
        *bytes = value.to_string().into_bytes();
    }
}
