//! What the host decides about who gets in and how.

use std::time::Duration;

/// How the host wants it.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where browsers find this installation, as `https://chat.example.com`: an allowed
    /// origin, and what decides whether cookies are `Secure`.
    pub public_url: String,
    /// Further origins whose pages may use the cookie, as `https://app.example.com`.
    pub allowed_origins: Vec<String>,
    /// Who may register, once there is an admin.
    pub policy: Policy,
    /// What a password hash costs.
    pub hashing: Hashing,
    /// How often one may try.
    pub limits: Limits,
}

/// Who may register. The very first user may under each of them: they become the installation's admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Anybody.
    Open,
    /// Who was invited.
    Invite,
    /// Nobody.
    Closed,
}

/// What a password hash (Argon2id, one lane) costs, and how much of that is paid at the same time.
#[derive(Clone, Copy, Debug)]
pub struct Hashing {
    /// Memory of one hash in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// How many hashes are computed at once.
    pub at_once: usize,
    /// How many more may wait for their turn; who comes beyond is told to come back.
    pub waiting: usize,
}

/// How often one may try to log in or register. A burst of 0 sets no limit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From one address (IPv6: from one /64), whoever is meant.
    pub address: Rate,
    /// From one address for one account.
    pub account_from_address: Rate,
    /// For one account from anywhere: slows those who guess from many addresses, at the price that they can keep its owner
    /// out, so it is wide.
    pub account: Rate,
}

/// So many at once, then one more each so often.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// How many at once; 0 sets no limit.
    pub burst: u32,
    /// How long until there is one more.
    pub every: Duration,
}

impl Config {
    /// The defaults for an installation found at `public_url`.
    #[must_use]
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            allowed_origins: Vec::new(),
            policy: Policy::Open,
            hashing: Hashing::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Hashing {
    /// The first recommendation of OWASP's password storage cheat sheet: 19 MiB, two passes.
    fn default() -> Self {
        Self { memory_kib: 19 * 1_024, passes: 2, at_once: 2, waiting: 64 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            address: Rate { burst: 60, every: Duration::from_secs(1) },
            account_from_address: Rate { burst: 10, every: Duration::from_secs(20) },
            account: Rate { burst: 100, every: Duration::from_secs(5) },
        }
    }
}
