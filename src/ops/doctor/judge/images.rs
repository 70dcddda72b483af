//! Where the images come from: the daemon has them, a registry gives them, or they are built from a Debian archive.

use super::{Judged, Remedy};
use crate::kernel::text;
use crate::model::doctor::{Finding, Severity};
use crate::ops::doctor::facts::{ComponentFacts, DebianArchive, Facts, Machine, Seen, StackFacts};

/// The registry of an image; an image without one comes from the daemon's default registry.
pub fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => "docker.io",
    }
}

/// Components whose image the daemon does not have.
fn missing<'a>(seen: &Seen, stack: &'a StackFacts) -> Vec<&'a ComponentFacts> {
    stack.components.iter().filter(|component| !seen.images.contains(&component.name)).collect()
}

fn registry_answers(seen: &Seen, component: &ComponentFacts) -> bool {
    matches!(seen.registries.get(registry(&component.image)), Some(None))
}

/// Whether the registries answer; no finding when none had to be asked.
pub fn registries(seen: &Seen) -> Option<Finding> {
    let silent: Vec<String> = seen
        .registries
        .iter()
        .filter_map(|(name, error)| Some(format!("{name} ({})", error.as_ref()?)))
        .collect();
    if seen.registries.is_empty() {
        return None;
    }
    if silent.is_empty() {
        let names: Vec<&String> = seen.registries.keys().collect();
        return Some(Finding::new("registries", Severity::Ok, format!("answering: {}", text::list(&names))));
    }
    let detail = format!("not answering: {}", text::list(&silent));
    Some(
        Finding::new("registries", Severity::Note, detail)
            .fix("name a mirror with `images.registry` in stack.yml, or give the daemon a proxy"),
    )
}

/// Where every image comes from.
pub fn images(seen: &Seen, stack: &StackFacts, machine: &Machine) -> Finding {
    let missing = missing(seen, stack);
    if missing.is_empty() {
        return Finding::new("images", Severity::Ok, "every image is there");
    }
    let archive = matches!(machine.archive, DebianArchive::Ready { .. });
    let names = |is: &dyn Fn(&ComponentFacts) -> bool| -> Vec<String> {
        missing.iter().filter(|c| is(c)).map(|c| format!("`{}`", c.name)).collect()
    };
    let pulled = names(&|c| registry_answers(seen, c));
    let built = names(&|c| !registry_answers(seen, c) && archive && c.package.is_some());
    let without = names(&|c| !registry_answers(seen, c) && (!archive || c.package.is_none()));
    let there = stack.components.len() - missing.len();
    let mut parts = vec![format!("{there} of {} are there", stack.components.len())];
    for (names, source) in [(&pulled, "a registry has"), (&built, "the Debian archive has")] {
        if !names.is_empty() {
            parts.push(format!("{source} {}", text::list(names)));
        }
    }
    if without.is_empty() {
        return Finding::new("images", Severity::Note, parts.join("; "))
            .fix("`stackctl up` brings them, `stackctl images pull` before that");
    }
    parts.push(format!("nothing here has {}", text::list(&without)));
    Finding::new("images", Severity::Warning, parts.join("; "))
        .fix("`stackctl images save` where they are and `stackctl images load` here, or a mirror with `images.registry` in stack.yml")
}

/// What is needed to build images from a Debian archive, and whether that is needed at all.
pub fn builder(facts: &Facts) -> Judged {
    let name = "image builder";
    let machine = &facts.machine;
    let severity = if is_needed(facts) { Severity::Warning } else { Severity::Note };
    let keyring = match &machine.archive {
        DebianArchive::None(reason) => {
            let fix = "add a `.sources` file with the main archive of a Debian release below /etc/apt/sources.list.d, or use a registry";
            return Finding::new(name, severity, reason).fix(fix).into();
        }
        DebianArchive::NoKeyring { keyring } => Some(keyring),
        DebianArchive::Ready { found_in } if machine.has("mmdebstrap") => {
            let detail = format!(
                "`mmdebstrap` and the Debian archive in `{}` can stand in for a registry",
                found_in.display()
            );
            return Finding::new(name, Severity::Ok, detail).into();
        }
        DebianArchive::Ready { .. } => None,
    };
    let mut lacks = Vec::new();
    let mut packages = Vec::new();
    if !machine.has("mmdebstrap") {
        lacks.push("the program `mmdebstrap`".to_owned());
        packages.push("mmdebstrap");
    }
    if let Some(keyring) = keyring {
        lacks.push(format!("the keys `{}`", keyring.display()));
        packages.push("debian-archive-keyring");
    }
    let detail = format!("images cannot be built from the Debian archive without {}", text::list(&lacks));
    let fix = machine.install_by_hand(&packages);
    let can = severity == Severity::Warning && machine.uid == 0 && machine.has_apt();
    Judged::with(Finding::new(name, severity, detail).fix(fix), can.then_some(Remedy::Install(packages)))
}

/// An image is missing, its registry does not answer, and a Debian package could stand in.
fn is_needed(facts: &Facts) -> bool {
    let seen = facts.answering().and_then(|answering| answering.stack.as_ref());
    let (Some(seen), Some(stack)) = (seen, &facts.stack) else { return false };
    missing(seen, stack).iter().any(|c| c.package.is_some() && !registry_answers(seen, c))
}
