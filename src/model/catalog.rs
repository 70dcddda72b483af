//! `catalog`: the rows as a report.

use serde::Serialize;

/// Rows of one kind.
#[derive(Debug, Clone, Serialize)]
pub struct CatalogReport {
    /// `components`, `packs` or `receivers`.
    pub kind: &'static str,
    /// The rows.
    pub rows: Vec<CatalogRow>,
}

/// One row.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CatalogRow {
    /// Name in `stack.yml`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// One line.
    pub summary: String,
    /// Where it goes in `stack.yml`.
    pub place: String,
    /// Image and pinned tag.
    pub image: String,
    /// Debian package that can stand in.
    pub debian: Option<String>,
    /// Port.
    pub port: u16,
    /// Published on the host by default.
    pub published: bool,
    /// Part of the default stack.
    pub default: bool,
    /// Settings and what they are for.
    pub settings: Vec<(String, String)>,
    /// What a pack brings, under headings.
    pub facts: Vec<Fact>,
    /// What people trip over.
    pub notes: Vec<String>,
}

/// Lines under a heading.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// The heading.
    pub title: String,
    /// The lines.
    pub lines: Vec<String>,
}
