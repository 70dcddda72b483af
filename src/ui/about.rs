//! The stack and the daemon that reports are about.

use std::sync::Mutex;

use serde::Serialize;

use super::style::Style;
use crate::kernel::Event;
use crate::model::report::About;

/// What the command has reported about itself so far.
#[derive(Debug, Default)]
pub struct Context(Mutex<About>);

/// A report with the stack and the daemon as further fields.
#[derive(Serialize)]
pub struct Named<'a, R> {
    #[serde(flatten)]
    about: About,
    #[serde(flatten)]
    report: &'a R,
}

impl Context {
    /// Remembers the stack and the daemon. The note about a stack that no one named, the first time.
    pub fn take(&self, event: &Event) -> Option<Event> {
        let mut about = self.0.lock().ok()?;
        match event {
            Event::Daemon { host } => {
                about.daemon = Some(host.clone());
                None
            }
            Event::Stack { name, file, searched } => {
                let is_new = about.stack.replace(name.clone()).is_none();
                about.stack_file.clone_from(file);
                let up_to = searched.as_ref().filter(|_| is_new)?;
                let message = format!(
                    "no stack.yml or stack.yaml here, nor above up to {up_to}: built-in stack `{name}`"
                );
                Some(Event::Note { message })
            }
            _ => None,
        }
    }

    /// The report with its stack; none before a stack was loaded.
    pub fn name<'a, R>(&self, report: &'a R) -> Option<Named<'a, R>> {
        let about = self.0.lock().ok()?.clone();
        about.stack.is_some().then_some(Named { about, report })
    }

    /// `stack demo (stack.yml) at unix:///var/run/docker.sock`
    pub fn line(&self, style: Style) -> Option<String> {
        let about = self.0.lock().ok()?;
        let name = about.stack.as_ref()?;
        let from = about.stack_file.as_deref().unwrap_or("built-in");
        let daemon = about.daemon.as_ref().map(|host| format!(" at {host}")).unwrap_or_default();
        Some(format!("{}\n", style.fold(&style.dim(&format!("stack {name} ({from}){daemon}")))))
    }
}
