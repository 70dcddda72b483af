//! From a position in a value to the line of the file where it stands.
//!
//! A block scalar starts on the line after its `|`; what is wrong in it is wrong some lines further down.

use std::sync::Arc;

use crate::kernel::Place;
use crate::model::node::Node;
use crate::source::LineMap;

/// The lines of one file, under the name the user knows it by.
#[derive(Debug, Clone)]
pub struct Lines {
    file: Arc<str>,
    /// Each line with its number of characters: counting again for every value of a long line would take minutes.
    all: Vec<(Arc<str>, usize)>,
    /// Where they come from, when the user wrote a template.
    template: Option<LineMap>,
}

impl Lines {
    /// The lines of this text.
    pub fn new(file: &str, text: &str) -> Self {
        let counted = |line: &str| (Arc::from(line), line.chars().count());
        Self { file: file.into(), all: text.lines().map(counted).collect(), template: None }
    }

    /// The same lines, made from those of a template.
    pub fn made_from(self, template: Option<LineMap>) -> Self {
        Self { template, ..self }
    }

    /// The number of a line for a message. Places of findings get theirs at the end.
    pub fn number(&self, line: usize) -> usize {
        self.template.as_ref().map_or(line, |template| template.line(line))
    }

    /// The name of the file.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// A stretch of a line; both numbers count from 1.
    pub fn place(&self, line: usize, column: usize, width: usize) -> Place {
        let (text, length) = self.all.get(line.saturating_sub(1)).cloned().unwrap_or_else(|| ("".into(), 0));
        let rest = (length + 1).saturating_sub(column).max(1);
        Place { file: self.file.clone(), line, column, width: width.clamp(1, rest), text }
    }

    /// The place of the first occurrence of a word in a scalar; the scalar itself when the word cannot be found.
    pub fn word(&self, node: &Node, value: &str, word: &str) -> Place {
        word_position(value, word)
            .map_or_else(|| node.place.clone(), |at| self.within(node, value, at, word.chars().count()))
    }

    /// The place of some characters of a scalar's value. However a scalar is written, its words come in the
    /// same order: the third `)` of the value is the third `)` of the file from there on. The scalar itself
    /// where escapes hide the word.
    pub fn within(&self, node: &Node, value: &str, at: usize, width: usize) -> Place {
        /// Lines that one scalar may be spread over.
        const LONGEST: usize = 1000;
        let word: String = value.chars().skip(at).take(width).collect();
        let before: String = value.chars().take(at).collect();
        let mut earlier = before.matches(&word).count();
        if word.trim().is_empty() {
            return node.place.clone();
        }
        let first = node.place.line;
        for (offset, (line, _)) in self.all.iter().skip(first - 1).take(LONGEST).enumerate() {
            let from = if offset == 0 { byte_of(line, node.place.column - 1) } else { 0 };
            for (found, _) in line.match_indices(&word).filter(|(found, _)| *found >= from) {
                if earlier == 0 {
                    let column = line.get(..found).unwrap_or_default().chars().count();
                    return self.place(first + offset, column + 1, width);
                }
                earlier -= 1;
            }
        }
        node.place.clone()
    }
}

fn byte_of(line: &str, character: usize) -> usize {
    line.char_indices().nth(character).map_or(line.len(), |(at, _)| at)
}

/// Position in characters of a word: not as a part of a longer name.
pub fn word_position(text: &str, word: &str) -> Option<usize> {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let wordy = word.starts_with(inside);
    let found = text.match_indices(word).find(|(at, _)| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !wordy || !(before.is_some_and(inside) || after.is_some_and(inside))
    });
    let (at, _) = found?;
    Some(text.get(..at)?.chars().count())
}
