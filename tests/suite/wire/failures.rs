//! Every call that changes something fails once, in every way: the next `up` always ends in the same world.
//!
//! C04 (connection lost), C05 (reply lost), H04 (killed), and a refusal of the daemon, at the first, second, … call until
//! there is none left. A kill before a call is a kill after the one before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;

use super::fixture::{PROMETHEUS_ONLY, Ran, Wire, difference, machine, mutations, until};
use crate::support::daemon::{FakeDaemon, Method};
use crate::support::programs::Grafana;

fn set_up() -> FakeDaemon {
    machine(&["prometheus"], &Grafana::new()).start()
}

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The daemon refuses it.
    Refused,
    /// The connection ends before anything is done.
    Lost,
    /// It is done, and the connection ends before the answer.
    Unanswered,
    /// It is done, and stackctl is killed before the answer.
    Killed,
}

/// What happens before the run that fails, and what the stack is to be in that run.
#[derive(Debug, Clone, Copy)]
struct Story {
    before: Option<&'static str>,
    stack: &'static str,
    /// The first call that is struck: calls of judges are struck in the first story only.
    from: usize,
}

const FIRST_UP: Story = Story { before: None, stack: "", from: 1 };
const REPLACEMENT: Story = Story { before: Some(""), stack: "prometheus: {memory: 2GiB}\n", from: 1 };
const NEW_FILES: Story = Story { before: Some(""), stack: "prometheus: {scrape_interval: 30s}\n", from: 6 };
const BOTH: Story =
    Story { before: Some(""), stack: "prometheus: {memory: 2GiB, scrape_interval: 30s}\n", from: 6 };

impl Story {
    fn begin<'d>(&self, daemon: &'d FakeDaemon) -> Wire<'d> {
        let wire = Wire::new(daemon);
        let stack = |text: &str| wire.change(&format!("{PROMETHEUS_ONLY}{text}"));
        if let Some(before) = self.before {
            stack(before);
            wire.run(["up"]).ok();
            daemon.forget_requests();
        }
        stack(self.stack);
        wire
    }
}

/// One run in which the n-th changing call meets its fate.
fn struck(daemon: &FakeDaemon, wire: &Wire, nth: usize, fate: Fate) -> Option<Ran> {
    let is_done = Arc::new(AtomicBool::new(false));
    let done = is_done.clone();
    let when = || daemon.on(Method::Mutating, "*", nth);
    match fate {
        Fate::Refused => when().refuse(500, "the disk is on fire"),
        Fate::Lost => when().drop_before(),
        Fate::Unanswered => when().drop_after(),
        Fate::Killed => {
            when().after(move || done.store(true, Ordering::SeqCst));
            when().stall_after();
        }
    }
    if fate != Fate::Killed {
        return Some(wire.run(["up"]));
    }
    let running = wire.spawn(["up"]);
    until("the call is done", || is_done.load(Ordering::SeqCst));
    running.signal(Signal::KILL);
    running.end();
    None
}

/// Strikes every call of a story; what went wrong, one line each.
fn strike_all(story: Story, fate: Fate) -> Vec<String> {
    let undisturbed = set_up();
    let wire = story.begin(&undisturbed);
    wire.run(["up"]).ok();
    let calls = mutations(&undisturbed);
    let expected = wire.world();
    let mut trouble = Vec::new();
    for nth in story.from..=calls.len() {
        let daemon = set_up();
        let wire = story.begin(&daemon);
        let first = struck(&daemon, &wire, nth, fate);
        let hit = mutations(&daemon).get(nth - 1).cloned().unwrap_or_default();
        let mut complain = |what: String| trouble.push(format!("{nth} {hit}: {what}"));
        if let Some(first) = &first {
            let told = first.code == Some(0)
                || (first.stderr.contains("\nchanged: ") && first.stderr.contains("\nhint: "));
            if !matches!(first.code, Some(0 | 3 | 4 | 5)) || !told {
                complain(format!("ended with {:?}: {}", first.code, first.stderr));
            }
        }
        daemon.forget_script();
        let second = wire.run(["up"]);
        if second.code != Some(0) {
            complain(format!("the next run ended with {:?}: {}", second.code, second.stderr));
        }
        let difference = difference(&expected, &wire.world());
        if !difference.is_empty() {
            complain(format!("another world: {}", difference.join(" ")));
        }
    }
    trouble
}

macro_rules! stories {
    ($($name:ident: $story:expr, $fate:expr;)*) => {
        $(#[test]
        fn $name() {
            let trouble = strike_all($story, $fate);
            assert!(trouble.is_empty(), "{}", trouble.join("\n"));
        })*
    };
}

stories! {
    a_first_up_survives_every_refusal: FIRST_UP, Fate::Refused;
    c04_a_first_up_survives_every_lost_request: FIRST_UP, Fate::Lost;
    c05_a_first_up_survives_every_lost_reply: FIRST_UP, Fate::Unanswered;
    h04_a_first_up_survives_a_kill_after_every_call: FIRST_UP, Fate::Killed;
    a_replacement_survives_every_refusal: REPLACEMENT, Fate::Refused;
    c04_a_replacement_survives_every_lost_request: REPLACEMENT, Fate::Lost;
    c05_a_replacement_survives_every_lost_reply: REPLACEMENT, Fate::Unanswered;
    h04_a_replacement_survives_a_kill_after_every_call: REPLACEMENT, Fate::Killed;
    new_files_survive_every_refusal: NEW_FILES, Fate::Refused;
    c04_new_files_survive_every_lost_request: NEW_FILES, Fate::Lost;
    c05_new_files_survive_every_lost_reply: NEW_FILES, Fate::Unanswered;
    h04_new_files_survive_a_kill_after_every_call: NEW_FILES, Fate::Killed;
    c05_files_and_container_at_once_survive_every_lost_reply: BOTH, Fate::Unanswered;
    h04_files_and_container_at_once_survive_a_kill_after_every_call: BOTH, Fate::Killed;
}
