//! Application packs: one file per kind of application.

mod blindspotx;
mod ciso_assistant;
mod cybersensei;
mod rust_security;
mod sentrascan;

use crate::model::pack::Pack;

/// Every application pack, in display order.
pub const PACKS: &[&Pack] = &[
    &ciso_assistant::CISO_ASSISTANT,
    &sentrascan::SENTRASCAN,
    &cybersensei::CYBERSENSEI,
    &rust_security::RUST_SECURITY,
    &blindspotx::BLINDSPOTX,
];
