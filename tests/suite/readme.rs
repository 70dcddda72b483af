//! The README's tables say what the code says. `STACKCTL_UPDATE=1 cargo test readme` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use stackctl::model::component::Publish;
use stackctl::{catalog, cli, kernel::Exit, ops};

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// Compares what stands between `<!-- name -->` and `<!-- /name -->` with what the code says.
fn table(name: &str, expected: &str) {
    let text = fs::read_to_string(path()).unwrap();
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let from = text.find(&begin).unwrap_or_else(|| panic!("README.md has no {begin}")) + begin.len();
    let to = text.find(&end).unwrap_or_else(|| panic!("README.md has no {end}"));
    if std::env::var_os("STACKCTL_UPDATE").is_some() {
        fs::write(path(), format!("{}{expected}{}", &text[..from], &text[to..])).unwrap();
        return;
    }
    assert_eq!(&text[from..to], expected, "run `STACKCTL_UPDATE=1 cargo test readme`");
}

/// One test, because all of them write the same file when asked to.
#[test]
fn the_tables_are_what_the_code_says() {
    table("commands", &commands());
    table("exit-codes", &exit_codes());
    table("components", &components());
    table("settings", &settings());
    table("receivers", &receivers());
}

fn commands() -> String {
    let definition = cli::definition();
    let rows = definition.get_subcommands().filter(|c| c.get_name() != "help").map(|command| {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        format!("| `stackctl {}` | {about} |\n", command.get_name())
    });
    format!("| command | does |\n|---|---|\n{}", rows.collect::<String>())
}

fn exit_codes() -> String {
    let rows = Exit::ALL.iter().map(|exit| format!("| {} | {} |\n", exit.code(), exit.meaning()));
    format!("| code | meaning |\n|---|---|\n{}", rows.collect::<String>())
}

fn components() -> String {
    let rows = catalog::COMPONENTS.iter().map(|row| {
        let place = row.kind.place_of(row.name);
        let port = match row.publish {
            Publish::At(port) => format!("{port}"),
            Publish::Inside => format!("{} inside", row.port),
        };
        let default = if row.default_on { "yes" } else { "" };
        let package = row.image.debian.map_or("–", |debian| debian.package);
        format!(
            "| `{place}` | {} | {} | {} | {package} | {port} | {default} |\n",
            row.title, row.image.repository, row.image.tag
        )
    });
    format!(
        "| in stack.yml | component | image | tag | Debian package | port | by default |\n|---|---|---|---|---|---|---|\n{}",
        rows.collect::<String>()
    )
}

fn settings() -> String {
    let mut out = String::from("| setting | what it is for |\n|---|---|\n");
    for row in ops::components().rows {
        for (key, doc) in row.settings {
            out.push_str(&format!("| `{}.{key}` | {doc} |\n", row.place));
        }
    }
    out
}

fn receivers() -> String {
    let mut out = String::from("| setting | what it is for |\n|---|---|\n");
    for row in ops::receivers().rows {
        for (key, doc) in row.settings {
            let doc = doc.replace("{{", "`{{").replace("}}", "}}`");
            out.push_str(&format!("| `{}.{key}` | {doc} |\n", row.name));
        }
    }
    out
}
