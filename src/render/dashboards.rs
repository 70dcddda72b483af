//! Dashboards: shipped ones are templates, because the jobs they show have the names and intervals that `stack.yml`
//! gives them. A user's dashboard is a template only in the place of a pack's; others are used as they are.

use super::assets::{Asset, Assets};
use super::{context, rules};
use crate::catalog;
use crate::kernel::Diagnostic;
use crate::model::artifact::Author;
use crate::model::stack::Stack;
use crate::source::{self, LineMap};

/// A dashboard as Grafana gets it, by its path below `dashboards/` without ending.
pub fn dashboard(stack: &Stack, assets: &Assets, name: &str) -> Result<Vec<u8>, Diagnostic> {
    let asset = assets.get(&path(name))?;
    filled(stack, assets, &asset, name)
}

/// The same with where it comes from. What the user wrote is JSON, or an error.
pub fn checked(stack: &Stack, assets: &Assets, name: &str) -> Result<(Vec<u8>, String, Author), Diagnostic> {
    let path = path(name);
    let asset = assets.get(&path)?;
    let bytes = filled(stack, assets, &asset, name)?;
    if assets.author(&path) == Author::Shipped {
        return Ok((bytes, asset.origin, Author::Shipped));
    }
    let file = asset.origin.as_str().into();
    let text = source::utf8(&bytes, &file).map_err(|problem| *problem)?;
    if let Some(problem) = source::json_problem(text, &file) {
        let mut found = [problem];
        LineMap::new(text, &String::from_utf8_lossy(&asset.bytes)).apply(&file, &mut found);
        let [problem] = found;
        return Err(problem);
    }
    let author = rules::author_of(&asset, text);
    Ok((bytes, asset.origin, author))
}

fn path(name: &str) -> String {
    format!("dashboards/{name}.json")
}

fn filled(stack: &Stack, assets: &Assets, asset: &Asset, name: &str) -> Result<Vec<u8>, Diagnostic> {
    let of_pack = catalog::PACKS.iter().any(|pack| pack.dashboards.contains(&name));
    let template = of_pack || assets.author(&path(name)) == Author::Shipped;
    if !template || !stack.dashboards.iter().any(|shown| shown == name) {
        return Ok(asset.bytes.clone());
    }
    Ok(assets.fill(asset, &context::of_dashboards(stack))?.into_bytes())
}
