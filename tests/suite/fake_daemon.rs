//! The fake daemon is what it claims to be.
//!
//! The contract cases run on the fake always, once as Docker 20.10 and once as Docker 28.5. They run on the daemon of the
//! machine (20.10) when `STACKCTL_E2E=1` is set, and on the engine that `STACKCTL_NEWER_ENGINE` names (28.5): where those
//! differ from the fake, the fake is wrong. Where the two engines differ, the case says what each answers.

#[path = "fake_daemon/fixture.rs"]
pub mod fixture;

/// Runs each case as a test on the fake and as a test on real Docker, of either family.
macro_rules! contract {
    ($($case:ident),* $(,)?) => {
        mod on_the_fake {
            $(#[tokio::test]
            async fn $case() {
                $crate::fake_daemon::fixture::on_the_fake(
                    |fx| Box::pin(async move { super::$case(&fx.docker, &fx).await }),
                ).await;
            })*
        }
        mod on_real_docker {
            $(#[tokio::test]
            async fn $case() {
                $crate::fake_daemon::fixture::on_real_docker(
                    stringify!($case),
                    |fx| Box::pin(async move { super::$case(&fx.docker, &fx).await }),
                ).await;
            })*
        }
        mod on_the_newer_fake {
            $(#[tokio::test]
            async fn $case() {
                $crate::fake_daemon::fixture::on_the_newer_fake(
                    |fx| Box::pin(async move { super::$case(&fx.docker, &fx).await }),
                ).await;
            })*
        }
        mod on_newer_engine {
            $(#[tokio::test]
            async fn $case() {
                $crate::fake_daemon::fixture::on_newer_engine(
                    stringify!($case),
                    |fx| Box::pin(async move { super::$case(&fx.docker, &fx).await }),
                ).await;
            })*
        }
    };
}

#[path = "fake_daemon/files.rs"]
mod files;
#[path = "fake_daemon/images.rs"]
mod images;
#[path = "fake_daemon/lifecycle.rs"]
mod lifecycle;
#[path = "fake_daemon/networks.rs"]
mod networks;
#[path = "fake_daemon/objects.rs"]
mod objects;
#[path = "fake_daemon/programs.rs"]
mod programs;
#[path = "fake_daemon/scripted.rs"]
mod scripted;
#[path = "fake_daemon/streams.rs"]
mod streams;
