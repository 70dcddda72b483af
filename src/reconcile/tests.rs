use std::collections::BTreeMap;

use super::{Claim, Options, Verb, change, down, lifecycle, up};
use crate::kernel::{digest, labels};
use crate::model::artifact::Revision;
use crate::model::observed::{Observed, SeenContainer, SeenImage, SeenNetwork, SeenVolume, State};
use crate::model::origin::Record;
use crate::model::plan::Unavailable;
use crate::model::stack::Stack;
use crate::resolve::{KnownImages, resolve};
use crate::source;

fn stack_of(text: &str) -> Stack {
    let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
    assert_eq!(found, []);
    resolve(&document, None, &KnownImages::new()).0
}

const SMALL: &str = "name: demo\ngrafana: {enabled: false}\nalertmanager: {enabled: false}";

fn revisions(stack: &Stack) -> BTreeMap<String, Revision> {
    let with_files = stack.instances.iter().filter(|instance| instance.config_volume().is_some());
    with_files.map(|i| (i.name.clone(), Revision { id: "aaa-sss".into(), start: "sss".into() })).collect()
}

/// The daemon after a successful `up`.
fn as_meant(stack: &Stack) -> Observed {
    let container = |instance: &crate::model::stack::Instance| SeenContainer {
        id: format!("id-{}", instance.name),
        name: instance.spec.name.clone(),
        component: instance.name.clone(),
        role: labels::ROLE_COMPONENT.into(),
        spec: digest::spec(&change::spec_json(instance)),
        spec_json: change::spec_json(instance),
        image_id: "sha256:1".into(),
        state: State::Running,
        revision: instance.config_volume().map(|_| "aaa-sss".to_owned()),
        gateway: Some("172.18.0.1".into()),
        address: Some("172.18.0.2".into()),
        status: "Up 3 minutes".into(),
    };
    let image = |instance: &crate::model::stack::Instance| SeenImage {
        reference: instance.image.clone(),
        id: "sha256:1".into(),
        version: instance.version.clone(),
        source: None,
        record: None,
        architecture: "amd64".into(),
    };
    let mounts = stack.instances.iter().flat_map(|i| i.spec.volumes.iter().map(move |m| (i, m)));
    Observed {
        containers: stack.instances.iter().map(container).collect(),
        volumes: mounts
            .map(|(i, m)| SeenVolume { name: m.volume.clone(), component: i.name.clone() })
            .collect(),
        record: Some(Record::default()),
        networks: vec![SeenNetwork {
            id: "n".into(),
            name: stack.name.clone(),
            gateway: Some("172.18.0.1".into()),
        }],
        images: stack.instances.iter().map(|i| (i.name.clone(), image(i))).collect(),
        ..Observed::default()
    }
}

fn text(stack: &Stack, observed: &Observed, options: &Options) -> String {
    up(stack, &revisions(stack), observed, options).unwrap().to_string()
}

#[test]
fn nothing_is_there_so_everything_is_made_in_order() {
    let stack = stack_of("name: demo");
    assert_eq!(
        text(&stack, &Observed::default(), &Options::default()),
        "\
#1  record demo                              create   not found
#2  network demo                             create   not found  after #1
#3  volume demo-prometheus-config            create   not found  after #1
#4  volume demo-prometheus-data              create   not found  after #1
#5  volume demo-alertmanager-config          create   not found  after #1
#6  volume demo-alertmanager-data            create   not found  after #1
#7  volume demo-grafana-config               create   not found  after #1
#8  volume demo-grafana-data                 create   not found  after #1
#9  files prometheus, alertmanager, grafana  deliver  new volume  after #3 #4 #5 #6 #7 #8
#10 container prometheus                     create   not found  after #2 #9
#11 container alertmanager                   create   not found  after #2 #9
#12 container grafana                        create   not found  after #2 #9 #10
#13 container node                           create   not found  after #2
"
    );
}

#[test]
fn everything_is_as_meant_so_nothing_is_done() {
    let stack = stack_of("name: demo");
    let plan = up(&stack, &revisions(&stack), &as_meant(&stack), &Options::default()).unwrap();
    assert!(plan.is_empty(), "{plan}");
}

#[test]
fn a_changed_file_reloads_without_a_restart() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    observed.containers[0].revision = Some("bbb-sss".into());
    observed.changed_files.insert("prometheus".into(), vec!["prometheus.yml".into()]);
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "\
#1  files prometheus      deliver  prometheus.yml changed
#2  container prometheus  reload   prometheus.yml changed  after #1
"
    );
}

