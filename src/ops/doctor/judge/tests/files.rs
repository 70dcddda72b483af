//! Modes and owners.

use super::{Remedy, answering, facts, machine, modes, remedies, secret, stack, wrong};
use crate::ops::doctor::facts::{Facts, Machine, StackFacts};
use crate::workdir::Modes;

fn keeping(seen: Vec<Modes>) -> Facts {
    facts(answering(), Machine { state: Ok(seen), ..machine() }, stack())
}

fn with_secrets(secrets: Vec<super::SecretFacts>, uid: u32) -> Facts {
    facts(answering(), Machine { uid, ..machine() }, StackFacts { secrets, ..stack() })
}

#[test]
fn what_stackctl_keeps_is_its_owners_alone() {
    let private = vec![modes("/s/demo", 0, 0o700), modes("/s/demo/grafana.txt", 0, 0o600)];
    assert_eq!(wrong(&keeping(private)), Vec::<String>::new());
    let open = keeping(vec![modes("/s/demo", 0, 0o755), modes("/s/demo/grafana.txt", 0, 0o644)]);
    assert_eq!(
        wrong(&open),
        [
            "warning state directory: `/s/demo` (mode 0755) is open to others; `/s/demo/grafana.txt` (mode 0644) is open to others -> `chmod 700 /s/demo`; `chmod 600 /s/demo/grafana.txt` *"
        ]
    );
    assert_eq!(
        remedies(&open),
        [Remedy::Tighten(vec![("/s/demo".into(), 0o700), ("/s/demo/grafana.txt".into(), 0o600)])]
    );
    let writable = keeping(vec![modes("/s/demo", 0, 0o777)]);
    assert_eq!(
        wrong(&writable),
        ["error state directory: `/s/demo` (mode 0777) is open to others -> `chmod 700 /s/demo` *"]
    );
}

#[test]
fn what_belongs_to_somebody_else_is_not_changed() {
    let foreign = keeping(vec![modes("/s/demo", 1000, 0o755)]);
    assert_eq!(
        wrong(&foreign),
        [
            "error state directory: `/s/demo` belongs to uid 1000, and you are uid 0 -> run as uid 1000, or `chown` it"
        ]
    );
    let link = Modes { is_odd: true, is_directory: false, ..modes("/s/demo", 0, 0o777) };
    assert_eq!(
        wrong(&keeping(vec![link])),
        [
            "error state directory: `/s/demo` is neither a directory nor a file -> put a directory or file of yours in place of `/s/demo`"
        ]
    );
    let unreadable = Machine { state: Err("cannot read `/s/demo`: permission denied".into()), ..machine() };
    assert_eq!(
        wrong(&facts(answering(), unreadable, stack())),
        [
            "error state directory: cannot read `/s/demo`: permission denied -> run as the owner of that directory, or set XDG_STATE_HOME to one of yours"
        ]
    );
}

#[test]
fn secret_files_are_not_for_everybody() {
    let seen = |mode| Ok(Some(modes("secrets/pg.txt", 1000, mode)));
    assert_eq!(wrong(&with_secrets(vec![secret("secrets/pg.txt", seen(0o640))], 1000)), Vec::<String>::new());
    let open = || vec![secret("secrets/pg.txt", seen(0o644)), secret("secrets/no.txt", Ok(None))];
    let line = "error secret files: `secrets/pg.txt` (mode 0644) is open to everybody; `a.password_file`: there is no file `secrets/no.txt` -> `chmod 600 secrets/pg.txt`; `stackctl secrets init` asks for the secret and writes `secrets/no.txt`, mode 0600";
    assert_eq!(wrong(&with_secrets(open(), 1000)), [format!("{line} *")]);
    assert_eq!(wrong(&with_secrets(open(), 1001)), [line]);
    assert_eq!(
        remedies(&with_secrets(open(), 1000)),
        [Remedy::Tighten(vec![("secrets/pg.txt".into(), 0o600)])]
    );
}

#[test]
fn a_secret_behind_a_link_is_reported_and_left_alone() {
    let link = Modes { is_odd: true, ..modes("secrets/pg.txt", 0, 0o644) };
    let seen = with_secrets(vec![secret("secrets/pg.txt", Ok(Some(link)))], 0);
    assert_eq!(
        wrong(&seen),
        [
            "error secret files: `secrets/pg.txt` (mode 0644) is open to everybody -> `chmod 600 secrets/pg.txt`"
        ]
    );
    let others = vec![
        secret("secrets", Ok(Some(modes("secrets", 0, 0o700)))),
        secret("secrets/x.txt", Err("cannot look at `secrets/x.txt`: permission denied".into())),
    ];
    assert_eq!(
        wrong(&with_secrets(others, 0)),
        [
            "error secret files: `secrets` is a directory; cannot look at `secrets/x.txt`: permission denied -> put the secret into a file, mode 0600, and correct the path `secrets` in stack.yml; let uid 0 read `secrets/x.txt`"
        ]
    );
}
