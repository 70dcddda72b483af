//! Text to tree: YAML events with their places, duplicate keys and limits checked on the way.

use std::collections::HashMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput};

use super::{comments, merge, syntax};
use crate::catalog;
use crate::kernel::text::{is_invisible, shown};
use crate::kernel::{Diagnostic, Place, credentials};
use crate::model::node::{Entry, Node, Value};

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 4 << 20;
/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 64;
/// Lines before a mistake in which a comment may have taken a closing bracket.
const SWALLOWED: usize = 20;
/// Most values that aliases may add.
const MAX_NODES: usize = 10_000;

/// Bytes to text: UTF-8 only, without a byte order mark; says what it looks like when it is something else.
pub fn decode(bytes: &[u8], file: &Arc<str>) -> Result<(String, Vec<Diagnostic>), Box<Diagnostic>> {
    if bytes.len() > MAX_BYTES {
        let message = format!("`{file}` is larger than {} MiB", MAX_BYTES >> 20);
        return Err(Box::new(Diagnostic::error("SC101", message).hint("is it the right file?")));
    }
    let written = utf8(bytes, file)?;
    let text = written.trim_start_matches(BYTE_ORDER_MARK);
    let mut found = Vec::new();
    if text.len() < written.len() {
        found.push(Diagnostic::warning(
            "SC102",
            format!("`{file}` starts with a byte order mark, which is ignored"),
        ));
    }
    control_characters(text, file).map_or_else(|| Ok((text.to_owned(), found)), |e| Err(Box::new(e)))
}

/// What some editors begin a file with.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file; an error with the place of the first byte that is not UTF-8.
pub fn utf8<'a>(bytes: &'a [u8], file: &Arc<str>) -> Result<&'a str, Box<Diagnostic>> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let message = format!("`{file}` is UTF-16");
        return Err(Box::new(Diagnostic::error("SC101", message).hint("save it as UTF-8")));
    }
    std::str::from_utf8(bytes).map_err(|error| Box::new(invalid_utf8(bytes, error.valid_up_to(), file)))
}

fn invalid_utf8(bytes: &[u8], at: usize, file: &Arc<str>) -> Diagnostic {
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
    let byte = bytes.get(at).copied().unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = bytes.get(start..).unwrap_or_default();
    let text = String::from_utf8_lossy(rest.split(|b| *b == b'\n').next().unwrap_or_default()).into_owned();
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    let place = Place { file: file.clone(), line, column, width: 1, text: text.into() };
    Diagnostic::error("SC101", format!("byte {at} is 0x{byte:02X}, which is not UTF-8"))
        .at(place)
        .hint("it looks like Latin-1; save the file as UTF-8")
}

/// NUL, other control characters and the bidirectional controls that make text read differently from what it is.
fn control_characters(text: &str, file: &Arc<str>) -> Option<Diagnostic> {
    let bad = |c: char| is_invisible(c) && !matches!(c, '\n' | '\r' | '\t');
    text.lines().enumerate().find_map(|(line, content)| {
        let column = content.chars().position(bad)?;
        let c = content.chars().nth(column)?;
        let place = Place {
            file: file.clone(),
            line: line + 1,
            column: column + 1,
            width: 1,
            text: crate::kernel::text::printable(content).into(),
        };
        Some(
            Diagnostic::error("SC101", format!("the invisible character U+{:04X} is not allowed", c as u32))
                .at(place)
                .hint("delete it; write `\\u…` in a quoted text when it is meant"),
        )
    })
}

/// Text to tree. The tree is missing only when nothing could be read.
pub fn parse(text: &str, file: &Arc<str>) -> (Option<Node>, Vec<Diagnostic>) {
    let integrations: Vec<&str> = catalog::INTEGRATIONS.iter().map(|row| row.key).collect();
    let lines = credentials::masked_lines(text, &integrations);
    let lines = lines.into_iter().map(|line| (Arc::from(line.as_ref()), line.chars().count())).collect();
    let mut composer = Composer {
        parser: Parser::new_from_str(text),
        file: file.clone(),
        lines,
        anchors: HashMap::new(),
        budget: MAX_NODES,
        found: Vec::new(),
    };
    let root = composer.document();
    (root, composer.found)
}

struct Composer<'a> {
    parser: Parser<'a, StrInput<'a>>,
    file: Arc<str>,
    /// Every line without its secrets, and its length in characters: counting a long line for each value on it takes for ever.
    lines: Vec<(Arc<str>, usize)>,
    anchors: HashMap<usize, Node>,
    budget: usize,
    found: Vec<Diagnostic>,
}

