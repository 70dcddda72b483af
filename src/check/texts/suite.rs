//! Every text and template of the user as files for amtool: what is executed together, and what a report means.
//!
//! A text becomes a file, because a report names the file, and several texts share one run. A text that defines templates
//! has a run of its own: its definitions must not be seen by the others.

use std::collections::BTreeSet;

use super::samples::Sample;
use super::{ReceiverText, message, names};
use crate::catalog;
use crate::check::text_place::Lines;
use crate::check::{files, templates};
use crate::kernel::{Diagnostic, Place, Severity, digest, text};
use crate::model::artifact::Artifact;
use crate::model::component::Content;
use crate::model::stack::{CONFIG_DIRECTORY, Stack};
use crate::render::Assets;
use crate::source::Document;

/// Directory of the texts beside the notification templates, and the file with the sample.
const TEXTS: &str = "texts";
const SAMPLE: &str = "sample.json";

/// Everything that is executed.
pub struct Suite<'a> {
    document: &'a Document,
    subjects: Vec<Subject>,
    templates: Vec<&'a Artifact>,
    defined: BTreeSet<String>,
}

/// One text.
struct Subject {
    text: String,
    html: bool,
    of: Of,
    /// Other ways to call it: one of them must work.
    others: Vec<usize>,
}

/// Where a text is from.
enum Of {
    Receiver(ReceiverText),
    /// A template of the user that nothing uses, called with each kind of data that it may be meant for.
    Unused(String),
}

/// Subjects that are executed in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    subjects: Vec<usize>,
    html: bool,
}

impl Group {
    /// A name that no other group has at the same time: its first subject.
    pub fn label(&self) -> String {
        let first = self.subjects.first().map_or_else(|| "none".to_owned(), ToString::to_string);
        format!("{}{first}", if self.html { "html" } else { "text" })
    }
}

/// What a failed run means.
#[derive(Debug)]
pub enum Failed {
    /// This subject of the group is wrong; the others have not been executed.
    Subject(usize, Diagnostic),
    /// A template file cannot be read: nothing can be executed.
    Unreadable(Diagnostic),
    /// One of the subjects uses something that fails: each must have a run of its own.
    Unclear(Diagnostic),
}

impl<'a> Suite<'a> {
    /// What the user wrote; none when every text and template is a shipped one.
    pub fn new(document: &'a Document, stack: &Stack, artifacts: &'a [Artifact]) -> Option<Self> {
        let templates = files::of(stack, artifacts, Content::NotificationTemplates);
        let users: Vec<&Artifact> = templates.iter().copied().filter(|file| is_users(file)).collect();
        let (mut defined, mut used, mut by_user) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for file in &templates {
            let actions = file.text().and_then(|text| templates::actions(text).ok())?;
            let new = names(&actions, &["define", "block"]);
            if users.iter().any(|users| std::ptr::eq(*users, *file)) {
                by_user.extend(new.iter().cloned());
            }
            defined.extend(new);
            used.extend(names(&actions, &["template", "block"]));
        }
        let all = super::of(document);
        for text in &all {
            used.extend(names(&templates::actions(&text.text).unwrap_or_default(), &["template", "block"]));
        }
        by_user.retain(|name| !used.contains(name) && !is_shipped(name));
        let wanted = |text: &ReceiverText| {
            (text.users || !users.is_empty()) && text.refused(&defined, document).is_none()
        };
        let receivers = all.into_iter().filter(wanted).map(|text| Subject {
            text: text.text.clone(),
            html: text.html,
            of: Of::Receiver(text),
            others: Vec::new(),
        });
        let mut subjects: Vec<Subject> = receivers.collect();
        by_user.into_iter().for_each(|name| add_unused(&mut subjects, &name));
        let nothing = subjects.is_empty() && users.is_empty();
        (!nothing).then_some(Self { document, subjects, templates, defined })
    }

    /// What is executed first: everything, in as few runs as possible.
    pub fn groups(&self) -> Vec<Group> {
        let defines = |subject: &Subject| {
            let actions = templates::actions(&subject.text).unwrap_or_default();
            !names(&actions, &["define", "block"]).is_empty()
        };
        let others: Vec<usize> = self.subjects.iter().flat_map(|subject| subject.others.clone()).collect();
        let mut groups = Vec::new();
        for html in [false, true] {
            let mine = |(index, subject): &(usize, &Subject)| subject.html == html && !others.contains(index);
            let (alone, together): (Vec<_>, Vec<_>) =
                self.subjects.iter().enumerate().filter(mine).partition(|(_, subject)| defines(subject));
            let together: Vec<usize> = together.into_iter().map(|(index, _)| index).collect();
            // Without a text the templates are read all the same.
            if !together.is_empty() || (!html && self.subjects.is_empty()) {
                groups.push(Group { subjects: together, html });
            }
            groups.extend(alone.into_iter().map(|(index, _)| Group { subjects: vec![index], html }));
        }
        groups
    }

