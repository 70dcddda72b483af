use super::{STACK, found, stack_of};

fn of_target(target: &str) -> Vec<String> {
    found(&format!("{STACK}apps: {{shop: {{targets: [\"{target}\"]}}}}\n"), &[])
}

fn of_webhook(url: &str) -> Vec<String> {
    found(&format!("notify: {{receivers: {{hook: {{webhook: {{url: \"{url}\"}}}}}}}}\n"), &[])
}

#[test]
fn ports_of_other_protocols_are_not_scraped() {
    assert_eq!(
        of_target("cache:6379"),
        [
            "warning SC491 stack.yml:2:25+12 `cache:6379` is a port of Redis, not of HTTP: Prometheus cannot scrape it | set `exporters.redis`"
        ]
    );
    assert_eq!(of_target("db:3306").len(), 1);
    assert_eq!(of_target("cache:9121"), [""; 0]);
}

#[test]
fn a_published_port_of_the_stack_is_no_application() {
    let at = |bind: &str, target: &str| {
        found(&format!("{STACK}apps: {{shop: {{targets: [\"{target}\"]}}}}\nbind: {bind}\n"), &[])
    };
    assert_eq!(
        at("0.0.0.0", "host.docker.internal:9090"),
        [
            "warning SC490 stack.yml:2:25+27 `host.docker.internal:9090` is the published port of `prometheus`, a component of this stack | remove it: the job `prometheus` scrapes it already"
        ]
    );
    assert_eq!(at("10.0.0.1", "10.0.0.1:9093").len(), 1);
    // What is published on 127.0.0.1 is not at this port of the host for a container.
    assert_eq!(at("127.0.0.1", "host.docker.internal:9090"), [""; 0]);
    assert_eq!(at("0.0.0.0", "host.docker.internal:3999"), [""; 0]);
    assert_eq!(of_target("elsewhere:9090"), [""; 0]);
}

#[test]
fn alertmanager_is_not_its_own_receiver() {
    let (_, stack) = stack_of(STACK);
    let server = stack.instance("alertmanager").unwrap().server();
    let url = format!("http://{server}/api/v2/alerts");
    let expected = format!(
        "warning SC492 stack.yml:1:44+{} the webhook of `hook` leads to `alertmanager` itself, which takes no notifications | write the URL of the program that takes the notifications",
        url.len() + 2
    );
    assert_eq!(of_webhook(&url), [expected]);
    assert_eq!(of_webhook("http://bridge:9093/api/v2/alerts"), [""; 0]);
}
