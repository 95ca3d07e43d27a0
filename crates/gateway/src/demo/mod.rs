//! `parlance demo`: a true story with a real server, real sockets and a real crash. Every step checks what it tells.

mod cast;
mod converse;
mod crash;
mod fence;
mod stage;
mod talk;

use std::env::current_exe;

use tempfile::TempDir;

use self::stage::Stage;
use crate::{
    rehearsal::{Child, Settings},
    serve::Stop,
};

/// Tells the story, then serves until told to stop, unless it is to end with the story.
///
/// # Errors
/// The first step that did not go as it should.
pub(crate) async fn demo(exit: bool) -> Result<(), String> {
    let folder = TempDir::with_prefix("parlance-demo-").map_err(text)?;
    let mut stage = Stage::new();
    stage.say("A real server, real clients, and a crash. Every line was checked before it was printed.\n")?;

    let program = current_exe().map_err(text)?;
    let settings = Settings::new(&program, folder.path()).map_err(text)?;
    let server = Child::start(settings).await?;
    let (pid, url, place) = (server.id(), server.settings().url(), folder.path().display());
    stage.step("A server", &format!("process {pid} listens at {url} and keeps its data in {place}"))?;

    let cast = cast::gather(&mut stage, &url).await?;
    talk::talk(&mut stage, &cast).await?;
    let server = crash::crash(&mut stage, &cast, server).await?;
    fence::fence(&mut stage, &cast).await?;

    stage.say("\nEverything held.")?;
    if !exit {
        cast.introduce(&mut stage, &url)?;
        Stop::listen().map_err(text)?.told().await;
    }
    server.stop().await?;
    Ok(())
}

/// An error, for whoever watches.
fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Fails the story unless this holds.
fn check(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
