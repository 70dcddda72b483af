//! What an archive of images holds, read without the daemon: the format of `docker save`, old and new.

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};

use serde::Deserialize;

use super::EngineError;

/// An image in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedImage {
    /// Its id, `sha256:…`.
    pub id: String,
    /// Names, `repository:tag`.
    pub names: Vec<String>,
    /// Every id that an engine may give it: the digest of its configuration, or of its manifest.
    pub ids: BTreeSet<String>,
}

/// Largest list of an archive, in bytes.
const LIMIT: u64 = 16 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    repo_tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Described>,
}

#[derive(Deserialize)]
struct Described {
    digest: String,
    #[serde(default)]
    annotations: std::collections::BTreeMap<String, String>,
}

/// The images of an archive; none when it is compressed, which only the daemon can read.
pub fn archived(mut file: impl Read + Seek) -> Result<Option<Vec<ArchivedImage>>, EngineError> {
    let broken = |message: String| EngineError::Broken { doing: "read the archive".to_owned(), message };
    read(&mut file).map_err(|error| broken(error.to_string()))
}

fn read(file: &mut (impl Read + Seek)) -> std::io::Result<Option<Vec<ArchivedImage>>> {
    let mut magic = Vec::new();
    file.by_ref().take(6).read_to_end(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    if is_compressed(&magic) {
        return Ok(None);
    }
    let (mut listed, mut index): (Option<Vec<Listed>>, Option<Index>) = (None, None);
    for entry in tar::Archive::new(file).entries_with_seek()? {
        let entry = entry?;
        let path = entry.path()?.into_owned();
        if path.as_os_str() == "manifest.json" {
            listed = Some(serde_json::from_reader(entry.take(LIMIT))?);
        } else if path.as_os_str() == "index.json" {
            index = Some(serde_json::from_reader(entry.take(LIMIT))?);
        }
    }
    let listed =
        listed.ok_or_else(|| std::io::Error::other("it holds no images: `manifest.json` is missing"))?;
    let index = index.map(|index| index.manifests).unwrap_or_default();
    Ok(Some(listed.into_iter().map(|image| described(image, &index)).collect()))
}

fn is_compressed(magic: &[u8]) -> bool {
    let kinds: [&[u8]; 4] = [b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"];
    kinds.iter().any(|kind| magic.starts_with(kind))
}

fn described(image: Listed, index: &[Described]) -> ArchivedImage {
    let config = image.config.rsplit('/').next().unwrap_or_default().trim_end_matches(".json");
    let id = format!("sha256:{config}");
    let names = image.repo_tags.unwrap_or_default();
    let of_this = |described: &&Described| {
        let full = described.annotations.get("io.containerd.image.name");
        full.is_some_and(|full| names.iter().any(|own| full.ends_with(own.as_str())))
    };
    let manifests = index.iter().filter(of_this).map(|described| described.digest.clone());
    let ids = manifests.chain([id.clone()]).collect();
    ArchivedImage { id, names, ids }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::archived;

    fn archive(files: &[(&str, &str)]) -> Cursor<Vec<u8>> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
        Cursor::new(tar.into_inner().unwrap())
    }

    #[test]
    fn names_and_ids_are_read_from_archives_of_old_and_new_engines() {
        let old = [
            ("aa.json", "{}"),
            ("manifest.json", r#"[{"Config":"aa.json","RepoTags":["a/b:1"],"Layers":[]}]"#),
        ];
        let images = archived(archive(&old)).unwrap().unwrap();
        assert_eq!(
            (images[0].id.as_str(), images[0].names.as_slice()),
            ("sha256:aa", &["a/b:1".to_owned()][..])
        );
        let new = [
            (
                "index.json",
                r#"{"manifests":[{"digest":"sha256:mm","annotations":{"io.containerd.image.name":"docker.io/a/b:1"}}]}"#,
            ),
            (
                "manifest.json",
                r#"[{"Config":"blobs/sha256/aa","RepoTags":["a/b:1"]},{"Config":"blobs/sha256/bb","RepoTags":null}]"#,
            ),
        ];
        let images = archived(archive(&new)).unwrap().unwrap();
        assert_eq!(images[0].ids.iter().map(String::as_str).collect::<Vec<_>>(), ["sha256:aa", "sha256:mm"]);
        assert_eq!((images[1].id.as_str(), images[1].names.len()), ("sha256:bb", 0));
    }

    #[test]
    fn what_is_no_archive_of_images_is_refused() {
        let refused = archived(archive(&[("x", "y")])).unwrap_err().to_string();
        assert!(refused.contains("it holds no images: `manifest.json` is missing"), "{refused}");
        assert_eq!(archived(Cursor::new(b"\x1f\x8b\x08rest".to_vec())).unwrap(), None);
        assert!(archived(Cursor::new(b"junk that is no archive".to_vec())).is_err());
    }
}