    /// The digest of everything that a verdict depends on, except the image.
    pub fn digest(&self, samples: &[Sample]) -> String {
        let templates = self.templates.iter().flat_map(|file| [file.path.as_bytes(), file.bytes.as_slice()]);
        let texts = self.subjects.iter().flat_map(|subject| {
            let engine: &[u8] = if subject.html { b"html" } else { b"text" };
            [subject.text.as_bytes(), engine]
        });
        let samples: Vec<Vec<u8>> = samples.iter().map(Sample::json).collect();
        digest::short(templates.chain(texts).chain(samples.iter().map(Vec::as_slice)))
    }

    /// The files of a run.
    pub fn files(&self, group: &Group, sample: &Sample) -> Vec<(String, Vec<u8>)> {
        let templates = self.templates.iter().map(|file| (file.path.clone(), file.bytes.clone()));
        let texts = group.subjects.iter().filter_map(|index| {
            let subject = self.subjects.get(*index)?;
            Some((format!("{TEXTS}/{}", name(*index)), subject.text.clone().into_bytes()))
        });
        templates.chain(texts).chain([(SAMPLE.to_owned(), sample.json())]).collect()
    }

    /// The command of a run.
    pub fn command(&self, group: &Group) -> Vec<String> {
        let mut globs: Vec<String> = self
            .templates
            .iter()
            .filter_map(|file| Some(format!("{CONFIG_DIRECTORY}/{}/*.tmpl", file.path.rsplit_once('/')?.0)))
            .collect();
        globs.dedup();
        globs.push(format!("{CONFIG_DIRECTORY}/{TEXTS}/*"));
        let call = |index: &usize| format!("{{{{ template \"{}\" . }}}}", name(*index));
        let calls = group.subjects.iter().map(call).collect::<Vec<_>>().concat();
        let flags = globs.into_iter().map(|glob| format!("--template.glob={glob}"));
        let program = catalog::RENDER_TEXT.iter().map(|word| (*word).to_owned());
        let engine = if group.html { "html" } else { "text" };
        let rest = [
            format!("--template.data={CONFIG_DIRECTORY}/{SAMPLE}"),
            format!("--template.type={engine}"),
            // An empty text counts as a missing flag.
            format!("--template.text={calls} "),
        ];
        program.chain(flags).chain(rest).collect()
    }

    /// What amtool's report about a run means.
    pub fn failed(&self, group: &Group, sample: (usize, &Sample), output: &str) -> Failed {
        let report = message::parse(output);
        let with = if sample.0 == 0 { String::new() } else { format!(" with {}", sample.1.name) };
        let culprit = group.subjects.iter().copied().find(|index| name(*index) == report.file);
        let culprit = culprit.or(match group.subjects.as_slice() {
            [only] if report.file.is_empty() => Some(*only),
            _ => None,
        });
        if let Some(subject) = culprit.and_then(|index| Some((index, self.subjects.get(index)?))) {
            return Failed::Subject(subject.0, self.of_subject(subject.1, &report, &with));
        }
        let template = self.templates.iter().find(|file| file.path.ends_with(&format!("/{}", report.file)));
        let Some(template) = template else {
            let output = text::printable(output.trim());
            let message = format!("a text of a receiver cannot be executed{with}: {output}");
            return Failed::Unclear(Diagnostic::error("SC520", message).hint(report.hint(&self.defined)));
        };
        let finding = self.of_template(template, &report, &with);
        if report.executing.is_some() || group.html {
            Failed::Unclear(finding)
        } else {
            Failed::Unreadable(finding)
        }
    }

    /// The subjects of a group, each with a group of its own.
    pub fn single(group: &Group) -> Vec<(usize, Group)> {
        let one = |index: &usize| (*index, Group { subjects: vec![*index], html: group.html });
        group.subjects.iter().map(one).collect()
    }

