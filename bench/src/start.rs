//! How long it takes from starting a server that has stored much to its first answer, a page of messages.
//!
//! What it reads is in the memory of the system: what is measured is the server's own start, not the disk.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use parlance_gateway::rehearsal::Settings;
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::Instant;

use crate::{
    asking::Asking,
    filled::{Filled, Library},
    interval::Interval,
    pin, say,
    server::{Ground, Store},
    table::{Bound, Row, short},
    text,
};

/// Milliseconds until the first answer.
const BOUND: f64 = 300.0;

/// How long a server may take to begin, and to end.
const WITHIN: Duration = Duration::from_secs(60);

/// How a server ended that is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Stop,
    Kill,
}

/// Starts the server several times, after it was stopped and after it was killed, and leaves it stopped.
pub(crate) fn start(ground: &Ground, filled: &Filled) -> Result<Vec<Row>, String> {
    let Filled { server, library } = filled;
    let times = if ground.quick { 3 } else { 7 };
    let mut rows = Vec::new();
    for (after, name) in [(After::Kill, "kill -9"), (After::Stop, "a stop")] {
        // The first start is not counted: the one before it ended otherwise.
        let mut took = Vec::new();
        for _ in 0..=times {
            took.push(first_answer(&server.settings, library, after)?.as_secs_f64() * 1_000.0);
        }
        let figure: Interval = took.into_iter().skip(1).collect();
        let bound = match (after, ground.store) {
            (After::Stop, Store::Sqlite) => Bound::AtMost(BOUND),
            _ => Bound::Told,
        };
        rows.push(Row {
            what: format!("start to first answer with {} messages, after {name}", library.messages),
            ours: format!("{} ms", short(figure.median())),
            yardstick: String::new(),
            figure,
            unit: " ms",
            bound,
            disturbed: ground.noise.clone(),
        });
    }
    say(&format!("starts: {times} after each kind of end\n"))?;
    Ok(rows)
}

/// The time from starting the server to its first answer. Then it ends.
fn first_answer(settings: &Settings, library: &Library, after: After) -> Result<Duration, String> {
    let group = library.groups.first().ok_or("there is no group")?;
    let path = format!("/api/chat/groups/{group}/messages?limit=50");
    let began = Instant::now();
    let mut process = spawn(settings)?;
    let took = loop {
        let asking = Asking::with(settings.listen, &library.reader.key);
        if asking.and_then(|mut asking| asking.ask(&path)).is_ok() {
            break began.elapsed();
        }
        let ended = process.try_wait().map_err(text)?;
        if ended.is_some() || began.elapsed() > WITHIN {
            return Err(format!("the server does not answer: see {}", settings.log().display()));
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    if after == After::Kill {
        process.kill().map_err(text)?;
    }
    end(process)?;
    Ok(took)
}

fn spawn(settings: &Settings) -> Result<Child, String> {
    let mut command = Command::new(&settings.program);
    command.arg("serve").args(["--listen", &settings.listen.to_string()]);
    command.arg("--data").arg(settings.folder.join("data"));
    command.envs(settings.variables.iter().map(|(name, value)| (name, value)));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    pin::to(pin::SERVER)?;
    let process = command.spawn();
    pin::to(pin::LOAD)?;
    process.map_err(text)
}

/// Tells it to end as SIGTERM does, and waits for that.
fn end(mut process: Child) -> Result<(), String> {
    if let Some(pid) = i32::try_from(process.id()).ok().and_then(Pid::from_raw) {
        // One that was killed need not be told.
        let _ = kill_process(pid, Signal::TERM);
    }
    process.wait().map(drop).map_err(text)
}
