//! One dashboard, as the checks look at it.

use super::files::Origin;
use super::scrape::Scrape;
use super::variables::Variable;
use crate::model::node::Node;

/// A dashboard that could be read.
#[derive(Debug)]
pub struct Dashboard<'a> {
    /// Its tree.
    pub root: Node,
    /// Its variables.
    pub variables: Vec<Variable>,
    /// Who wrote it.
    pub origin: Origin,
    /// How often the jobs are scraped that its queries select.
    pub scrape: &'a Scrape,
}
