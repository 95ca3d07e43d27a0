//! Using a code up: each counts once, on whichever node.

use parlance_base::{Error, Kind, Result, UserId};
use parlance_store::Change;

use super::{
    RECOVERY, SECRET, SecondFactor, USED_STEP, contested,
    recovery::RecoveryCode,
    totp::{self, SECRET_BYTES, Secret},
};
use crate::{Auth, ClientAddress, refused};

/// How many other codes may be used in between.
const ATTEMPTS: usize = 10;

impl Auth {
    /// Nothing, where the user has no second factor or `code` is one of it, which is used up by that. For whoever has proved
    /// the first one: others must not learn whether there is a second.
    ///
    /// # Errors
    /// 401 `auth.second_factor_required` without a code, `auth.invalid_code` for one that is wrong or was used; 429
    /// `auth.too_many_attempts`; 503 while the store cannot say.
    pub(crate) async fn check_second_factor(
        &self,
        user: UserId,
        code: Option<&str>,
        from: Option<ClientAddress>,
    ) -> Result<()> {
        if self.second_factor_on(user).await?.is_none() {
            return Ok(());
        }
        let Some(code) = code else {
            let message = "send the code of the authenticator app, or a recovery code, along";
            return Err(Error::new(Kind::Unauthenticated, "auth.second_factor_required", message));
        };
        self.spend_code(user, code, from).await
    }

    /// Uses up one code of the user's second factor, which must be on.
    ///
    /// # Errors
    /// As [`check_second_factor`](Self::check_second_factor).
    async fn spend_code(&self, user: UserId, code: &str, from: Option<ClientAddress>) -> Result<()> {
        self.core.limiter.code(user, self.now())?;
        for _ in 0..ATTEMPTS {
            let factor = self.second_factor_on(user).await?.ok_or_else(invalid_code)?;
            let Some(change) = self.use_of(&factor, code.trim()) else {
                refused::code(user, self.is_used(&factor, code.trim()), from);
                return Err(invalid_code());
            };
            if self.change_second_factor(&factor, [change]).await? {
                self.core.limiter.code_was_right(user, self.now());
                return Ok(());
            }
        }
        Err(contested())
    }

    /// What using the code changes; none where it is not good, or not any more.
    fn use_of(&self, factor: &SecondFactor, code: &str) -> Option<Change> {
        if let Some(code) = totp::read(code) {
            let step = self.secret_of(factor)?.step_of(code, self.now(), factor.used_step)?;
            return Some(USED_STEP.set(step));
        }
        let hash = RecoveryCode::read(code)?.hash(factor.id);
        factor.recovery.contains(&hash).then(|| RECOVERY.exclude(hash))
    }

    /// Whether the code of the authenticator app would be good, had it not been used.
    fn is_used(&self, factor: &SecondFactor, code: &str) -> bool {
        let code = totp::read(code).zip(self.secret_of(factor));
        code.is_some_and(|(code, secret)| secret.step_of(code, self.now(), i64::MIN).is_some())
    }

    /// The secret; none where it was sealed under another secret of the installation.
    pub(super) fn secret_of(&self, factor: &SecondFactor) -> Option<Secret> {
        let bytes = self.core.keys.second_factors.open(&factor.secret, factor.id.uuid().as_bytes());
        let secret = bytes.and_then(|bytes| <[u8; SECRET_BYTES]>::try_from(bytes).ok());
        if secret.is_none() {
            let (user, field) = (factor.id, SECRET.name);
            tracing::warn!(user.id = %user, field, "a second factor was sealed under another installation secret");
        }
        secret.map(Secret)
    }
}

/// 401 `auth.invalid_code`.
pub(super) fn invalid_code() -> Error {
    Error::new(Kind::Unauthenticated, "auth.invalid_code", "the code is wrong, was used, or is too old")
}
