//! Tera set up so that Prometheus's own `{{ }}` passes through and nothing is escaped behind our back.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tera::{Delimiters, ErrorKind, Kwargs, State, Tera, TeraResult, Value};

use super::assets::Asset;
use super::context::{self, Context};
use super::yaml;
use crate::kernel::{Diagnostic, Place, Version, units};

/// Fills a template.
pub fn fill(asset: &Asset, context: &Context) -> Result<String, Diagnostic> {
    let name = asset.origin.as_str();
    let text = text(asset)?;
    render(name, text, context).map_err(|mistake| diagnostic(&mistake, name, text))
}

/// The text of a template.
pub fn text(asset: &Asset) -> Result<&str, Diagnostic> {
    let name = &asset.origin;
    std::str::from_utf8(&asset.bytes)
        .map_err(|_| Diagnostic::error("SC301", format!("`{name}` is not UTF-8")).hint("save it as UTF-8"))
}

/// Why a template cannot be filled, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mistake {
    /// Why.
    pub message: String,
    /// Line, column and width, counted from 1; none when the whole template is meant.
    pub at: Option<(usize, usize, usize)>,
}

/// Fills the text of a template.
pub fn render(name: &str, text: &str, context: &Context) -> Result<String, Mistake> {
    let engine = || -> TeraResult<Tera> {
        let mut tera = Tera::new();
        tera.set_delimiters(Delimiters {
            block_start: "[%".into(),
            block_end: "%]".into(),
            variable_start: "[[".into(),
            variable_end: "]]".into(),
            comment_start: "[#".into(),
            comment_end: "#]".into(),
        })?;
        tera.autoescape_on(Vec::<&str>::new());
        tera.register_filter("yaml", as_yaml);
        tera.register_filter("block", as_block);
        tera.register_filter("dollars", |text: &str, _: Kwargs, _: &State<'_>| text.replace('$', "$$"));
        tera.register_filter("number", as_number);
        tera.register_filter("time_value", as_time_value);
        tera.register_filter("duration", as_duration);
        tera.register_filter("round", round);
        tera.register_test("since", since);
        tera.add_raw_template(name, text)?;
        Ok(tera)
    };
    engine().and_then(|tera| tera.render(name, &context.values()?)).map_err(|error| mistake(&error))
}

fn as_yaml(value: &Value, _: Kwargs, _: &State<'_>) -> TeraResult<String> {
    if value.is_undefined() {
        return Err(tera::Error::message("this value is not defined"));
    }
    serde_json::to_value(value)
        .map(|value| yaml::scalar(&value))
        .map_err(|e| tera::Error::message(e.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn as_block(value: &Value, kwargs: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let indent: usize = kwargs.must_get("indent")?;
    serde_json::to_value(value)
        .map(|value| yaml::block(&value, indent))
        .map_err(|e| tera::Error::message(e.to_string()))
}

/// A number as `PromQL` and YAML write it: no exponent, no trailing zeros.
fn as_number(value: &Value, _: Kwargs, _: &State<'_>) -> TeraResult<String> {
    number(value, "number").map(|number| format!("{number}"))
}

fn number(value: &Value, filter: &str) -> TeraResult<f64> {
    let number = serde_json::to_value(value).ok().and_then(|value| value.as_f64());
    number.ok_or_else(|| tera::Error::message(format!("`{filter}` wants a number")))
}

/// Seconds as people read them: `5m`, `50ms`, `2.5s`.
fn as_duration(value: &Value, _: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let seconds = number(value, "duration")?;
    let plain = Duration::try_from_secs_f64(seconds).ok().filter(|duration| {
        let unit = if seconds < 1.0 { 1_000_000 } else { 1_000_000_000 };
        duration.as_nanos().is_multiple_of(unit)
    });
    Ok(plain.map_or_else(|| format!("{seconds}s"), units::format_duration))
}

/// A duration as Elasticsearch writes it: one number with one unit, days at most.
fn as_time_value(text: &str, _: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let duration =
        units::parse_duration(text).ok_or_else(|| tera::Error::message("`time_value` wants a duration"))?;
    let millis = duration.as_millis();
    let (unit, length) = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
        .into_iter()
        .find(|(_, length)| millis.is_multiple_of(*length))
        .unwrap_or(("ms", 1));
    Ok(format!("{}{unit}", millis / length))
}

/// Tera's own `round`, except that a whole result is written without a fraction: `50`, not `50.0`.
#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn round(value: f64, kwargs: Kwargs, _: &State<'_>) -> TeraResult<Value> {
    let factor = 10_f64.powi(kwargs.get::<i32>("precision")?.unwrap_or_default());
    let scaled = value * factor;
    let rounded = match kwargs.get::<&str>("method")? {
        None => scaled.round(),
        Some("ceil") => scaled.ceil(),
        Some("floor") => scaled.floor(),
        Some(method) => {
            let message = format!("`round` knows the methods `ceil` and `floor`, not `{method}`");
            return Err(tera::Error::message(message));
        }
    };
    Ok(Value::from_serializable(&context::whole(rounded / factor)))
}

/// `[% if prometheus is since(version="3.0") %]`; a component that is not in the stack has no version and is since nothing.
#[expect(clippy::needless_pass_by_value, reason = "Tera hands arguments over by value")]
fn since(value: &str, kwargs: Kwargs, _: &State<'_>) -> TeraResult<bool> {
    let wanted: String = kwargs.must_get("version")?;
    Ok(match value {
        "" => false,
        // An image named by digest: taken for the newest.
        text => Version::parse(text).is_none_or(|version| version.since(&wanted)),
    })
}

fn mistake(error: &tera::Error) -> Mistake {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => {
            let span = report.span();
            let one_line = span.end_line == span.start_line;
            let width = if one_line { (span.end_col - span.start_col).max(1) } else { 1 };
            let at = Some((span.start_line.max(1), span.start_col + 1, width));
            Mistake { message: report.message().to_owned(), at }
        }
        other => Mistake { message: other.to_string(), at: None },
    }
}

/// The finding about a template that cannot be filled.
pub fn diagnostic(mistake: &Mistake, name: &str, text: &str) -> Diagnostic {
    let place = mistake.at.map(|(line, column, width)| Place {
        file: name.into(),
        line,
        column,
        width,
        text: Arc::from(text.lines().nth(line - 1).unwrap_or_default()),
    });
    let message = format!("the template `{name}` cannot be filled: {}", mistake.message);
    Diagnostic::error("SC301", message).at(place).hint(
        "templates use [[ value ]] and [% if %]; `stackctl render --eject DIR` writes the shipped ones out to compare with",
    )
}

#[test]
fn thresholds_read_well() {
    let written = |template: &str, number: f64| {
        let bytes = template.as_bytes().to_vec();
        let mut context = Context::new();
        context.insert("t", &context::whole(number));
        fill(&Asset { bytes, origin: "test".to_owned() }, &context).unwrap()
    };
    let seconds = [0.0005, 0.05, 0.29, 1.0, 2.5, 90.0, 3600.0, 86_400.0];
    assert_eq!(
        seconds.map(|number| written("[[ t | duration ]]", number)),
        ["0.0005s", "50ms", "290ms", "1s", "2.5s", "1m30s", "1h", "1d"]
    );
    let ratios = [0.0005, 0.07, 0.29, 0.5, 0.985, 1.0];
    assert_eq!(
        ratios.map(|number| written("[[ (t * 100) | round(precision=4) ]]%", number)),
        ["0.05%", "7%", "29%", "50%", "98.5%", "100%"]
    );
}
