//! Every function of the room against a scripted server on the loopback address.

mod alertmanager;
mod client;
mod grafana;
mod grafana_refusals;
mod prometheus;
mod ready;
mod rules;
mod running_config;
mod stored;

use std::time::Duration;

use super::client::{Client, Endpoint, Peer};

/// Long enough for a loaded machine; tests that wait for a timeout set their own.
const PATIENT: Duration = Duration::from_secs(10);

fn client() -> Client {
    Client::new().unwrap()
}

fn peer<'a>(client: &'a Client, endpoint: &'a Endpoint) -> Peer<'a> {
    client.peer(endpoint, PATIENT)
}
