//! Variables of dashboards, and expressions with something put in their place so that they can be parsed.

use std::time::Duration;

use super::promql::{self, Expr, Wrong};
use super::tree;
use crate::model::node::Node;

/// A variable that a dashboard defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name, without the dollar sign.
    pub name: String,
    /// What it is when everything is chosen, where that names jobs, instances or the like and is not all there is.
    pub all: Option<String>,
}

/// The variables of a dashboard.
pub fn defined(root: &Node) -> Vec<Variable> {
    let list = tree::get(root, "templating").map(|node| tree::items_of(node, "list")).unwrap_or_default();
    let variable = |item: &Node| {
        let all = tree::text_of(item, "allValue").filter(|text| is_list_of_names(text));
        Some(Variable { name: tree::text_of(item, "name")?.to_owned(), all: all.map(str::to_owned) })
    };
    list.iter().filter_map(variable).collect()
}

/// True for `a|b`, not for `.+`.
fn is_list_of_names(text: &str) -> bool {
    let name =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    text.split('|').all(name)
}

/// A stretch of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// As written.
    Text(String),
    /// A variable, and what surrounds it.
    Variable(String, Around),
    /// A variable within quotes, and its value when everything is chosen.
    All(String, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    /// `"…"`: anything fits.
    Quotes,
    /// `[…]` or after `offset`: a duration.
    Duration,
    /// A name or a number, who knows.
    Open,
}

/// An expression with its variables taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query(Vec<Piece>);

impl Query {
    /// Finds `$name`, `${name}`, `${name:format}` and `[[name]]`.
    pub fn read(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        let mut state = State::default();
        while let Some(first) = rest.chars().next() {
            let length = if let Some((name, length)) = variable(rest) {
                let around = state.around(&literal);
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
                pieces.push(Piece::Variable(name.to_owned(), around));
                length
            } else {
                state.pass(first);
                literal.push(first);
                first.len_utf8()
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        pieces.push(Piece::Text(literal));
        Self(pieces)
    }

    /// The same with what variables within quotes are when everything is chosen.
    pub fn of(mut self, defined: &[Variable]) -> Self {
        for piece in &mut self.0 {
            if let Piece::Variable(name, Around::Quotes) = piece
                && let Some(all) =
                    defined.iter().find(|one| one.name == *name).and_then(|one| one.all.clone())
            {
                *piece = Piece::All(name.clone(), all);
            }
        }
        self
    }

    /// The names of the variables, without format.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name, _) | Piece::All(name, _) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The syntax tree, with words, numbers or durations in the place of the variables: the first choice that parses.
    pub fn parse(&self) -> Result<Expr, Wrong> {
        let open = self.open();
        let choices = 1_usize << open.len().min(MOST_OPEN);
        let mut first = None;
        for choice in 0..choices {
            match promql::parse(&self.filled(&open, choice)) {
                Ok(expr) => return Ok(expr),
                Err(wrong) => {
                    first.get_or_insert(wrong);
                }
            }
        }
        Err(first.unwrap_or(Wrong { message: "it is empty".to_owned(), at: None, hint: None }))
    }

    /// Distinct variables that may be one thing or another: a name, a duration, a number.
    fn open(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for piece in &self.0 {
            if let Piece::Variable(name, Around::Open | Around::Duration) = piece
                && !name.starts_with("__")
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        }
        names
    }

    fn filled(&self, open: &[&str], choice: usize) -> String {
        let number = |name: &str| {
            let bit = open.iter().position(|other| *other == name).unwrap_or(MOST_OPEN);
            choice >> bit & 1 == 1
        };
        let fill = |piece: &Piece| match piece {
            Piece::Text(text) | Piece::All(_, text) => text.clone(),
            Piece::Variable(name, around) => match (around, name.as_str()) {
                (Around::Quotes, _) => "x".to_owned(),
                (_, "__rate_interval") => RATE_INTERVAL.0.to_owned(),
                (_, "__interval") => INTERVAL.0.to_owned(),
                (_, "__range") => VARIABLE.0.to_owned(),
                (_, name) if name.starts_with("__") || number(name) => NUMBER.to_string(),
                (Around::Duration, _) => VARIABLE.0.to_owned(),
                (Around::Open, _) => "x".to_owned(),
            },
        };
        self.0.iter().map(fill).collect()
    }
}

/// Most variables of one query that are tried as this and that.
const MOST_OPEN: usize = 5;
// What stands for variables is told apart by odd durations that nobody writes.
const RATE_INTERVAL: (&str, Duration) = ("5m1ms", Duration::from_millis(300_001));
const INTERVAL: (&str, Duration) = ("5m2ms", Duration::from_millis(300_002));
const VARIABLE: (&str, Duration) = ("5m3ms", Duration::from_millis(300_003));
const NUMBER: u64 = 3603;

/// True for a window that a variable decides, other than `$__interval`, which may be shorter than two scrapes.
pub fn follows_page(window: Duration) -> bool {
    let number = [1, 1_000, 60_000, 3_600_000, 86_400_000].map(|unit| Duration::from_millis(NUMBER * unit));
    window == RATE_INTERVAL.1 || window == VARIABLE.1 || number.contains(&window)
}

/// True for the window `$__interval`.
pub fn is_interval(window: Duration) -> bool {
    window == INTERVAL.1
}

/// True for the window `$__rate_interval`.
pub fn is_rate_interval(window: Duration) -> bool {
    window == RATE_INTERVAL.1
}

/// The variable a text begins with: name and length.
fn variable(rest: &str) -> Option<(&str, usize)> {
    let enclosed = |open: &str, close: &str| {
        let inside = rest.strip_prefix(open)?;
        let (inside, _) = inside.split_once(close)?;
        let name = inside.split([':', '.']).next()?;
        is_name(name).then_some((name, open.len() + inside.len() + close.len()))
    };
    enclosed("${", "}").or_else(|| enclosed("[[", "]]")).or_else(|| {
        let word = rest.strip_prefix('$')?;
        let end = word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(word.len());
        let name = word.get(..end)?;
        is_name(name).then_some((name, 1 + end))
    })
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What is open at a point of an expression.
#[derive(Debug, Default)]
struct State {
    quote: Option<char>,
    escaped: bool,
    brackets: usize,
}

impl State {
    fn pass(&mut self, c: char) {
        match self.quote {
            Some(quote) => {
                let end = c == quote && !self.escaped;
                self.escaped = c == '\\' && !self.escaped;
                self.quote = Some(quote).filter(|_| !end);
            }
            None => match c {
                '"' | '\'' | '`' => self.quote = Some(c),
                '[' => self.brackets += 1,
                ']' => self.brackets = self.brackets.saturating_sub(1),
                _ => {}
            },
        }
    }

    fn around(&self, before: &str) -> Around {
        if self.quote.is_some() {
            Around::Quotes
        } else if self.brackets > 0 || before.trim_end_matches([' ', '-']).ends_with("offset") {
            Around::Duration
        } else {
            Around::Open
        }
    }
}
