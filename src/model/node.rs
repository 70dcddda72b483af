//! A YAML file as a tree that remembers where everything stands.
//!
//! Scalars keep their source text, so `tag: 3.10` stays `3.10`; what they mean is decided by a
//! [`Kind`](super::shape::Kind), not by YAML's guesses.

use crate::kernel::Place;

/// One value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// Text as written, whether it was quoted, and whether a variable was replaced in it.
    Scalar { text: String, quoted: bool, variable: bool },
    /// `[a, b]`
    Sequence(Vec<Node>),
    /// `{key: value}`, in the order of the file.
    Mapping(Vec<Entry>),
}

/// One `key: value` pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_place: Place,
    /// The value.
    pub node: Node,
}

impl Value {
    /// What it is, in words for a message.
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Scalar { text, .. } => format!("`{text}`"),
            Self::Sequence(_) => "a list".to_owned(),
            Self::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

impl Node {
    /// The entry with this key, when the node is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Mapping(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }
}

/// A way from the root of a file to one of its values: `notify.routes[2].to`.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord)]
pub struct At(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Key(String),
    Index(usize),
}

impl At {
    /// The root of the file.
    pub fn root() -> Self {
        Self::default()
    }

    /// From here to the value of a key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.into()));
        Self(steps)
    }

    /// From here to an element of a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    /// The place of the key this way ends at, or of the value for an element of a list; the nearest
    /// place above it when the file does not have it.
    pub fn place(&self, root: Option<&Node>) -> Option<Place> {
        self.find(root, |entry| entry.key_place.clone())
    }

    /// The place of the value this way ends at; the nearest place above it when the file does not have it.
    pub fn value_place(&self, root: Option<&Node>) -> Option<Place> {
        self.find(root, |entry| match entry.node.value {
            Value::Scalar { .. } => entry.node.place.clone(),
            _ => entry.key_place.clone(),
        })
    }

    /// True when the file has something at the end of this way.
    pub fn is_in(&self, root: &Node) -> bool {
        let mut node = root;
        for step in &self.0 {
            let next = match (step, &node.value) {
                (Step::Key(key), _) => node.entry(key).map(|entry| &entry.node),
                (Step::Index(index), Value::Sequence(items)) => items.get(*index),
                (Step::Index(_), _) => Some(node),
            };
            let Some(next) = next else { return false };
            node = next;
        }
        true
    }

    fn find(&self, root: Option<&Node>, of_entry: impl Fn(&Entry) -> Place) -> Option<Place> {
        let mut node = root?;
        let mut place = None;
        for step in &self.0 {
            match step {
                Step::Key(key) => {
                    let Some(entry) = node.entry(key) else { break };
                    place = Some(of_entry(entry));
                    node = &entry.node;
                }
                Step::Index(index) => {
                    // `to: mail` is read as the list [mail]: the scalar is its own first element.
                    if let Value::Sequence(items) = &node.value {
                        let Some(item) = items.get(*index) else { break };
                        place = Some(item.place.clone());
                        node = item;
                    }
                }
            }
        }
        place
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => write!(f, "{key}")?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
