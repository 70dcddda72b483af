//! The health checks of containers, where their image has a program that can ask.

use super::instance::GATEWAY;
use super::networks;
use crate::kernel::labels;
use crate::model::component::Component;
use crate::model::health_check::{Client, HealthCheck};
use crate::model::stack::{Instance, Stack};

/// Gives every instance its health check. An image of the user's own choice keeps the one that it brings, unless the
/// component's own tool asks: stackctl runs that tool in any image to check configurations.
pub fn add_all(stack: &mut Stack) {
    for index in 0..stack.instances.len() {
        let check = of(stack, &stack.instances[index]);
        stack.instances[index].spec.health = check;
    }
}

fn of(stack: &Stack, instance: &Instance) -> Option<HealthCheck> {
    let row = instance.row?;
    let base = format!("http://{}{}", address(stack, instance), instance.prefix());
    let words = |words: &[&str]| words.iter().map(|word| word.replace("{url}", &base)).collect();
    let url = |path: &str| format!("{base}{path}");
    let command = match row.client? {
        Client::Tool { command, since } => {
            let able = |since| instance.version.as_ref().is_none_or(|version| version.since(since));
            since.is_none_or(able).then(|| words(command))?
        }
        _ if !has_clients(row, instance) => return None,
        // BusyBox looks for a proxy in the environment unless it is told not to.
        Client::Wget(path) => words(&["wget", "-q", "-Y", "off", "-O", "/dev/null", &url(path)]),
        Client::Curl => words(&[
            "curl",
            "--silent",
            "--fail",
            "--noproxy",
            "*",
            "--output",
            "/dev/null",
            &url(row.ready.path),
        ]),
    };
    Some(HealthCheck { command, start_period: row.ready.within })
}

/// Whether the image is the one whose programs are known: not a Debian package, not the user's own, and not the variant
/// without a shell that Prometheus offers since 3.10.
fn has_clients(row: &Component, instance: &Instance) -> bool {
    let own = instance.settings.contains_key("image");
    let debian = instance.spec.image.starts_with(labels::IMAGE_PREFIX);
    let bare = instance.wanted_version != row.image.tag && instance.wanted_version.contains("distroless");
    !own && !debian && !bare
}

/// Where the component is reached from inside its container.
fn address(stack: &Stack, instance: &Instance) -> String {
    let spec = &instance.spec;
    if spec.host_network {
        return format!("{GATEWAY}:{}", spec.port);
    }
    let own = format!("{}:{}", networks::host(stack, &instance.name), spec.port);
    let listens_there = spec.args.iter().any(|arg| arg.split_once('=').is_some_and(|(_, at)| at == own));
    // BusyBox takes the first address of `localhost` only, and that may be `::1`.
    if listens_there { own } else { format!("127.0.0.1:{}", spec.port) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::kernel::Version;
    use crate::model::stack::{KnownImage, Stack};
    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    fn stack(text: &str, known: &KnownImages) -> Stack {
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, []);
        resolve(&document, None, known).0
    }

    /// The command of each component that has one.
    fn commands(stack: &Stack) -> BTreeMap<&str, String> {
        let command = |health: &super::HealthCheck| {
            health.command.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        let all = stack.instances.iter();
        all.filter_map(|one| Some((one.name.as_str(), command(one.spec.health.as_ref()?)))).collect()
    }

    #[test]
    fn whoever_can_ask_asks_where_the_component_answers() {
        let text = "name: m
networks: [app]
prometheus: {external_url: \"https://ops.internal/prometheus\"}
exporters:
  node: {}
  postgres: {uri: \"db:5432/x\", user: x}
  redis: {address: \"redis://redis:6379\"}
  blackbox: {args: [\"--web.route-prefix=/probes\"]}
logs: {loki: {}, elasticsearch: {}}
";
        let stack = stack(text, &KnownImages::new());
        let all = commands(&stack);
        let of = |name: &str| all.get(name).map(String::as_str);
        assert_eq!(
            of("prometheus"),
            Some("/bin/promtool check ready --url=http://127.0.0.1:9090/prometheus")
        );
        assert_eq!(
            of("alertmanager"),
            Some("/bin/amtool cluster show --alertmanager.url=http://127.0.0.1:9093")
        );
        assert_eq!(
            of("grafana"),
            Some("curl --silent --fail --noproxy * --output /dev/null http://127.0.0.1:3000/api/health")
        );
        assert_eq!(of("node"), Some("wget -q -Y off -O /dev/null http://{gateway}:9100/"));
        assert_eq!(of("postgres"), Some("wget -q -Y off -O /dev/null http://m-postgres.m:9187/"));
        assert_eq!(
            of("blackbox"),
            Some("wget -q -Y off -O /dev/null http://m-blackbox.m:9115/probes/-/healthy")
        );
        assert_eq!(of("loki"), Some("/usr/bin/loki -health"));
        assert_eq!(of("redis"), None, "its image has nothing but the exporter");
        let prometheus = stack.instances.iter().find(|one| one.name == "prometheus").unwrap();
        assert_eq!(
            prometheus.spec.health.as_ref().unwrap().start_period,
            900,
            "a long log is replayed first"
        );
    }

    #[test]
    fn an_image_without_a_client_has_no_check_that_always_fails() {
        let debian = |name: &str| KnownImage {
            reference: format!("stackctl-debian/{name}:1-trixie"),
            version: Version::parse("1.9.0"),
        };
        let known = ["node", "blackbox", "prometheus"].map(|name| (name.to_owned(), debian(name)));
        let stack_of = |text: &str, known: &KnownImages| {
            commands(&stack(text, known)).into_keys().map(str::to_owned).collect::<Vec<_>>()
        };
        let exporters = "name: m\ngrafana: {enabled: false}\nexporters: {node: {}, blackbox: {}}\n";
        assert_eq!(stack_of(exporters, &known.into()), ["alertmanager", "prometheus"]);
        let chosen = "name: m
grafana: {image: \"example.org/ours:1\"}
exporters: {node: {version: v1.12.1-distroless}, blackbox: {}}
logs: {loki: {version: 3.6.4}}
";
        assert_eq!(stack_of(chosen, &KnownImages::new()), ["alertmanager", "blackbox", "prometheus"]);
    }
}
