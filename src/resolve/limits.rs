//! Limits that the engine would refuse when it makes the container.

use super::instance::place_of;
use crate::kernel::Diagnostic;
use crate::model::stack::Stack;
use crate::source::Document;

/// The least memory a container may have: Docker 20.10 and newer refuse less than 6 MiB.
const LEAST_MEMORY: u64 = 6 << 20;

/// Reports components with less memory than the engine grants.
pub fn check(stack: &Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    for instance in stack.instances.iter().filter(|instance| instance.spec.memory < LEAST_MEMORY) {
        let message = format!("the memory of `{}` is less than Docker's least of 6MiB", instance.name);
        let hint = match instance.spec.memory {
            0 => "leave it out for a limit that suits the component; there is no way to have none".to_owned(),
            bytes if bytes < 1 << 16 => {
                format!(
                    "a number alone is bytes: write `{bytes}MiB`, or leave it out for a limit that suits the component"
                )
            }
            _ => "leave it out for a limit that suits the component".to_owned(),
        };
        found.push(
            Diagnostic::error("SC206", message)
                .at(document.value_place(&place_of(instance).key("memory")))
                .hint(hint),
        );
    }
}
