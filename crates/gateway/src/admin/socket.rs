//! The socket of a running server for its administrator. It is its owner's alone, by its mode (0600) and by asking the system
//! who has connected.
//!
//! One request a connection: a line of JSON in, a line of JSON out.

use std::{
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use rustix::process::geteuid;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use super::{
    Answer, Office, SOCKET, Steps,
    request::{Refusal, Request},
};
use crate::config::Config;

/// How many requests may be open at once; more wait.
const AT_ONCE: usize = 8;

/// How long a request may be.
const MOST_BYTES: u64 = 64 * 1_024;

/// How long a request may take to arrive, and its answer to be taken.
const WITHIN: Duration = Duration::from_secs(10);

/// How often somebody who waits is told how far it is.
pub(super) const TELL_EVERY: Duration = Duration::from_millis(250);

/// How long to wait when the system has no more sockets to give.
const PAUSE: Duration = Duration::from_millis(100);

/// The socket, until it is closed.
#[derive(Debug)]
pub(crate) struct AdminSocket {
    path: PathBuf,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl AdminSocket {
    /// Opens the socket in the data folder of a server on the embedded store: one that is there was left by a process that is
    /// gone, since this one has the store. None where other programs open the store themselves, and where there can be none (a
    /// path of more than a hundred bytes, a file system without sockets): the server is worth more than its socket.
    pub(crate) fn open(config: &Config, office: Office) -> Option<Self> {
        if config.mongodb.is_some() {
            return None;
        }
        let path = config.data.join(SOCKET);
        let listener = bind(&path)
            .inspect_err(|error| {
                warn!(path = %path.display(), %error, "no socket here: stop the server to run `parlance user`");
            })
            .ok()?;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let accepting = accept(listener, office, tasks.clone(), stop.clone());
        tasks.spawn(stop.clone().run_until_cancelled_owned(accepting));
        Some(Self { path, stop, tasks })
    }

    /// Takes no further request, and waits this long for those that run.
    pub(crate) async fn close(self, grace: Duration) {
        self.stop.cancel();
        self.tasks.close();
        if timeout(grace, self.tasks.wait()).await.is_err() {
            warn!("a request of the administrator did not come to its end in time");
        }
        // Where it stays, the next server takes its place.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The socket has its name only once nobody else can use it.
fn bind(path: &Path) -> io::Result<UnixListener> {
    let unfinished = path.with_extension("new");
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&unfinished)?;
    std::fs::set_permissions(&unfinished, std::fs::Permissions::from_mode(0o600))?;
    std::fs::rename(&unfinished, path)?;
    Ok(listener)
}

async fn accept(listener: UnixListener, office: Office, tasks: TaskTracker, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (office, stop) = (office.clone(), stop.clone());
                tasks.spawn(async move {
                    let _place = place;
                    if let Err(error) = serve(stream, &office, &stop).await {
                        warn!(%error, "a request of the administrator was not answered");
                    }
                });
            }
            Err(error) => {
                warn!(%error, "no connection of the administrator can be taken now");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn serve(mut stream: UnixStream, office: &Office, stop: &CancellationToken) -> io::Result<()> {
    let peer = stream.peer_cred()?.uid();
    if peer != 0 && peer != geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("user {peer} may not ask")));
    }
    let mut line = String::new();
    let mut reader = BufReader::new((&mut stream).take(MOST_BYTES));
    timeout(WITHIN, reader.read_line(&mut line)).await??;
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => {
            info!(request = request.name(), "the administrator asks");
            perform(&mut stream, request, office, stop).await?
        }
        // The text may be of a key or a password: it is not repeated.
        Err(_) => Err(Refusal::unreadable()),
    };
    write(&mut stream, &answer).await
}

/// Has the request done, and says meanwhile how far it is. Where nobody reads that any more, it is given up.
async fn perform(
    stream: &mut UnixStream,
    request: Request,
    office: &Office,
    stop: &CancellationToken,
) -> io::Result<Result<Answer, Refusal>> {
    let (is_long, (steps, mut heard)) = (request.is_long(), Steps::new());
    let mut work = pin!(office.perform(request, steps));
    loop {
        tokio::select! {
            answer = &mut work => return Ok(answer.map_err(Refusal::from)),
            () = stop.cancelled(), if is_long => return Ok(Err(Refusal::shutting_down())),
            () = sleep(TELL_EVERY), if is_long => {
                let step = *heard.borrow_and_update();
                write(stream, &Ok(Answer::Working(step))).await?;
            }
        }
    }
}

async fn write(stream: &mut UnixStream, answer: &Result<Answer, Refusal>) -> io::Result<()> {
    timeout(WITHIN, stream.write_all(line_of(answer)?.as_bytes())).await?
}

fn line_of(answer: &Result<Answer, Refusal>) -> io::Result<String> {
    let mut line = serde_json::to_string(answer)?;
    line.push('\n');
    Ok(line)
}
