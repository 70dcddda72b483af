use std::collections::BTreeMap;
use stackctl::render::*;
#[test]
fn dump() {
    let text = std::fs::read("/tmp/slos-t/stack.yml").unwrap();
    let (document, found) = stackctl::source::read(&text, "stack.yml", &BTreeMap::new());
    assert_eq!(found, []);
    let (stack, _) = stackctl::resolve::resolve(&document, None, &BTreeMap::new());
    let mut o = BTreeMap::new();
    for p in ["rules/slo.yml", "rules/tests/slo.yml"] {
        o.insert(p.to_owned(), Asset { bytes: std::fs::read(format!("/tmp/wt/slos/{p}")).unwrap(), origin: p.to_owned() });
    }
    let a = Assets::with_overrides(o);
    let inputs = Inputs { stack: &stack, assets: &a, secrets: &BTreeMap::new(), files: &BTreeMap::new() };
    for f in render(&inputs).unwrap() { if f.path == "rules/slo.yml" { std::fs::write("/tmp/slos-t/w/slo.yml", f.bytes).unwrap(); } }
    for (n, t) in rule_tests(&stack, &a, "/w").unwrap() { if n == "slo" { std::fs::write("/tmp/slos-t/w/tests.yml", t).unwrap(); } }
}
