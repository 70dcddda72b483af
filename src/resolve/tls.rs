//! How certificates are verified, for scrapes and for probes: mistakes, and files that become paths in a container.

use serde_json::Value;

use super::secrets;
use crate::catalog;
use crate::kernel::Diagnostic;
use crate::model::config::Tls;
use crate::model::node::At;
use crate::model::stack::{CONFIG_DIRECTORY, Instance, ProbeModule, Stack};
use crate::source::Document;

/// Modules of the blackbox exporter that make HTTP requests.
pub const HTTP_MODULES: [&str; 2] = ["http_2xx", "http_healthy"];

/// Replaces the paths of the user's files by those at which a component finds them. `owner` begins the names of the files
/// there: `app.shop`.
pub fn refer(stack: &mut Stack, component: &str, tls: &mut Tls, owner: &str, here: &At) {
    if let Some(path) = tls.key_file.take() {
        let name = format!("{owner}.tls_key");
        tls.key_file = Some(secrets::refer(stack, component, &name, &path, here.key("key_file")));
    }
    let Some(instance) = stack.instances.iter_mut().find(|i| i.name == component) else { return };
    for (key, file) in [("ca", &mut tls.ca_file), ("cert", &mut tls.cert_file)] {
        if let Some(path) = file.take() {
            let name = format!("tls/{owner}.{key}.pem");
            *file = Some(format!("{CONFIG_DIRECTORY}/{name}"));
            instance.files.insert(name, path);
        }
    }
}

/// Reports settings that contradict each other, that verify nothing, and that have no effect: `unused` says why.
pub fn check(
    tls: &Tls,
    unused: Option<(&str, &str)>,
    document: &Document,
    here: &At,
    found: &mut Vec<Diagnostic>,
) {
    if tls.cert_file.is_some() != tls.key_file.is_some() {
        let (there, missing) =
            if tls.cert_file.is_some() { ("cert_file", "key_file") } else { ("key_file", "cert_file") };
        found.push(
            Diagnostic::error("SC551", format!("`{there}` without `{missing}`"))
                .at(document.place(&here.key(there)))
                .hint(format!("Prometheus needs both; add `{missing}`")),
        );
    }
    if *tls == Tls::default() {
        return;
    }
    if let Some((why, hint)) = unused {
        found.push(
            Diagnostic::warning("SC552", format!("`tls` has no effect: {why}"))
                .at(document.place(here))
                .hint(hint),
        );
    } else if tls.insecure_skip_verify == Some(true) {
        found.push(
            Diagnostic::warning(
                "SC556",
                "`insecure_skip_verify` accepts every certificate, also a forged one",
            )
            .at(document.place(&here.key("insecure_skip_verify")))
            .hint("name the authority in `ca_file`, and the name in the certificate in `server_name`"),
        );
    }
}

/// Checks the settings of the probes that no application has, and adds their modules.
pub fn of_probes(stack: &mut Stack, document: &Document, found: &mut Vec<Diagnostic>) {
    let Some(prober) = stack.instance(catalog::PROBER) else { return };
    let mut tls = of_settings(prober);
    let urls = |key: &str| prober.settings.get(key).and_then(Value::as_array).into_iter().flatten();
    let https = ["http", "healthy"].iter().any(|key| urls(key).any(|url| url.as_str().is_some_and(is_https)));
    // An application with settings of its own does not use these.
    let health = || {
        let mut plain = document.config.apps.values().filter(|app| app.scrape.tls == Tls::default());
        plain.any(|app| app.health.as_deref().is_some_and(is_https))
    };
    let here = At::root().key("exporters").key(catalog::PROBER).key("tls");
    let unused =
        (!https && !health()).then_some(("no address of a probe begins with https://", "remove `tls`"));
    check(&tls, unused, document, &here, found);
    if tls == Tls::default() || unused.is_some() {
        return;
    }
    refer(stack, catalog::PROBER, &mut tls, "probe", &here);
    for base in HTTP_MODULES {
        stack.probe_modules.push(ProbeModule { name: format!("{base}_tls"), base, tls: Some(tls.clone()) });
    }
}

/// The module for URLs: that of the application, when it has settings of its own; otherwise that of all probes; otherwise
/// the plain one.
pub fn module(
    stack: &mut Stack,
    base: &'static str,
    urls: &[String],
    app: Option<(&str, &Tls, &At)>,
) -> String {
    if !urls.iter().any(|url| is_https(url)) {
        return base.to_owned();
    }
    if let Some((name, tls, here)) = app.filter(|(_, tls, _)| **tls != Tls::default()) {
        let mut tls = tls.clone();
        refer(stack, catalog::PROBER, &mut tls, &format!("app.{name}"), here);
        let module = format!("{base}_{name}");
        stack.probe_modules.push(ProbeModule { name: module.clone(), base, tls: Some(tls) });
        return module;
    }
    let general = format!("{base}_tls");
    if stack.probe_modules.iter().any(|module| module.name == general) { general } else { base.to_owned() }
}

