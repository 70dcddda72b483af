//! What a daemon that answers can and cannot do, and how it is set up.

use crate::engine::{DaemonInfo, Product};
use crate::kernel::{Version, text};
use crate::model::doctor::{Finding, Severity};
use crate::ops::doctor::facts::{Answering, Facts};

/// The API that makes read-only mounts recursive and takes several networks at once: Docker 25.
const COMPLETE_API: &str = "1.44";
/// The engine that keeps ports published on a loopback address from the LAN.
const LOOPBACK_SAFE: &str = "28";
/// Clocks further apart than this, in seconds, make graphs and logs misleading.
const CLOCK_LIMIT: u64 = 30;

/// Everything about the daemon besides that it answers.
pub fn findings(answering: &Answering, facts: &Facts) -> Vec<Finding> {
    let mut all = vec![api(answering, facts)];
    all.extend(unanswered(answering));
    let info = match &answering.info {
        Ok(info) => info,
        Err(error) => {
            all.push(
                Finding::new("docker info", Severity::Error, error)
                    .fix("look at the daemon's log; a proxy in front of the daemon must let `/info` through"),
            );
            return all;
        }
    };
    all.extend(platform(info));
    all.push(loopback(answering, info, facts));
    all.push(namespaces(info, facts));
    let product = answering.daemon.product;
    all.push(limits(info, product));
    all.push(sandbox(info, product));
    all.push(storage(info, product));
    all.push(logs(info));
    all.push(match product {
        Product::Docker => live_restore(info),
        Product::Podman => restart(info),
    });
    all.extend(answering.clock.map(clock));
    all.extend(warnings(info));
    all
}

fn api(answering: &Answering, facts: &Facts) -> Finding {
    let api = &answering.daemon.api;
    if answering.daemon.product == Product::Podman {
        let detail = format!(
            "Podman {} speaks API {api} of Docker: a container joins further networks only after it is made, and read-only mounts of the host are not recursive",
            answering.daemon.version
        );
        return Finding::new("podman api", Severity::Note, detail);
    }
    if answering.daemon.has(COMPLETE_API) {
        return Finding::new("docker api", Severity::Ok, format!("API {api} has all that stackctl uses"));
    }
    let lacks = format!(
        "API {api}: before {COMPLETE_API} (Docker 25) a container joins further networks only after it is made, and read-only mounts of the host are not recursive"
    );
    let exposed = facts.components(|component| component.host_mounts);
    if exposed.is_empty() {
        return Finding::new("docker api", Severity::Note, lacks);
    }
    let detail = format!(
        "{lacks}; what is mounted below the host directories of {} stays writable there",
        text::list(&exposed)
    );
    Finding::new("docker api", Severity::Warning, detail).fix("upgrade to Docker 25 or newer")
}

fn unanswered(answering: &Answering) -> Option<Finding> {
    let said = &answering.unanswered;
    (!said.is_empty()).then(|| {
        Finding::new("docker answers", Severity::Error, said.join("; "))
            .fix("look at the daemon's log; a proxy in front of the daemon must let lists through")
    })
}

fn platform(info: &DaemonInfo) -> Option<Finding> {
    let foreign = !info.kind.is_empty() && info.kind != "linux";
    foreign.then(|| {
        Finding::new("platform", Severity::Error, format!("the daemon runs {} containers", info.kind))
            .fix("use a daemon for Linux containers")
    })
}

fn loopback(answering: &Answering, info: &DaemonInfo, facts: &Facts) -> Finding {
    let name = "loopback ports";
    let version = &answering.daemon.version;
    let published = facts.stack.is_none()
        || !facts.components(|c| c.port.and_then(|(ip, _)| ip).is_some_and(|ip| ip.is_loopback())).is_empty();
    if !published {
        return Finding::new(name, Severity::Ok, "the stack publishes no port on a loopback address");
    }
    if answering.daemon.product == Product::Podman {
        let detail = format!(
            "Podman {version} forwards ports published on 127.0.0.1 itself; the fault of Docker before {LOOPBACK_SAFE} is in Docker's own firewall rules"
        );
        return Finding::new(name, Severity::Ok, detail);
    }
    let old = Version::parse(version).is_some_and(|version| !version.since(LOOPBACK_SAFE));
    if !old || info.isolation.rootless {
        let detail = format!("Docker {version} keeps ports published on 127.0.0.1 on this machine");
        return Finding::new(name, Severity::Ok, detail);
    }
    let detail =
        format!("Docker {version} lets hosts on the same LAN segment reach ports published on 127.0.0.1");
    Finding::new(name, Severity::Warning, detail).fix(
        "upgrade to Docker 28 or newer; until then keep the daemon's machine off networks you do not trust",
    )
}

fn namespaces(info: &DaemonInfo, facts: &Facts) -> Finding {
    let name = "user namespaces";
    let on_host = facts.components(|component| component.host_network);
    if info.isolation.user_namespace && !on_host.is_empty() {
        let detail = format!(
            "the daemon remaps users, and then refuses containers on the host's network: {}",
            text::list(&on_host)
        );
        return Finding::new(name, Severity::Error, detail)
            .fix("leave them out of the stack, or use a daemon without `userns-remap`");
    }
    if info.isolation.rootless && !on_host.is_empty() {
        let detail = format!(
            "the daemon is rootless: {} on the host's network see the network of its namespace, not the machine's",
            text::list(&on_host)
        );
        return Finding::new(name, Severity::Warning, detail)
            .fix("use the machine's own daemon for them, or read their network counters with that in mind");
    }
    let detail = match (info.isolation.rootless, info.isolation.user_namespace) {
        (true, _) => "the daemon is rootless",
        (false, true) => "root in a container is another user outside",
        (false, false) => "the daemon runs as root, and users in containers are those outside",
    };
    Finding::new(name, Severity::Ok, detail)
}

