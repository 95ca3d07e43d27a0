//! How often somebody may try: bursts that refill steadily (GCRA), in bounded memory, per node.
//!
//! A key whose count was forgotten at the memory's bound starts anew. To get there, an attacker needs as many tries as the
//! bound has places, and those are limited per address first. What costs little (coming from another address, forgetting a
//! password) is remembered apart, so that it pushes no count of wrong passwords and codes out. `governor` does the same without that bound and with a clock
//! of its own, which tests could not move.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use parlance_base::{Error, Kind, Result, Time, UserId};

use crate::{
    config::{Limits, Rate},
    recent::Recent,
};

/// How many keys are remembered, of each kind: some 20 MiB for all at most.
const REMEMBERED: usize = 200_000;

/// Where a request came from, for the limits. The host puts it into the request's extensions, since only the host knows
/// which proxies to believe; requests without it share one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

/// Counts tries.
pub(crate) struct Limiter {
    limits: Limits,
    hashing: RandomState,
    /// The counts of addresses, and of accounts from an address.
    addresses: Counts,
    /// The counts of accounts, whatever the address.
    accounts: Counts,
    /// The counts of accounts whose password somebody says to have forgotten.
    forgotten: Counts,
    /// From where which accounts were logged in to.
    known: Mutex<Recent<u64, ()>>,
}

/// When the burst of each key will be whole again, in milliseconds.
struct Counts(Mutex<Recent<u64, i64>>);

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            hashing: RandomState::new(),
            addresses: Counts::new(),
            accounts: Counts::new(),
            forgotten: Counts::new(),
            known: Mutex::new(Recent::new(REMEMBERED)),
        }
    }

    /// Counts one try at the password of `account`. Where it [succeeds](Self::succeeded), it does not count against the
    /// account. Addresses from which it was logged in to have a count of their own beside all others, so that strangers who
    /// guess do not keep its owner out.
    ///
    /// # Errors
    /// 429 `auth.too_many_attempts` with when to try again.
    pub(crate) fn login(&self, account: &str, from: Option<ClientAddress>, now: Time) -> Result<()> {
        self.stranger(from, now)?;
        let from = from.map(network);
        let both = self.key(&("both", account, from));
        self.addresses.count(self.limits.account_from_address, both, now)?;
        self.accounts.count(self.limits.account, self.account(account, from), now)
    }

    /// Takes back what a try at the password that was right counted against the account.
    pub(crate) fn succeeded(&self, account: &str, from: Option<ClientAddress>, now: Time) {
        let from = from.map(network);
        self.addresses.take_back(self.limits.account_from_address, self.key(&("both", account, from)), now);
        self.accounts.take_back(self.limits.account, self.account(account, from), now);
        if from.is_some() {
            let key = self.key(&(account, from));
            self.known.lock().unwrap_or_else(PoisonError::into_inner).put(key, ());
        }
    }

    /// Counts one who says that they forgot the password of `account`.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub(crate) fn forgotten(&self, account: &str, from: Option<ClientAddress>, now: Time) -> Result<()> {
        self.stranger(from, now)?;
        let both = self.key(&("forgot", account, from.map(network)));
        self.addresses.count(self.limits.account_from_address, both, now)?;
        self.forgotten.count(self.limits.account, self.key(&account), now)
    }

    /// Counts one who asks without saying who they are: to register, or with a token from a link.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub(crate) fn stranger(&self, from: Option<ClientAddress>, now: Time) -> Result<()> {
        self.addresses.count(self.limits.address, self.key(&("address", from.map(network))), now)
    }

    /// Counts one try at a code of the user's second factor.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub(crate) fn code(&self, user: UserId, now: Time) -> Result<()> {
        self.accounts.count(self.limits.code, self.key(&("code", user)), now)
    }

    /// Takes the last try at a code back, which was right: who logs in often is not held up.
    pub(crate) fn code_was_right(&self, user: UserId, now: Time) {
        self.accounts.take_back(self.limits.code, self.key(&("code", user)), now);
    }

    /// Whether the address may try an API key that is not known here: only those that nobody has count.
    ///
    /// # Errors
    /// As [`login`](Self::login).
    pub(crate) fn may_try_key(&self, from: Option<ClientAddress>, now: Time) -> Result<()> {
        let rate = self.limits.address;
        let whole_at = self.addresses.all().get(self.key(&("key", from.map(network))));
        if rate.burst == 0 { Ok(()) } else { allowed(rate, whole_at, now).map(drop) }
    }

    /// Counts an API key that nobody has.
    pub(crate) fn wrong_key(&self, from: Option<ClientAddress>, now: Time) {
        // Whoever is one too many by now hears so with the next one.
        let _ = self.addresses.count(self.limits.address, self.key(&("key", from.map(network))), now);
    }

    /// The account as it is counted from there.
    fn account(&self, account: &str, from: Option<u64>) -> u64 {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(self.key(&(account, from)));
        self.key(&("account", account, known.is_some()))
    }

    fn key(&self, key: &impl Hash) -> u64 {
        self.hashing.hash_one(key)
    }
}

