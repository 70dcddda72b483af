//! The node exporter: on the host's network, where its arguments say.

use super::text::flags;
use crate::support::daemon::{Answer, LogStream, Program, Route};

const METRICS: &str =
    "# TYPE node_exporter_build_info gauge\nnode_exporter_build_info{version=\"1.12.1\"} 1\n";

/// Serves its metrics at every `--web.listen-address` that this machine has.
pub fn node_exporter() -> Program {
    Program::computed(|run| {
        let addresses = flags(&run.argv, "web.listen-address");
        Program::serves_http(9100)
            .listens_on(addresses.iter().filter_map(|address| address.parse().ok()))
            .route("/metrics", Route::always(Answer::text(200, METRICS)))
            .says(LogStream::Stderr, "level=INFO msg=\"Listening on\"")
    })
}
