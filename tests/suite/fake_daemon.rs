//! The fake daemon is what it claims to be.
//!
//! The contract cases run on the fake always, and on the real daemon too when `STACKCTL_E2E=1` is set: where they differ,
//! the fake is wrong.

#[path = "fake_daemon/fixture.rs"]
mod fixture;

/// Runs each case as a test on the fake and as a test on real Docker.
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
