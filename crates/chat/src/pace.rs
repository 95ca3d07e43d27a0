//! How fast a user may send: per node, REST and sockets together.

use std::{num::NonZeroU32, sync::Arc};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use parlance_base::{Error, Kind, Result, UserId};

/// How many sends a user may make.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// Per second, lasting; none for no limit.
    pub per_second: Option<NonZeroU32>,
    /// At once, after a pause.
    pub burst: NonZeroU32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { per_second: NonZeroU32::new(10), burst: NonZeroU32::MIN.saturating_add(19) }
    }
}

/// What users have sent lately.
#[derive(Clone, Debug)]
pub(crate) struct Pace(Option<Arc<DefaultKeyedRateLimiter<UserId>>>);

/// Beyond so many users, those who have paused long enough are forgotten.
const REMEMBERED: usize = 10_000;

impl Pace {
    pub(crate) fn new(rate: Rate) -> Self {
        let quota = rate.per_second.map(|rate_| Quota::per_second(rate_).allow_burst(rate.burst));
        Self(quota.map(|quota| Arc::new(RateLimiter::keyed(quota))))
    }

    /// Takes one send off what the user may make now.
    ///
    /// # Errors
    /// 429 `rate.limited`, with when to try again.
    pub(crate) fn send(&self, user: UserId) -> Result<()> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        if limiter.len() > REMEMBERED {
            limiter.retain_recent();
        }
        limiter.check_key(&user).map_err(|not_until| {
            let retry_after = not_until.wait_time_from(limiter.clock().now());
            Error::new(Kind::TooMany { retry_after }, "rate.limited", "too many messages in too short a time")
        })
    }
}
