//! Ctrl-C once: stop scheduling, finish or undo what is in flight. Twice: leave at once; the next run repairs.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::kernel::{Exit, text};
use crate::ops::{Error, Session};
use crate::ui::Ui;

/// Runs a story that can be stopped.
pub async fn stoppable<T, F>(
    (session, ui): (&Session<'_>, &Ui),
    story: impl FnOnce(watch::Receiver<bool>) -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let (stop, stopped) = watch::channel(false);
    let mut running = std::pin::pin!(story(stopped));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hangup = listen(SignalKind::hangup())?;
    let mut asked: Option<Exit> = None;
    loop {
        let exit = tokio::select! {
            result = &mut running => return result.map_err(|error| as_signal(error, asked)),
            _ = interrupt.recv() => Exit::Interrupted,
            _ = terminate.recv() => Exit::Terminated,
            _ = hangup.recv() => Exit::Terminated,
        };
        if asked.is_some() {
            let hint = format!("`{}` repairs and continues", text::printable(&session.global.command));
            return Err(Error::Interrupted {
                exit,
                changed: vec!["unknown: left in the middle".to_owned()],
                hint,
            });
        }
        asked = Some(exit);
        let _ = stop.send(true);
        ui.say("stopping: what is in flight is finished or undone; press Ctrl-C again to leave at once");
    }
}

fn listen(kind: SignalKind) -> Result<tokio::signal::unix::Signal, Error> {
    signal(kind).map_err(|error| Error::Environment {
        message: format!("cannot listen to signals: {error}"),
        causes: Vec::new(),
        hint: String::new(),
    })
}

/// The exit code says which signal it was.
fn as_signal(error: Error, asked: Option<Exit>) -> Error {
    match (error, asked) {
        (Error::Interrupted { changed, hint, .. }, Some(exit)) => Error::Interrupted { exit, changed, hint },
        (Error::Apply { message, causes, changed, hint, exit: Exit::Interrupted }, Some(exit)) => {
            Error::Apply { message, causes, changed, hint, exit }
        }
        (error, _) => error,
    }
}
