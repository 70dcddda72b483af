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
/// What a volume holds: `data` or `config`.
pub const HOLDS: &str = "io.stackctl.holds";

/// On images built here: the component the image is for.
pub const IMAGE_COMPONENT: &str = "io.stackctl.image.component";
/// On images built here: the version of the software inside.
pub const IMAGE_VERSION: &str = "io.stackctl.image.version";
/// On images built here: where the software came from, as `debian/<suite>`.
pub const IMAGE_SOURCE: &str = "io.stackctl.image.source";

/// [`ROLE`] of a long-running component.
pub const ROLE_COMPONENT: &str = "component";
/// [`ROLE`] of a short-lived run of promtool, amtool and the like.
pub const ROLE_TOOL: &str = "tool";
/// [`ROLE`] of the never-started container through which files reach the volumes.
pub const ROLE_COURIER: &str = "courier";
