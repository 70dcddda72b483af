//! Contract: the archive API on volumes of containers that never ran.

use std::io::Read;

use bollard::Docker;
use bollard::models::{HostConfig, Mount, MountType};
use bollard::query_parameters::{
    ContainerArchiveInfoOptionsBuilder, DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder,
};
use futures_util::TryStreamExt;
use tar::EntryType;

use super::fixture::Fixture;

contract! {
    a_revision_is_delivered_into_a_volume,
    a_link_is_replaced_by_the_next_revision,
    owner_and_mode_are_kept,
    a_read_only_place_refuses_files,
    a_missing_place_is_404,
    an_archive_that_leaves_its_place_is_refused,
    a_link_and_a_directory_do_not_replace_each_other_when_told_so,
    files_stay_in_the_volume_for_the_next_container,
    a_new_volume_begins_with_the_files_of_the_image,
}

/// What the older engine puts before the reason why an archive could not be unpacked.
const TAR_FAILED: &str = "Error processing tar file(exit status 1): ";

/// One entry of a tar.
enum Entry<'a> {
    Directory(&'a str),
    File(&'a str, u32, &'a str),
    Link(&'a str, &'a str),
}

fn tar_of(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for entry in entries {
        let mut header = tar::Header::new_gnu();
        header.set_uid(65_534);
        header.set_gid(65_533);
        header.set_mtime(1_700_000_000);
        header.set_size(0);
        match entry {
            Entry::Directory(name) => {
                header.set_mode(0o750);
                header.set_entry_type(EntryType::Directory);
                builder.append_data(&mut header, name, &[][..]).unwrap();
            }
            Entry::File(name, mode, text) => {
                header.set_mode(*mode);
                header.set_size(text.len() as u64);
                // Set by hand, so that names with `..` can be written too.
                header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
                header.set_cksum();
                builder.append(&header, text.as_bytes()).unwrap();
            }
            Entry::Link(name, target) => {
                header.set_mode(0o777);
                header.set_entry_type(EntryType::Symlink);
                builder.append_link(&mut header, name, target).unwrap();
            }
        }
    }
    builder.into_inner().unwrap()
}

fn revision(name: &str, text: &str) -> Vec<u8> {
    let file = format!("{name}/conf.yml");
    tar_of(&[Entry::Directory(name), Entry::File(&file, 0o640, text), Entry::Link("current", name)])
}

/// A container with one volume, writable at `/etc/app` and read-only at `/etc/sealed`; its root is read-only.
async fn container(fx: &Fixture, name: &str) -> String {
    let mount = |target: &str, sealed: bool| Mount {
        typ: Some(MountType::VOLUME),
        source: Some(fx.name("volume")),
        target: Some(target.to_owned()),
        read_only: Some(sealed),
        ..Default::default()
    };
    let mut body = fx.body(&["run"]);
    body.host_config = Some(HostConfig {
        mounts: Some(vec![mount("/etc/app", false), mount("/etc/sealed", true)]),
        readonly_rootfs: Some(true),
        ..Default::default()
    });
    fx.create(name, body).await
}

async fn put(docker: &Docker, name: &str, path: &str, tar: Vec<u8>) -> String {
    put_with(docker, name, UploadToContainerOptionsBuilder::new().path(path), tar).await
}

async fn put_with(
    docker: &Docker,
    name: &str,
    options: UploadToContainerOptionsBuilder,
    tar: Vec<u8>,
) -> String {
    let put = docker.upload_to_container(name, Some(options.build()), bollard::body_full(tar.into())).await;
    match put {
        Ok(()) => "ok".to_owned(),
        Err(bollard::errors::Error::DockerResponseServerError { status_code, message }) => {
            format!("{status_code} {message}")
        }
        Err(other) => panic!("{other}"),
    }
}

/// Where the link at a path leads; `None` when there is nothing.
async fn link(docker: &Docker, name: &str, path: &str) -> Option<String> {
    let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
    match docker.get_container_archive_info(name, Some(options)).await {
        Ok(stat) => Some(stat.link_target),
        Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => None,
        Err(other) => panic!("{other}"),
    }
}

