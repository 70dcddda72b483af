//! Whether what a component must keep can still be written. A component that cannot write stays ready.

use super::component::PATIENCE;
use crate::engine::{Engine, Inspected};
use crate::kernel::units;
use crate::model::stack::{Holds, Instance};
use crate::probe::{Alertmanager, Client, Endpoint, SelfMetrics};
use crate::workdir::machine::{self, Space};

/// Room on the file system of a data volume, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Room {
    /// Nothing more can be written soon.
    Full(String),
    /// Worth knowing.
    Short(String),
}

/// Room on the file system of a component's data volume; none when there is enough, or when it cannot be seen from here: the
/// daemon is on another machine, or this user may not read its directory.
pub fn room(engine: &Engine, instance: &Instance, seen: &Inspected) -> Option<Room> {
    let data = instance.spec.volumes.iter().find(|mount| mount.holds == Holds::Data)?;
    let (_, path) = seen.volumes.iter().find(|(name, _)| *name == data.volume)?;
    let space =
        machine::space(path).filter(|space| engine.choice.host.is_local() && space.directory == *path)?;
    judged(&space)
}

fn judged(space: &Space) -> Option<Room> {
    let used = 100 - space.free.saturating_mul(100).checked_div(space.size)?;
    let text = |what: &str| {
        let (free, size) = (units::format_bytes(space.free), units::format_bytes(space.size));
        format!("{what}: {free} of {size} free in `{}`", space.directory.display())
    };
    if space.free < 1 << 20 || used >= 99 {
        Some(Room::Full(text("its volume is full")))
    } else if space.free_inodes == Some(0) {
        Some(Room::Full(format!("its volume has no free inodes in `{}`", space.directory.display())))
    } else {
        (used >= 95).then(|| Room::Short(text(&format!("its volume is {used} % full"))))
    }
}

/// Snapshots of silences and of the notification log that Alertmanager could not write.
pub async fn snapshots(client: &Client, endpoint: &Endpoint) -> Option<String> {
    let metrics = Alertmanager::new(client.peer(endpoint, PATIENCE)).metrics().await.ok()?;
    ["nflog", "silences"].into_iter().find_map(|what| {
        let count = |kind: &str| metrics.value(&format!("alertmanager_{what}_maintenance_{kind}"), &[]);
        let (all, failed) = (count("total")?, count("errors_total")?);
        // A failure that a later success followed is over; which of them was last is not known.
        (failed > 0.0 && failed >= all).then(|| {
            format!("ready, but writing its {what} snapshot failed {failed} times; is its volume full?")
        })
    })
}

/// Why Prometheus stores no samples; none when it does. `interval` is the shortest time between two scrapes.
pub fn database(own: &SelfMetrics, now: f64, interval: f64) -> Option<String> {
    let newest = own.newest_sample.unwrap_or(own.started_at).max(own.started_at);
    let silent = if newest > 0.0 { now - newest } else { 0.0 };
    // Half a minute for a slow scrape, and for the clock of a virtual machine; writes that fail leave no doubt.
    let slack = if own.failed_writes.is_empty() { 30.0 } else { 5.0 };
    if silent < 2.0 * interval + slack {
        return None;
    }
    let failed = own.failed_writes.iter().map(|write| format!("{} ({} times)", write.what, write.count));
    let failed: Vec<String> = failed.collect();
    let reason = if failed.is_empty() {
        String::new()
    } else {
        format!(": writing failed: {}; is its volume full?", failed.join(", "))
    };
    Some(format!("ready, but it has stored no sample for {silent:.0}s{reason}"))
}

#[cfg(test)]
mod tests {
    use super::{Room, database, judged};
    use crate::probe::SelfMetrics;
    use crate::workdir::machine::Space;

    fn space(free: u64, size: u64, free_inodes: Option<u64>) -> Space {
        Space { directory: "/v".into(), free, size, free_inodes }
    }

    #[test]
    fn a_full_volume_is_seen_by_bytes_and_by_inodes() {
        let full = |space| matches!(judged(&space), Some(Room::Full(_)));
        assert!(full(space(0, 3 << 20, Some(10))) && full(space(1 << 30, 200 << 30, None)));
        assert!(full(space(10 << 30, 20 << 30, Some(0))));
        assert!(matches!(judged(&space(3 << 30, 100 << 30, None)), Some(Room::Short(_))));
        assert_eq!(judged(&space(10 << 30, 20 << 30, Some(10))), None);
        assert_eq!(judged(&space(0, 0, None)), None);
    }

    #[test]
    fn a_database_that_takes_no_samples_is_seen_with_the_writes_that_failed() {
        let own = |newest: f64| {
            SelfMetrics::parse(&format!(
                "process_start_time_seconds 1000\nprometheus_tsdb_head_max_time_seconds {newest}\n\
                 prometheus_tsdb_wal_writes_failed_total 12\n"
            ))
        };
        assert_eq!(database(&own(1990.0), 2000.0, 15.0), None);
        let text = database(&own(1900.0), 2000.0, 15.0).unwrap();
        let expected = "ready, but it has stored no sample for 100s: writing failed: write-ahead log (12 times); is its volume full?";
        assert_eq!(text, expected);
        assert_eq!(database(&SelfMetrics::parse("process_start_time_seconds 1990\n"), 2000.0, 15.0), None);
    }
}
