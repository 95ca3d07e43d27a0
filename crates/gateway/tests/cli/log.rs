//! What a server says in its log, however much it is told to say.

use std::path::Path;

use parlance_client::{NewGroup, NewMessage, Proof, SocketOptions};
use parlance_gateway::rehearsal::{Child, Settings, registered};

const PASSWORD: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_no_secret_and_no_content_even_where_it_holds_everything_else() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_parlance"));
    let mut settings = Settings::new(program, folder.path()).unwrap();
    settings.variables.push(("PARLANCE_LOG", "trace".to_owned()));
    let (url, log) = (settings.url(), settings.log());
    let child = Child::start(settings).await.unwrap();
    let (_, ann) = registered(&url, "ann", PASSWORD).await.unwrap();
    let acme = ann.create_workspace("Acme", "acme").await.unwrap();
    let here = ann.in_workspace(&acme.slug);
    let group = here.create_group(&NewGroup::named("General")).await.unwrap().id;
    let by_frame = SocketOptions { proof: Proof::FirstFrame, ..SocketOptions::default() };
    let mut socket = here.connect(by_frame).await.unwrap();
    socket.ready(by_frame.within).await.unwrap();
    here.send(group, NewMessage::text("between us alone")).await.unwrap();
    while !format!("{:?}", socket.next().await.unwrap()).contains("between us alone") {}
    socket.close().await;
    child.stop().await.unwrap();

    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("DEBUG") && said.contains("/messages"), "it was told to say everything");
    let tokens = ann.tokens().unwrap();
    for secret in
        [&tokens.access_token, &tokens.refresh_token, PASSWORD, "between us alone", "ann@example.com"]
    {
        assert!(!said.contains(secret), "{secret}");
    }
}
