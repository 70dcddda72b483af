//! Runbooks: their texts, and as pages.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, html};

use super::assets::{Asset, Assets};
use crate::model::artifact::Artifact;
use crate::model::stack::Stack;

/// Where runbooks are among the files.
pub const DIRECTORY: &str = "rules/runbooks/";

/// How their names end.
pub const ENDING: &str = ".md";

/// Where the runbook of an alert is.
pub fn path(alert: &str) -> String {
    format!("{DIRECTORY}{alert}{ENDING}")
}

/// How a page looks: in a window of any size, by day and by night, without anything from elsewhere.
const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--link:light-dark(#0757b5,#7ab7ff)}\
body{font:1rem/1.55 system-ui,sans-serif;margin:0}\
main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 4rem}\
h1{font-size:1.5rem;overflow-wrap:anywhere}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid var(--line)}\
a{color:var(--link)}code{font:.9em ui-monospace,monospace;background:#8882;padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}\
pre{overflow-x:auto;background:#8882;padding:.8rem;border-radius:4px}pre code{background:none;padding:0}\
li{margin:.35rem 0}nav{color:#888;border-bottom:1px solid var(--line);padding:.6rem 1rem}";

/// A page.
pub struct Page {
    /// Name of the alert.
    pub alert: String,
    /// What a browser shows.
    pub html: String,
    /// The runbook.
    pub asset: Asset,
}

/// The runbook of an alert; none when nobody has written one. Its commands name the addresses of the stack, when there is
/// one.
pub fn text(stack: Option<&Stack>, assets: &Assets, alert: &str) -> Option<(String, Asset)> {
    let asset = assets.get(&path(alert)).ok()?;
    let text = String::from_utf8_lossy(&asset.bytes).into_owned();
    let all = stack.map(|stack| stack.instances.as_slice()).unwrap_or_default();
    let below = all.iter().filter(|instance| !instance.prefix().is_empty());
    let text = below.fold(text, |text, instance| {
        let at_root = format!("http://localhost:{}", instance.spec.port);
        text.replace(&format!("{at_root} "), &format!("{at_root}{} ", instance.prefix()))
    });
    Some((text, asset))
}

/// The pages for the alerts of these rule files.
pub fn pages<'a>(
    stack: &Stack,
    assets: &Assets,
    rule_files: impl Iterator<Item = &'a Artifact>,
) -> Vec<Page> {
    if !stack.runbook_pages {
        return Vec::new();
    }
    let alerts: BTreeSet<String> =
        rule_files.flat_map(|file| names(file.text().unwrap_or_default())).collect();
    let page = |alert: String| {
        let (text, asset) = text(Some(stack), assets, &alert)?;
        Some(Page { html: page(&stack.name, &alert, &text), alert, asset })
    };
    alerts.into_iter().filter_map(page).collect()
}

/// Every word that may be the name of an alert: what has no runbook has no page.
fn names(rules: &str) -> impl Iterator<Item = String> {
    let values = rules.lines().filter_map(|line| line.split_once("alert:"));
    values.map(|(_, name)| name.trim().trim_matches(['"', '\'']).to_owned())
}

fn page(stack: &str, alert: &str, text: &str) -> String {
    let (stack, alert) = (escaped(stack), escaped(alert));
    // A text is not to bring anything that a browser carries out.
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
        other => other,
    });
    let mut body = String::new();
    html::push_html(&mut body, events);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{alert} · {stack}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <nav>{stack} · <a href=\"../../alerts?search={alert}\">this alert in Prometheus</a> · <a href=\"./\">all runbooks</a> · \
         in a terminal: <code>stackctl runbook {alert}</code></nav>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_page_is_the_text_and_nothing_that_a_browser_carries_out() {
        let html =
            page("shop", "A\"B", "# Title\n\n- `a < b`\n\n<script>alert(1)</script> and <b>bold</b>\n");
        assert!(html.starts_with("<!DOCTYPE html>"), "Prometheus tells browsers what it is by that: {html}");
        assert!(html.contains("<h1>Title</h1>") && html.contains("<li><code>a &lt; b</code></li>"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
        assert!(html.contains("<title>A&quot;B · shop</title>"), "{html}");
    }
}