fn limits(info: &DaemonInfo, product: Product) -> Finding {
    let groups = &info.cgroups;
    let how = format!("cgroup {}, {}", groups.version, groups.driver);
    let missing: Vec<&str> = [(groups.memory, "memory"), (groups.pids, "processes")]
        .into_iter()
        .filter(|(available, _)| !available)
        .map(|(_, what)| what)
        .collect();
    if !missing.is_empty() {
        let detail = format!(
            "the daemon cannot limit {} ({how}), and stackctl makes no container without limits",
            text::list(&missing)
        );
        let fix = if info.isolation.rootless {
            format!(
                "rootless {} needs cgroup 2 and systemd: boot with `systemd.unified_cgroup_hierarchy=1`",
                product.name()
            )
        } else {
            "enable the memory and pids controllers of the kernel, on some boards with `cgroup_enable=memory` at boot".to_owned()
        };
        return Finding::new("limits", Severity::Error, detail).fix(fix);
    }
    if !groups.swap {
        let detail =
            format!("the daemon cannot limit swap ({how}): beyond its memory limit a container swaps");
        return Finding::new("limits", Severity::Warning, detail)
            .fix("boot with `swapaccount=1`, or without swap");
    }
    Finding::new("limits", Severity::Ok, format!("memory, swap and processes can be limited ({how})"))
}

fn sandbox(info: &DaemonInfo, product: Product) -> Finding {
    let isolation = &info.isolation;
    if !isolation.seccomp {
        return Finding::new("sandbox", Severity::Warning, "the daemon does not filter system calls (seccomp)")
            .fix(match product {
                Product::Docker => "use a kernel and a daemon with seccomp, and no `seccomp-profile: unconfined` in /etc/docker/daemon.json",
                Product::Podman => "use a kernel with seccomp, and no `seccomp_profile = \"unconfined\"` in containers.conf",
            });
    }
    let extra = [(isolation.apparmor, " and AppArmor"), (isolation.selinux, " and SELinux")];
    let extra: String = extra.into_iter().filter(|(there, _)| *there).map(|(_, name)| name).collect();
    Finding::new("sandbox", Severity::Ok, format!("containers run under seccomp{extra}"))
}

fn storage(info: &DaemonInfo, product: Product) -> Finding {
    let driver = &info.storage_driver;
    match driver.as_str() {
        "vfs" => Finding::new(
            "storage driver",
            Severity::Warning,
            "the daemon keeps a whole copy of every layer (`vfs`): images take many times their size",
        )
        .fix(match product {
            Product::Docker => {
                "put Docker's directory on a file system that `overlay2` can use: ext4, or xfs with ftype=1"
            }
            Product::Podman => {
                "set `driver = \"overlay\"` in storage.conf, with its directory on ext4, or xfs with ftype=1"
            }
        }),
        // What Docker calls `overlay2` is called `overlay` by Podman.
        "aufs" | "devicemapper" | "overlay" if product == Product::Docker => Finding::new(
            "storage driver",
            Severity::Warning,
            format!("newer Docker engines no longer have the storage driver `{driver}`"),
        )
        .fix("save the images, move to `overlay2`, and load them again"),
        _ => Finding::new("storage driver", Severity::Ok, format!("`{driver}`")),
    }
}

/// Every container of a stack says itself where it logs, so the daemon's default does not matter.
fn logs(info: &DaemonInfo) -> Finding {
    let detail = format!(
        "containers of a stack log to `json-file`, at most 30 MB each; all others to `{}`",
        info.logging_driver
    );
    Finding::new("log driver", Severity::Ok, detail)
}

fn live_restore(info: &DaemonInfo) -> Finding {
    let name = "live restore";
    match (info.live_restore, info.swarm) {
        (true, _) => Finding::new(name, Severity::Ok, "containers go on while the daemon restarts"),
        (false, true) => Finding::new(name, Severity::Ok, "not available in a swarm"),
        (false, false) => Finding::new(name, Severity::Note, "monitoring stops while the daemon restarts")
            .fix("set `\"live-restore\": true` in /etc/docker/daemon.json and reload the daemon"),
    }
}

/// Podman has no daemon that starts containers again after a boot.
fn restart(info: &DaemonInfo) -> Finding {
    let fix = if info.isolation.rootless {
        "`systemctl --user enable podman-restart.service` and `loginctl enable-linger`"
    } else {
        "`systemctl enable podman-restart.service`"
    };
    let detail = "containers start again at boot only when `podman-restart.service` is enabled";
    Finding::new("restart", Severity::Note, detail).fix(fix)
}

fn clock(difference: i64) -> Finding {
    let seconds = difference.unsigned_abs();
    if seconds <= CLOCK_LIMIT {
        return Finding::new("clock", Severity::Ok, "the daemon's clock agrees with this machine's");
    }
    let side = if difference > 0 { "ahead of" } else { "behind" };
    let detail = format!("the daemon's clock is {seconds} s {side} this machine's");
    Finding::new("clock", Severity::Warning, detail)
        .fix("set both clocks by NTP, or times in graphs and logs mislead")
}

/// What the daemon warns of, without the limits, which have their own finding.
fn warnings(info: &DaemonInfo) -> Vec<Finding> {
    let said = info.warnings.iter().map(|line| line.trim().trim_start_matches("WARNING: "));
    let new = said.filter(|line| !line.is_empty() && !line.ends_with("limit support"));
    new.map(|line| Finding::new("docker warning", Severity::Warning, line)).collect()
}
