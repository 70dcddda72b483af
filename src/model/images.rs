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
