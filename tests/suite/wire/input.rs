//! Group A: what can be wrong with `stack.yml` and the files it names. Nothing is touched, and the message says where.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::time::{Duration, Instant};

use super::fixture::{PROMETHEUS_ONLY, Ran, Wire, daemon, same};
use crate::support::daemon::FakeDaemon;

/// `up` with these bytes as `stack.yml`; nothing may be asked of the daemon that changes it.
fn refused(daemon: &FakeDaemon, stack: &[u8]) -> Ran {
    let wire = Wire::new(daemon).file("stack.yml", stack);
    let begin = Instant::now();
    let ran = wire.run(["up"]);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(ran.code, Some(2), "{}\n{}\n{}", String::from_utf8_lossy(stack), ran.stdout, ran.stderr);
    assert_eq!(daemon.mutations(), [""; 0]);
    assert!(!wire.state("").exists());
    ran
}

/// The findings without the lines of source: code, message, place, hint.
fn findings(ran: &Ran) -> Vec<String> {
    let told = |line: &&str| {
        ["error[", "warning[", "hint: "].iter().any(|start| line.starts_with(start))
            || line.trim_start().starts_with("--> ")
    };
    ran.stderr.lines().filter(told).map(|line| line.trim().to_owned()).collect()
}

/// Name, `stack.yml`, findings.
const WRONG: &[(&str, &[u8], &[&str])] = &[
    (
        "A05 Latin-1",
        b"# x\nname: caf\xe9\n",
        &[
            "error[SC101]: byte 13 is 0xE9, which is not UTF-8",
            "--> stack.yml:2:10",
            "hint: it looks like Latin-1; save the file as UTF-8",
        ],
    ),
    ("A07 UTF-16", b"\xff\xfen\0a\0", &["error[SC101]: `stack.yml` is UTF-16", "hint: save it as UTF-8"]),
    (
        "A08 NUL",
        b"name: a\0b\n",
        &[
            "error[SC101]: the invisible character U+0000 is not allowed",
            "--> stack.yml:1:8",
            "hint: delete it; write `\\u…` in a quoted text when it is meant",
        ],
    ),
    (
        "A08 bidi",
        "name: a\u{202e}b\n".as_bytes(),
        &[
            "error[SC101]: the invisible character U+202E is not allowed",
            "--> stack.yml:1:8",
            "hint: delete it; write `\\u…` in a quoted text when it is meant",
        ],
    ),
    (
        "A09 tab",
        b"prometheus:\n\tport: 1\n",
        &["error[SC103]: a tab is used for indentation", "--> stack.yml:2:2", "hint: use spaces"],
    ),
    (
        "A10 twice",
        b"name: a\nname: b\n",
        &[
            "error[SC104]: the key `name` is here twice; the first is on line 1",
            "--> stack.yml:2:1",
            "hint: keep one of them",
        ],
    ),
    (
        "A11 unknown",
        b"promethues: {}\n",
        &["error[SC105]: unknown key `promethues`", "--> stack.yml:1:1", "hint: did you mean `prometheus`?"],
    ),
    (
        "A12 bool for duration",
        b"prometheus: {scrape_interval: yes}\n",
        &["error[SC106]: expected a duration such as 15s or 1h30m, found `yes`", "--> stack.yml:1:31"],
    ),
    (
        "A14 two documents",
        b"name: a\n---\nname: b\n",
        &[
            "error[SC103]: a second document begins here",
            "--> stack.yml:2:1",
            "hint: keep one document per file: remove the `---`",
        ],
    ),
    (
        "A14 tag",
        b"name: !secret a\n",
        &["error[SC103]: the tag `!secret` is not supported", "--> stack.yml:1:7", "hint: remove it"],
    ),
    (
        "A14 merge key",
        b"prometheus: {<<: 1}\n",
        &[
            "error[SC103]: `<<` merges mappings, found `1`",
            "--> stack.yml:1:14",
            "hint: write `<<: *name`, with `&name` before a mapping above",
        ],
    ),
    ("A14 complex key", b"? [a]\n: b\n", &["error[SC103]: a key must be plain text", "--> stack.yml:1:3"]),
    (
        "A15 name",
        b"name: ../up\n",
        &[
            "error[SC106]: expected a name of lower-case letters, digits and hyphens, at most 42 characters, found `../up`",
            "--> stack.yml:1:7",
        ],
    ),
    (
        "A15 long name",
        b"name: a23456789012345678901234567890123456789012345\n",
        &[
            "error[SC106]: expected a name of lower-case letters, digits and hyphens, at most 42 characters, found `a23456789012345678901234567890123456789012345`",
            "--> stack.yml:1:7",
        ],
    ),
    (
        "A16 one port twice",
        b"prometheus: {port: 9093}\n",
        &[
            "error[SC201]: `prometheus` and `alertmanager` both publish 127.0.0.1:9093",
            "--> stack.yml:1:20",
            "hint: set `alertmanager.port` to a free port",
            "warning[SC216]: alerts reach nobody: there is no receiver",
            "hint: add one under `notify.receivers` in stack.yml and name it as `notify.default`",
        ],
    ),
    (
        "A17 port 0",
        b"prometheus: {port: 0}\n",
        &["error[SC106]: expected a port from 1 to 65535, found `0`", "--> stack.yml:1:20"],
    ),
    (
        "A17 port 65536",
        b"prometheus: {port: 65536}\n",
        &["error[SC106]: expected a port from 1 to 65535, found `65536`", "--> stack.yml:1:20"],
    ),
    (
        "A17 negative retention",
        b"prometheus: {retention: {time: -1d}}\n",
        &["error[SC106]: expected a duration such as 15s or 1h30m, found `-1d`", "--> stack.yml:1:32"],
    ),
    (
        "A17 memory under the engine's least",
        b"prometheus: {memory: 1MiB}\n",
        &[
            "error[SC206]: the memory of `prometheus` is less than Docker's least of 6MiB",
            "--> stack.yml:1:22",
            "hint: leave it out for a limit that suits the component",
            "warning[SC216]: alerts reach nobody: there is no receiver",
            "hint: add one under `notify.receivers` in stack.yml and name it as `notify.default`",
        ],
    ),
    (
        "A18 variable",
        b"name: ${NOWHERE_SET}\n",
        &[
            "error[SC108]: the environment variable `NOWHERE_SET` is not set",
            "--> stack.yml:1:7",
            "hint: set it in the environment or in `.env` beside the file, or write `${NOWHERE_SET:-default}`",
        ],
    ),
];

