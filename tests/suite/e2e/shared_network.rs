//! SCENARIO: the network of an application has containers with the names that components have, and a second stack.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use super::docker::{docker, docker_quietly, inspect};
use super::http::{get, prometheus, query};
use super::{Scene, eventually};

const LIMIT: Duration = Duration::from_secs(60);

/// The application: its network and its containers, which are removed when it is dropped.
struct Application {
    network: String,
    containers: Vec<String>,
}

impl Application {
    /// Nothing of it exists before it is created.
    fn named(network: &str) -> Self {
        Self { network: network.to_owned(), containers: Vec::new() }
    }

    fn create(&self) {
        docker(&["network", "create", &self.network]);
    }

    /// Starts a container that answers to an alias on the network.
    fn run(&mut self, name: &str, alias: &str, rest: &[&str]) -> String {
        let name = format!("{}-{name}", self.network);
        let of_all = ["run", "-d", "--name", &name, "--network", &self.network, "--network-alias", alias];
        docker(&[&of_all, rest].concat());
        self.containers.push(name.clone());
        name
    }

    /// Redis of this machine, which has no image: the files of the host in an image that can start them.
    fn redis(&mut self, name: &str, image: &str) {
        let program =
            ["-v", "/:/host:ro", "--user", "0", "--entrypoint", "/host/usr/sbin/chroot", image, "/host"];
        let redis = ["/usr/bin/redis-server", "--bind", "0.0.0.0", "--save", "", "--protected-mode", "no"];
        self.run(name, "redis", &[program.as_slice(), &redis].concat());
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        if std::env::var("STACKCTL_E2E").as_deref() != Ok("1") {
            return;
        }
        for container in &self.containers {
            docker_quietly(&["rm", "-f", "-v", container]);
        }
        docker_quietly(&["network", "rm", &self.network]);
    }
}

fn image(scene: &Scene, component: &str) -> String {
    let images = scene.expect(0, &["images", "list", "--format", "json"]).json();
    let found = images["images"].as_array().unwrap().iter().find(|image| image["component"] == component);
    found.unwrap()["used"].as_str().unwrap().to_owned()
}

fn address(container: &str, network: &str) -> String {
    inspect(container)["NetworkSettings"]["Networks"][network]["IPAddress"].as_str().unwrap().to_owned()
}

fn listens(address: &str, port: u16) -> bool {
    let address: SocketAddr = format!("{address}:{port}").parse().unwrap();
    TcpStream::connect_timeout(&address, Duration::from_secs(2)).is_ok()
}

