use super::{STACK, found};

fn of_postgres(uri: &str) -> Vec<String> {
    found(&format!("{STACK}exporters: {{postgres: {{uri: \"{uri}\", user: monitor}}}}\n"), &[])
}

fn of_redis(address: &str) -> Vec<String> {
    found(&format!("{STACK}exporters: {{redis: {{address: \"{address}\"}}}}\n"), &[])
}

#[test]
fn values_that_the_postgresql_client_refuses_are_errors_at_the_value() {
    let modes = "it takes disable, require, verify-ca and verify-full";
    for (uri, place, value, hint) in [
        (
            "db:5432/app?sslmode=prefer",
            "2:50+6",
            "sslmode=prefer",
            format!("write `sslmode=require`; {modes}"),
        ),
        ("db:5432/app?sslmode=allow", "2:50+5", "sslmode=allow", format!("write `sslmode=disable`; {modes}")),
        (
            "db/app?sslmode=verify_full",
            "2:45+11",
            "sslmode=verify_full",
            format!("write `sslmode=verify-full`; {modes}"),
        ),
        ("db/app?sslmode=on", "2:45+2", "sslmode=on", modes.to_owned()),
        (
            "db/app?sslmode=require&connect_timeout=5s",
            "2:69+2",
            "connect_timeout=5s",
            "write a whole number of seconds, without a unit".to_owned(),
        ),
        (
            "db/app?binary_parameters=true",
            "2:55+4",
            "binary_parameters=true",
            "it takes yes and no".to_owned(),
        ),
    ] {
        let expected =
            format!("error SC471 stack.yml:{place} the PostgreSQL exporter refuses `{value}` | {hint}");
        assert_eq!(of_postgres(uri), [expected], "{uri}");
    }
}

#[test]
fn parameters_of_other_postgresql_clients_and_slips_are_warnings() {
    for (uri, expected) in [
        (
            "db/app?sslmod=disable",
            "warning SC471 stack.yml:2:37+6 the PostgreSQL exporter has no parameter `sslmod` | did you mean `sslmode`?",
        ),
        (
            "db/app?sslmode=disable&target_session_attrs=any",
            "warning SC471 stack.yml:2:53+20 the PostgreSQL exporter does not know `target_session_attrs` and sends it to the server, which refuses it | remove it and name one server",
        ),
    ] {
        assert_eq!(of_postgres(uri), [expected], "{uri}");
    }
}

#[test]
fn the_postgresql_client_connects_to_one_server() {
    assert_eq!(
        of_postgres("a:5432,b:5432/app?sslmode=disable"),
        [
            "error SC471 stack.yml:2:30+13 the PostgreSQL exporter connects to one server, and there are several | write one of them, such as `a:5432`"
        ]
    );
}

#[test]
fn what_the_postgresql_client_takes_has_no_finding() {
    for uri in [
        "db:5432/app",
        "db:5432/app?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem&connect_timeout=5",
        "db/app?sslmode=disable&application_name=monitor&search_path=public&statement_timeout=5000&TimeZone=UTC",
        "db/app?sslmode=",
        "db/app?options=-c%20geqo%3Doff&sslmode=require",
    ] {
        assert_eq!(of_postgres(uri), [""; 0], "{uri}");
    }
}

#[test]
fn a_client_newer_than_the_catalogue_may_take_more() {
    let text = format!(
        "{STACK}exporters: {{postgres: {{version: v9.0.0, uri: \"db/app?sslmode=prefer\", user: monitor}}}}\n"
    );
    let lines = found(&text, &[]);
    assert!(matches!(lines.as_slice(), [line] if line.starts_with("warning SC471 ")), "{lines:?}");
}

#[test]
fn a_redis_database_is_a_number() {
    assert_eq!(
        of_redis("redis://cache:6379/sessions"),
        [
            "error SC471 stack.yml:2:50+8 `sessions` is not the number of a database | write a number after the last `/`, such as `/0`, or leave it out"
        ]
    );
    for address in ["redis://cache:6379", "redis://cache:6379/", "rediss://cache/12"] {
        assert_eq!(of_redis(address), [""; 0], "{address}");
    }
}
