//! The rule files of the base components: one row per file under `rules/`, with the thresholds that `stack.yml`
//! may change. The rules themselves stand in the templates; a number here and a `t.<Alert>` there belong together.

mod logs;

use crate::model::rules::{RuleFile, Shown, Threshold};

/// Every rule file of the base components, in the order in which they are listed to the user.
pub const ALL: &[RuleFile] = &[
    STACK,
    PROMETHEUS,
    ALERTMANAGER,
    GRAFANA,
    NODE,
    CADVISOR,
    POSTGRES,
    REDIS,
    BLACKBOX,
    logs::LOKI,
    logs::COLLECTOR,
    SLO,
];

const STACK: RuleFile = RuleFile {
    name: "stack",
    title: "Monitoring stack",
    thresholds: &[
        Threshold {
            alert: "TargetFlapping",
            default: 4.0,
            unit: "count",
            doc: "changes between up and down in 15 minutes",
        },
        Threshold {
            alert: "TargetRestarting",
            default: 3.0,
            unit: "count",
            doc: "process starts in 30 minutes",
        },
    ],
    shown: Shown::On("stack"),
};

const PROMETHEUS: RuleFile = RuleFile {
    name: "prometheus",
    title: "Prometheus",
    thresholds: &[
        Threshold {
            alert: "PrometheusSamplesRejected",
            default: 0.1,
            unit: "per second",
            doc: "rejected samples over 5 minutes",
        },
        Threshold {
            alert: "PrometheusHighQueryLoad",
            default: 0.8,
            unit: "ratio",
            doc: "share of the concurrent query slots in use",
        },
        Threshold {
            alert: "PrometheusRemoteWriteBehind",
            default: 120.0,
            unit: "seconds",
            doc: "age of the newest sample sent",
        },
        Threshold {
            alert: "PrometheusRemoteWriteFailing",
            default: 0.01,
            unit: "ratio",
            doc: "share of the sent samples that the endpoint refused over 5 minutes",
        },
    ],
    shown: Shown::On("stack"),
};

const ALERTMANAGER: RuleFile = RuleFile {
    name: "alertmanager",
    title: "Alertmanager",
    thresholds: &[
        Threshold {
            alert: "PrometheusErrorSendingAlerts",
            default: 0.03,
            unit: "ratio",
            doc: "share of the alerts that could not be handed over, over 5 minutes",
        },
        Threshold {
            alert: "AlertmanagerNotificationsFailing",
            default: 0.01,
            unit: "ratio",
            doc: "share of the notifications that failed for good, over 15 minutes",
        },
        Threshold {
            alert: "AlertmanagerNotificationsSlow",
            default: 10.0,
            unit: "seconds",
            doc: "mean time of one notification over 15 minutes",
        },
    ],
    shown: Shown::On("stack"),
};

const GRAFANA: RuleFile = RuleFile {
    name: "grafana",
    title: "Grafana",
    thresholds: &[
        Threshold {
            alert: "GrafanaHttpErrors",
            default: 0.05,
            unit: "ratio",
            doc: "share of the requests answered with 5xx over 5 minutes",
        },
        Threshold {
            alert: "GrafanaSlowRequests",
            default: 2.0,
            unit: "seconds",
            doc: "mean time of one request over 10 minutes",
        },
        Threshold {
            alert: "GrafanaDatasourceErrors",
            default: 0.1,
            unit: "ratio",
            doc: "share of the failed requests to one data source over 5 minutes",
        },
    ],
    shown: Shown::On("stack"),
};

const NODE: RuleFile = RuleFile {
    name: "node",
    title: "Host",
    thresholds: &[
        Threshold {
            alert: "HostHighCpu",
            default: 0.9,
            unit: "ratio",
            doc: "share of the CPU time in use over 5 minutes",
        },
        Threshold {
            alert: "HostCpuSteal",
            default: 0.1,
            unit: "ratio",
            doc: "share of the CPU time that the hypervisor took over 5 minutes",
        },
        Threshold { alert: "HostHighLoad", default: 2.0, unit: "count", doc: "5-minute load per CPU" },
        Threshold {
            alert: "HostHighMemory",
            default: 0.9,
            unit: "ratio",
            doc: "share of the memory in use, worth a look",
        },
        Threshold {
            alert: "HostMemoryExhausted",
            default: 0.97,
            unit: "ratio",
            doc: "share of the memory in use, act now",
        },
        Threshold {
            alert: "HostDiskAlmostFull",
            default: 0.9,
            unit: "ratio",
            doc: "share of a file system in use, worth a look",
        },
        Threshold {
            alert: "HostDiskFull",
            default: 0.97,
            unit: "ratio",
            doc: "share of a file system in use, act now",
        },
        Threshold {
            alert: "HostDiskFillsSoon",
            default: 24.0,
            unit: "hours",
            doc: "how far ahead the trend of 6 hours is followed",
        },
        Threshold {
            alert: "HostInodesAlmostExhausted",
            default: 0.9,
            unit: "ratio",
            doc: "share of the inodes of a file system in use",
        },
        Threshold {
            alert: "HostHighDiskIO",
            default: 0.9,
            unit: "ratio",
            doc: "share of the time a disk was busy over 5 minutes",
        },
        Threshold {
            alert: "HostDiskQueueLong",
            default: 10.0,
            unit: "count",
            doc: "mean number of requests at a disk over 5 minutes",
        },
        Threshold {
            alert: "HostNetworkErrors",
            default: 0.01,
            unit: "ratio",
            doc: "share of the packets of an interface with errors over 5 minutes",
        },
        Threshold {
            alert: "HostConntrackAlmostFull",
            default: 0.8,
            unit: "ratio",
            doc: "share of the connection tracking table in use",
        },
        Threshold {
            alert: "HostFileDescriptorsAlmostExhausted",
            default: 0.8,
            unit: "ratio",
            doc: "share of the file descriptors of the host in use",
        },
        Threshold {
            alert: "HostClockSkew",
            default: 0.05,
            unit: "seconds",
            doc: "difference to the time source, either way",
        },
        Threshold {
            alert: "HostRebooted",
            default: 600.0,
            unit: "seconds",
            doc: "how long after a start the host counts as rebooted",
        },
    ],
    shown: Shown::On("host"),
};

