//! The command line's way to what it asks for: through the server that runs on the embedded store, or else with the store in
//! its own hands.

use std::{io, path::Path, pin::pin, sync::Arc, time::Duration};

use parlance_base::SystemClock;
use parlance_store::OpenError;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixStream,
    time::sleep,
};

use super::{Answer, Request, SOCKET, Step, Steps, request::Refusal, socket::TELL_EVERY};
use crate::{config::Config, error::StartError, owner, parts::Parts, server::Once};

/// How long an answer may be: that of a thousand users is a tenth.
const MOST_BYTES: u64 = 16 << 20;

/// How often a store that is in use, with no socket beside it, is tried: its server is starting or about to end.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// Has it done, by the server that runs or else in this process.
///
/// # Errors
/// Why it was not done, for people.
pub(crate) async fn ask(
    config: &Config,
    request: &Request,
    progress: impl Fn(Step),
) -> Result<Answer, String> {
    for _ in 0..TRIES {
        if config.mongodb.is_none()
            && let Some(answer) = ask_server(&config.data, request, &progress).await?
        {
            return answer.map_err(|refusal| refusal.to_string());
        }
        if request.is_for_a_server() {
            return Err(no_server(config));
        }
        owner::is_ours(&config.data)?;
        let public_url = config.public_url.clone().unwrap_or_else(|| config.found_at(config.listen));
        match Parts::open(config, Arc::new(SystemClock), &public_url, Once::default()).await {
            Ok(parts) => return perform(parts, request.clone(), &progress).await,
            Err(StartError::Store(OpenError::InUse(_))) => sleep(PAUSE).await,
            Err(error) => return Err(error.to_string()),
        }
    }
    let folder = config.data.display();
    Err(format!(
        "another process uses the store in {folder} and does not answer at {SOCKET} there: try again, or stop it"
    ))
}

/// Why there is no server to ask.
fn no_server(config: &Config) -> String {
    if config.mongodb.is_some() {
        return "servers on MongoDB have no socket for this: set log and start them anew".to_owned();
    }
    format!("no server runs in {}", config.data.display())
}

async fn perform(parts: Parts, request: Request, progress: &impl Fn(Step)) -> Result<Answer, String> {
    let (office, (steps, mut heard)) = (parts.office(), Steps::new());
    let answer = {
        let mut work = pin!(office.perform(request, steps));
        loop {
            tokio::select! {
                answer = &mut work => break answer,
                () = sleep(TELL_EVERY) => progress(*heard.borrow_and_update()),
            }
        }
    };
    parts.close().await;
    let answer = answer.map(|answer| match answer {
        // Nobody else had the store, and nobody is kept from changing it.
        Answer::Exported { documents, .. } => Answer::Exported { documents, frozen: false },
        answer => answer,
    });
    answer.map_err(|error| Refusal::from(error).to_string())
}

/// What the server in this folder answers; nothing where none runs.
async fn ask_server(
    folder: &Path,
    request: &Request,
    progress: &impl Fn(Step),
) -> Result<Option<Result<Answer, Refusal>>, String> {
    let path = folder.join(SOCKET);
    let failed = |error: io::Error| format!("{}: {error}", path.display());
    let stream = match UnixStream::connect(&path).await {
        Ok(stream) => stream,
        Err(error) if is_nobody(&error) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    exchange(stream, request, progress).await.map(Some).map_err(failed)
}

async fn exchange(
    mut stream: UnixStream,
    request: &Request,
    progress: &impl Fn(Step),
) -> io::Result<Result<Answer, Refusal>> {
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes()).await?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut answer = String::new();
        (&mut reader).take(MOST_BYTES).read_line(&mut answer).await?;
        if answer.is_empty() {
            let ended = "the server ended without an answer: look whether it was done";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, ended));
        }
        match serde_json::from_str(&answer)? {
            Ok(Answer::Working(step)) => progress(step),
            answer => return Ok(answer),
        }
    }
}

/// Whether nobody listens there.
fn is_nobody(error: &io::Error) -> bool {
    // A path that is too long for a socket has none.
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::InvalidInput
    )
}
