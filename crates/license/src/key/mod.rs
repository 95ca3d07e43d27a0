//! License keys: what an organisation may use and until when, in a text that only the vendor can write.
//!
//! A key is a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037). Nothing is asked of anybody over a network: the
//! public key is part of the build ([`Trust`]).

mod claims;
mod error;
mod issuer;
mod jws;
mod trust;

use parlance_base::Time;

use crate::plan::{Feature, Features, Plan};

pub use error::KeyError;
pub use issuer::{Issuer, NoPrivateKey};
pub use jws::MAX_KEY;
pub use trust::Trust;

/// What a license key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The license's own id: 1–64 letters, digits, `-` and `_`.
    pub lid: String,
    /// Whom it was issued to: 1–200 characters.
    pub org: String,
    /// The plan.
    pub plan: Plan,
    /// How many seats, at least one; none where there is no limit.
    pub seats: Option<i64>,
    /// The names of what it has beyond its plan, at most 64. Those that this release does not know are kept and do nothing.
    pub features: Vec<String>,
    /// When it was issued, in whole seconds, as the other two.
    pub issued_at: Time,
    /// From when on it can be installed.
    pub valid_from: Time,
    /// When it ends.
    pub valid_until: Time,
}

impl Key {
    /// What the text says, if whom we trust signed exactly that. White space around it is passed over.
    ///
    /// When it is valid is another question: [`Key::check_at`].
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::Untrusted`], [`KeyError::NoIssuer`] or [`KeyError::Unreadable`].
    pub fn verify(text: &str, trust: &Trust) -> Result<Self, KeyError> {
        let token = jws::parse(text)?;
        trust.check(&token)?;
        claims::read(&token.payload)
    }

    /// What the text says, whoever signed it: to be shown, never to be acted on.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] or [`KeyError::Unreadable`].
    pub fn claimed(text: &str) -> Result<Self, KeyError> {
        claims::read(&jws::parse(text)?.payload)
    }

    /// Nothing, where the key can be installed at this moment.
    ///
    /// # Errors
    /// [`KeyError::NotYetValid`] or [`KeyError::Expired`].
    pub fn check_at(&self, now: Time) -> Result<(), KeyError> {
        if now >= self.valid_until {
            return Err(KeyError::Expired(self.valid_until));
        }
        if now < self.valid_from {
            return Err(KeyError::NotYetValid(self.valid_from));
        }
        Ok(())
    }

    /// All features: those of the plan and those beyond it.
    #[must_use]
    pub fn all_features(&self) -> Features {
        let beyond = self.features.iter().filter_map(|name| Feature::named(name));
        self.plan.features().chain(beyond).collect()
    }
}
