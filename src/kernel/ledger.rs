//! What a run has changed so far, for the report of a failure that comes afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The changes of a run. Copies write to the same ledger.
#[derive(Debug, Clone, Default)]
pub struct Ledger(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    entries: Vec<Entry>,
    /// What objects are called that are addressed by an id.
    names: BTreeMap<String, String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// `container monitoring-prometheus`
    object: String,
    /// `stop`
    change: String,
    /// The object was not there before.
    is_new: bool,
}

impl Ledger {
    /// Says how an object is called that is addressed by an id.
    pub fn name(&self, object: impl Into<String>, name: impl Into<String>) {
        self.book().names.insert(object.into(), name.into());
    }

    /// Adds a change of an object that was there.
    pub fn change(&self, object: impl Into<String>, change: impl Into<String>) {
        self.add(Entry { object: object.into(), change: change.into(), is_new: false });
    }

    /// Adds an object that was not there.
    pub fn create(&self, object: impl Into<String>, change: impl Into<String>) {
        self.add(Entry { object: object.into(), change: change.into(), is_new: true });
    }

    /// Adds the removal of an object; one that was created meanwhile leaves no trace.
    pub fn remove(&self, object: impl Into<String>) {
        let object = object.into();
        let mut book = self.book();
        let is_new = book.entries.iter().any(|entry| entry.object == object && entry.is_new);
        if is_new {
            book.entries.retain(|entry| entry.object != object);
        } else {
            book.entries.push(Entry { object, change: "remove".to_owned(), is_new: false });
        }
    }

    /// Every change, in order: `container monitoring-prometheus: stop`.
    pub fn lines(&self) -> Vec<String> {
        let book = self.book();
        let mut lines: Vec<String> = Vec::new();
        for Entry { object, change, .. } in &book.entries {
            let line = format!("{}: {change}", book.names.get(object).unwrap_or(object));
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }

    /// Takes the changes of another ledger.
    pub fn append(&self, other: &Self) {
        let (entries, names) = {
            let theirs = other.book();
            (theirs.entries.clone(), theirs.names.clone())
        };
        let mut book = self.book();
        book.entries.extend(entries);
        book.names.extend(names);
    }

    fn add(&self, entry: Entry) {
        self.book().entries.push(entry);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;

    #[test]
    fn what_was_created_and_removed_again_is_no_change() {
        let ledger = Ledger::default();
        ledger.create("container a", "create");
        ledger.change("container b", "stop");
        ledger.change("container a", "start");
        ledger.name("container b", "container web");
        ledger.remove("container a");
        ledger.remove("container b");
        assert_eq!(ledger.lines(), ["container web: stop", "container web: remove"]);
    }
}
