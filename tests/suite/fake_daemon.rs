//! The fake daemon is what it claims to be.

use bollard::Docker;

use crate::support::daemon::FakeDaemon;

#[tokio::test]
async fn it_answers() {
    let daemon = FakeDaemon::start();
    let docker = Docker::connect_with_unix(&daemon.host(), 10, bollard::API_DEFAULT_VERSION).unwrap();
    assert_eq!(docker.ping().await.unwrap(), "OK");
}
