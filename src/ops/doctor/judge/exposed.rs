//! Components that strangers reach: from other machines, or through the browser of a user.

use std::net::IpAddr;

use crate::kernel::text;
use crate::model::doctor::{Finding, Severity};
use crate::ops::doctor::facts::{ComponentFacts, Facts};

/// A finding for components without a login on other addresses than this machine's own, and one for those that a web
/// page reaches.
pub fn findings(facts: &Facts) -> Vec<Finding> {
    let published = |component: &ComponentFacts| component.port.and_then(|(ip, _)| ip);
    let beyond = |ip: IpAddr| !ip.is_loopback();
    let open = facts.components(|c| !c.login && published(c).is_some_and(beyond));
    let open = (!open.is_empty()).then(|| {
        let detail = format!("published beyond this machine without a login: {}", text::list(&open));
        Finding::new("logins", Severity::Warning, detail)
            .fix("set `bind: 127.0.0.1` in stack.yml and reach them through SSH or a proxy that has a login")
    });
    let any = facts.components(|c| c.any_origin && !c.login && published(c).is_some());
    let any = (!any.is_empty()).then(|| {
        let detail = format!(
            "{} carries out requests of any web page that a browser with access to its port opens, such as new silences",
            text::list(&any)
        );
        Finding::new("browsers", Severity::Warning, detail)
            .fix("reach it with a browser through a proxy that has a login, or with a profile that opens nothing else")
    });
    open.into_iter().chain(any).collect()
}
