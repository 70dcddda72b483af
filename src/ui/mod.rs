//! The only voice: reports to stdout, talk to stderr, in words or as JSON. Knows words and nouns, no stories.

mod about;
mod addressed;
mod ascii;
mod diagnostic;
mod failure;
mod markdown;
mod plain;
mod printer;
mod progress;
mod prompt;
mod style;
mod table;
mod views;
mod wrap;

use serde::Serialize;

use crate::kernel::{Diagnostic, Event, Prompt, Secret, Sink, text};
use crate::model::report::Failure;

pub use printer::Printer;
pub use style::{Color, Style};
pub use views::View;

/// How reports are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Words and tables.
    Human,
    /// One JSON document per command, one object per line for streams.
    Json,
}

/// How much is said beside the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// Progress, notes and warnings.
    Normal,
    /// Also the plan and every step.
    Verbose,
}

/// Tells of a bug on stderr, also when no voice was made yet.
pub fn tell_bug(reason: &str, place: &str) {
    let printer = Printer::new();
    let style = Style::choose(Color::Auto, printer.err_width());
    printer.err(&failure::bug(reason, place, style));
}

/// Prints why the command line was refused, also when no voice was made yet.
pub fn usage_error(message: &str) {
    let printer = Printer::new();
    let style = Style::choose(Color::Auto, printer.err_width());
    let message = text::brief(message.to_owned());
    match message.strip_prefix("error:") {
        Some(rest) => printer.err(&format!("{}:{rest}", style.red("error"))),
        None => printer.err(&message),
    }
}

/// The voice of one run.
pub struct Ui {
    format: Format,
    verbosity: Verbosity,
    printer: Printer,
    out: Style,
    err: Style,
    talk: Box<dyn progress::Talk>,
    context: about::Context,
    addressed: addressed::Addressed,
}

impl Ui {
    /// Chooses how to speak: live lines on a terminal, plain ones elsewhere, none besides JSON.
    pub fn new(format: Format, color: Color, verbosity: Verbosity) -> Self {
        let printer = Printer::new();
        let out = Style::choose(color, printer.out_width());
        let err = Style::choose(color, printer.err_width());
        let live =
            format == Format::Human && err.width().is_some() && err.moves() && verbosity >= Verbosity::Normal;
        let talk: Box<dyn progress::Talk> =
            if live { Box::new(progress::Live::new(err)) } else { Box::new(plain::Plain::new(printer, err)) };
        let (context, addressed) = (about::Context::default(), addressed::Addressed::default());
        Self { format, verbosity, printer, out, err, talk, context, addressed }
    }

    /// The same voice, whose next steps carry these options.
    #[must_use]
    pub fn with_options(mut self, options: &str) -> Self {
        self.addressed = addressed::Addressed::new(options);
        self
    }

    /// True when reports are JSON.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints a report.
    pub fn report<R: Serialize + View>(&self, report: &R) {
        self.talk.finish();
        match self.format {
            Format::Json => {
                let named = self.context.name(report);
                self.printer.json(&named.as_ref().map_or_else(|| json(report), json));
            }
            Format::Human => {
                let told = report.aside();
                if self.verbosity >= Verbosity::Normal {
                    self.diagnostics(report.diagnostics());
                    for line in told {
                        self.printer.err(&self.err.paint_line(&self.addressed.text(&line)));
                    }
                } else {
                    let errors: Vec<Diagnostic> =
                        report.diagnostics().iter().filter(|d| d.is_error()).cloned().collect();
                    self.diagnostics(&errors);
                    if let Some(lines) = report.errors() {
                        lines.iter().for_each(|line| self.printer.err(&self.err.paint_line(line)));
                        return;
                    }
                }
                let view = report.view(self.out);
                if report.is_verbatim() {
                    self.printer.verbatim(&view);
                } else {
                    self.printer.out(&self.addressed.text(&view));
                }
                self.name_stack(report.names_stack());
            }
        }
    }

    /// Names the stack and the daemon on stderr, before a stream.
    pub fn name_stack_beside(&self) {
        if self.format == Format::Human {
            self.name_stack(false);
        }
    }

    /// The last line of a report; beside it where the report is a text that programs read.
    fn name_stack(&self, in_report: bool) {
        if in_report {
            self.context.line(self.out).iter().for_each(|line| self.printer.out(line));
        } else if self.verbosity >= Verbosity::Normal {
            self.context.line(self.err).iter().for_each(|line| self.printer.err(line));
        }
    }

