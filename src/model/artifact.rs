//! Rendered files, and which of them belong together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::component::OnChange;
use crate::kernel::digest;

/// One rendered file of one component.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The component that reads it.
    pub component: String,
    /// Path below its configuration directory.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
    /// Holds a secret: readable by the component alone, shown to nobody.
    pub secret: bool,
    /// What a change of it asks for.
    pub on_change: OnChange,
    /// The template or file it was made from, for messages.
    pub origin: String,
    /// Who wrote that.
    pub author: Author,
}

/// Who wrote what a file was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Author {
    /// It comes with stackctl: what is wrong in it is our mistake.
    #[default]
    Shipped,
    /// The user added it or put it in the place of a shipped one. `template` is what he wrote, where the file is not that
    /// very text.
    User { template: Option<Arc<str>> },
}

impl std::fmt::Debug for Artifact {
    /// Without the content: it is long, and may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{} ({} bytes)", self.component, self.path, self.bytes.len())
    }
}

impl Artifact {
    /// Content as text, when it is text.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// The files of one component, and the names that identify them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// 12 hexadecimal digits over all files.
    pub id: String,
    /// 12 hexadecimal digits over the files that are read at start only.
    pub start: String,
}

/// The revision of every component that has files.
pub fn revisions(artifacts: &[Artifact]) -> BTreeMap<String, Revision> {
    let mut by_component: BTreeMap<&str, Vec<&Artifact>> = BTreeMap::new();
    for artifact in artifacts {
        by_component.entry(&artifact.component).or_default().push(artifact);
    }
    by_component
        .into_iter()
        .map(|(component, mut files)| {
            files.sort_by(|a, b| a.path.cmp(&b.path));
            let of = |keep: &dyn Fn(&Artifact) -> bool| {
                let kept = files.iter().filter(|file| keep(file));
                digest::short(kept.flat_map(|file| [file.path.as_bytes(), file.bytes.as_slice()]))
            };
            let id = of(&|_| true);
            let start = of(&|file| file.on_change == OnChange::Restart);
            (component.to_owned(), Revision { id: format!("{id}-{start}"), start })
        })
        .collect()
}
