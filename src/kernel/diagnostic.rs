//! What is wrong with something the user wrote: where, why, and what to type instead.
//!
//! Diagnostics are collected, never thrown one by one.

use std::sync::Arc;

use serde::Serialize;

use super::{credentials, text};

/// How bad it is. Errors stop; warnings do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing will be applied until it is mended.
    Error,
    /// It works, and is probably not what was meant.
    Warning,
    /// Worth knowing; nothing is wrong.
    Note,
}

/// A stretch of one line in one file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// Line number.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// Number of characters to underline, at least 1.
    pub width: usize,
    /// The whole line, without its end.
    #[serde(skip)]
    pub text: Arc<str>,
}

impl Place {
    /// The first occurrence of a word in this place; the place itself where the line does not show the word.
    #[must_use]
    pub fn word(self, word: &str) -> Self {
        let start = self.text.char_indices().nth(self.column - 1).map_or(self.text.len(), |(at, _)| at);
        let found = self.text.get(start..).and_then(|rest| rest.get(..rest.find(word)?));
        match found.filter(|_| !word.is_empty()).map(|before| before.chars().count()) {
            Some(before) => Self { column: self.column + before, width: word.chars().count(), ..self },
            None => self,
        }
    }

    /// The same place in a line that does not show what is marked: it may be a secret.
    #[must_use]
    pub fn hidden(mut self) -> Self {
        let marked = self.column - 1..self.column - 1 + self.width;
        let shown = |(at, c): (usize, char)| if marked.contains(&at) { '*' } else { c };
        self.text = self.text.chars().enumerate().map(shown).collect::<String>().into();
        self
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable code such as `SC104`, for searching and for switching off.
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// Where it is wrong, when it has a place.
    pub place: Option<Place>,
    /// What to do next.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without a place or a hint yet. Credentials in the message are hidden.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        let message = text::brief(credentials::masked(&message.into()).into_owned());
        Self { severity: Severity::Error, code, message, place: None, hint: None }
    }

    /// A warning without a place or a hint yet.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// A note without a place or a hint yet.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, message) }
    }

    /// The same finding, at this place.
    #[must_use]
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        self.place = place.into();
        self
    }

    /// The same finding, with the next step. Credentials in it are hidden.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(text::brief(credentials::masked(&hint.into()).into_owned()));
        self
    }

    /// True when it stops the run.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// True when one of them stops the run.
pub fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}
