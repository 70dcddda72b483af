use std::collections::BTreeSet;
use std::path::Path;

use crate::check::CODES;

/// Codes that the sources of this module write, its tests and its list left out.
fn written(directory: &Path) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            codes.extend(written(&path));
        }
        if !path.is_file() || path.ends_with("codes.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        codes.extend(
            text.split("\"SC").skip(1).filter_map(|rest| Some(format!("SC{}", rest.split('"').next()?))),
        );
    }
    codes
}

#[test]
fn every_code_is_listed_once_in_order() {
    let listed: Vec<String> = CODES.iter().map(|(code, _)| (*code).to_owned()).collect();
    let sorted: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed, sorted.iter().cloned().collect::<Vec<_>>());
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/check");
    assert_eq!(sorted, written(&sources));
}

#[test]
fn every_code_is_of_this_module_and_explained() {
    for (code, meaning) in CODES {
        assert!(code.len() == 5 && (code.starts_with("SC4") || code.starts_with("SC5")), "{code}");
        assert!(!meaning.is_empty() && !meaning.ends_with('.'), "{code}: {meaning}");
    }
}
