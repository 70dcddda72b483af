//! `images`: what the stack needs and what is there.

use serde::Serialize;

/// Every image of a stack.
#[derive(Debug, Clone, Serialize)]
pub struct ImagesReport {
    /// Rows.
    pub images: Vec<ImageRow>,
}

/// One image.
#[derive(Debug, Clone, Serialize)]
pub struct ImageRow {
    /// Component.
    pub component: String,
    /// The image that is asked for.
    pub wanted: String,
    /// The image that is used; none: it is not here.
    pub used: Option<String>,
    /// Version inside.
    pub version: Option<String>,
    /// Where it was built from, when it is not the upstream one.
    pub source: Option<String>,
    /// Why it is not here, after trying.
    pub reason: Option<String>,
    /// How to supply it.
    pub remedy: Option<String>,
}

/// `images save`: what was written.
#[derive(Debug, Clone, Serialize)]
pub struct SavedImages {
    /// The archive.
    pub file: String,
    /// Its images.
    pub images: Vec<MovedImage>,
    /// Components whose image is not in it, because it is not here.
    pub missing: Vec<String>,
}

/// `images load`: what was brought.
#[derive(Debug, Clone, Serialize)]
pub struct LoadedImages {
    /// The archive.
    pub file: String,
    /// Its images.
    pub images: Vec<MovedImage>,
}

/// An image in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedImage {
    /// Name, `repository:tag`; none for an image without one.
    pub name: Option<String>,
    /// Id.
    pub id: String,
    /// The id that had this name before.
    pub replaced: Option<String>,
}
