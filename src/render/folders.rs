//! Directories in the user's `dashboards/` as folders of Grafana.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::kernel::digest;
use crate::model::component::Content;
use crate::model::stack::Instance;

/// The folder of the shipped dashboards and of those directly in `dashboards/`: its title and its uid.
pub const USUAL: &str = "stackctl";
/// The name of Grafana's root folder, which no folder may have: what is in a directory of that name goes there.
const ROOT: &str = "general";

/// A folder as the provisioning file names it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Folder {
    /// Name of its provider.
    name: String,
    /// Title; empty for the root folder.
    title: String,
    /// The same in every database; none for the root folder.
    uid: Option<String>,
    /// Where its dashboards are, below the directory of the configuration.
    path: String,
}

/// The folders of these dashboards; none for components that have none.
pub fn of(dashboards: &BTreeSet<String>, instance: &Instance) -> Vec<Folder> {
    let files = instance.row.map(|row| row.files).unwrap_or_default();
    let Some(file) = files.iter().find(|file| file.content == Content::DashboardFolders) else {
        return Vec::new();
    };
    let directories: BTreeSet<&str> =
        dashboards.iter().filter_map(|name| Some(name.rsplit_once('/')?.0)).collect();
    let folder = |directory: &str| Folder {
        name: format!("{USUAL}: {directory}"),
        title: title(directory).to_owned(),
        uid: match title(directory) {
            "" => None,
            USUAL => Some(USUAL.to_owned()),
            title => Some(format!("{USUAL}-{}", digest::short([title.as_bytes()]))),
        },
        path: format!("{}/{}", file.path, encoded(directory)),
    };
    directories.into_iter().map(folder).collect()
}

/// The title of the folder of a directory below `dashboards/`.
pub fn title(directory: &str) -> &str {
    if directory.eq_ignore_ascii_case(ROOT) { "" } else { directory }
}

/// The path of a dashboard below the directory of the folders, without ending. A provider reads all directories below its
/// own, so that none is inside of another.
pub fn delivered(name: &str) -> String {
    match name.rsplit_once('/') {
        Some((directory, file)) => format!("{}/{file}", encoded(directory)),
        None => name.to_owned(),
    }
}

fn encoded(directory: &str) -> String {
    directory.replace('%', "%25").replace('/', "%2F")
}
