//! Where stackctl runs: machine, directory and user.

use std::fs;
use std::path::Path;

use super::{WorkdirError, directory_of};
use crate::model::origin::Origin;

/// The origin of a stack file; none stands for the built-in stack.
pub fn origin(stack_file: Option<&Path>, team: Option<&str>) -> Result<Origin, WorkdirError> {
    let directory = stack_file.map(directory_of).transpose()?;
    Ok(Origin {
        team: team.map(str::to_owned),
        host: host(),
        path: directory.map(|path| path.display().to_string()),
        user: user(),
    })
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "unknown".to_owned() } else { name.trim().to_owned() }
}

/// The name in `/etc/passwd`, not `$USER`: that one survives `sudo`.
fn user() -> String {
    let uid = rustix::process::geteuid().as_raw().to_string();
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(&users, &uid).unwrap_or_else(|| format!("uid {uid}"))
}

fn name_of(users: &str, uid: &str) -> Option<String> {
    let line = users.lines().find(|line| line.split(':').nth(2) == Some(uid))?;
    line.split(':').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[test]
    fn a_user_is_found_by_number() {
        let users = "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\n";
        assert_eq!(name_of(users, "1000").as_deref(), Some("ana"));
        assert_eq!(name_of(users, "100"), None);
    }
}
