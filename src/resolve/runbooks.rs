//! Where the links to runbooks lead.

use crate::catalog;
use crate::model::stack::{CONFIG_DIRECTORY, Instance, Stack};

/// What a link is where no page shows runbooks: a command to those who read it.
const COMMAND: &str = "stackctl:runbook";

/// Fills it in: where `stack.yml` says, or the pages that Prometheus shows.
pub fn add(stack: &mut Stack, given: Option<&str>) {
    let pages = stack.instance(catalog::SCRAPER).and_then(pages).filter(|_| given.is_none());
    stack.runbook_pages = pages.is_some();
    let address = pages.or_else(|| given.map(str::to_owned)).unwrap_or_else(|| COMMAND.to_owned());
    address.trim_end_matches('/').clone_into(&mut stack.runbooks);
}

/// The address of its pages, unless arguments of the user's have it show others.
fn pages(scraper: &Instance) -> Option<String> {
    let ours = format!("{}={CONFIG_DIRECTORY}/user", catalog::PAGES_FLAG);
    scraper.spec.args.contains(&ours).then(|| format!("{}/{}", scraper.page(), catalog::RUNBOOK_PAGES))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    #[test]
    fn a_link_leads_to_a_page_unless_there_is_none() {
        for (text, address, pages) in [
            ("name: m", "http://localhost:9090/user/runbooks", true),
            (
                "prometheus: {external_url: \"https://ops.internal/prometheus/\"}",
                "https://ops.internal/prometheus/user/runbooks",
                true,
            ),
            (
                "alerts: {runbook_url: \"https://wiki.internal/runbooks/\"}",
                "https://wiki.internal/runbooks",
                false,
            ),
            ("prometheus: {args: [\"--web.user-assets=/mine\"]}", "stackctl:runbook", false),
            ("prometheus: {enabled: false}", "stackctl:runbook", false),
        ] {
            let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
            assert_eq!(found, []);
            let (stack, _) = resolve(&document, None, &KnownImages::new());
            assert_eq!((stack.runbooks.as_str(), stack.runbook_pages), (address, pages), "{text}");
        }
    }
}
