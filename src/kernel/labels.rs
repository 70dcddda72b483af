//! The labels on every Docker object that stackctl makes. Objects without [`STACK`] are never touched.

/// The stack an object belongs to: `name` of `stack.yml`.
pub const STACK: &str = "io.stackctl.stack";
/// The component a container or volume belongs to.
pub const COMPONENT: &str = "io.stackctl.component";
/// What the object is there for: [`ROLE_COMPONENT`], [`ROLE_TOOL`] or [`ROLE_COURIER`].
pub const ROLE: &str = "io.stackctl.role";
/// Digest of the container specification; another digest means: recreate.
pub const SPEC: &str = "io.stackctl.spec";
/// The container specification itself, as JSON without secrets, so that a change can be told by name.
pub const SPEC_JSON: &str = "io.stackctl.spec.json";
/// The volume with the rendered files, on containers that have one.
pub const CONFIG: &str = "io.stackctl.config";
/// Version of stackctl that made the object.
pub const VERSION: &str = "io.stackctl.version";
/// Gateway address of the stack's network at the time the container was made.
pub const GATEWAY: &str = "io.stackctl.gateway";
/// What a volume holds: `data`, `config`, [`HOLDS_RECORD`] or [`HOLDS_LOCK`].
pub const HOLDS: &str = "io.stackctl.holds";

/// On the record of a stack: the machine it was created or adopted from.
pub const ORIGIN_HOST: &str = "io.stackctl.origin.host";
/// On the record of a stack: the directory of its stack file.
pub const ORIGIN_PATH: &str = "io.stackctl.origin.path";
/// On the record of a stack: the user.
pub const ORIGIN_USER: &str = "io.stackctl.origin.user";
/// On the record of a stack: `origin` of its stack file.
pub const ORIGIN_TEAM: &str = "io.stackctl.origin.team";
/// On the record of a stack: the key for digests that are shown.
pub const KEY: &str = "io.stackctl.key";

/// [`HOLDS`] of a claim.
pub const HOLDS_LOCK: &str = "lock";

/// What the names of images built here begin with.
pub const IMAGE_PREFIX: &str = "stackctl-debian/";
/// On claims: the run that holds the stack.
pub const CLAIM_TOKEN: &str = "io.stackctl.claim.token";
/// On claims: how often the claim was renewed.
pub const CLAIM_RENEWAL: &str = "io.stackctl.claim.renewal";
/// On claims: name of the user.
pub const CLAIM_USER: &str = "io.stackctl.claim.user";
/// On claims: name of the user's machine.
pub const CLAIM_HOST: &str = "io.stackctl.claim.host";
/// On claims: kernel and namespaces of the process.
pub const CLAIM_MACHINE: &str = "io.stackctl.claim.machine";
/// On claims: process id.
pub const CLAIM_PID: &str = "io.stackctl.claim.pid";
/// On claims: start of the process in clock ticks since boot.
pub const CLAIM_STARTED: &str = "io.stackctl.claim.started";
/// On claims: command line.
pub const CLAIM_COMMAND: &str = "io.stackctl.claim.command";
/// On claims: since when, RFC 3339.
pub const CLAIM_SINCE: &str = "io.stackctl.claim.since";
/// On claims: what is done, `up`.
pub const CLAIM_VERB: &str = "io.stackctl.claim.verb";
/// On claims: the containers that are stopped, restarted or removed, separated by commas.
pub const CLAIM_ENDING: &str = "io.stackctl.claim.ending";

/// On images built here: the component the image is for.
pub const IMAGE_COMPONENT: &str = "io.stackctl.image.component";
/// On images built here: the version of the software inside.
pub const IMAGE_VERSION: &str = "io.stackctl.image.version";
/// On images built here: where the software came from, as `debian/<suite>`.
pub const IMAGE_SOURCE: &str = "io.stackctl.image.source";

/// On the record of an image: its id.
pub const IMAGE_ID: &str = "io.stackctl.image.id";
/// On the record of an image: its name at that time.
pub const IMAGE_REFERENCE: &str = "io.stackctl.image.reference";
/// On the record of an image: `built`, `loaded` or `adopted`.
pub const IMAGE_HOW: &str = "io.stackctl.image.how";

/// [`HOLDS`] of a volume whose labels are the record of an image.
pub const HOLDS_IMAGE: &str = "image";
/// [`HOLDS`] of the volume whose labels are the record of the stack.
pub const HOLDS_RECORD: &str = "record";
/// [`ROLE`] of a long-running component.
pub const ROLE_COMPONENT: &str = "component";
/// [`ROLE`] of a short-lived run of promtool, amtool and the like.
pub const ROLE_TOOL: &str = "tool";
/// [`ROLE`] of the never-started container through which files reach the volumes.
pub const ROLE_COURIER: &str = "courier";
