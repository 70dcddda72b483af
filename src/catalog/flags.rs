//! The flags of components, from the `--help` of their images, and the flags that help leaves out.

/// How a component reads its flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// kingpin: `--flag`, `--no-flag`, and no flag twice unless it is a list.
    Kingpin,
    /// The flag package of Go: `-flag` or `--flag`; the last one counts.
    Go,
}

/// The flags of one component.
#[derive(Debug, Clone, Copy)]
pub struct Flags {
    /// The name of the component.
    pub component: &'static str,
    /// How it reads them.
    pub style: Style,
    /// The first version that may have flags which are not listed.
    pub complete_before: &'static str,
    text: &'static str,
}

impl Flags {
    /// The names without dashes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.text.lines().filter_map(|line| line.split(' ').next())
    }

    /// Whether a flag may be given more than once.
    pub fn is_list(&self, name: &str) -> bool {
        self.style == Style::Go || self.text.lines().any(|line| line.strip_suffix(" ...") == Some(name))
    }

    /// Whether the component knows a flag, given without dashes.
    pub fn has(&self, name: &str) -> bool {
        let is = |name: &str| self.names().any(|known| known == name);
        is(name) || (self.style == Style::Kingpin && name.strip_prefix("no-").is_some_and(is))
    }
}

/// The lists; components that are not here take any flag.
pub const FLAGS: &[Flags] = &[
    Flags {
        component: "prometheus",
        style: Style::Kingpin,
        complete_before: "3.6",
        text: include_str!("flags/prometheus.txt"),
    },
    Flags {
        component: "alertmanager",
        style: Style::Kingpin,
        complete_before: "0.34",
        text: include_str!("flags/alertmanager.txt"),
    },
    Flags {
        component: "node",
        style: Style::Kingpin,
        complete_before: "1.10",
        text: include_str!("flags/node.txt"),
    },
    Flags {
        component: "postgres",
        style: Style::Kingpin,
        complete_before: "0.18",
        text: include_str!("flags/postgres.txt"),
    },
    Flags {
        component: "redis",
        style: Style::Go,
        complete_before: "1.70",
        text: include_str!("flags/redis.txt"),
    },
    Flags {
        component: "blackbox",
        style: Style::Kingpin,
        complete_before: "0.27",
        text: include_str!("flags/blackbox.txt"),
    },
];
