//! How fast a user may do things: per node, REST and sockets together.

use std::{
    fmt,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use parlance_base::{Error, Kind, Result, UserId};

/// How fast each user may do what, on one node.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Sending and editing messages: 10 a second, 20 at once.
    pub sends: Rate,
    /// Making groups and changing what they are and who is in them: 5 a second, 50 at once.
    pub groups: Rate,
    /// Telling others that one types: 5 a second, 20 at once.
    pub typing: Rate,
}

/// How many a user may make of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Per second, lasting; none for no limit.
    pub per_second: Option<NonZeroU32>,
    /// At once, after a pause.
    pub burst: NonZeroU32,
}

impl Rate {
    /// No limit.
    pub const UNLIMITED: Self = Self { per_second: None, burst: NonZeroU32::MIN };

    const fn of(per_second: u32, burst: u32) -> Self {
        let burst = NonZeroU32::MIN.saturating_add(burst.saturating_sub(1));
        Self { per_second: NonZeroU32::new(per_second), burst }
    }
}

impl Rates {
    /// No limits.
    pub const UNLIMITED: Self =
        Self { sends: Rate::UNLIMITED, groups: Rate::UNLIMITED, typing: Rate::UNLIMITED };
}

impl Default for Rates {
    fn default() -> Self {
        Self { sends: Rate::of(10, 20), groups: Rate::of(5, 50), typing: Rate::of(5, 20) }
    }
}

/// What users have done lately.
#[derive(Debug)]
pub(crate) struct Pace {
    sends: Limit,
    groups: Limit,
    typing: Limit,
}

struct Limit {
    limiter: Option<DefaultKeyedRateLimiter<UserId>>,
    /// How many users may be remembered until those who have paused long enough are forgotten.
    room: AtomicUsize,
    message: &'static str,
}

/// So many users are remembered at least.
const REMEMBERED: usize = 10_000;

impl Pace {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            sends: Limit::new(rates.sends, "too many messages in too short a time"),
            groups: Limit::new(rates.groups, "too many changes of groups in too short a time"),
            typing: Limit::new(rates.typing, "too much typing in too short a time"),
        }
    }

    /// Takes one message off what the user may send now.
    ///
    /// # Errors
    /// 429 `rate.limited`, with when to try again; so with the others.
    pub(crate) fn send(&self, user: UserId) -> Result<()> {
        self.sends.take(user)
    }

    /// Takes one change of a group off what the user may make now.
    pub(crate) fn change_group(&self, user: UserId) -> Result<()> {
        self.groups.take(user)
    }

    /// Takes one word of typing off what the user may say now.
    pub(crate) fn typing(&self, user: UserId) -> Result<()> {
        self.typing.take(user)
    }
}

impl Limit {
    fn new(rate: Rate, message: &'static str) -> Self {
        let quota = rate.per_second.map(|per_second| Quota::per_second(per_second).allow_burst(rate.burst));
        Self { limiter: quota.map(RateLimiter::keyed), room: AtomicUsize::new(REMEMBERED), message }
    }

    fn take(&self, user: UserId) -> Result<()> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if limiter.len() > self.room.load(Ordering::Relaxed) {
            limiter.retain_recent();
            // Where all of them are busy, not each of them has to go through all.
            self.room.store(limiter.len().saturating_mul(2).max(REMEMBERED), Ordering::Relaxed);
        }
        limiter.check_key(&user).map_err(|not_until| {
            let retry_after = not_until.wait_time_from(limiter.clock().now());
            Error::new(Kind::TooMany { retry_after }, "rate.limited", self.message)
        })
    }
}

impl fmt::Debug for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limit").field("users", &self.limiter.as_ref().map(RateLimiter::len)).finish()
    }
}
