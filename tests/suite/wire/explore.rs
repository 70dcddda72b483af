use super::fixture::*;
use crate::support::daemon::*;
fn show(what: &str, ran: &Ran) {
    eprintln!("=== {what}: {:?}\n--- out\n{}--- err\n{}", ran.code, ran.stdout, ran.stderr);
}
#[test]
fn explore() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(DEFAULT);
    show("plan", &wire.run(["plan"]));
    let t = std::time::Instant::now();
    show("up", &wire.run(["up"]));
    eprintln!("{:?}", t.elapsed());
    eprintln!("{:#?}", daemon.mutations());
    daemon.forget_requests();
    let t = std::time::Instant::now();
    show("up2", &wire.run(["up"]));
    eprintln!("{:?} {:?}", t.elapsed(), daemon.mutations());
    show("status", &wire.run(["status"]));
    show("health", &wire.run(["health"]));
    show("endpoints", &wire.run(["endpoints"]));
    show("endpoints", &wire.run(["endpoints", "--show-secrets"]));
    show("secrets", &wire.run(["secrets"]));
    show("rotate", &wire.run(["secrets", "rotate", "admin_password"]));
    show("up3", &wire.run(["up"]));
    wire.change(&format!("{DEFAULT}prometheus: {{scrape_interval: 30s}}\n"));
    show("plan", &wire.run(["plan"]));
    show("up", &wire.run(["up"]));
    eprintln!("{}", wire.world());
    show("down", &wire.run(["down"]));
    show("down", &wire.run(["down", "--volumes"]));
    show("down", &wire.run(["down", "--volumes", "--yes"]));
    show("images", &wire.run(["images"]));
    show("check", &wire.run(["check"]));
}
#[test]
fn explore_minimal() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    show("up", &wire.run(["up"]));
    eprintln!("{:#?}", daemon.mutations());
    daemon.forget_requests();
    wire.change(&format!("{PROMETHEUS_ONLY}prometheus: {{memory: 2GiB}}\n"));
    show("up", &wire.run(["up"]));
    eprintln!("{:#?}", daemon.mutations());
}
