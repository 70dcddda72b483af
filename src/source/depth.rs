//! Deep nesting is refused before a parser that knows no limit, or another one, reads the text.

use std::sync::Arc;

use saphyr_parser::{Event, Parser};

use super::parse::MAX_DEPTH;
use crate::kernel::{Diagnostic, Place};

/// YAML that is nested deeper than `stack.yml` may be; none also for text that is not YAML.
pub fn yaml(text: &str, file: &Arc<str>) -> Option<Diagnostic> {
    let mut parser = Parser::new_from_str(text);
    let mut depth = 0_usize;
    loop {
        let (event, span) = match parser.next_event()? {
            Ok(event) => event,
            Err(error) if error.info().contains("recursion limit") => {
                let at = *error.marker();
                return Some(too_deep("SC103", text, file, (at.line(), at.col() + 1)));
            }
            Err(_) => return None,
        };
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            Event::StreamEnd => return None,
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(too_deep("SC103", text, file, (span.start.line(), span.start.col() + 1)));
        }
    }
}

/// JSON that is nested deeper; none also for text that is not JSON.
pub fn json(text: &str, file: &Arc<str>) -> Option<Diagnostic> {
    let (mut depth, mut line, mut begin) = (0_usize, 1, 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\n' => (line, begin) = (line + 1, at + 1),
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let column = text.get(begin..at).map_or(0, |before| before.chars().count()) + 1;
            return Some(too_deep("SC431", text, file, (line, column)));
        }
    }
    None
}

fn too_deep(code: &'static str, text: &str, file: &Arc<str>, (line, column): (usize, usize)) -> Diagnostic {
    let line = line.max(1);
    let content = text.lines().nth(line - 1).unwrap_or_default();
    let place = Place { file: file.clone(), line, column, width: 1, text: content.into() };
    Diagnostic::error(code, format!("nested deeper than {MAX_DEPTH} levels"))
        .at(place)
        .hint("is it the right file?")
}
