//! Why a text is no key that can be installed.

use parlance_base::{Error, Kind, Time};

/// Why a text is no key that can be installed. None of it says what the text was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It does not have the form of a key.
    #[error("this is no license key: {0}")]
    Malformed(&'static str),
    /// Somebody else signed it, or it was changed after it was signed.
    #[error("the license key was not issued by whom this server trusts, or was changed since")]
    Untrusted,
    /// The program was built without anybody's public key.
    #[error("this server was built without the public key of an issuer, and takes no license key")]
    NoIssuer,
    /// It says what this release does not understand.
    #[error("this release cannot read the license key, a newer one may: {0}")]
    Unreadable(String),
    /// Its time has not come.
    #[error("the license key is valid from {} on", .0.to_rfc3339())]
    NotYetValid(Time),
    /// Its time is over.
    #[error("the license key ended at {}", .0.to_rfc3339())]
    Expired(Time),
}

impl KeyError {
    const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "license.key_malformed",
            Self::Untrusted => "license.key_untrusted",
            Self::NoIssuer => "license.no_issuer",
            Self::Unreadable(_) => "license.key_unreadable",
            Self::NotYetValid(_) => "license.key_not_yet_valid",
            Self::Expired(_) => "license.key_expired",
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::new(Kind::Invalid, error.code(), error.to_string())
    }
}
