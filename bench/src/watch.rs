//! Whether a phase counts: the load had its core, and nobody else had the server's.
//!
//! A build that ran unnoticed beside the first runs halved their figures; only looking showed it.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    pin,
    procfs::{self, Computed, Core},
};

/// A load that spins has this part of its core, or it may have been what was measured.
const LOAD_SHARE: f64 = 0.97;

/// Others may have this part of the server's core. Only what programs compute counts as theirs: what the system does there is
/// mostly done for the server, such as writing its log to the disk.
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
    core: Core,
    servers: Vec<(u32, Computed)>,
    databases: Vec<(u32, Computed)>,
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
        let core = procfs::core(pin::SERVER)?;
        Ok(Self { began: Instant::now(), computed: pin::computed(), core, servers, databases })
    }

    pub(crate) fn end(self) -> Result<Shares, String> {
        self.end_beside(Computed::default())
    }

    /// The same, beside a server that is there no more, and computed so much.
    pub(crate) fn end_beside(self, computed: Computed) -> Result<Shares, String> {
        let took = self.began.elapsed().as_secs_f64();
        let load = (pin::computed() - self.computed) / took;
        let core = procfs::core(pin::SERVER)?;
        let database = since(&self.databases)?;
        let server = since(&self.servers)? + database + computed;
        let others = core.user - self.core.user - server.user + core.stolen - self.core.stolen;
        let strangers = (others - ENDS).max(0.0) / took;
        Ok(Shares { load, server: server.all() / took, database: database.all() / took, strangers })
    }
}

/// What each of them has computed.
fn all(processes: &[u32]) -> Result<Vec<(u32, Computed)>, String> {
    processes.iter().map(|&id| Ok((id, procfs::computed(id)?))).collect()
}

/// What they have computed since.
fn since(processes: &[(u32, Computed)]) -> Result<Computed, String> {
    let mut each = processes.iter().map(|(id, before)| Ok(procfs::computed(*id)? - *before));
    each.try_fold(Computed::default(), |sum, each: Result<_, String>| Ok(sum + each?))
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
    let cores = || Ok::<_, String>([procfs::core(pin::SERVER)?, procfs::core(pin::LOAD)?]);
    let before = cores()?;
    tokio::time::sleep(LOOK).await;
    for (number, (before, after)) in before.into_iter().zip(cores()?).enumerate() {
        let (busy, idle) = (after.busy - before.busy, after.idle - before.idle);
        let part = idle / (busy + idle);
        if part < QUIET {
            return Ok(Some(format!("core {number} was idle for {:.0} % only", part * 100.0)));
        }
    }
    Ok(None)
}

/// Waits until the process has nothing to do any more, for no longer than this.
pub(crate) async fn settled(process: u32, within: Duration) -> Result<(), String> {
    let until = Instant::now() + within;
    let mut before = procfs::computed(process)?.all();
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = procfs::computed(process)?.all();
        if now - before < 0.025 {
            return Ok(());
        }
        before = now;
    }
    Err(format!("the server is still busy {} s after all was made", within.as_secs()))
}
