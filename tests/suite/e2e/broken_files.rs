//! SCENARIO: somebody breaks a file while the stack runs. Nothing that runs may notice.

use super::Scene;
use super::docker::{lives, ours, revision, world};
use super::scene::{Run, SMALL};

/// Breaks a running stack's files, runs `up`, and proves that nothing was touched.
fn refused(break_it: impl FnOnce(&Scene)) -> Option<Run> {
    let scene = Scene::running(SMALL)?;
    let look = || {
        let revisions = ["prometheus", "alertmanager"].map(|one| revision(&scene.container(one)));
        (lives(&scene.name), world(&scene.name), revisions)
    };
    let before = look();
    break_it(&scene);
    let run = scene.expect(2, &["up"]);
    assert_eq!(look(), before);
    assert_eq!(ours(&scene.name).len(), 3);
    assert_eq!(run.said("changed: "), Some("nothing"));
    assert_eq!(run.stdout, "");
    Some(run)
}

/// The lines of talk that point into a file.
fn places(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")).collect()
}

#[test]
fn an_unknown_key_is_shown_with_its_place_and_touches_nothing() {
    let Some(run) = refused(|scene| scene.stack(&format!("{SMALL}promethues: {{}}\n"))) else { return };
    assert_eq!(run.said("error[SC105]: "), Some("unknown key `promethues`"));
    assert_eq!(places(&run), ["stack.yml:5:1"]);
    assert_eq!(run.said("hint: "), Some("did you mean `prometheus`?"));
}

#[test]
fn a_receiver_that_is_not_there_is_shown_with_its_place_and_touches_nothing() {
    let text = "notify:\n  receivers: {chat: {webhook: {url: \"http://host.docker.internal:9/\"}}}\n  default: chaat\n";
    let Some(run) = refused(|scene| scene.stack(&format!("{SMALL}{text}"))) else { return };
    assert_eq!(run.said("error[SC211]: "), Some("there is no receiver `chaat`"));
    assert_eq!(places(&run), ["stack.yml:7:12"]);
}

#[test]
fn wrong_promql_in_the_users_rules_is_shown_with_its_place_and_touches_nothing() {
    let rules =
        "groups:\n  - name: mine\n    rules:\n      - alert: Wrong\n        expr: sum(rate(up[5m]) by (job\n";
    let Some(run) = refused(|scene| scene.write("rules/mine.yml", rules)) else { return };
    assert_eq!(places(&run), ["rules/mine.yml:4:16", "rules/mine.yml:5:32"]);
}

/// Intent: what only the component's own tool can know is still found before anything is touched.
#[test]
fn what_only_promtool_refuses_is_refused_before_anything_is_touched() {
    let rules =
        "groups:\n  - name: mine\n    limit: many\n    rules:\n      - alert: Wrong\n        expr: up == 0\n";
    let Some(run) = refused(|scene| scene.write("rules/mine.yml", rules)) else { return };
    assert!(run.stderr.contains("cannot unmarshal !!str `many` into int"), "{}", run.stderr);
    assert!(run.stderr.contains("rules/mine.yml"), "{}", run.stderr);
}
