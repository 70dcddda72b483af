//! The shape of `stack.yml` as data: which keys there are, what they hold, what they mean.
//!
//! Reading, "did you mean", the JSON Schema, the commented default file and the README's table of
//! settings all come from these rows.

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A whole number within limits, both included.
    Integer { min: i64, max: i64 },
    /// A number, possibly with a fraction.
    Number,
    /// Any text.
    Text,
    /// A name that becomes part of container, volume and file names: `[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?`.
    Name,
    /// A TCP port, 1 to 65535.
    Port,
    /// A Prometheus duration (`15s`, `1h30m`).
    Duration,
    /// A size on disk as Prometheus writes it (`512MB`, `50GB`; powers of 1024), also without the last letter.
    Size,
    /// An amount of memory: `512m`, `1G`, `256MiB`, or a number of bytes.
    Memory,
    /// An IP address, or `localhost`.
    Address,
    /// An `http://` or `https://` URL that a container requests.
    Url,
    /// An `http://` or `https://` URL that users open, not a container.
    PublicUrl,
    /// An `http://` or `https://` URL that is requested, so that a fragment makes no sense.
    Request,
    /// A host name or an IP address, without a port.
    Host,
    /// `host:port`.
    Target,
    /// `host:port` of something that Prometheus scrapes.
    ScrapeTarget,
    /// The path of a request, without a query.
    Path,
    /// The path below which pages are served, or `/`: segments of unreserved characters (RFC 3986), which need no encoding.
    Prefix,
    /// The address of a server that a container connects to: it begins with one of these schemes, or has none.
    Server(&'static [&'static str]),
    /// The server of an image registry, without a scheme, and perhaps a path.
    Registry,
    /// The path of a file that holds a secret, relative to `stack.yml`.
    SecretFile,
    /// The same; when it is not set, stackctl makes the secret on first use and keeps it.
    GeneratedSecretFile,
    /// The path of a file, relative to `stack.yml`.
    File,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A list.
    List(&'static Kind),
    /// One value, or a list of them.
    OneOrMany(&'static Kind),
    /// A mapping from names the user chooses. Keys are free text, values alike.
    Map(&'static Kind),
    /// A mapping from names (see [`Kind::Name`]).
    NamedMap(&'static Kind),
    /// A mapping with these keys.
    Object(&'static [Field]),
    /// A mapping whose keys come from the catalogue.
    Rows(fn() -> Vec<Field>),
    /// The settings of the component with this name.
    Component(&'static str),
    /// The settings of the notification integration with this key.
    Integration(&'static str),
    /// Any YAML, passed on as it is.
    Any,
}

/// What the file of a secret must hold to be of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretContent {
    /// Anything: nothing is known about who reads it.
    Any,
    /// Text of any length, such as a certificate.
    Text,
    /// A password or token: one line.
    Line,
    /// An `http://` or `https://` URL on one line.
    Url,
}

/// One key of a mapping.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub key: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// The default, as it would be written, when there is one.
    pub default: Option<&'static str>,
    /// True when the key must be there.
    pub required: bool,
    /// What it is for, in one line.
    pub doc: &'static str,
}

impl Field {
    /// An optional key without a default.
    pub const fn new(key: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { key, kind, default: None, required: false, doc }
    }

    /// The same key with a default.
    #[must_use]
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The same key, which must be there.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

impl Kind {
    /// What is expected, in words for a message and for the table of settings.
    pub fn describe(&self) -> String {
        match self {
            Self::Bool => "true or false".into(),
            Self::Integer { min: i64::MIN, max: i64::MAX } => "a whole number".into(),
            Self::Integer { min, max } if *max == i64::MAX => format!("a whole number from {min}"),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Number => "a number".into(),
            Self::Text => "text".into(),
            Self::Name => "a name of lower-case letters, digits and hyphens, at most 42 characters".into(),
            Self::Port => "a port from 1 to 65535".into(),
            Self::Duration => "a duration such as 15s or 1h30m".into(),
            Self::Size => "a size such as 512MB or 50GB".into(),
            Self::Memory => "an amount of memory such as 512MiB, 512m or 1G".into(),
            Self::Address => "an IP address or localhost".into(),
            Self::Path => "a path that begins with `/`, without a query".into(),
            Self::Prefix => "a path such as /prometheus, or /".into(),
            Self::Host => "a host name or an IP address".into(),
            Self::Url | Self::PublicUrl | Self::Request => "an http:// or https:// URL".into(),
            Self::Target | Self::ScrapeTarget => "host:port".into(),
            Self::Registry => "a registry such as registry.internal:5000/mirror".into(),
            Self::Server([]) => "an address without a scheme".into(),
            Self::Server(schemes) => format!("an address that begins with {}", schemes.join(" or ")),
            Self::SecretFile | Self::GeneratedSecretFile => "the path of a file with the secret".into(),
            Self::File => "the path of a file".into(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::List(of) => format!("a list, each {}", of.describe()),
            Self::OneOrMany(of) => format!("{}, or a list of them", of.describe()),
            Self::Map(_)
            | Self::NamedMap(_)
            | Self::Object(_)
            | Self::Rows(_)
            | Self::Component(_)
            | Self::Integration(_) => "a mapping".into(),
            Self::Any => "any YAML".into(),
        }
    }
}