impl Counts {
    fn new() -> Self {
        Self(Mutex::new(Recent::new(REMEMBERED)))
    }

    fn count(&self, rate: Rate, key: u64, now: Time) -> Result<()> {
        if rate.burst == 0 {
            return Ok(());
        }
        let mut all = self.all();
        let whole_at = allowed(rate, all.get(key), now)?;
        all.put(key, whole_at);
        Ok(())
    }

    fn take_back(&self, rate: Rate, key: u64, now: Time) {
        let mut all = self.all();
        if let Some(whole_at) = all.get(key) {
            all.put(key, Time::from_millis(whole_at).before(rate.every).max(now).millis());
        }
    }

    fn all(&self) -> MutexGuard<'_, Recent<u64, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As [`step`], with what those hear who must wait.
fn allowed(rate: Rate, whole_at: Option<i64>, now: Time) -> Result<i64> {
    step(rate, whole_at, now).map_err(|retry_after| {
        let message = "too many attempts, try again later";
        Error::new(Kind::TooMany { retry_after }, "auth.too_many_attempts", message)
    })
}

/// When the burst will be whole again after one more try now, or how long to wait for it.
fn step(rate: Rate, whole_at: Option<i64>, now: Time) -> Result<i64, Duration> {
    let all = rate.every.saturating_mul(rate.burst);
    // A clock that was set back keeps nobody out for longer than a whole burst takes to refill.
    let whole_at = whole_at.unwrap_or(i64::MIN).clamp(now.millis(), now.after(all).millis());
    let next = Time::from_millis(whole_at).after(rate.every);
    let early = next.since(now.after(all));
    if early.is_zero() { Ok(next.millis()) } else { Err(early) }
}

/// What one customer of a provider has: an IPv4 address, or the first 64 bits of an IPv6 one.
fn network(ClientAddress(address): ClientAddress) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(address) => u64::from(address.to_bits()),
        IpAddr::V6(address) => u64::try_from(address.to_bits() >> 64).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, every: Duration::from_secs(10) };

    fn at(seconds: i64) -> Time {
        Time::from_millis(1_795_253_400_000 + seconds * 1_000)
    }

    #[test]
    fn a_burst_passes_and_then_one_each_interval() {
        let mut whole_at = None;
        let mut passes = |seconds| match step(RATE, whole_at, at(seconds)) {
            Ok(next) => {
                whole_at = Some(next);
                Ok(())
            }
            Err(wait) => Err(wait.as_secs()),
        };
        assert_eq!([passes(0), passes(0), passes(0)], [Ok(()); 3]);
        assert_eq!([passes(0), passes(9), passes(10), passes(10)], [Err(10), Err(1), Ok(()), Err(10)]);
        assert_eq!([passes(100), passes(100), passes(100), passes(100)], [Ok(()), Ok(()), Ok(()), Err(10)]);
    }

    #[test]
    fn a_clock_set_back_keeps_nobody_out() {
        let whole_at = step(RATE, None, at(1_000_000)).unwrap();
        assert_eq!(step(RATE, Some(whole_at), at(0)), Err(Duration::from_secs(10)));
        assert!(step(RATE, Some(at(30).millis()), at(10)).is_ok());
    }

    #[test]
    fn no_number_of_addresses_has_the_tries_at_an_account_forgotten() {
        let limiter =
            Limiter::new(Limits { address: RATE, account_from_address: RATE, account: RATE, code: RATE });
        let from = |address: u32| Some(ClientAddress(IpAddr::from(address.to_be_bytes())));
        let user = UserId::derived(&["ann"]);
        for address in 0..3 {
            limiter.login("ann", from(address), at(0)).unwrap();
            limiter.code(user, at(0)).unwrap();
        }
        for address in 0..u32::try_from(REMEMBERED).unwrap() {
            limiter.forgotten(&address.to_string(), from(100 + address), at(0)).unwrap();
            limiter.wrong_key(from(100 + address), at(0));
        }
        assert_eq!(limiter.login("ann", from(50), at(0)).unwrap_err().code(), "auth.too_many_attempts");
        assert_eq!(limiter.code(user, at(0)).unwrap_err().code(), "auth.too_many_attempts");
    }

    #[test]
    fn one_ipv6_customer_has_one_limit() {
        let of = |text: &str| network(ClientAddress(text.parse().unwrap()));
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
