//! A real build from the Debian archive that this machine is configured for. Runs when `STACKCTL_E2E` is set, because
//! it needs the network and `mmdebstrap`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use stackctl::archive::{Archive, ArchiveError, Directory, Recipe, Suite, Validity};

const NODE_EXPORTER: Recipe<'static> = Recipe {
    package: "prometheus-node-exporter",
    extra: &["ca-certificates", "tzdata"],
    links: &[("/bin/node_exporter", "/usr/bin/prometheus-node-exporter")],
    directories: &[Directory { path: "/textfile", uid: 65534, gid: 65534, mode: 0o755 }],
};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// `None` when real builds are not wanted. One build at a time, so that what a build leaves behind can be told.
fn turn() -> Option<MutexGuard<'static, ()>> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    std::env::var_os("STACKCTL_E2E")?;
    Some(ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What each path is: a link's target, or owner and mode.
fn listing(tar: &Path) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(File::open(tar).unwrap());
    let mut paths = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        let owner = format!("{}:{}", header.uid().unwrap(), header.gid().unwrap());
        let facts = match entry.link_name().unwrap() {
            Some(target) => format!("-> {}", target.display()),
            None => format!("{owner} {:o}", header.mode().unwrap()),
        };
        paths.insert(entry.path().unwrap().display().to_string(), facts);
    }
    paths
}

fn text_of(tar: &Path, wanted: &str) -> String {
    let mut archive = tar::Archive::new(File::open(tar).unwrap());
    let mut entry = archive
        .entries()
        .unwrap()
        .map(Result::unwrap)
        .find(|e| e.path().unwrap() == Path::new(wanted))
        .unwrap();
    let mut text = String::new();
    entry.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn node_exporter_from_trixie_has_upstreams_paths_and_builds_the_same_bytes_twice() {
    let Some(_turn) = turn() else { return };
    let archive = Archive::discover(Path::new("/")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (first, second) = (directory.path().join("first.tar"), directory.path().join("second.tar"));
    let mut stages = Vec::new();
    let suite = Suite::default();
    let built = runtime()
        .block_on(archive.build(&NODE_EXPORTER, &suite, &first, |stage| stages.push(stage.to_owned())))
        .unwrap();
    assert_eq!(
        stages,
        [
            "reading the package index",
            "downloading packages",
            "unpacking packages",
            "collecting files",
            "writing the image"
        ]
    );
    assert_eq!(built.bytes, std::fs::metadata(&first).unwrap().len());
    assert_eq!(built.version.split_once('-').unwrap().0, built.upstream);

    let paths = listing(&first);
    let facts = |path: &str| paths.get(path).map(String::as_str);
    assert_eq!(facts("bin"), Some("-> usr/bin"));
    assert_eq!(facts("usr/bin/node_exporter"), Some("-> /usr/bin/prometheus-node-exporter"));
    assert_eq!(facts("usr/bin/prometheus-node-exporter"), Some("0:0 755"));
    assert_eq!(facts("textfile/"), Some("65534:65534 755"));
    assert_eq!(facts("tmp/"), Some("0:0 1777"));
    assert_eq!(facts("usr/share/zoneinfo/Europe/Berlin"), Some("0:0 644"));
    assert_eq!(facts("etc/apt/sources.list"), None, "the archive's address stays out of the image");
    let bundle = text_of(&first, "etc/ssl/certs/ca-certificates.crt");
    let (begins, ends) = (bundle.matches("BEGIN CERT").count(), bundle.matches("END CERT").count());
    assert_eq!(begins, ends);
    assert!(begins > 100, "{begins} certificates");

    let again = runtime().block_on(archive.build(&NODE_EXPORTER, &suite, &second, |_| ())).unwrap();
    assert_eq!(again, built);
    assert!(std::fs::read(&first).unwrap() == std::fs::read(&second).unwrap(), "two builds differ");
}

#[test]
fn what_the_archive_lacks_is_named_and_leaves_no_file() {
    let Some(_turn) = turn() else { return };
    let archive = Archive::discover(Path::new("/")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("image.tar");
    let recipe = Recipe { package: "no-such-exporter", extra: &[], links: &[], directories: &[] };
    let error = runtime().block_on(archive.build(&recipe, &Suite::default(), &out, |_| ())).unwrap_err();
    let ArchiveError::PackageUnknown { package, suite, .. } = error else { panic!("{error}") };
    assert_eq!((package.as_str(), suite.as_str()), ("no-such-exporter", "trixie"));
    let suite = Suite { name: "no-such-suite".to_owned(), validity: Validity::Checked };
    let error = runtime().block_on(archive.build(&NODE_EXPORTER, &suite, &out, |_| ())).unwrap_err();
    let ArchiveError::SuiteUnknown { suite, .. } = error else { panic!("{error}") };
    assert_eq!(suite, "no-such-suite");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_build_that_is_given_up_ends_its_processes_and_leaves_no_file() {
    let Some(_turn) = turn() else { return };
    let archive = Archive::discover(Path::new("/")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("image.tar");
    runtime().block_on(async {
        let (reached, mut stage) = tokio::sync::mpsc::unbounded_channel();
        let suite = Suite::default();
        let build = archive.build(&NODE_EXPORTER, &suite, &out, move |words| {
            let _ = reached.send(words.to_owned());
        });
        tokio::select! {
            result = build => panic!("ended before it was given up: {result:?}"),
            words = stage.recv() => assert_eq!(words.as_deref(), Some("reading the package index")),
        }
    });
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    assert_eq!(workspaces(), Vec::<PathBuf>::new());
    // Killed processes end in their own time.
    let limit = Instant::now() + Duration::from_secs(5);
    while processes_in_workspaces() > 0 {
        assert!(Instant::now() < limit, "processes of the abandoned build are still there");
        std::thread::yield_now();
    }
}

fn workspace_prefix() -> PathBuf {
    std::env::temp_dir().join(format!("stackctl-archive-{}-", std::process::id()))
}

fn is_workspace(path: &Path) -> bool {
    path.display().to_string().starts_with(&workspace_prefix().display().to_string())
}

fn workspaces() -> Vec<PathBuf> {
    let paths = std::fs::read_dir(std::env::temp_dir()).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| is_workspace(path)).collect()
}

/// Processes whose working directory is, or was, a workspace of this test.
fn processes_in_workspaces() -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path().join("cwd"));
    processes.filter_map(|cwd| std::fs::read_link(cwd).ok()).filter(|cwd| is_workspace(cwd)).count()
}
