//! Arguments and variables, of which only the name and the form tell that they are addresses.

use crate::kernel::address;
use crate::source::scalar;

/// Parts of names for what a program listens on, or shows to others: `--web.listen-address`, `BIND_HOST`.
const LISTENS: [&str; 5] = ["listen", "bind", "web.", "external", "origin"];

/// The host in the text of an argument or a variable that leads back to who connects.
pub fn own_host<'a>(name: &str, text: &'a str) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    if LISTENS.iter().any(|part| name.contains(part)) {
        return None;
    }
    let own =
        |server: &'a str| address::host_and_port(server).map(|(host, _)| host).filter(|h| address::is_own(h));
    if text.contains("://") {
        return address::server(text).split(',').find_map(own);
    }
    // `user@tcp(host:port)/database` of the Go driver for MySQL, without the user as well.
    if let Some((_, rest)) = text.split_once("tcp(") {
        return rest.split(')').next().and_then(own);
    }
    if let Some(host) = text.split([' ', ';']).find_map(|pair| pair.strip_prefix("host=")) {
        return own(host);
    }
    // A program that listens on all addresses writes it so, too.
    own(text).filter(|host| scalar::is_target(text) && !matches!(*host, "0.0.0.0" | "[::]"))
}

#[cfg(test)]
mod tests {
    use super::own_host;

    #[test]
    fn an_address_that_is_connected_to_is_told_from_one_that_is_listened_on() {
        for (name, text, expected) in [
            ("nginx.scrape-uri", "http://localhost:8080/stub_status", Some("localhost")),
            ("REDIS_ADDR", "redis://127.0.0.1:6379", Some("127.0.0.1")),
            ("MONGODB_URI", "mongodb://me@localhost:27017,db:27017/x", Some("localhost")),
            ("DATA_SOURCE_NAME", "exporter@tcp(localhost:3306)/", Some("localhost")),
            ("DSN", "user=me host=localhost dbname=x", Some("localhost")),
            ("memcached.address", "localhost:11211", Some("localhost")),
            ("ES_URI", "http://0.0.0.0:9200", Some("0.0.0.0")),
            ("REDIS_ADDR", "redis://redis:6379", None),
            ("web.listen-address", "0.0.0.0:9113", None),
            ("web.external-url", "http://localhost:9115/", None),
            ("LISTEN_ADDRESS", "127.0.0.1:9113", None),
            ("ADDRESS", "0.0.0.0:9113", None),
            ("LOG", "localhost", None),
            ("", "", None),
        ] {
            assert_eq!(own_host(name, text), expected, "{name}={text}");
        }
    }
}
