//! Rebuilds when an embedded file is added or removed; the embedding macro alone sees changed files only.

#![expect(clippy::print_stdout, reason = "this is how a build script speaks to cargo")]

fn main() {
    for directory in ["templates", "rules", "dashboards"] {
        println!("cargo:rerun-if-changed={directory}");
    }
}
