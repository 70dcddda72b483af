//! Templates, rules and dashboards: embedded in the binary, overridden or added to by the user's directories.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rust_embed::RustEmbed;

use super::context::Context;
use super::limited::{self, Run};
use crate::kernel::Diagnostic;
use crate::model::artifact::Author;

#[derive(RustEmbed)]
#[folder = "templates/"]
#[prefix = "templates/"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "rules/"]
#[prefix = "rules/"]
struct Rules;

#[derive(RustEmbed)]
#[folder = "dashboards/"]
#[prefix = "dashboards/"]
struct Dashboards;

/// One file and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Content.
    pub bytes: Vec<u8>,
    /// Path for messages: the user's file, or the embedded path.
    pub origin: String,
}

/// The embedded files and the user's over them.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    overrides: BTreeMap<String, Asset>,
    /// Fills templates of the user in a process with limits.
    run: Option<Run>,
}

impl Assets {
    /// Embedded files with the user's laid over them; keys are paths such as `rules/node.yml`.
    pub fn with_overrides(overrides: BTreeMap<String, Asset>) -> Self {
        Self { overrides, run: None }
    }

    /// The same, with a process with limits for the templates of the user.
    #[must_use]
    pub fn limited(mut self, run: Run) -> Self {
        self.run = Some(run);
        self
    }

    /// Fills a template.
    pub fn fill(&self, asset: &Asset, context: &Context) -> Result<String, Diagnostic> {
        limited::fill(self, self.run, asset, context)
    }

    /// True when a template is the user's and not a copy of a shipped one.
    pub fn is_changed(&self, asset: &Asset) -> bool {
        let users = self.overrides.iter().filter(|(_, users)| *users == asset);
        users.into_iter().any(|(path, users)| embedded(path).is_none_or(|shipped| *shipped != *users.bytes))
    }

    /// The file at a path such as `templates/prometheus/prometheus.yml`.
    pub fn get(&self, path: &str) -> Result<Asset, Diagnostic> {
        if let Some(asset) = self.overrides.get(path) {
            return Ok(asset.clone());
        }
        match embedded(path) {
            Some(bytes) => Ok(Asset { bytes: bytes.into_owned(), origin: path.to_owned() }),
            None => Err(Diagnostic::error("SC302", format!("there is no `{path}`"))
                .hint(format!("put the file at `{path}` beside stack.yml"))),
        }
    }

    /// True when the file at a path is the user's, over an embedded one or besides them.
    pub fn is_users(&self, path: &str) -> bool {
        self.overrides.contains_key(path)
    }

    /// True when the user's file at a path is another than the embedded one.
    pub fn is_replaced(&self, path: &str) -> bool {
        let users = self.overrides.get(path);
        users.is_some_and(|asset| embedded(path).is_some_and(|shipped| *shipped != *asset.bytes))
    }

    /// Paths of the user's files that are over an embedded one and differ from it.
    pub fn replaced(&self) -> Vec<&str> {
        self.overrides.keys().map(String::as_str).filter(|path| self.is_replaced(path)).collect()
    }

    /// Who wrote the file at a path, whose text is delivered as it is.
    pub fn author(&self, path: &str) -> Author {
        let shipped = embedded(path).is_some() && !self.is_replaced(path);
        if shipped { Author::Shipped } else { Author::User { template: None } }
    }

    /// Every file below a prefix with this ending: name between the two, sorted.
    pub fn below(&self, prefix: &str, ending: &str) -> Vec<(String, Asset)> {
        let name = |path: &str| {
            path.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(ending)).map(str::to_owned)
        };
        let all = paths().map(Cow::into_owned).chain(self.overrides.keys().cloned());
        let names: BTreeSet<String> = all.filter_map(|path| name(&path)).collect();
        let found =
            |name: String| self.get(&format!("{prefix}{name}{ending}")).ok().map(|asset| (name, asset));
        names.into_iter().filter_map(found).collect()
    }

    /// Paths of the user's files below a prefix, without the prefix.
    pub fn users<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.overrides.keys().filter_map(move |path| path.strip_prefix(prefix))
    }

    /// The same without copies of shipped files that this stack may not have: what `render --eject` writes is not the
    /// user's own, changed or not, while it has something to be filled in.
    pub fn own<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let is_copy = move |name: &str| {
            let path = format!("{prefix}{name}");
            let text = self.overrides.get(&path).map(|asset| String::from_utf8_lossy(&asset.bytes));
            let is_template = text.is_some_and(|text| text.contains("[[ ") || text.contains("[%"));
            is_embedded(&path) && (is_template || !self.is_replaced(&path))
        };
        self.users(prefix).filter(move |name| !is_copy(name))
    }

    /// Every embedded file with its path, for `render --eject`.
    pub fn embedded_files() -> Vec<(String, Vec<u8>)> {
        paths().filter_map(|path| Some((path.to_string(), embedded(&path)?.into_owned()))).collect()
    }
}

/// True for the path of a shipped file.
pub(super) fn is_embedded(path: &str) -> bool {
    embedded(path).is_some()
}

fn embedded(path: &str) -> Option<Cow<'static, [u8]>> {
    let file = Templates::get(path).or_else(|| Rules::get(path)).or_else(|| Dashboards::get(path));
    file.map(|file| file.data)
}

fn paths() -> impl Iterator<Item = Cow<'static, str>> {
    Templates::iter().chain(Rules::iter()).chain(Dashboards::iter())
}
