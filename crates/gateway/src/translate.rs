//! The settings, in the words of the crates that they are for.

use std::num::NonZeroU32;

use parlance_auth::Policy;
use parlance_chat::{Rate, Rates, realtime::Bus};
use parlance_store::Store;

use crate::config::{BusKind, Config, Registration};

pub(crate) fn auth(config: &Config, public_url: &str) -> parlance_auth::Config {
    let mut auth = parlance_auth::Config::new(public_url);
    auth.allowed_origins.clone_from(&config.allowed_origins);
    auth.limits.address.burst = config.login_burst;
    auth.policy = match config.registration {
        Registration::Open => Policy::Open,
        Registration::Invite => Policy::Invite,
        Registration::Closed => Policy::Closed,
    };
    auth
}

pub(crate) fn bus(config: &Config, store: &Store) -> Bus {
    match config.bus {
        Some(BusKind::Local) => Bus::Local,
        Some(BusKind::Mongodb) | None => Bus::Store(store.clone()),
    }
}

pub(crate) fn rates(config: &Config) -> Rates {
    let usual = Rates::default();
    let rate = |per_second, rate| Rate { per_second: NonZeroU32::new(per_second), ..rate };
    let burst = NonZeroU32::new(config.send_burst).unwrap_or(NonZeroU32::MIN);
    Rates {
        sends: rate(config.sends_per_second, Rate { burst, ..usual.sends }),
        groups: rate(config.group_changes_per_second, usual.groups),
        typing: rate(config.typing_per_second, usual.typing),
    }
}