#[test]
fn a_file_that_is_read_at_start_only_restarts() {
    let stack = stack_of(
        "name: demo\nexporters: {postgres: {uri: x, user: y, password_file: z}}\nprometheus: {enabled: false}\nalertmanager: {enabled: false}\ngrafana: {enabled: false}",
    );
    let mut observed = as_meant(&stack);
    observed.containers[0].revision = Some("bbb-ttt".into());
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "\
#1  files postgres      deliver  files changed
#2  container postgres  restart  files changed  after #1
"
    );
}

#[test]
fn a_changed_setting_replaces_and_says_which() {
    let before = stack_of(SMALL);
    let after = stack_of(&SMALL.replace("name: demo", "name: demo\nprometheus: {memory: 2GiB, port: 9999}"));
    assert_eq!(
        text(&after, &as_meant(&before), &Options::default()),
        "#1  container prometheus  replace  args ---web.external-url=http://localhost:9090 \
         ---web.cors.origin=http://localhost:9090 +--web.external-url=http://localhost:9999 \
         +--web.cors.origin=http://localhost:9999, published 127.0.0.1:9090 → 127.0.0.1:9999, memory 1.0 GiB → 2.0 GiB\n"
    );
}

#[test]
fn another_image_under_the_same_name_replaces() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    observed.images.get_mut("node").unwrap().id = "sha256:2".into();
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "#1  container node  replace  `prom/node-exporter:v1.12.1` is another image now\n"
    );
}

#[test]
fn a_stopped_container_is_started_and_a_lost_network_replaces() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    observed.containers[0].state = State::Exited;
    assert_eq!(text(&stack, &observed, &Options::default()), "#1  container prometheus  start    stopped\n");
    observed.networks.clear();
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "\
#1  network demo          create   not found
#2  container prometheus  replace  its network is gone  after #1
#3  container node        replace  its network is gone  after #1
"
    );
}

#[test]
fn orphans_are_listed_and_removed_only_on_request() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    let mut orphan = observed.containers[1].clone();
    orphan.name = "demo-redis".into();
    orphan.component = "redis".into();
    observed.containers.push(orphan);
    let plan = up(&stack, &revisions(&stack), &observed, &Options::default()).unwrap();
    assert_eq!((plan.to_string().as_str(), plan.orphans), ("", vec!["demo-redis".to_owned()]));
    let options = Options { remove_orphans: true, ..Options::default() };
    assert_eq!(
        text(&stack, &observed, &options),
        "#1  leftover demo-redis  remove   no longer in the stack\n"
    );
}

#[test]
fn an_interrupted_replacement_is_undone_when_the_successor_does_not_run() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    observed.containers[0].state = State::Exited;
    observed.containers[0].name = "demo-prometheus.old".into();
    let mut new = observed.containers[0].clone();
    (new.id, new.name, new.state) = ("id-new".into(), "demo-prometheus".into(), State::Created);
    observed.containers.push(new);
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "\
#1  leftover demo-prometheus      remove   replacement that did not start
#2  leftover demo-prometheus.old  restore  its replacement was interrupted  after #1
#3  container prometheus          start    stopped  after #2
"
    );
}

#[test]
fn an_interrupted_replacement_is_finished_when_the_successor_runs() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    let mut old = observed.containers[0].clone();
    (old.id, old.name, old.state) = ("id-old".into(), "demo-prometheus.old".into(), State::Exited);
    observed.containers.push(old);
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "\
#1  container prometheus          wait     its replacement was interrupted
#2  leftover demo-prometheus.old  remove   replaced  after #1
"
    );
}

#[test]
fn an_interrupted_replacement_is_finished_before_the_next_one_begins() {
    let before = stack_of(SMALL);
    let after = stack_of(&SMALL.replace("name: demo", "name: demo\nprometheus: {memory: 2GiB}"));
    let mut observed = as_meant(&before);
    let mut old = observed.containers[0].clone();
    (old.id, old.name, old.state) = ("id-old".into(), "demo-prometheus.old".into(), State::Exited);
    observed.containers.push(old);
    assert_eq!(
        text(&after, &observed, &Options::default()),
        "\
#1  container prometheus          wait     its replacement was interrupted
#2  leftover demo-prometheus.old  remove   replaced  after #1
#3  container prometheus          replace  memory 1.0 GiB → 2.0 GiB  after #2
"
    );
}

