//! What the components of `logs:` want besides their settings: their stores, and that no stranger reaches them.

use super::instance::place_of;
use crate::kernel::Diagnostic;
use crate::model::component::{Kind, Network};
use crate::model::stack::{Instance, Stack};
use crate::source::Document;

/// Reports components without the component they work for, and those without a password that others would reach.
pub fn check(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    for instance in &stack.instances {
        alone(stack, instance, document, found);
        open(instance, document, found);
    }
}

fn alone(stack: &Stack, instance: &Instance, document: &Document, found: &mut Vec<Diagnostic>) {
    let Some(row) = instance.row.filter(|row| row.kind == Kind::Logs) else { return };
    for need in row.needs.iter().filter(|need| stack.instance(need).is_none()) {
        found.push(
            Diagnostic::error("SC207", format!("`{}` is nothing without `{need}`", instance.name))
                .at(document.place(&place_of(instance)))
                .hint(format!("add `logs: {{{need}: }}`, or leave `{}` out", instance.name)),
        );
    }
}

fn open(instance: &Instance, document: &Document, found: &mut Vec<Diagnostic>) {
    let Some(row) = instance.row.filter(|row| row.network == Network::Private) else { return };
    let Some(published) = instance.published.filter(|published| !published.ip.is_loopback()) else { return };
    let message = format!(
        "`{}` asks nobody for a password, and {}:{} is not this machine alone",
        row.name, published.ip, published.port
    );
    let port = place_of(instance).key("port");
    let place = document.value_place(&port).or_else(|| document.place(&place_of(instance)));
    found.push(
        Diagnostic::warning("SC208", message)
            .at(place)
            .hint("set `bind: 127.0.0.1` and reach it through SSH or a proxy that asks for one"),
    );
}
