//! Service level objectives: the alerting windows, and the files that every stack with an objective has.

use crate::model::slo::{Urgency, Windows};

/// Rule file and dashboard of the objectives.
pub const SLO: &str = "slo";
/// Shortest time an objective may be about, in days: the longest alerting window must be well within it.
pub const SHORTEST_DAYS: u32 = 7;
/// Longest time an objective may be about, in days.
pub const LONGEST_DAYS: u32 = 366;
/// Days from which the shares of a month are used.
pub const MONTH_DAYS: u32 = 28;

/// The pairs of windows, quickest first. The shares of a month are those of Google's SRE workbook, chapter 5
/// (14.4, 6, 3 and 1 times the allowed speed over 30 days); those of a week are those Sloth ships.
pub const WINDOWS: [Windows; 4] = [
    Windows {
        urgency: Urgency::Page,
        long_hours: 1,
        long: "1h",
        short: "5m",
        week_percent: 8.0,
        month_percent: 2.0,
    },
    Windows {
        urgency: Urgency::Page,
        long_hours: 6,
        long: "6h",
        short: "30m",
        week_percent: 12.5,
        month_percent: 5.0,
    },
    Windows {
        urgency: Urgency::Ticket,
        long_hours: 24,
        long: "1d",
        short: "2h",
        week_percent: 20.0,
        month_percent: 10.0,
    },
    Windows {
        urgency: Urgency::Ticket,
        long_hours: 72,
        long: "3d",
        short: "6h",
        week_percent: 42.0,
        month_percent: 10.0,
    },
];
