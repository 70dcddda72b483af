//! Rebuilds when an embedded file is added or removed; the embedding macro alone sees changed files only.

fn main() {
    for directory in ["templates", "rules", "dashboards"] {
        println!("cargo:rerun-if-changed={directory}");
    }
}