/// Everything at a path: kind, mode, owner, name and content or target.
async fn get(docker: &Docker, name: &str, path: &str) -> Vec<String> {
    let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
    let chunks: Vec<_> = docker.download_from_container(name, Some(options)).try_collect().await.unwrap();
    let bytes = chunks.concat();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let entries = archive.entries().unwrap();
    entries
        .map(|entry| {
            let mut entry = entry.unwrap();
            let header = entry.header().clone();
            let kind = match header.entry_type() {
                EntryType::Directory => 'd',
                EntryType::Symlink => 'l',
                _ => '-',
            };
            let mode = header.mode().unwrap() & 0o7777;
            let path = entry.path().unwrap().to_string_lossy().trim_end_matches('/').to_owned();
            let target = entry.link_name().unwrap().map(|target| target.to_string_lossy().into_owned());
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let (uid, gid) = (header.uid().unwrap(), header.gid().unwrap());
            format!("{kind} {mode:o} {uid}:{gid} {path} {}", target.unwrap_or(text)).trim_end().to_owned()
        })
        .collect()
}

async fn a_revision_is_delivered_into_a_volume(docker: &Docker, fx: &Fixture) {
    let name = container(fx, "a").await;
    assert_eq!(link(docker, &name, "/etc/app/current").await, None);
    assert_eq!(put(docker, &name, "/etc/app", revision("r1", "one")).await, "ok");
    assert_eq!(link(docker, &name, "/etc/app/current").await, Some("/etc/app/r1".to_owned()));
    assert_eq!(link(docker, &name, "/etc/sealed/current").await, Some("/etc/sealed/r1".to_owned()));
    assert_eq!(link(docker, &name, "/etc/app/current/").await, Some(String::new()));
    let options = ContainerArchiveInfoOptionsBuilder::new().path("/etc/app/current/conf.yml").build();
    let stat = docker.get_container_archive_info(&name, Some(options)).await.unwrap();
    assert_eq!((stat.name.as_str(), stat.size, stat.file_mode), ("conf.yml", 3, 0o640));
    assert_eq!(stat.link_target, "");
}

async fn a_link_is_replaced_by_the_next_revision(docker: &Docker, fx: &Fixture) {
    let name = container(fx, "a").await;
    put(docker, &name, "/etc/app", revision("r1", "one")).await;
    docker.start_container(&name, None).await.unwrap();
    assert_eq!(put(docker, &name, "/etc/app", revision("r2", "two")).await, "ok");
    assert_eq!(link(docker, &name, "/etc/app/current").await, Some("/etc/app/r2".to_owned()));
    // A path through the link reads the new revision; the old one is still there.
    let read = get(docker, &name, "/etc/app/current/conf.yml").await;
    assert_eq!(read, ["- 640 65534:65533 conf.yml two"]);
    let read = get(docker, &name, "/etc/app/r1/conf.yml").await;
    assert_eq!(read, ["- 640 65534:65533 conf.yml one"]);
    // A path that ends in the link is extracted to where it leads.
    let file = tar_of(&[Entry::File("more.yml", 0o600, "more")]);
    assert_eq!(put(docker, &name, "/etc/app/current", file).await, "ok");
    assert_eq!(get(docker, &name, "/etc/app/r2/more.yml").await, ["- 600 65534:65533 more.yml more"]);
}

async fn owner_and_mode_are_kept(docker: &Docker, fx: &Fixture) {
    let name = container(fx, "a").await;
    put(docker, &name, "/etc/app", revision("r1", "one")).await;
    assert_eq!(
        get(docker, &name, "/etc/app").await,
        [
            "d 755 0:0 app",
            "l 777 65534:65533 app/current r1",
            "d 750 65534:65533 app/r1",
            "- 640 65534:65533 app/r1/conf.yml one",
        ]
    );
    assert_eq!(get(docker, &name, "/etc/app/current").await, ["l 777 65534:65533 current r1"]);
    let inside = ["d 750 65534:65533 current", "- 640 65534:65533 current/conf.yml one"];
    assert_eq!(get(docker, &name, "/etc/app/current/").await, inside);
}

async fn a_read_only_place_refuses_files(docker: &Docker, fx: &Fixture) {
    let name = container(fx, "a").await;
    let sealed = put(docker, &name, "/etc/sealed", revision("r1", "one")).await;
    let status = fx.answers(500, 400);
    assert_eq!(sealed, format!("{status} mounted volume is marked read-only"));
    for path in ["/", "/etc"] {
        let root = put(docker, &name, path, revision("r1", "one")).await;
        assert_eq!(root, format!("{status} container rootfs is marked read-only"));
    }
    let file = put(docker, &name, "/prog", revision("r1", "one")).await;
    assert_eq!(file, format!("{status} extraction point is not a directory"));
}

