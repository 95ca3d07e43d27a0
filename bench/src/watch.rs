//! Whether a phase counts: the load had its core, and nobody else had the server's.
//!
//! A build that ran unnoticed beside the first runs halved their figures; only looking showed it.

use std::time::Duration;

use tokio::time::Instant;

use crate::{pin, procfs};

/// A load that spins has this part of its core, or it may have been what was measured.
const LOAD_SHARE: f64 = 0.97;

/// Others may have this part of the server's core. What the system's own threads do there is mostly done for the server, such as
/// writing its log to the disk.
const STRANGERS: f64 = 0.05;

/// What may be missed or counted twice at the two ends of a phase, in seconds: a tick of the system at each.
const ENDS: f64 = 0.02;

/// A core is quiet that is idle for this part of the time.
const QUIET: f64 = 0.9;

/// How long the cores are looked at before a run, and how often where they are not quiet.
const LOOK: Duration = Duration::from_secs(1);
const LOOKS: usize = 5;

/// A phase that is being measured.
pub(crate) struct Watch {
    began: Instant,
    computed: f64,
    idle: f64,
    kernel: procfs::Threads,
    servers: Vec<(u32, f64)>,
    databases: Vec<(u32, f64)>,
}

/// Who had the cores in a phase, as parts of its time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shares {
    /// What the load had of its own core.
    pub(crate) load: f64,
    /// What the server had of the server's core, with its database.
    pub(crate) server: f64,
    /// Of that, what the database had.
    pub(crate) database: f64,
    /// What others had of the server's core.
    pub(crate) strangers: f64,
}

impl Watch {
    /// Looks at these processes, which are the ones on the server's core, from now on.
    pub(crate) fn start(servers: &[u32], databases: &[u32]) -> Result<Self, String> {
        let (servers, databases) = (all(servers)?, all(databases)?);
        let (idle, kernel) = (procfs::idle(pin::SERVER)?, procfs::kernel(pin::SERVER)?);
        Ok(Self { began: Instant::now(), computed: pin::computed(), idle, kernel, servers, databases })
    }

    pub(crate) fn end(self) -> Result<Shares, String> {
        self.end_beside(0.0)
    }

    /// The same, beside a server that is there no more, and computed so much.
    pub(crate) fn end_beside(self, computed: f64) -> Result<Shares, String> {
        let took = self.began.elapsed().as_secs_f64();
        let load = (pin::computed() - self.computed) / took;
        let idle = procfs::idle(pin::SERVER)? - self.idle;
        let threads = procfs::kernel(pin::SERVER)?;
        // One that is new here came from elsewhere, or computed nothing to speak of.
        let kernel: f64 = threads.iter().filter_map(|(id, now)| Some(now - self.kernel.get(id)?)).sum();
        let database = since(&self.databases)?;
        let server = since(&self.servers)? + database + computed;
        let strangers = (took - idle - server - kernel - ENDS).max(0.0) / took;
        Ok(Shares { load, server: server / took, database: database / took, strangers })
    }
}

/// What each of them has computed.
fn all(processes: &[u32]) -> Result<Vec<(u32, f64)>, String> {
    processes.iter().map(|&id| Ok((id, procfs::computed(id)?))).collect()
}

/// What they have computed since.
fn since(processes: &[(u32, f64)]) -> Result<f64, String> {
    processes.iter().map(|(id, before)| Ok(procfs::computed(*id)? - before)).sum()
}

impl Shares {
    /// What keeps the phase from counting. A load that sleeps while it waits has no share to hold it to.
    pub(crate) fn disturbed(&self, spins: bool) -> Option<String> {
        if spins && self.load < LOAD_SHARE {
            return Some(format!("the load had {:.2} of its core", self.load));
        }
        (self.strangers > STRANGERS).then(|| format!("others had {:.2} of the server's core", self.strangers))
    }
}

/// What keeps a run from being begun with cores of its own, though it waited for them a while.
pub(crate) async fn noise() -> Result<Option<String>, String> {
    let mut noise = None;
    for _ in 0..LOOKS {
        noise = look().await?;
        if noise.is_none() {
            break;
        }
    }
    Ok(noise)
}

async fn look() -> Result<Option<String>, String> {
    let idle = || Ok::<_, String>([procfs::idle(pin::SERVER)?, procfs::idle(pin::LOAD)?]);
    let (began, before) = (Instant::now(), idle()?);
    tokio::time::sleep(LOOK).await;
    let took = began.elapsed().as_secs_f64();
    for (number, (before, after)) in before.into_iter().zip(idle()?).enumerate() {
        let part = (after - before) / took;
        if part < QUIET {
            return Ok(Some(format!("core {number} was idle for {:.0} % only", part * 100.0)));
        }
    }
    Ok(None)
}

/// Waits until the process has nothing to do any more, for no longer than this.
pub(crate) async fn settled(process: u32, within: Duration) -> Result<(), String> {
    let until = Instant::now() + within;
    let mut before = procfs::computed(process)?;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = procfs::computed(process)?;
        if now - before < 0.025 {
            return Ok(());
        }
        before = now;
    }
    Err(format!("the server is still busy {} s after all was made", within.as_secs()))
}
