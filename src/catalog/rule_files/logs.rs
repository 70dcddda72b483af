//! The rule files of the components that carry logs. The dashboard of the stack shows whether these answer, and nothing of
//! what their alerts tell of: no dashboard has their metrics.

use crate::model::rules::{RuleFile, Shown, Threshold};

/// Loki.
pub const LOKI: RuleFile = RuleFile {
    name: "loki",
    title: "Loki",
    thresholds: &[
        Threshold {
            alert: "LokiRequestErrors",
            default: 0.05,
            unit: "ratio",
            doc: "share of the requests to one route answered with 5xx over 5 minutes",
        },
        Threshold {
            alert: "LokiDiscardsLogs",
            default: 0.1,
            unit: "per second",
            doc: "refused lines over 5 minutes",
        },
    ],
    shown: Shown::Nowhere,
};

/// The collector.
pub const COLLECTOR: RuleFile = RuleFile {
    name: "collector",
    title: "Log collector",
    thresholds: &[
        Threshold {
            alert: "CollectorCannotDeliver",
            default: 0.02,
            unit: "per second",
            doc: "repeated deliveries over 5 minutes",
        },
        Threshold {
            alert: "CollectorDropsLogs",
            default: 0.02,
            unit: "per second",
            doc: "lines given up over 5 minutes",
        },
    ],
    shown: Shown::Nowhere,
};
