//! Arguments of the user that a component refuses, so that its container exits at its start.

use serde_json::Value;

use crate::catalog::flags::{FLAGS, Flags, Style};
use crate::kernel::{Diagnostic, text};
use crate::model::component::Component;
use crate::model::stack::{Instance, Stack};
use crate::model::sub_path;
use crate::resolve::place_of;
use crate::source::Document;

/// Checks the `args` of every component whose flags are known.
pub fn check(document: &Document, stack: &Stack, found: &mut Vec<Diagnostic>) {
    for instance in &stack.instances {
        let Some(row) = instance.row else { continue };
        let Some(flags) = FLAGS.iter().find(|flags| flags.component == row.name) else { continue };
        let args = place_of(instance).key("args");
        for (index, flag) in own(instance).into_iter().enumerate() {
            let Some(flag) = flag else { continue };
            let finding = refused(instance, flags, flag).or_else(|| repeated(instance, row, flags, flag));
            found.extend(finding.map(|finding| finding.at(document.value_place(&args.clone().index(index)))));
        }
    }
}

/// The user's arguments; none for those that are values of the flag before them.
fn own(instance: &Instance) -> Vec<Option<&str>> {
    let args = instance.settings.get("args").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    args.iter().map(|arg| arg.as_str().filter(|arg| arg.starts_with('-') && arg.len() > 2)).collect()
}

/// The name of a flag, without dashes and value.
fn name(arg: &str) -> &str {
    arg.trim_start_matches('-').split('=').next().unwrap_or_default()
}

fn refused(instance: &Instance, flags: &Flags, arg: &str) -> Option<Diagnostic> {
    let wanted = name(arg);
    let exits = format!("{} then exits at its start", instance.title);
    if flags.has(wanted) {
        let short = flags.style == Style::Kingpin && !arg.starts_with("--");
        return short.then(|| {
            Diagnostic::warning("SC560", format!("`-{wanted}` has one dash, and {exits}"))
                .hint(format!("write `-{arg}`"))
        });
    }
    if let Some(near) = text::slip(wanted, flags.names()) {
        let message = format!("{} has no flag `--{}`, and {exits}", instance.title, text::shown(wanted));
        return Some(Diagnostic::warning("SC560", message).hint(format!("did you mean `--{near}`?")));
    }
    let newer = instance.version.as_ref().is_none_or(|version| version.since(flags.complete_before));
    if newer || flags.style == Style::Kingpin && !arg.starts_with("--") {
        return None;
    }
    let message = format!("{} has no flag `--{}`, and {exits}", instance.title, text::shown(wanted));
    let hint = match text::nearest(wanted, flags.names()) {
        Some(near) => format!("did you mean `--{near}`?"),
        None => "remove it from `args`".to_owned(),
    };
    Some(Diagnostic::warning("SC560", message).hint(hint))
}

/// A flag that stackctl sets too, or that the user sets twice, where the component takes it once.
fn repeated(instance: &Instance, row: &Component, flags: &Flags, arg: &str) -> Option<Diagnostic> {
    let flag = name(arg);
    let all = &instance.spec.args;
    let twice = all.iter().filter(|other| other.starts_with("--") && name(other) == flag).count() > 1;
    let reported = sub_path::repeated(row.sub_path, all).iter().any(|other| name(other) == flag);
    if !twice || reported || flags.is_list(flag) {
        return None;
    }
    let setting = row.args.iter().find(|item| name(item.text) == flag);
    let setting = setting.map(|item| item.text.split_once("={").and_then(|(_, rest)| rest.strip_suffix('}')));
    let hint = match setting {
        Some(Some(setting)) if !setting.contains(['{', ':']) && instance.setting(setting).is_some() => {
            format!("remove it from `args`, and write the value as `{setting}`")
        }
        Some(_) => "remove it from `args`: stackctl sets it".to_owned(),
        None => "keep one of them".to_owned(),
    };
    let message = format!("`--{flag}` is set twice, and {} then does not start", row.title);
    Some(Diagnostic::error("SC561", message).hint(hint))
}

#[cfg(test)]
mod tests {
    use crate::check::tests::found;

    fn of(component: &str) -> Vec<String> {
        let text = format!("notify: {{receivers: {{m: {{webhook: {{url: \"http://x\"}}}}}}}}\n{component}\n");
        found(&text, &[]).into_iter().filter(|line| line.contains(" SC56")).collect()
    }

    #[test]
    fn a_misspelt_flag_is_shown_with_the_near_name() {
        assert_eq!(
            of("prometheus: {args: [\"--query.timeout=1m\", \"--storage.tsdb.retentin.time=3d\"]}"),
            [
                "warning SC560 stack.yml:2:43+33 Prometheus has no flag `--storage.tsdb.retentin.time`, and Prometheus then exits at its start | did you mean `--storage.tsdb.retention.time`?"
            ]
        );
        assert_eq!(
            of("alertmanager: {args: [-log.level=warn]}"),
            [
                "warning SC560 stack.yml:2:23+15 `-log.level` has one dash, and Alertmanager then exits at its start | write `--log.level=warn`"
            ]
        );
        assert_eq!(of("exporters: {node: {args: [--collector.sytemd]}}").len(), 1);
        assert_eq!(of("exporters: {redis: {address: \"redis://r:6379\", args: [-debgu]}}").len(), 1);
    }

    #[test]
    fn a_flag_that_stackctl_sets_is_an_error_unless_it_is_a_list() {
        let found = of("prometheus: {args: [\"--config.file=/x\"]}");
        assert_eq!(
            found,
            [
                "error SC561 stack.yml:2:21+18 `--config.file` is set twice, and Prometheus then does not start | remove it from `args`: stackctl sets it"
            ]
        );
        let found = of("prometheus: {version: v3.5.3, args: [\"--storage.tsdb.retention.time=3d\"]}");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn known_flags_and_those_of_newer_versions_are_accepted() {
        for fine in [
            "prometheus: {args: [\"--enable-feature=a\", \"--enable-feature=b\", \"--query.max-samples\", \"7\", \"--no-auto-gomaxprocs\"]}",
            "prometheus: {args: [\"--a.flag.of.another.year=1\"]}",
            "alertmanager: {args: [\"--cluster.peer=a:9094\", \"--cluster.peer=b:9094\"]}",
            "exporters: {node: {args: [--collector.systemd, --no-collector.arp]}}",
            "exporters: {redis: {address: \"redis://r:6379\", args: [-debug, --check-keys=a*]}}",
        ] {
            assert_eq!(of(fine), [""; 0], "{fine}");
        }
        let old = "prometheus: {version: v3.5.3, args: [\"--a.flag.of.another.year=1\"]}";
        assert_eq!(of(old).len(), 1);
    }
}
