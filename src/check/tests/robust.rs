use proptest::prelude::*;

use crate::check::text_place::Lines;
use crate::check::variables::Query;
use crate::check::{json, matchers, promql, templates};

/// Pieces that expressions are made of, in any order.
fn expression() -> impl Strategy<Value = String> {
    let words = [
        "x",
        "rate",
        "sum",
        "by",
        "on",
        "ignoring",
        "group_left",
        "offset",
        "@",
        "start",
        "bool",
        "and",
        "or",
        "unless",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "=",
        "==",
        "=~",
        "!~",
        "!=",
        ">",
        "+",
        "-",
        "*",
        "/",
        "^",
        "5m",
        "1",
        "1_0",
        "0x",
        ".5",
        "1e",
        "Inf",
        "1e30",
        "\"a\"",
        "\"a",
        "'",
        "`",
        "\\",
        "#",
        "\n",
        " ",
        ":",
        "$x",
        "${x:csv}",
        "[[x]]",
        "ü",
        "x:y",
        "a.b",
    ];
    proptest::collection::vec(prop::sample::select(words.to_vec()), 0..14).prop_map(|words| words.concat())
}

proptest! {
    /// The parser is third-party code that a user's file reaches: it may refuse, never fall over.
    #[test]
    fn no_expression_brings_the_parser_down(text in expression(), spaced in any::<bool>()) {
        let text = if spaced { text.replace('x', " x ") } else { text };
        if let Some((at, width)) = promql::parse(&text).err().and_then(|wrong| wrong.at) {
            prop_assert!(at + width <= text.chars().count(), "{text:?}: {at}+{width}");
        }
        let _ = Query::read(&text).parse();
    }

    #[test]
    fn no_text_brings_a_reader_down(text in "\\PC{0,30}|[{}\"'`\\\\$=~!, a\n\\[\\]:]{0,30}") {
        let _ = promql::parse(&text);
        let _ = Query::read(&text).parse();
        let _ = templates::actions(&text);
        let _ = matchers::parse(&text);
        let lines = Lines::new("f", &text);
        prop_assert_eq!(json::parse(&text, &lines).is_some(), serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}