#[test]
fn every_wrong_file_is_refused_with_its_place_and_the_next_step() {
    let daemon = daemon();
    let mut wrong = Vec::new();
    for (name, bytes, expected) in WRONG {
        let wire = Wire::new(&daemon).file("stack.yml", bytes);
        let ran = wire.run(["up"]);
        let seen = findings(&ran);
        if ran.code != Some(2)
            || seen != *expected
            || !daemon.mutations().is_empty()
            || wire.state("").exists()
        {
            wrong.push(format!("{name}: {:?} {seen:#?}", ran.code));
        }
        daemon.forget_requests();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_whole_refusal_as_it_is_read() {
    let daemon = daemon();
    let ran = refused(&daemon, b"name: demo\npromethues: {}\nprometheus: {port: none}\n");
    same(
        &ran.stderr,
        "\
error[SC105]: unknown key `promethues`
 --> stack.yml:2:1
  |
2 | promethues: {}
  | ^^^^^^^^^^
hint: did you mean `prometheus`?

error[SC106]: expected a port from 1 to 65535, found `none`
 --> stack.yml:3:20
  |
3 | prometheus: {port: none}
  |                    ^^^^

error: 2 errors
changed: nothing
",
    );
}

#[test]
fn a01_a_file_that_is_not_there() {
    let daemon = daemon();
    let ran = Wire::new(&daemon).run(["-f", "nowhere.yml", "up"]);
    assert_eq!(ran.code, Some(2));
    same(
        &ran.stderr,
        "\
error: there is no file `nowhere.yml`
changed: nothing
hint: check the path; `stackctl -f nowhere.yml init` writes it
",
    );
}

#[test]
fn a04_an_empty_file_is_the_default_stack() {
    let daemon = daemon();
    let without = Wire::new(&daemon).run(["check", "--offline"]);
    for bytes in [&b""[..], b"# nothing\n", b"null\n"] {
        let ran = Wire::new(&daemon).file("stack.yml", bytes).run(["check", "--offline"]);
        assert_eq!((ran.code, &ran.stdout), (Some(0), &without.stdout));
    }
}

#[test]
fn a02_a_file_that_may_not_be_read() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack(PROMETHEUS_ONLY);
    let mode = |path: &str, mode: u32| {
        fs::set_permissions(wire.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("..", 0o755);
    mode("stack.yml", 0o000);
    let me = rustix::process::geteuid().as_raw();
    let (mut command, user) = (wire.command(&["render"]), if me == 0 { 65534 } else { me });
    if me == 0 {
        command.uid(user).gid(user);
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    same(
        &String::from_utf8_lossy(&output.stderr),
        &format!(
            "\
error: cannot read `stack.yml`: permission denied (owner uid {me}, mode 0000, you are uid {user})
changed: nothing
hint: run as the owner of the file, or change its permissions
"
        ),
    );
}

#[test]
fn a03_what_is_no_file_is_refused_at_once() {
    let daemon = daemon();
    let wire = Wire::new(&daemon);
    fs::create_dir(wire.path("directory")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", wire.path("device")).unwrap();
    let (fifo, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600));
    rustix::fs::mknodat(rustix::fs::CWD, wire.path("pipe"), fifo, mode, 0).unwrap();
    std::os::unix::net::UnixListener::bind(wire.path("socket")).unwrap();
    for (name, what) in [("directory", "a directory"), ("device", "a device"), ("pipe", "a pipe")] {
        let begin = Instant::now();
        let ran = wire.run(["-f", name, "up"]);
        assert!(begin.elapsed() < Duration::from_secs(5));
        assert_eq!(ran.code, Some(2));
        same(&ran.stderr, &format!("error: `{name}` is {what}, not a file\nchanged: nothing\n"));
    }
}

#[test]
fn a06_a09_a_byte_order_mark_and_dos_line_ends_change_nothing() {
    let daemon = daemon();
    let text = "name: demo\nprometheus:\n  scrape_interval: 30s\n";
    let rendered = |bytes: Vec<u8>| {
        let wire = Wire::new(&daemon).file("stack.yml", &bytes);
        let ran = wire.run(["render"]).ok();
        assert_eq!(fs::read(wire.path("stack.yml")).unwrap(), bytes, "the file itself is left alone");
        ran
    };
    let plain = rendered(text.into());
    let dos = rendered(text.replace('\n', "\r\n").into());
    let unended = rendered(text.trim_end().into());
    let marked = rendered([b"\xef\xbb\xbf", text.as_bytes()].concat());
    assert_eq!((&dos, &unended), (&plain, &plain));
    assert_eq!(marked.stdout, plain.stdout);
    assert_eq!(
        findings(&marked)[0],
        "warning[SC102]: `stack.yml` starts with a byte order mark, which is ignored"
    );
}

#[test]
fn a13_bombs_are_refused_before_they_grow() {
    let daemon = daemon();
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let copies = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(aliases, "a{level}: &a{level} [{copies}]").unwrap();
    }
    let found = findings(&refused(&daemon, aliases.as_bytes()));
    assert!(
        found.contains(&"error[SC103]: aliases make the file larger than 10000 values".to_owned()),
        "{found:?}"
    );
    let deep = format!("name: {}{}\n", "[".repeat(10_000), "]".repeat(10_000));
    let found = findings(&refused(&daemon, deep.as_bytes()));
    assert!(found.contains(&"error[SC103]: nested deeper than 64 levels".to_owned()), "{found:?}");
    let huge = format!("name: {}\n", "x".repeat(5 << 20));
    assert_eq!(
        refused(&daemon, huge.as_bytes()).stderr,
        "error: `stack.yml` is larger than 4194304 bytes\nchanged: nothing\n"
    );
}

#[test]
fn a18_secret_files_are_there_private_and_not_empty() {
    let daemon = daemon();
    let wire = Wire::new(&daemon).stack("grafana: {admin_password_file: password}\n");
    let told = |bytes: Option<&[u8]>, mode: u32| {
        let _ = fs::remove_file(wire.path("password"));
        if let Some(bytes) = bytes {
            fs::write(wire.path("password"), bytes).unwrap();
            fs::set_permissions(wire.path("password"), fs::Permissions::from_mode(mode)).unwrap();
        }
        let ran = wire.run(["up"]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
        findings(&ran).into_iter().find(|line| line.starts_with("error[")).unwrap()
    };
    assert_eq!(told(None, 0), "error[SC304]: `grafana.admin_password_file` names a file that does not exist");
    assert_eq!(told(Some(b"\n"), 0o600), "error[SC304]: `password`: the secret file is empty");
    assert_eq!(
        told(Some(b"hunter2"), 0o644),
        "error[SC305]: `password`: the secret file can be read by everybody (mode 0644)"
    );
    assert_eq!(
        told(Some(&vec![b'x'; 70_000]), 0o600),
        "error[SC304]: `password`: the secret file is larger than 64 KiB"
    );
    assert_eq!(daemon.mutations(), [""; 0]);
}
