//! One run of a program of an image on some files: no network, nothing writable but a little memory, gone afterwards.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType};
use bollard::query_parameters::{
    LogsOptionsBuilder, UploadToContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::StreamExt as _;

use super::record::read;
use super::{Engine, EngineError};
use crate::kernel::{labels, text};
use crate::model::stack::{CONFIG_DIRECTORY, CONFIG_MOUNT};

/// How long a tool may run unless the user sets another limit: unit tests of many rules are slow on a small machine.
pub(super) const LIMIT: Duration = Duration::from_secs(300);

/// Directory in memory where a tool may write, and how: `promtool test rules` keeps its samples there. The image may have
/// no such directory, or name another one in `TMPDIR` that is read-only here.
const SCRATCH: (&str, &str) = ("/tmp", "rw,noexec,nosuid,nodev,size=67108864,mode=1777");

/// How many lines of a tool's words are read.
const LINES: &str = "2000";

/// How much of it, in bytes.
const LONGEST: usize = 4 << 20;

/// A file for a tool: path below the configuration directory, and content.
pub type ToolFile = (String, Vec<u8>);

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolRun {
    /// Exit code; 0 means the tool is content.
    pub code: i64,
    /// What it wrote, both streams, made printable.
    pub output: String,
}

impl Engine {
    /// Runs a program of an image on files, as a user without any rights.
    pub async fn run_tool(
        &self,
        stack: &str,
        name: &str,
        image: &str,
        command: &[String],
        files: &[ToolFile],
    ) -> Result<ToolRun, EngineError> {
        let body = request(stack, image, command);
        let doing = format!("run `{}`", command.join(" "));
        let container = self.create_helper(&format!("{stack}.tool-{name}"), body, &doing).await?;
        let run = self.run(&container, command, files).await;
        let removed = self.remove(&container).await;
        run.and_then(|run| removed.map(|()| run))
    }

    async fn run(
        &self,
        container: &str,
        command: &[String],
        files: &[ToolFile],
    ) -> Result<ToolRun, EngineError> {
        let doing = || format!("run `{}`", command.join(" "));
        let bytes = archive(files)
            .map_err(|error| EngineError::Broken { doing: doing(), message: error.to_string() })?;
        let options = UploadToContainerOptionsBuilder::new().path(CONFIG_MOUNT).build();
        let sent =
            self.docker.upload_to_container(container, Some(options), bollard::body_full(bytes.into())).await;
        sent.map_err(|error| self.error(error, doing()))?;
        self.start(container).await?;
        // Answered at once when the tool has ended already. Waiting for the next exit would miss that of a quick tool.
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        let mut exit = std::pin::pin!(self.patient(self.tool_limit).wait_container(container, Some(options)));
        let ended = tokio::time::timeout(self.tool_limit, exit.next()).await.map_err(|_| {
            EngineError::ToolTimeout { command: command.join(" "), seconds: self.tool_limit.as_secs() }
        })?;
        let code = match ended {
            Some(Ok(response)) => response.status_code,
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => code,
            Some(Err(error)) => return Err(self.error(error, doing())),
            None => 0,
        };
        Ok(ToolRun { code, output: read(|| self.output(container)).await? })
    }

    async fn output(&self, container: &str) -> Result<String, EngineError> {
        let options = LogsOptionsBuilder::new().stdout(true).stderr(true).tail(LINES).build();
        let mut stream = std::pin::pin!(self.docker.logs(container, Some(options)));
        let mut output = String::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| self.error(error, "read the output of a tool"))?;
            output.push_str(&String::from_utf8_lossy(chunk.as_ref()));
            if output.len() > LONGEST {
                break;
            }
        }
        Ok(text::printable(output.trim()))
    }
}

fn request(stack: &str, image: &str, command: &[String]) -> ContainerCreateBody {
    let (program, args) =
        command.split_first().map_or((None, &[] as &[String]), |(p, rest)| (Some(p.clone()), rest));
    ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: program.map(|program| vec![program]),
        cmd: Some(args.to_vec()),
        env: Some(vec![format!("TMPDIR={}", SCRATCH.0)]),
        user: Some("65534:65534".to_owned()),
        working_dir: Some(CONFIG_MOUNT.to_owned()),
        labels: Some(HashMap::from([
            (labels::STACK.to_owned(), stack.to_owned()),
            (labels::ROLE.to_owned(), labels::ROLE_TOOL.to_owned()),
        ])),
        host_config: Some(HostConfig {
            network_mode: Some("none".to_owned()),
            readonly_rootfs: Some(true),
            tmpfs: Some(HashMap::from([(SCRATCH.0.to_owned(), SCRATCH.1.to_owned())])),
            cap_drop: Some(vec!["ALL".to_owned()]),
            security_opt: Some(vec!["no-new-privileges:true".to_owned()]),
            memory: Some(512 << 20),
            memory_swap: Some(512 << 20),
            pids_limit: Some(128),
            // Unnamed: removed with the container.
            mounts: Some(vec![Mount {
                typ: Some(MountType::VOLUME),
                target: Some(CONFIG_MOUNT.to_owned()),
                ..Mount::default()
            }]),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    }
}

fn archive(files: &[ToolFile]) -> std::io::Result<Vec<u8>> {
    let below = CONFIG_DIRECTORY.strip_prefix(CONFIG_MOUNT).unwrap_or_default().trim_start_matches('/');
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o444);
        header.set_mtime(0);
        tar.append_data(&mut header, format!("{below}/{path}"), bytes.as_slice())?;
    }
    tar.into_inner()
}
