//! The README's tables say what the code says. `STACKCTL_UPDATE=1 cargo test readme` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use stackctl::model::component::Publish;
use stackctl::model::shape::{Field, Kind as Kinds};
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
    table("packs", &packs());
    table("settings", &settings());
    table("file", &file());
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

fn packs() -> String {
    let rows = catalog::PACKS.iter().map(|pack| {
        let jobs: Vec<String> =
            pack.parts.iter().map(|part| format!("{} :{}{}", part.name, part.port, part.path)).collect();
        let exporters = if pack.exporters.is_empty() { "–".to_owned() } else { pack.exporters.join(", ") };
        format!(
            "| `{}` | {} | {} | {exporters} | {} |\n",
            pack.name,
            pack.title,
            jobs.join(", "),
            pack.dashboards.len()
        )
    });
    format!(
        "| pack and preset | system | jobs | exporters | dashboards |\n|---|---|---|---|---|\n{}",
        rows.collect::<String>()
    )
}

/// The keys of `stack.yml` that belong to no component and no integration.
fn file() -> String {
    let mut out = String::from("| setting | what it is for |\n|---|---|\n");
    for field in catalog::STACK_FILE {
        describe(field.key, field, &mut out);
    }
    for field in catalog::CUSTOM {
        describe(&format!("exporters.custom.<name>.{}", field.key), field, &mut out);
    }
    out
}

fn describe(path: &str, field: &Field, out: &mut String) {
    let inner = match field.kind {
        Kinds::Object(fields) => Some((fields, path.to_owned())),
        Kinds::NamedMap(Kinds::Object(fields) | Kinds::OneOrMany(Kinds::Object(fields))) => {
            Some((*fields, format!("{path}.<name>")))
        }
        Kinds::List(Kinds::Object(fields)) => Some((*fields, format!("{path}[]"))),
        // Components and integrations have tables of their own.
        Kinds::Rows(_) | Kinds::NamedMap(Kinds::Rows(_)) => return,
        _ => None,
    };
    if let Some((fields, path)) = inner {
        for field in fields {
            describe(&format!("{path}.{}", field.key), field, out);
        }
        return;
    }
    let default = field.default.map(|value| format!(" [default: {value}]")).unwrap_or_default();
    let required = if field.required { " [required]" } else { "" };
    out.push_str(&format!("| `{path}` | {}{default}{required} |\n", field.doc));
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
        out.push_str(&format!("| **{}** | {}: {} |\n", row.name, row.title, row.summary));
        for (key, doc) in row.settings {
            let doc = doc.replace("{{", "`{{").replace("}}", "}}`");
            out.push_str(&format!("| `{}.{key}` | {doc} |\n", row.name));
        }
    }
    out
}
