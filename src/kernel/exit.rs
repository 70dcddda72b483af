//! The exit codes: documented in `--help` and the README, and the same everywhere.

use std::process::ExitCode;

/// How a run of stackctl ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done as asked, or nothing to do.
    Ok,
    /// The stack or the files are not as they should be.
    Findings,
    /// The request is wrong: arguments, `stack.yml` or templates.
    Usage,
    /// The environment prevents it.
    Environment,
    /// Applying failed; the previous state was restored.
    Restored,
    /// Applying failed and the restore is incomplete; what is left is listed.
    Incomplete,
    /// Another run holds the lock.
    Locked,
    /// Refused for safety.
    Refused,
    /// A bug in stackctl.
    Bug,
    /// Interrupted by SIGINT; the stack is consistent.
    Interrupted,
    /// Stopped by SIGTERM; the stack is consistent.
    Terminated,
}

impl Exit {
    /// Every exit, in the order of the codes.
    pub const ALL: [Self; 11] = [
        Self::Ok,
        Self::Findings,
        Self::Usage,
        Self::Environment,
        Self::Restored,
        Self::Incomplete,
        Self::Locked,
        Self::Refused,
        Self::Bug,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::Restored => 4,
            Self::Incomplete => 5,
            Self::Locked => 6,
            Self::Refused => 7,
            Self::Bug => 70,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// What the number means, for `--help` and the README.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "as asked, or nothing to do",
            Self::Findings => {
                "the stack or the files are not as they should be (unhealthy, findings, drift, pending changes when asked)"
            }
            Self::Usage => "the request is wrong (arguments, stack.yml, templates)",
            Self::Environment => {
                "the environment prevents it (Docker unreachable, image unavailable, port taken, disk full, no permission)"
            }
            Self::Restored => "apply failed, the previous state was restored",
            Self::Incomplete => "apply failed and the restore is incomplete; what is left is listed",
            Self::Locked => "another run holds the lock",
            Self::Refused => "refused for safety (foreign object, insecure option, missing --yes)",
            Self::Bug => "a bug in stackctl",
            Self::Interrupted => "interrupted by Ctrl-C, consistent",
            Self::Terminated => "stopped by SIGTERM, consistent",
        }
    }

    /// The worse of two exits: a later code wins over success and over findings.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.code() >= other.code() { self } else { other }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
