//! Commands in messages, for the stack and the daemon of this run.
//!
//! With `-f`, `--project`, `--host` or `--context` a bare `stackctl up` would mean another stack: the next step has to carry
//! the same options.

use std::borrow::Cow;

/// What begins a command in a message.
const COMMAND: &str = "`stackctl ";
/// Options that name a stack or a daemon.
const OPTIONS: [&str; 6] = ["-f", "--file", "--project", "--host", "--context", "--default"];

/// The options to carry, as they are typed; empty: none.
#[derive(Debug, Clone, Default)]
pub struct Addressed(String);

impl Addressed {
    /// These options.
    pub fn new(options: &str) -> Self {
        Self(options.to_owned())
    }

    /// The text with the options in every command that has none of them.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.0.is_empty() || !text.contains(COMMAND) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len() + self.0.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(COMMAND) {
            let command = after.split('`').next().unwrap_or_default();
            let named = command.split([' ', '=']).any(|word| OPTIONS.contains(&word));
            out.push_str(before);
            out.push_str(COMMAND);
            if !named {
                out.push_str(&self.0);
                out.push(' ');
            }
            rest = after;
        }
        out.push_str(rest);
        Cow::Owned(out)
    }
}

#[cfg(test)]
mod tests {
    use super::Addressed;

    #[test]
    fn commands_carry_the_options_once() {
        let addressed = Addressed::new("-f other.yml --project shop");
        assert_eq!(
            addressed.text("`stackctl up` or `stackctl logs x`; `docker ps`"),
            "`stackctl -f other.yml --project shop up` or `stackctl -f other.yml --project shop logs x`; `docker ps`"
        );
        let own = "rerun `stackctl up --file other.yml`";
        assert_eq!(addressed.text(own), own);
        assert_eq!(Addressed::default().text("`stackctl up`"), "`stackctl up`");
    }
}