impl<'a> Composer<'a> {
    fn document(&mut self) -> Option<Node> {
        let mut root = None;
        while let Some((event, span)) = self.next() {
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    let place = self.place(&span, 3);
                    self.found.push(
                        Diagnostic::error("SC103", "a second document begins here")
                            .at(place)
                            .hint("keep one document per file: remove the `---`"),
                    );
                    break;
                }
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                other => {
                    root = self.node(other, span, 0);
                    if root.is_none() {
                        break;
                    }
                }
            }
        }
        root
    }

    /// The next event; none after the end or a syntax error, which is noted.
    fn next(&mut self) -> Option<(Event<'a>, Span)> {
        match self.parser.next_event()? {
            Ok((event, span)) => Some((event, span)),
            Err(error) => {
                let place = self.place(&Span::empty(*error.marker()), 1);
                let before =
                    self.lines.get(place.line.saturating_sub(SWALLOWED)..place.line).unwrap_or_default();
                let before: Vec<&str> = before.iter().map(|(line, _)| line.as_ref()).collect();
                let comment = comments::in_flow(&before);
                self.found.push(syntax::error(error.info(), place, MAX_DEPTH, comment));
                None
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            let place = self.place(&span, 1);
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            self.found.push(Diagnostic::error("SC103", message).at(place));
            return None;
        }
        let (value, anchor, width) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let width = written_width(&text, style, &span);
                let text = text.into_owned();
                if let Some(tag) = tag {
                    self.reject(
                        &span,
                        &format!(
                            "the tag `{}` is not supported",
                            shown(&format!("{}{}", tag.handle, tag.suffix))
                        ),
                        "remove it",
                    );
                }
                let quoted = style != ScalarStyle::Plain;
                let null = !quoted && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
                (
                    if null { Value::Null } else { Value::Scalar { text, quoted, variable: false } },
                    anchor,
                    width,
                )
            }
            Event::SequenceStart(anchor, _) => (Value::Sequence(self.sequence(depth)?), anchor, 1),
            Event::MappingStart(anchor, _) => (Value::Mapping(self.mapping(depth)?), anchor, 1),
            Event::Alias(anchor) => return self.alias(anchor, &span),
            _ => return None,
        };
        let node = Node { value, place: self.place(&span, width) };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Some(node)
    }

    /// A copy of the anchored value, as long as all copies together stay small.
    fn alias(&mut self, anchor: usize, span: &Span) -> Option<Node> {
        let node = self.anchors.get(&anchor).cloned()?;
        let size = size(&node);
        if size > self.budget {
            self.reject(
                span,
                &format!("aliases make the file larger than {MAX_NODES} values"),
                "write the values out",
            );
            return None;
        }
        self.budget -= size;
        Some(node)
    }

    fn sequence(&mut self, depth: usize) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Some(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Option<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        // Where each key stands.
        let mut lines: HashMap<String, usize> = HashMap::new();
        let mut merged: Option<(Node, Place)> = None;
        loop {
            let (event, span) = match self.next()? {
                (Event::MappingEnd, _) => {
                    if let Some((node, key)) = merged {
                        merge::merge(&mut entries, node, &key, &mut self.found);
                    }
                    return Some(entries);
                }
                other => other,
            };
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let node = self.node(event, span, depth + 1)?;
            let Value::Scalar { text, quoted, .. } = key.value else {
                let place = key.place;
                self.found.push(Diagnostic::error("SC103", "a key must be plain text").at(place));
                continue;
            };
            if let Some(line) = lines.get(&text) {
                self.found.push(
                    Diagnostic::error(
                        "SC104",
                        format!("the key `{}` is here twice; the first is on line {line}", shown(&text)),
                    )
                    .at(key.place)
                    .hint(if text == merge::KEY {
                        "write `<<: [*one, *other]`"
                    } else {
                        "keep one of them"
                    }),
                );
                continue;
            }
            lines.insert(text.clone(), key.place.line);
            if text == merge::KEY && !quoted {
                merged = Some((node, key.place));
                continue;
            }
            entries.push(Entry { key: text, key_place: key.place, node });
        }
    }

    fn reject(&mut self, span: &Span, message: &str, hint: &str) {
        let place = self.place(span, 1);
        self.found.push(Diagnostic::error("SC103", message).at(place).hint(hint));
    }

    fn place(&self, span: &Span, width: usize) -> Place {
        let line = span.start.line().max(1);
        let (text, length) = self.lines.get(line - 1).cloned().unwrap_or_else(|| ("".into(), 0));
        let column = span.start.col() + 1;
        let rest = length.saturating_sub(span.start.col()).max(1);
        Place { file: self.file.clone(), line, column, width: width.clamp(1, rest), text }
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar { .. } => 1,
        Value::Sequence(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Mapping(entries) => 1 + entries.iter().map(|entry| size(&entry.node)).sum::<usize>(),
    }
}

fn written_width(text: &str, style: ScalarStyle, span: &Span) -> usize {
    let quotes = if style == ScalarStyle::Plain { 0 } else { 2 };
    if span.start.line() == span.end.line() && !span.is_empty() {
        span.len()
    } else {
        text.chars().count() + quotes
    }
}
