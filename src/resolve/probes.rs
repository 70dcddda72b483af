//! Probes of health endpoints whose alert says nothing new while the application's own alert fires.

use super::notify::matcher;
use crate::kernel::text;
use crate::model::stack::{HealthProbe, Job, JobSource};

/// Ports that an address without one means.
const USUAL_PORTS: [(&str, u16); 2] = [("http://", 80), ("https://", 443)];

/// The health probes among the jobs.
pub fn of(jobs: &[Job]) -> Vec<HealthProbe> {
    jobs.iter().filter_map(probe).collect()
}

/// A metrics page elsewhere, such as that of an exporter of its own, may be down without the application: an alert about
/// one instance counts only when that is the one behind the health endpoint.
fn probe(job: &Job) -> Option<HealthProbe> {
    let JobSource::Blackbox { targets, app: Some(app), .. } = &job.source else { return None };
    let mut instances = vec![String::new()];
    for url in targets {
        instances.extend(addresses(url));
        instances.push(url.clone());
    }
    Some(HealthProbe {
        job: matcher("job", std::slice::from_ref(&job.name))?,
        own_job: matcher("job", &[app.clone(), job.name.clone()])?,
        own_instance: matcher("instance", &instances)?,
    })
}

/// How a scrape of the server behind a URL is called: `host:port`, and without the port where the URL has none.
fn addresses(url: &str) -> Vec<String> {
    let Some((rest, port)) =
        USUAL_PORTS.iter().find_map(|(scheme, port)| Some((url.strip_prefix(scheme)?, port)))
    else {
        return Vec::new();
    };
    let server = text::server(rest);
    let has_port = server.rsplit(']').next().is_some_and(|tail| tail.contains(':'));
    if has_port { vec![server.to_owned()] } else { vec![server.to_owned(), format!("{server}:{port}")] }
}

#[cfg(test)]
mod tests {
    use super::addresses;

    #[test]
    fn a_server_is_known_by_its_port_too() {
        assert_eq!(addresses("http://shop:3000/health?deep=1"), ["shop:3000"]);
        assert_eq!(addresses("https://me@shop.example.org"), ["shop.example.org", "shop.example.org:443"]);
        assert_eq!(addresses("http://[::1]/"), ["[::1]", "[::1]:80"]);
        assert!(addresses("shop").is_empty());
    }
}
