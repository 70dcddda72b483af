//! Where a stack is run from: what tells it from another stack of the same name.

use std::fmt;

use serde::Serialize;

/// Who runs a stack, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// `origin` of the stack file: what a team shares, such as the address of its repository.
    pub team: Option<String>,
    /// The machine that stackctl ran on.
    pub host: String,
    /// Directory of the stack file, absolute and without links; none for the built-in stack.
    pub path: Option<String>,
    /// The user.
    pub user: String,
}

impl Origin {
    /// True when both are the same place: the same `origin` of a team, or the same directory of the same machine. The
    /// built-in stack has no directory; it is one per machine and user.
    pub fn is_same(&self, other: &Self) -> bool {
        let team = self.team.is_some() && self.team == other.team;
        let user = self.path.is_some() || self.user == other.user;
        team || (self.host == other.host && self.path == other.path && user)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(team) = &self.team {
            write!(f, "`{team}` (")?;
        }
        match &self.path {
            Some(path) => write!(f, "`{path}`")?,
            None => write!(f, "the built-in stack")?,
        }
        write!(f, " on `{}`, user `{}`", self.host, self.user)?;
        if self.team.is_some() { write!(f, ")") } else { Ok(()) }
    }
}

/// What the daemon keeps about a stack, in the labels of its record volume.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Where the stack was created or adopted.
    pub origin: Origin,
    /// Key for digests that are shown, so that no one can guess a short secret from one.
    pub key: String,
}

/// Name of the volume whose labels hold the record of a stack.
pub fn record_volume(stack: &str) -> String {
    format!("{stack}.stack")
}

#[cfg(test)]
mod tests {
    use super::Origin;

    fn origin(team: Option<&str>, host: &str, path: Option<&str>, user: &str) -> Origin {
        let own = |text: &str| text.to_owned();
        Origin { team: team.map(own), host: own(host), path: path.map(own), user: own(user) }
    }

    #[test]
    fn the_directory_counts_and_the_user_does_not() {
        let laptop = origin(None, "laptop", Some("/a"), "ana");
        assert!(laptop.is_same(&origin(None, "laptop", Some("/a"), "bob")));
        assert!(!laptop.is_same(&origin(None, "laptop", Some("/b"), "ana")));
        assert!(!laptop.is_same(&origin(None, "ci", Some("/a"), "ana")));
    }

    #[test]
    fn a_team_is_one_origin_everywhere() {
        let laptop = origin(Some("acme/mon"), "laptop", Some("/a"), "ana");
        assert!(laptop.is_same(&origin(Some("acme/mon"), "ci", Some("/builds/1"), "runner")));
        assert!(!laptop.is_same(&origin(Some("acme/other"), "ci", Some("/builds/1"), "runner")));
        assert!(!laptop.is_same(&origin(None, "ci", Some("/builds/1"), "runner")));
        assert!(laptop.is_same(&origin(None, "laptop", Some("/a"), "ana")), "`origin` was added to the file");
    }

    #[test]
    fn the_built_in_stack_is_one_per_user() {
        let ana = origin(None, "h", None, "ana");
        assert!(ana.is_same(&origin(None, "h", None, "ana")));
        assert!(!ana.is_same(&origin(None, "h", None, "bob")));
        assert!(!ana.is_same(&origin(None, "h", Some("/a"), "ana")));
    }
}
