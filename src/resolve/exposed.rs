//! Components that anyone reaches who reaches the machine.

use crate::kernel::{Diagnostic, text};
use crate::model::component::Network;
use crate::model::node::At;
use crate::model::stack::{Instance, Stack};
use crate::source::Document;

/// Reports components without a login that are published beyond this machine. Those on a private network have a
/// diagnostic of their own.
pub fn check(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    let private = |instance: &Instance| instance.row.is_some_and(|row| row.network == Network::Private);
    let open = stack.instances.iter().filter(|instance| !instance.has_login() && !private(instance));
    let beyond =
        |instance: &&Instance| instance.published.is_some_and(|published| !published.ip.is_loopback());
    let open: Vec<String> = open.filter(beyond).map(|instance| format!("`{}`", instance.name)).collect();
    if open.is_empty() {
        return;
    }
    let be = if open.len() == 1 { "is" } else { "are" };
    let message = format!("{} {be} published on {} without a login", text::list(&open), stack.bind);
    found.push(
        Diagnostic::warning("SC230", message)
            .at(document.value_place(&At::root().key("bind")))
            .hint("set `bind: 127.0.0.1` and reach them through SSH or a proxy that has a login"),
    );
}