const CADVISOR: RuleFile = RuleFile {
    name: "cadvisor",
    title: "Containers",
    thresholds: &[
        Threshold {
            alert: "ContainerNearMemoryLimit",
            default: 0.9,
            unit: "ratio",
            doc: "share of the memory limit of a container in use",
        },
        Threshold {
            alert: "ContainerCpuThrottled",
            default: 0.25,
            unit: "ratio",
            doc: "share of the CPU periods in which a container was held back, over 5 minutes",
        },
        Threshold {
            alert: "ContainerRestarting",
            default: 2.0,
            unit: "count",
            doc: "starts of a container in 30 minutes",
        },
    ],
    shown: Shown::On("containers"),
};

const POSTGRES: RuleFile = RuleFile {
    name: "postgres",
    title: "PostgreSQL",
    thresholds: &[
        Threshold {
            alert: "PostgresTooManyConnections",
            default: 0.8,
            unit: "ratio",
            doc: "share of max_connections in use",
        },
        Threshold {
            alert: "PostgresDeadlocks",
            default: 3.0,
            unit: "count",
            doc: "deadlocks of one database in 10 minutes",
        },
        Threshold {
            alert: "PostgresLowCacheHitRatio",
            default: 0.9,
            unit: "ratio",
            doc: "share of the blocks found in memory over 5 minutes; lower fires",
        },
        Threshold {
            alert: "PostgresLongTransaction",
            default: 600.0,
            unit: "seconds",
            doc: "age of the oldest open transaction",
        },
        Threshold {
            alert: "PostgresDeadTuples",
            default: 0.2,
            unit: "ratio",
            doc: "share of dead rows in a table of more than 10000 rows",
        },
        Threshold {
            alert: "PostgresHighRollbackRatio",
            default: 0.1,
            unit: "ratio",
            doc: "share of the transactions rolled back over 5 minutes",
        },
        Threshold {
            alert: "PostgresReplicationLag",
            default: 60.0,
            unit: "seconds",
            doc: "age of the data on a replica",
        },
    ],
    shown: Shown::On("postgres"),
};

const REDIS: RuleFile = RuleFile {
    name: "redis",
    title: "Redis",
    thresholds: &[
        Threshold { alert: "RedisHighMemory", default: 0.9, unit: "ratio", doc: "share of maxmemory in use" },
        Threshold {
            alert: "RedisTooManyClients",
            default: 0.8,
            unit: "ratio",
            doc: "share of maxclients connected",
        },
        Threshold {
            alert: "RedisEvictingKeys",
            default: 10.0,
            unit: "per second",
            doc: "evicted keys over 5 minutes",
        },
        Threshold {
            alert: "RedisReplicationLag",
            default: 30.0,
            unit: "seconds",
            doc: "time since a replica last answered",
        },
    ],
    shown: Shown::On("redis"),
};

const BLACKBOX: RuleFile = RuleFile {
    name: "blackbox",
    title: "Probes",
    thresholds: &[
        Threshold {
            alert: "BlackboxProbeUnreliable",
            default: 0.9,
            unit: "ratio",
            doc: "share of successful probes in 15 minutes; lower fires",
        },
        Threshold {
            alert: "BlackboxSlowProbe",
            default: 2.0,
            unit: "seconds",
            doc: "mean time of a probe over 5 minutes",
        },
        Threshold {
            alert: "BlackboxCertificateExpiresSoon",
            default: 21.0,
            unit: "days",
            doc: "time left on a certificate, worth a look; whole days",
        },
        Threshold {
            alert: "BlackboxCertificateExpiresVerySoon",
            default: 3.0,
            unit: "days",
            doc: "time left on a certificate, act now; whole days",
        },
    ],
    shown: Shown::On("blackbox"),
};

/// The burn rates follow from each objective's window.
const SLO: RuleFile = RuleFile {
    name: super::slos::SLO,
    title: "Service level objectives",
    thresholds: &[],
    shown: Shown::On(super::slos::SLO),
};