#[test]
fn a_second_network_of_the_same_name_is_removed_first() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    observed.networks.push(SeenNetwork { id: "n2".into(), name: "demo".into(), gateway: None });
    observed.containers[0].state = State::Exited;
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "\
#1  network n2            remove   a second network of the same name
#2  container prometheus  start    stopped  after #1
"
    );
}

#[test]
fn helpers_of_a_killed_run_go_first() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    let mut courier = observed.containers[0].clone();
    (courier.id, courier.name, courier.role) =
        ("c".into(), "demo-courier".into(), labels::ROLE_COURIER.into());
    observed.containers.push(courier);
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "#1  leftover demo-courier  remove   left by an interrupted run\n"
    );
}

#[test]
fn a_tool_that_runs_belongs_to_a_check_elsewhere() {
    let stack = stack_of(SMALL);
    let mut observed = as_meant(&stack);
    let mut tool = observed.containers[0].clone();
    (tool.id, tool.name, tool.role) = ("t".into(), "demo.tool-node".into(), labels::ROLE_TOOL.into());
    observed.containers.push(tool);
    assert_eq!(text(&stack, &observed, &Options::default()), "");
    observed.containers.last_mut().unwrap().state = State::Exited;
    assert_eq!(
        text(&stack, &observed, &Options::default()),
        "#1  leftover demo.tool-node  remove   left by an interrupted run\n"
    );
}

#[test]
fn what_is_not_ours_is_refused_by_name() {
    let stack = stack_of(SMALL);
    let observed = Observed {
        foreign_names: BTreeMap::from([("demo-prometheus".to_owned(), "0123456789abcdef".to_owned())]),
        ..Observed::default()
    };
    let refusals = up(&stack, &revisions(&stack), &observed, &Options::default()).unwrap_err();
    assert_eq!(refusals[0].message, "the container `demo-prometheus` (0123456789ab) is not stackctl's");
}

#[test]
fn a_missing_image_holds_up_only_what_needs_it() {
    let stack = stack_of("name: demo\nexporters: {}");
    let missing = Unavailable {
        component: "alertmanager".into(),
        image: "prom/alertmanager:v0.34.0".into(),
        reason: "no registry answers".into(),
        remedy: "load it".into(),
        running: None,
    };
    let options = Options { unavailable: vec![missing], ..Options::default() };
    let plan = up(&stack, &revisions(&stack), &Observed::default(), &options).unwrap();
    let containers: Vec<String> =
        plan.steps.iter().map(|s| s.subject.to_string()).filter(|s| s.starts_with("container")).collect();
    assert_eq!(containers, ["container prometheus", "container grafana"]);
}

#[test]
fn asking_for_one_component_brings_what_it_needs() {
    let stack = stack_of("name: demo");
    let options = Options { components: vec!["grafana".into()], ..Options::default() };
    let plan = up(&stack, &revisions(&stack), &Observed::default(), &options).unwrap();
    let containers: Vec<String> =
        plan.steps.iter().map(|s| s.subject.to_string()).filter(|s| s.starts_with("container")).collect();
    assert_eq!(containers, ["container prometheus", "container grafana"]);
}

#[test]
fn down_removes_dependents_first_and_volumes_only_on_request() {
    let stack = stack_of("name: demo\nexporters: {}\nalertmanager: {enabled: false}");
    let observed = as_meant(&stack);
    assert_eq!(
        down(&stack, &observed, &Claim::default(), false).unwrap().to_string(),
        "\
#1  container grafana     remove   running
#2  container prometheus  remove   running  after #1
#3  network demo          remove   asked for  after #1 #2
"
    );
    let plan = down(&stack, &observed, &Claim::default(), true).unwrap();
    assert_eq!(plan.steps.len(), 8);
    assert!(
        plan.to_string().contains("#8  record demo                    remove   asked for with --volumes"),
        "{plan}"
    );
}

#[test]
fn stop_goes_backwards_and_start_forwards() {
    let stack = stack_of("name: demo\nexporters: {}\nalertmanager: {enabled: false}");
    let mut observed = as_meant(&stack);
    assert_eq!(
        lifecycle(&stack, &observed, &Claim::default(), Verb::Stop, &[]).unwrap().to_string(),
        "#1  container grafana     stop     running\n#2  container prometheus  stop     running  after #1\n"
    );
    observed.containers[1].state = State::Exited;
    assert_eq!(
        lifecycle(&stack, &observed, &Claim::default(), Verb::Start, &[]).unwrap().to_string(),
        "#1  container grafana  start    exited\n"
    );
}
