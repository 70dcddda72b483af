//! JSON as a tree that remembers places, because a dashboard of a thousand lines needs them.
//!
//! The text has been read by serde before; this reader only has to agree with it and must never panic.

use super::text_place::Lines;
use crate::kernel::Place;
use crate::model::node::{Entry, Node, Value};
use crate::source::MAX_DEPTH;

/// The tree; none when the text is not JSON.
pub fn parse(text: &str, lines: &Lines) -> Option<Node> {
    let mut reader = Reader { rest: text, line: 1, column: 1, lines };
    let node = reader.value(0)?;
    reader.blanks();
    reader.rest.is_empty().then_some(node)
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    column: usize,
    lines: &'a Lines,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn step(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        if c == '\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(c)
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, ' ' | '\t' | '\n' | '\r')) {
            self.step();
        }
    }

    /// Takes this character, after blanks.
    fn take(&mut self, wanted: char) -> Option<()> {
        self.blanks();
        (self.peek() == Some(wanted)).then(|| self.step()).flatten().map(|_| ())
    }

    fn place(&self, width: usize) -> Place {
        self.lines.place(self.line, self.column, width)
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.blanks();
        if depth > MAX_DEPTH {
            return None;
        }
        match self.peek()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => {
                let (text, place) = self.string()?;
                Some(Node { value: Value::Scalar { text, quoted: true, variable: false }, place })
            }
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Node> {
        let place = self.place(1);
        self.take('{')?;
        let mut entries = Vec::new();
        while self.take('}').is_none() {
            if !entries.is_empty() {
                self.take(',')?;
            }
            self.blanks();
            let (key, key_place) = self.string()?;
            self.take(':')?;
            let node = self.value(depth + 1)?;
            entries.push(Entry { key, key_place, node });
        }
        Some(Node { value: Value::Mapping(entries), place })
    }

    fn array(&mut self, depth: usize) -> Option<Node> {
        let place = self.place(1);
        self.take('[')?;
        let mut items = Vec::new();
        while self.take(']').is_none() {
            if !items.is_empty() {
                self.take(',')?;
            }
            items.push(self.value(depth + 1)?);
        }
        Some(Node { value: Value::Sequence(items), place })
    }

    fn string(&mut self) -> Option<(String, Place)> {
        let (text, line, column) = (self.rest, self.line, self.column);
        self.take('"')?;
        loop {
            match self.step()? {
                '"' => break,
                '\\' => {
                    self.step()?;
                }
                _ => {}
            }
        }
        let raw = text.get(..text.len() - self.rest.len())?;
        let value = serde_json::from_str(raw).ok()?;
        Some((value, self.lines.place(line, column, self.column.saturating_sub(column))))
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Option<Node> {
        let (start, line, column) = (self.rest, self.line, self.column);
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')) {
            self.step();
        }
        let text = start.get(..start.len() - self.rest.len()).unwrap_or_default().to_owned();
        serde_json::from_str::<serde::de::IgnoredAny>(&text).ok()?;
        let place = self.lines.place(line, column, text.chars().count());
        let value =
            if text == "null" { Value::Null } else { Value::Scalar { text, quoted: false, variable: false } };
        Some(Node { value, place })
    }
}