/// The plain modules.
pub fn plain() -> Vec<ProbeModule> {
    HTTP_MODULES.iter().map(|base| ProbeModule { name: (*base).to_owned(), base, tls: None }).collect()
}

/// True for an address with TLS.
pub fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

fn of_settings(prober: &Instance) -> Tls {
    let text = |key: &str| prober.settings.get(key).and_then(Value::as_str).map(str::to_owned);
    Tls {
        ca_file: text("tls.ca_file"),
        cert_file: text("tls.cert_file"),
        key_file: text("tls.key_file"),
        server_name: text("tls.server_name"),
        // The default is there as well.
        insecure_skip_verify: prober
            .settings
            .get("tls.insecure_skip_verify")
            .and_then(Value::as_bool)
            .filter(|skip| *skip),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::model::stack::JobSource;
    use crate::resolve::{KnownImages, resolve};
    use crate::source;

    /// Findings; modules with what they verify; the module of each probe.
    fn of(text: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
        let (document, found) = source::read(text.as_bytes(), "stack.yml", &BTreeMap::new());
        assert_eq!(found, []);
        let (stack, found) = resolve(&document, None, &KnownImages::new());
        let place = |d: &crate::kernel::Diagnostic| d.place.as_ref().map_or(0, |place| place.line);
        let found = found.iter().filter(|d| d.code != "SC216");
        let mut found: Vec<String> =
            found.map(|d| format!("{} {} {}", place(d), d.code, d.message)).collect();
        found.sort();
        let module = |one: &crate::model::stack::ProbeModule| {
            format!("{} {}", one.name, serde_json::to_string(&one.tls).unwrap())
        };
        let used = stack.jobs.iter().filter_map(|job| match &job.source {
            JobSource::Blackbox { module, .. } => Some(format!("{} {module}", job.name)),
            _ => None,
        });
        (found, stack.probe_modules.iter().map(module).collect(), used.collect())
    }

    #[test]
    fn an_application_has_its_own_module_and_the_others_share_one() {
        let (found, modules, used) = of("\
exporters:
  blackbox:
    http: [\"https://a.example.net\"]
    healthy: [\"http://b.example.net\"]
    tls: {ca_file: ca.pem}
apps:
  shop: {health: \"https://shop:8443/health\", tls: {ca_file: shop.pem, server_name: shop.internal}}
  till: {health: \"https://till:8443/health\"}
");
        assert_eq!(found, [""; 0]);
        assert_eq!(
            modules,
            [
                "http_2xx null",
                "http_healthy null",
                "http_2xx_tls {\"ca_file\":\"/etc/stackctl/current/tls/probe.ca.pem\"}",
                "http_healthy_tls {\"ca_file\":\"/etc/stackctl/current/tls/probe.ca.pem\"}",
                "http_healthy_shop {\"ca_file\":\"/etc/stackctl/current/tls/app.shop.ca.pem\",\"server_name\":\"shop.internal\"}",
            ]
        );
        assert_eq!(
            used,
            [
                "blackbox-http http_2xx_tls",
                "blackbox-healthy http_healthy",
                "blackbox-shop http_healthy_shop",
                "blackbox-till http_healthy_tls",
            ]
        );
    }

    #[test]
    fn without_settings_there_are_the_plain_modules_only() {
        let (found, modules, used) = of(
            "exporters: {blackbox: {http: [\"https://a.example.net\"]}}\napps: {a: {health: \"https://a/\"}}\n",
        );
        assert_eq!(found, [""; 0]);
        assert_eq!(modules, ["http_2xx null", "http_healthy null"]);
        assert_eq!(used, ["blackbox-http http_2xx", "blackbox-a http_healthy"]);
    }

    #[test]
    fn what_verifies_nothing_or_has_no_effect_is_said() {
        let (found, modules, _) = of("\
exporters:
  blackbox:
    http: [\"http://a.example.net\"]
    tls: {ca_file: ca.pem}
apps:
  shop: {targets: [\"shop:80\"], tls: {ca_file: a.pem}}
  till: {health: \"https://till/\", tls: {insecure_skip_verify: true}}
  desk: {targets: [\"desk:80\"], scheme: https, tls: {cert_file: a.pem}}
");
        assert_eq!(
            found,
            [
                "4 SC552 `tls` has no effect: no address of a probe begins with https://",
                "6 SC552 `tls` has no effect: the target is scraped without TLS",
                "7 SC556 `insecure_skip_verify` accepts every certificate, also a forged one",
                "8 SC551 `cert_file` without `key_file`",
            ]
        );
        assert!(modules.iter().any(|module| module.starts_with("http_healthy_till ")), "{modules:?}");
    }
}