fn stack(network: &str) -> String {
    format!(
        "
prometheus: {{port: $PROMETHEUS, scrape_interval: 1s, evaluation_interval: 1s}}
alertmanager: {{port: $ALERTMANAGER}}
grafana: {{enabled: false}}
networks: [{network}]
exporters:
  redis: {{address: \"redis://redis:6379\"}}
  blackbox: {{tcp: [\"redis:6379\"]}}
notify: {{receivers: {{hook: {{webhook: {{url: \"http://hook:5001/\"}}}}}}}}
"
    )
}

/// The Alertmanagers that a Prometheus sends to.
fn alertmanagers(scene: &Scene) -> Vec<String> {
    let found = prometheus(scene.prometheus, "/api/v1/alertmanagers").unwrap_or_default();
    let active = found["activeAlertmanagers"].as_array().cloned().unwrap_or_default();
    active.iter().map(|one| one["url"].as_str().unwrap().to_owned()).collect()
}

fn alerts(address: &str) -> Vec<Value> {
    let body = docker_get(address);
    serde_json::from_str(&body).unwrap_or_default()
}

/// The alerts of an Alertmanager in a container, asked over the bridge.
fn docker_get(address: &str) -> String {
    use std::io::{Read as _, Write as _};
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /api/v2/alerts HTTP/1.0\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn names_of_an_application_and_of_two_stacks_are_told_apart() {
    let name = format!("e2e-app-{}", std::process::id());
    // Dropped last, once no stack is on its network any more.
    let mut application = Application::named(&name);
    let (Some(first), Some(second)) = (Scene::open(), Scene::open()) else { return };
    first.stack("grafana: {enabled: false}\nexporters: {redis: {address: \"redis://redis:6379\"}}\n");
    application.create();
    let network = application.network.clone();
    application.redis("redis", &image(&first, "redis"));
    first.write("am.yml", "route: {receiver: x}\nreceivers: [{name: x}]\n");
    let config = format!("{}:/am.yml:ro", first.path("am.yml").display());
    let alertmanager = image(&first, "alertmanager");
    let arguments =
        ["-v", &config, "--tmpfs", "/data:mode=1777", "--entrypoint", "/bin/alertmanager", &alertmanager];
    let flags = ["--config.file=/am.yml", "--storage.path=/data", "--cluster.listen-address="];
    let foreign = application.run("am", "alertmanager", &[arguments.as_slice(), &flags].concat());

    for scene in [&first, &second] {
        scene.stack(&stack(&network));
        scene.expect(0, &["up"]);
    }
    for scene in [&first, &second] {
        // Each exporter watches the application's Redis, never itself, at every scrape.
        eventually(LIMIT, "20 scrapes of Redis", || {
            let scrapes = query(scene.prometheus, "count_over_time(redis_up[1m]) >= bool 20", "job");
            (scrapes == [("redis".to_owned(), "1".to_owned())]).then_some(())
        });
        for expression in
            ["min_over_time(redis_up[1m])", "min_over_time(probe_success{job=\"blackbox-tcp\"}[1m])"]
        {
            let values = query(scene.prometheus, expression, "__name__");
            assert_eq!(values, [(String::new(), "1".to_owned())], "{expression}");
        }
        let ours = format!("http://{0}-alertmanager.{0}:9093/api/v2/alerts", scene.name);
        eventually(LIMIT, "its own Alertmanager", || (alertmanagers(scene) == [ours.clone()]).then_some(()));
        eventually(LIMIT, "the heartbeat is there", || {
            get(scene.alertmanager, "/api/v2/alerts").filter(|(_, body)| body.contains("Watchdog"))
        });
        let health = scene.expect(0, &["health", "--format", "json"]).json();
        let detail = health["components"]["prometheus"]["detail"].as_str().unwrap();
        assert!(detail.contains("sends alerts to"), "{health}");
        for component in ["prometheus", "redis", "blackbox", "alertmanager"] {
            let seen = inspect(&scene.container(component));
            let aliases = seen["NetworkSettings"]["Networks"][&network]["Aliases"].to_string();
            assert!(!aliases.contains(&format!("\"{component}\"")), "{aliases}");
        }
        // Whoever is on the application's network cannot have an exporter connect somewhere.
        for (component, port) in [("redis", 9121), ("blackbox", 9115)] {
            let container = scene.container(component);
            assert!(listens(&address(&container, &scene.name), port), "{component}");
            assert!(!listens(&address(&container, &network), port), "{component} serves strangers");
        }
        // A restarted one listens there as well.
        scene.expect(0, &["restart", "redis"]);
        assert!(!listens(&address(&scene.container("redis"), &network), 9121));
    }
    assert_eq!(
        alerts(&format!("{}:9093", address(&foreign, &network))),
        Vec::<Value>::new(),
        "alerts went astray"
    );
    first.expect(0, &["plan", "--detailed-exitcode"]);

    // Two containers with a name in use, and one with a name of ours, are findings.
    assert!(!first.expect(0, &["check"]).stderr.contains("several containers"));
    application.redis("other-redis", &image(&first, "redis"));
    let found = first.expect(0, &["check"]).stderr;
    let told =
        format!("`redis` is several containers on `{network}`: {network}-other-redis and {network}-redis");
    assert!(found.contains(&told), "{found}");
    let ours = format!("{0}-alertmanager.{0}", first.name);
    application.run("thief", &ours, &[arguments.as_slice(), &flags].concat());
    let found = first.expect(1, &["check"]).stderr;
    assert!(found.contains("which is the name of `alertmanager`"), "{found}");
}

#[test]
fn a_missing_network_is_found_by_check_with_its_place() {
    let Some(scene) = Scene::open() else { return };
    scene.write("stack.yml", "name: x\ngrafana: {enabled: false}\nnetworks: [nowhere-at-all]\n");
    let found = scene.expect(1, &["check"]).stderr;
    assert!(
        found.contains("error[SC511]: there is no network `nowhere-at-all`\n --> stack.yml:3:12"),
        "{found}"
    );
    assert!(found.contains("docker network create nowhere-at-all"), "{found}");
    scene.expect(0, &["check", "--offline"]);
}
