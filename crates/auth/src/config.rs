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

/// How often one may try, on each node: to log in or give the current password, to say that it is forgotten, and, by
/// address alone, to register or use a link. A right password does not count against its account. A burst of 0 sets no
/// limit.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From one address (IPv6: from one /64), whoever is meant.
    pub address: Rate,
    /// From one address for one account.
    pub account_from_address: Rate,
    /// For one account from all addresses from which it was not logged in to before, and once more from all others.
    pub account: Rate,
    /// Codes of one account's second factor that are wrong. Who tries has the password already, and one code in 300,000 is
    /// right at any time.
    pub code: Rate,
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
    /// At most 100 wrong passwords an hour for one account (OWASP ASVS 4.0, 2.2.1): 50 from addresses from which it was logged
    /// in to, 50 from all others.
    fn default() -> Self {
        Self {
            address: Rate { burst: 60, every: Duration::from_secs(1) },
            account_from_address: Rate { burst: 10, every: Duration::from_secs(90) },
            account: Rate { burst: 20, every: Duration::from_mins(2) },
            code: Rate { burst: 5, every: Duration::from_mins(5) },
        }
    }
}