    /// Prints text that is the answer itself: a completion script, a schema, a rendered tree.
    pub fn text(&self, text: &str) {
        self.talk.finish();
        self.printer.verbatim(text);
    }

    /// Prints one line of a stream; false when nobody reads any more.
    pub fn stream(&self, json: impl FnOnce() -> String, human: impl FnOnce(Style) -> String) -> bool {
        match self.format {
            Format::Json => self.printer.json(&format!("{}\n", printer::safe_json(&json()))),
            Format::Human => self.printer.stream(&format!("{}\n", human(self.out))),
        }
    }

    /// Prints a report that is replaced by the next one: on a terminal the screen begins anew, elsewhere a title keeps the
    /// reports apart. As JSON it is one line.
    pub fn redraw<R: Serialize + View>(&self, report: &R) {
        if self.format == Format::Json {
            let named = self.context.name(report);
            let line = named.as_ref().map_or_else(|| serde_json::to_string(report), serde_json::to_string);
            self.printer.json(&format!("{}\n", line.unwrap_or_default()));
            return;
        }
        if self.out.width().is_some() && self.out.moves() {
            self.printer.clear();
        }
        if let Some(title) = report.title() {
            self.printer.out(&format!("{}\n\n", self.out.bold(&title)));
        }
        self.report(report);
    }

    /// Prints findings.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        let with_address = |found: &Diagnostic| {
            let hint = found.hint.as_ref().map(|hint| self.addressed.text(hint).into_owned());
            Diagnostic { hint, ..found.clone() }
        };
        let addressed: Vec<Diagnostic> = diagnostics.iter().map(with_address).collect();
        diagnostic::render(&addressed, self.err).for_each(|text| self.printer.err(&text));
    }

    /// Prints why the command stopped.
    pub fn failure(&self, failure: &Failure) {
        self.talk.finish();
        let hint = failure.hint.as_ref().map(|hint| self.addressed.text(hint).into_owned());
        let failure = &Failure { hint, ..failure.clone() };
        match self.format {
            Format::Json => {
                let error = serde_json::json!({ "error": failure });
                let named = self.context.name(&error);
                self.printer.json(&named.as_ref().map_or_else(|| json(&error), json));
            }
            Format::Human => {
                self.diagnostics(&failure.diagnostics);
                self.printer.err(&failure::render(failure, self.err));
            }
        }
    }

    /// Says something beside the report.
    pub fn say(&self, text: &str) {
        if self.format == Format::Human && self.verbosity >= Verbosity::Normal {
            self.printer.err(&self.err.fold(&format!("{}\n", self.addressed.text(text))));
        }
    }

    /// True when every step is to be told.
    pub fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// Asks a question on the terminal; no terminal means no.
    pub fn confirm(&self, question: &str) -> bool {
        self.talk.finish();
        self.printer.confirm(&self.err.fold(&format!("{question} [y/N] ")))
    }
}

impl Sink for Ui {
    fn send(&self, event: Event) {
        let note = self.context.take(&event);
        if self.format == Format::Human && self.verbosity >= Verbosity::Normal {
            self.talk.take(&brief(match note.unwrap_or(event) {
                Event::Note { message } => {
                    Event::Note { message: self.addressed.text(&message).into_owned() }
                }
                Event::Warning { message } => {
                    Event::Warning { message: self.addressed.text(&message).into_owned() }
                }
                other => other,
            }));
        }
    }
}

/// The same event with long values cut.
fn brief(event: Event) -> Event {
    match event {
        Event::Note { message } => Event::Note { message: text::brief(message) },
        Event::Warning { message } => Event::Warning { message: text::brief(message) },
        Event::Finished { subject, outcome, detail, elapsed } => {
            Event::Finished { subject, outcome, detail: text::brief(detail), elapsed }
        }
        other => other,
    }
}

fn json<T: Serialize>(value: &T) -> String {
    let mut text = printer::safe_json(&serde_json::to_string_pretty(value).unwrap_or_default());
    text.push('\n');
    text
}

impl Prompt for Ui {
    fn is_interactive(&self) -> bool {
        self.printer.is_interactive()
    }

    fn secret(&self, question: &str) -> Option<Secret> {
        self.talk.finish();
        self.printer.secret(question)
    }
}
