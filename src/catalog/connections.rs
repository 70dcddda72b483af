//! Connection strings: what the client in each exporter takes.
//!
//! `PostgreSQL`: lib/pq 1.10.9 (`ssl.go`, `conn.go`, `connector.go`), which `postgres_exporter` has up to 0.20; it is older than
//! `sslmode=prefer` and several servers. Redis: `DialURL` of redigo 1.9.

use super::{postgres, redis};
use crate::model::connection::{Connection, Parameter, Values};

const fn any(name: &'static str) -> Parameter {
    Parameter { name, values: Values::Any }
}

const fn one_of(name: &'static str, words: &'static [&'static str]) -> Parameter {
    Parameter { name, values: Values::OneOf(words, &[]) }
}

/// Every setting with a connection string.
pub const CONNECTIONS: &[Connection] = &[
    Connection {
        component: postgres::POSTGRES.name,
        setting: "uri",
        client: "the PostgreSQL exporter",
        many_servers: false,
        numbered_database: false,
        parameters: &[
            Parameter {
                name: "sslmode",
                values: Values::OneOf(
                    &["disable", "require", "verify-ca", "verify-full"],
                    &[("prefer", "require"), ("allow", "disable")],
                ),
            },
            any("sslcert"),
            any("sslkey"),
            any("sslrootcert"),
            any("sslinline"),
            any("sslsni"),
            Parameter { name: "connect_timeout", values: Values::Number("seconds") },
            one_of("binary_parameters", &["yes", "no"]),
            one_of("disable_prepared_binary_result", &["yes", "no"]),
            any("fallback_application_name"),
            any("application_name"),
            any("krbsrvname"),
            any("krbspn"),
            any("host"),
            any("port"),
            any("user"),
            any("password"),
            any("dbname"),
            any("database"),
            any("options"),
            any("client_encoding"),
            one_of("datestyle", &["ISO, MDY"]),
        ],
        foreign: &[
            ("channel_binding", "remove it"),
            ("gssencmode", "remove it"),
            ("hostaddr", "write the address in place of the host"),
            ("keepalives", "remove it"),
            ("keepalives_idle", "remove it"),
            ("keepalives_interval", "remove it"),
            ("keepalives_count", "remove it"),
            ("load_balance_hosts", "remove it and name one server"),
            ("passfile", "remove it and set `password_file`"),
            ("requiressl", "write `sslmode=require`"),
            ("service", "remove it and write host, port and database"),
            ("sslcompression", "remove it"),
            ("sslcrl", "remove it"),
            ("sslnegotiation", "remove it"),
            ("sslpassword", "remove it; the key must not be encrypted"),
            ("target_session_attrs", "remove it and name one server"),
        ],
        of_server: &[
            "search_path",
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "timezone",
            "work_mem",
            "role",
        ],
    },
    Connection {
        component: redis::REDIS.name,
        setting: "address",
        client: "the Redis exporter",
        many_servers: false,
        numbered_database: true,
        parameters: &[],
        foreign: &[],
        of_server: &[],
    },
];
