//! Files of the user beside `stack.yml`: their text and their syntax, with the place of what is wrong.

use std::sync::Arc;

use super::{depth, parse};
use crate::kernel::{Diagnostic, Place};
use crate::model::node::Node;

/// The tree of a YAML file; an empty file has none. Every finding is an error.
pub fn yaml(text: &str, file: &Arc<str>) -> (Option<Node>, Vec<Diagnostic>) {
    parse::parse(text.trim_start_matches(parse::BYTE_ORDER_MARK), file)
}

/// What is wrong with a JSON file.
pub fn json(text: &str, file: &Arc<str>) -> Option<Diagnostic> {
    if text.starts_with(parse::BYTE_ORDER_MARK) {
        let message = format!("`{file}` starts with a byte order mark, which JSON does not allow");
        return Some(Diagnostic::error("SC431", message).hint("save it as UTF-8 without a byte order mark"));
    }
    if let Some(found) = depth::json(text, file) {
        return Some(found);
    }
    let error = serde_json::from_str::<serde_json::Value>(text).err()?;
    let content = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = content.get(..error.column().saturating_sub(1));
    let column = before.map_or(error.column(), |before| before.chars().count() + 1);
    let place = Place {
        file: file.clone(),
        line: error.line().max(1),
        column: column.max(1),
        width: 1,
        text: content.into(),
    };
    let hint = if text.trim().is_empty() {
        "the file is empty: export the dashboard again"
    } else if error.to_string().starts_with("trailing comma") {
        "remove the comma before the bracket"
    } else {
        "fix it there, or export the dashboard again"
    };
    Some(Diagnostic::error("SC431", format!("`{file}` is not JSON: {error}")).at(place).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::{json, yaml};
    use crate::source::utf8;

    #[test]
    fn json_is_refused_with_the_error_of_the_parser_and_its_place() {
        let of = |text: &str| {
            let found = json(text, &"dashboards/x.json".into()).unwrap();
            let place = found.place.unwrap();
            format!("{}:{}:{} {} | {}", place.file, place.line, place.column, found.message, place.text)
        };
        assert_eq!(
            of("{\n  \"a\": [\n    1,]\n}"),
            "dashboards/x.json:3:7 `dashboards/x.json` is not JSON: trailing comma at line 3 column 7 |     1,]"
        );
        assert_eq!(
            of("{\"ä\": ä}"),
            "dashboards/x.json:1:7 `dashboards/x.json` is not JSON: expected value at line 1 column 8 | {\"ä\": ä}"
        );
        assert!(json("{\"a\": [1]}", &"x".into()).is_none());
    }

    #[test]
    fn deep_nesting_is_refused_at_the_same_depth_in_yaml_and_json_and_in_no_time() {
        let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        let begin = std::time::Instant::now();
        for (levels, refused) in [(64, false), (65, true), (1_000_000, true)] {
            let text = nested(levels);
            assert_eq!(json(&text, &"x".into()).is_some(), refused, "{levels}");
            assert_eq!(!yaml(&text, &"x".into()).1.is_empty(), refused, "{levels}");
            assert_eq!(super::depth::yaml(&text, &"x".into()).is_some(), refused, "{levels}");
        }
        for line in ["- ", "? ", "{a: "] {
            assert!(!yaml(&line.repeat(100_000), &"x".into()).1.is_empty(), "{line}");
        }
        let keys = (0..3000).fold(String::new(), |text, n| text + &" ".repeat(n) + "a:\n");
        assert!(!yaml(&keys, &"x".into()).1.is_empty());
        assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_found_with_its_place() {
        let found = utf8(b"groups:\n  - name: caf\xe9\n", &"rules/a.yml".into()).unwrap_err();
        let place = found.place.unwrap();
        assert_eq!((place.line, place.column, &*place.file), (2, 14, "rules/a.yml"));
        assert_eq!(found.message, "byte 21 is 0xE9, which is not UTF-8");
    }
}