    /// The group without these subjects; none when nothing is left.
    pub fn without(group: &Group, failed: &[usize]) -> Option<Group> {
        let subjects: Vec<usize> =
            group.subjects.iter().copied().filter(|index| !failed.contains(index)).collect();
        (!subjects.is_empty() || group.subjects.is_empty()).then_some(Group { subjects, html: group.html })
    }

    /// Groups of one subject that are other ways to call this one.
    pub fn others(&self, index: usize) -> Vec<Group> {
        let others = self.subjects.get(index).map(|subject| subject.others.as_slice()).unwrap_or_default();
        others.iter().map(|other| Group { subjects: vec![*other], html: false }).collect()
    }

    /// The finding about a run of one subject as it is to be reported: a template that nothing uses stops nothing.
    pub fn of_single(&self, index: usize, found: Diagnostic) -> Diagnostic {
        match self.subjects.get(index).map(|subject| &subject.of) {
            Some(Of::Unused(_)) => Diagnostic { severity: Severity::Warning, ..found },
            _ => found,
        }
    }

    /// The finding about a subject that did not end.
    pub fn too_slow(&self, index: usize, seconds: u64) -> Option<Diagnostic> {
        let subject = self.subjects.get(index)?;
        let message = format!("{} was not executed within {seconds} s", Self::named(subject));
        Some(
            Diagnostic::error("SC520", message)
                .at(self.place(subject))
                .hint("shorten its loops: Alertmanager gives up a notification that takes so long"),
        )
    }

    fn of_subject(&self, subject: &Subject, report: &message::Report, with: &str) -> Diagnostic {
        let line = match report.line {
            Some(line) if subject.text.trim_end().contains('\n') => format!(" (line {line} of the text)"),
            _ => String::new(),
        };
        let named = Self::named(subject);
        let message = format!("{named} cannot be executed{with}{line}: {}", text::printable(&report.reason));
        let place = self.place(subject).map(|place| match report.word() {
            Some(word) => message::narrow(place, &word),
            None => place,
        });
        Diagnostic::error("SC520", message).at(place).hint(report.hint(&self.defined))
    }

    fn of_template(&self, file: &Artifact, report: &message::Report, with: &str) -> Diagnostic {
        let lines = Lines::new(&file.origin, file.text().unwrap_or_default());
        let place = lines.place(report.line.unwrap_or(1), report.column.unwrap_or(1), 1);
        let place = match report.word() {
            Some(word) => message::narrow(place, &word),
            None => place,
        };
        let subject = match &report.executing {
            Some(name) => {
                format!("the notification template `{}` cannot be executed{with}", text::shown(name))
            }
            None => "the notification template cannot be read by Alertmanager".to_owned(),
        };
        let message = format!("{subject}: {}", text::printable(&report.reason));
        Diagnostic::error("SC520", message).at(place).hint(report.hint(&self.defined))
    }

    fn named(subject: &Subject) -> String {
        match &subject.of {
            Of::Receiver(text) => format!("the text `{}`", text::shown(&text.name)),
            Of::Unused(name) => format!("the notification template `{}`", text::shown(name)),
        }
    }

    fn place(&self, subject: &Subject) -> Option<Place> {
        match &subject.of {
            Of::Receiver(text) => self.document.value_place(&text.at),
            Of::Unused(_) => None,
        }
    }
}

/// A template that nothing uses may be meant for a notification, an alert, all alerts, labels or a text.
fn add_unused(subjects: &mut Vec<Subject>, name: &str) {
    let call = |data: &str| format!("{{{{ template {name:?} {data} }}}}");
    let each = format!("{{{{ range .Alerts }}}}{}{{{{ end }}}}", call("."));
    let others = [each, call(".Alerts"), call(".CommonLabels"), call("\"text\"")];
    let first = subjects.len();
    let subject = |text: String, others: Vec<usize>| Subject {
        text,
        html: false,
        of: Of::Unused(name.to_owned()),
        others,
    };
    subjects.push(subject(call("."), (first + 1..=first + others.len()).collect()));
    subjects.extend(others.into_iter().map(|text| subject(text, Vec::new())));
}

/// The name of a text's file, which amtool reports.
fn name(index: usize) -> String {
    format!("stackctl-text-{index}")
}

/// True when the file differs from the shipped one, or there is none.
fn is_users(file: &Artifact) -> bool {
    let path = format!("templates/{}/{}", file.component, file.path);
    Assets::default().get(&path).map_or(true, |shipped| shipped.bytes != file.bytes)
}

/// Shipped templates call each other with data of their own kind.
fn is_shipped(name: &str) -> bool {
    name.starts_with("stackctl.")
}