async fn a_missing_place_is_404(docker: &Docker, fx: &Fixture) {
    let name = container(fx, "a").await;
    let missing = "404 Could not find the file /etc/app/none in container T-a";
    let put = put(docker, &name, "/etc/app/none", revision("r1", "one")).await;
    assert_eq!(fx.shape(&put), missing);
    let path = format!("/containers/{name}/archive?path=/etc/app/none");
    assert_eq!(fx.ask("GET", &path, &serde_json::Value::Null).await.message(), missing);
    let path = format!("/containers/{name}/archive");
    let reply = fx.ask("GET", &path, &serde_json::Value::Null).await;
    assert_eq!(reply.message(), "400 bad parameter: pathcannot be empty");
}

async fn an_archive_that_leaves_its_place_is_refused(docker: &Docker, fx: &Fixture) {
    let name = container(fx, "a").await;
    let up = tar_of(&[Entry::File("../up", 0o600, "x")]);
    assert_eq!(
        put(docker, &name, "/etc/app", up).await,
        fx.answers(
            "500 Error processing tar file(exit status 1): \"../up\" is outside of \"/etc/app\"",
            "500 invalid entry name \"../up\""
        )
    );
    let out = tar_of(&[Entry::Link("out", "../../..")]);
    // The newer engine extracts inside the container's own root and takes a link for what it is.
    assert_eq!(
        put(docker, &name, "/etc/app", out).await,
        fx.answers(
            "500 Error processing tar file(exit status 1): invalid symlink \"/etc/app/out\" -> \"../../..\"",
            "ok"
        )
    );
    assert_eq!(link(docker, &name, "/etc/app/out").await, fx.answers(None, Some("/".to_owned())));
    assert_eq!(
        put(docker, &name, "/etc/app", b"no archive".to_vec()).await,
        format!("500 {}unexpected EOF", fx.answers(TAR_FAILED, ""))
    );
}

async fn a_link_and_a_directory_do_not_replace_each_other_when_told_so(docker: &Docker, fx: &Fixture) {
    let name = container(fx, "a").await;
    put(docker, &name, "/etc/app", revision("r1", "one")).await;
    let strict = || UploadToContainerOptionsBuilder::new().path("/etc/app").no_overwrite_dir_non_dir("1");
    let (prefix, place) = fx.answers((TAR_FAILED, "/etc/app/"), ("", ""));
    let directory = tar_of(&[Entry::Directory("current")]);
    assert_eq!(
        put_with(docker, &name, strict(), directory.clone()).await,
        format!("500 {prefix}cannot overwrite non-directory \"{place}current\" with directory \"/etc/app\"")
    );
    let link_over = tar_of(&[Entry::Link("r1", "elsewhere")]);
    assert_eq!(
        put_with(docker, &name, strict(), link_over).await,
        format!("500 {prefix}cannot overwrite directory \"{place}r1\" with non-directory \"/etc/app\"")
    );
    // Without being told so, the link becomes a directory.
    assert_eq!(put(docker, &name, "/etc/app", directory).await, "ok");
    assert_eq!(get(docker, &name, "/etc/app/current").await, ["d 750 65534:65533 current"]);
}

async fn files_stay_in_the_volume_for_the_next_container(docker: &Docker, fx: &Fixture) {
    let first = container(fx, "a").await;
    put(docker, &first, "/etc/app", revision("r1", "one")).await;
    docker.remove_container(&first, None).await.unwrap();
    let second = container(fx, "b").await;
    assert_eq!(link(docker, &second, "/etc/app/current").await, Some("/etc/app/r1".to_owned()));
}

async fn a_new_volume_begins_with_the_files_of_the_image(docker: &Docker, fx: &Fixture) {
    let base = fx.create("base", fx.body(&["run"])).await;
    let home = tar_of(&[Entry::Directory("home"), Entry::File("home/seed", 0o644, "seed")]);
    assert_eq!(put(docker, &base, "/", home).await, "ok");
    let image = format!("{}/seeded:x", fx.tag);
    fx.import(&image, get_bytes(docker, &base, "/.").await).await;
    let mut body = fx.body(&["run"]);
    body.image = Some(image);
    body.host_config =
        Some(HostConfig { binds: Some(vec![format!("{}:/home", fx.name("new"))]), ..Default::default() });
    let name = fx.create("a", body).await;
    let expected = ["d 750 65534:65533 home", "- 644 65534:65533 home/seed seed"];
    assert_eq!(get(docker, &name, "/home").await, expected);
}

async fn get_bytes(docker: &Docker, name: &str, path: &str) -> Vec<u8> {
    let options = DownloadFromContainerOptionsBuilder::new().path(path).build();
    let chunks: Vec<_> = docker.download_from_container(name, Some(options)).try_collect().await.unwrap();
    chunks.concat()
}
