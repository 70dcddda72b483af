//! Flags by which a component without a login gives its clients more than queries.

use super::SCRAPER;
use crate::model::open_flag::OpenFlag;

const fn of_scraper(name: &'static str, value: Option<&'static str>, allows: &'static str) -> OpenFlag {
    OpenFlag { component: SCRAPER, name, value, allows }
}

/// All of them.
pub const OPEN_FLAGS: &[OpenFlag] = &[
    of_scraper("--web.enable-admin-api", None, "delete series and take snapshots"),
    of_scraper("--web.enable-lifecycle", None, "reload and stop it"),
    of_scraper("--web.enable-remote-write-receiver", None, "write samples into its database"),
    of_scraper("--web.enable-otlp-receiver", None, "write samples into its database"),
    of_scraper("--web.cors.origin", Some(".*"), "read it from the browser of a user, on any site"),
];
