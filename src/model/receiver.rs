//! The shape of a notification integration's row: how `stack.yml` and Alertmanager name its parts.

use super::shape::{Kind, SecretContent};

/// One integration of Alertmanager.
#[derive(Debug)]
pub struct Integration {
    /// Key under a receiver in `stack.yml`.
    pub key: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Key under a receiver in `alertmanager.yml`.
    pub section: &'static str,
    /// First version of Alertmanager that knows it.
    pub since: Option<&'static str>,
    /// What Alertmanager says about `send_resolved` when nothing is set.
    pub send_resolved: bool,
    /// Its own settings.
    pub settings: &'static [Setting],
    /// Settings it has in common with others.
    pub shared: &'static [Setting],
    /// At least one of each group must be there.
    pub required: &'static [&'static [&'static str]],
    /// At most one of each group may be there.
    pub exclusive: &'static [&'static [&'static str]],
    /// Paths and values written unless a setting says otherwise.
    pub always: &'static [(&'static str, &'static str)],
    /// What people trip over.
    pub notes: &'static [&'static str],
}

impl Integration {
    /// Every setting, its own first.
    pub fn all(&self) -> impl Iterator<Item = &'static Setting> + use<> {
        self.settings.iter().chain(self.shared)
    }
}

/// Which of Alertmanager's two template engines executes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// Plain text.
    Text,
    /// HTML: every value is escaped for the place it is written to.
    Html,
    /// HTML when another setting of the integration has this value.
    HtmlWhen(&'static str, &'static str),
}

/// One setting of an integration.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Key in `stack.yml`.
    pub key: &'static str,
    /// Path in the integration's section; dots descend.
    pub target: &'static str,
    /// What the value may be. A [`Kind::SecretFile`] becomes the path of the delivered file.
    pub kind: Kind,
    /// First version of Alertmanager that knows it.
    pub since: Option<&'static str>,
    /// Written when `stack.yml` says nothing.
    pub default: Option<&'static str>,
    /// Paths and values written when `stack.yml` says it.
    pub with: &'static [(&'static str, &'static str)],
    /// Settings it does not work without.
    pub needs: &'static [&'static str],
    /// The only value that asks for them; none when every value does.
    pub needs_when: Option<&'static str>,
    /// Alertmanager reads the file only when it loads its configuration: a new secret asks for a reload.
    pub at_load: bool,
    /// How Alertmanager executes a text.
    pub markup: Markup,
    /// What the file of a [`Kind::SecretFile`] must hold.
    pub content: SecretContent,
    /// What it is for.
    pub doc: &'static str,
}

impl Setting {
    /// An optional setting without a default that every supported version knows.
    pub const fn new(key: &'static str, target: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            key,
            target,
            kind,
            since: None,
            default: None,
            with: &[],
            needs: &[],
            needs_when: None,
            at_load: false,
            markup: Markup::Text,
            content: SecretContent::Line,
            doc,
        }
    }

    /// The same setting, known since this version of Alertmanager.
    #[must_use]
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }

    /// The same setting with a default.
    #[must_use]
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The same setting, which brings further values.
    #[must_use]
    pub const fn with(mut self, values: &'static [(&'static str, &'static str)]) -> Self {
        self.with = values;
        self
    }

    /// The same setting, which does not work without others.
    #[must_use]
    pub const fn needs(mut self, settings: &'static [&'static str]) -> Self {
        self.needs = settings;
        self
    }

    /// The same setting, which does not work without others when it has this value.
    #[must_use]
    pub const fn needs_when(mut self, value: &'static str, settings: &'static [&'static str]) -> Self {
        self.needs_when = Some(value);
        self.needs(settings)
    }

    /// The same setting, whose file holds this.
    #[must_use]
    pub const fn content(mut self, content: SecretContent) -> Self {
        self.content = content;
        self
    }

    /// The same setting, executed by this template engine.
    #[must_use]
    pub const fn markup(mut self, markup: Markup) -> Self {
        self.markup = markup;
        self
    }

    /// The same setting, whose file is read when the configuration is loaded.
    #[must_use]
    pub const fn at_load(mut self) -> Self {
        self.at_load = true;
        self
    }
}
