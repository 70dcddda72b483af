//! Gets the images that are missing.

use futures_util::StreamExt as _;
use futures_util::stream;

use super::build::BuildFault;
use super::look::{Images, chosen, look};
use super::pull::PullFault;
use super::{build, pull};
use crate::archive::{Archive, ArchiveError, Suite, Validity};
use crate::engine::Engine;
use crate::model::plan::Unavailable;
use crate::model::stack::{Instance, Stack};
use crate::ops::{Error, Session};
use crate::reconcile::with_needs;

/// When the registry is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullPolicy {
    /// When no usable image is there.
    Missing,
    /// Always, so that a moved tag or a registry that answers again is noticed.
    Always,
    /// Never.
    Never,
}

/// How many pulls run at once.
const PULLS: usize = 3;
/// How many builds run at once; each keeps a processor busy.
const BUILDS: usize = 2;

/// Gets what is missing for these components and those that they need, empty meaning all, and says why for what cannot be
/// had. `there` is what the daemon has of them.
pub async fn acquire(
    session: &Session<'_>,
    engine: &Engine,
    stack: &Stack,
    there: Images,
    policy: PullPolicy,
    components: &[String],
) -> Result<Images, Error> {
    let asked_for = with_needs(stack, components);
    let absent = |instance: &&Instance| there.missing.iter().any(|m| m.component == instance.name);
    let wanted: Vec<&Instance> = match policy {
        PullPolicy::Never => Vec::new(),
        PullPolicy::Missing => stack.instances.iter().filter(absent).collect(),
        PullPolicy::Always => {
            stack.instances.iter().filter(|i| asked_for.contains(i.name.as_str())).collect()
        }
    };
    if wanted.is_empty() {
        return Ok(there);
    }
    let pulls = wanted.iter().map(|instance| async move {
        let result = pull(session, engine, &instance.name, &instance.image).await;
        (*instance, result)
    });
    let pulled: Vec<(&Instance, Result<(), PullFault>)> =
        stream::iter(pulls).buffer_unordered(PULLS).collect().await;
    let mut reasons: Vec<(String, PullFault)> = Vec::new();
    let mut buildable: Vec<&Instance> = Vec::new();
    for (instance, result) in pulled {
        let Err(fault) = result else { continue };
        let have = !there.missing.iter().any(|m| m.component == instance.name);
        let package = instance.row.is_some_and(|row| row.image.debian.is_some());
        let package = package && chosen(instance).is_none();
        if matches!(fault, PullFault::NoRegistry(_)) && package && !have {
            buildable.push(instance);
        }
        reasons.push((instance.name.clone(), fault));
    }
    let failed = build_all(session, engine, stack, &buildable).await?;
    let mut images = look(engine, stack, components).await?;
    if !images.missing.is_empty() {
        let login = format!("`{} login`", engine.daemon().await?.product.command());
        for missing in &mut images.missing {
            explain(missing, &Faults { pulls: &reasons, builds: &failed, login: &login }, stack);
            if let Some(name) = images.unrecorded.get(&missing.component) {
                missing.remedy = format!(
                    "{}; if you trust `{name}`, which stackctl neither built nor loaded here: `stackctl images adopt {}`",
                    missing.remedy, missing.component
                );
            }
        }
    }
    Ok(images)
}

/// Builds what no registry gives; returns the components that failed, and why.
async fn build_all(
    session: &Session<'_>,
    engine: &Engine,
    stack: &Stack,
    instances: &[&Instance],
) -> Result<Vec<(String, String)>, Error> {
    if instances.is_empty() {
        return Ok(Vec::new());
    }
    let archive = match Archive::discover(std::path::Path::new("/"))
        .and_then(|a| a.prerequisites().map(|()| a))
    {
        Ok(archive) => archive,
        Err(error) => {
            return Ok(instances.iter().map(|instance| (instance.name.clone(), error.to_string())).collect());
        }
    };
    let suite = Suite { name: stack.debian_suite.clone(), validity: Validity::Checked };
    session.note(format!(
        "no registry answers; building {} from Debian packages of {} instead",
        crate::kernel::text::count(instances.len(), "image"),
        suite.name
    ));
    let (archive, suite) = (&archive, &suite);
    let builds = instances.iter().filter_map(|instance| {
        let row = instance.row?;
        Some(async move { (instance.name.clone(), build(session, engine, archive, row, suite).await) })
    });
    let built: Vec<(String, Result<String, BuildFault>)> =
        stream::iter(builds).buffer_unordered(BUILDS).collect().await;
    let mut failed = Vec::new();
    for (component, result) in built {
        match result {
            Ok(_) => {}
            Err(BuildFault::Archive(error)) => failed.push((component, error.to_string())),
            Err(BuildFault::Other(error)) => return Err(error),
        }
    }
    Ok(failed)
}

/// Why images could not be had.
struct Faults<'a> {
    /// Pulls that failed, by component.
    pulls: &'a [(String, PullFault)],
    /// Builds that failed, by component.
    builds: &'a [(String, String)],
    /// How to log in to a registry.
    login: &'a str,
}

fn explain(missing: &mut Unavailable, faults: &Faults<'_>, stack: &Stack) {
    let Faults { pulls: reasons, builds: failed, login } = faults;
    let of = |name: &str| reasons.iter().find(|(component, _)| component == name).map(|(_, fault)| fault);
    let fault = of(&missing.component);
    if let Some(fault) = fault {
        missing.reason = fault.reason();
    }
    let has_package =
        stack.instance(&missing.component).and_then(|i| i.row).is_some_and(|row| row.image.debian.is_some());
    let own = stack.instance(&missing.component).and_then(chosen);
    let load =
        "on a machine that reaches the registry: `stackctl images save`; here: `stackctl images load FILE`";
    missing.remedy = match (fault, failed.iter().find(|(component, _)| *component == missing.component)) {
        (_, Some((_, error))) => {
            missing.reason =
                format!("{}; and it could not be built from a Debian package: {error}", missing.reason);
            load.to_owned()
        }
        (Some(PullFault::Unauthorized(_)), _) => format!("{login}, then rerun the command"),
        (Some(PullFault::NoSuchImage(_)), _) => {
            format!("set `{}.version` or `image` in stack.yml to one that exists", missing.component)
        }
        (Some(PullFault::RateLimited(_)), _) => {
            format!("wait, or {login}, or set a mirror as `images.registry`")
        }
        (Some(PullFault::NoRegistry(_)), _) if has_package && own.is_some() => {
            let (key, component) = (own.unwrap_or_default(), &missing.component);
            format!(
                "take `{key}` of `{component}` out of stack.yml to have it from a Debian package, or {load}"
            )
        }
        (Some(PullFault::NoRegistry(_)), _) if !has_package => {
            format!("no Debian archive has it; set a mirror as `images.registry`, or {load}")
        }
        (None, _) => format!("`stackctl images pull {}`", missing.component),
        _ => load.to_owned(),
    };
}

/// The error of an archive with nothing in it that a build needs.
impl From<ArchiveError> for Error {
    fn from(error: ArchiveError) -> Self {
        Self::Environment { message: error.to_string(), causes: Vec::new(), hint: String::new() }
    }
}
