//! Switching the second factor on and off, and new recovery codes.

use std::time::Duration;

use parlance_base::{Error, Kind, Result, UserId};
use parlance_store::{Batch, Change, CommitError};
use serde_json::json;

use super::{
    BEGUN_AT, RECOVERY, SECRET, STATE, SecondFactor, State, USED_STEP, contested, off,
    recovery::RecoveryCode,
    spend::invalid_code,
    totp::{self, SECRET_BYTES, Secret},
};
use crate::{
    Auth, ClientAddress,
    prove::Proof,
    seal::Sealed,
    user::{User, only_while_active},
};

/// How often others may come first.
const ATTEMPTS: usize = 5;

/// How long a secret waits for its first code.
const BEGUN_FOR: Duration = Duration::from_hours(1);

/// What a user gives their authenticator app.
pub struct Enrolment {
    /// The secret, in base32, to be typed.
    pub secret: String,
    /// The same as an `otpauth://` URI, to be scanned.
    pub uri: String,
}

impl Auth {
    /// Makes a secret for the user's authenticator app. Nothing is asked for before
    /// [`confirm_totp`](Self::confirm_totp); beginning again makes another secret.
    ///
    /// # Errors
    /// 403 `password.wrong`; 409 `totp.already_on`; 429 `auth.too_many_attempts`; 503 while the store is out of reach.
    pub async fn begin_totp(
        &self,
        user: UserId,
        password: String,
        from: Option<ClientAddress>,
    ) -> Result<Enrolment> {
        let user = self.prove_password(user, password, from).await?;
        let secret = Secret(self.core.ids.random::<SECRET_BYTES>());
        let about = user.id.uuid();
        let sealed = self.core.keys.second_factors.seal(&secret.0, about.as_bytes(), &self.core.ids)?;
        for _ in 0..ATTEMPTS {
            if self.keep_begun(user.id, &sealed).await? {
                return Ok(Enrolment { secret: secret.base32(), uri: secret.uri(&user.email) });
            }
        }
        Err(contested())
    }

    /// Switches the second factor on for who shows that their app has the secret, and answers the recovery codes: shown this
    /// once.
    ///
    /// # Errors
    /// 401 `auth.invalid_code`; 409 `totp.not_begun` (an hour after it was begun, too), `totp.already_on`; 429
    /// `auth.too_many_attempts`; 503 while the store is out of reach.
    pub async fn confirm_totp(&self, user: UserId, code: &str) -> Result<Vec<String>> {
        self.core.limiter.code(user, self.now())?;
        let factor = self.second_factor(user).await?.ok_or_else(not_begun)?;
        if factor.state == State::On {
            return Err(already_on());
        }
        if self.now().since(factor.begun_at) > BEGUN_FOR {
            return Err(not_begun());
        }
        let secret = self.secret_of(&factor).ok_or_else(not_begun)?;
        let step =
            totp::read(code.trim()).and_then(|code| secret.step_of(code, self.now(), factor.used_step));
        let step = step.ok_or_else(invalid_code)?;
        let (codes, recovery) = self.new_codes(user);
        let changes = [STATE.set(State::On.as_str()), USED_STEP.set(step), recovery];
        if !self.change_second_factor(&factor, changes).await? {
            return Err(contested());
        }
        self.core.limiter.code_was_right(user, self.now());
        tracing::info!(user.id = %user, "a second factor was switched on");
        Ok(codes)
    }

    /// Switches the second factor off.
    ///
    /// # Errors
    /// 401 `auth.invalid_code`; 403 `password.wrong`; 409 `totp.off`; 429 `auth.too_many_attempts`; 503 while the store is
    /// out of reach.
    pub async fn remove_totp(&self, user: UserId, proof: Proof, from: Option<ClientAddress>) -> Result<()> {
        self.prove_with_factor(user, proof, from).await?;
        self.reset_second_factor(user).await
    }

    /// New recovery codes, shown this once; the ones before count no more.
    ///
    /// # Errors
    /// As [`remove_totp`](Self::remove_totp).
    pub async fn renew_recovery_codes(
        &self,
        user: UserId,
        proof: Proof,
        from: Option<ClientAddress>,
    ) -> Result<Vec<String>> {
        self.prove_with_factor(user, proof, from).await?;
        let (codes, recovery) = self.new_codes(user);
        for _ in 0..ATTEMPTS {
            let factor = self.second_factor_on(user).await?.ok_or_else(off)?;
            if self.change_second_factor(&factor, [recovery.clone()]).await? {
                return Ok(codes);
            }
        }
        Err(contested())
    }

    /// The password, and a code of a second factor that is on.
    async fn prove_with_factor(
        &self,
        user: UserId,
        proof: Proof,
        from: Option<ClientAddress>,
    ) -> Result<User> {
        let known = self.prove_password(user, proof.password, from).await?;
        if self.second_factor_on(user).await?.is_none() {
            return Err(off());
        }
        self.check_second_factor(user, proof.code.as_deref(), from).await?;
        Ok(known)
    }

    /// Keeps a secret that nothing is asked with yet, unless something else was quicker.
    async fn keep_begun(&self, user: UserId, sealed: &Sealed) -> Result<bool> {
        let Some(known) = self.second_factor(user).await? else {
            return self.insert_begun(user, sealed).await;
        };
        if known.state == State::On {
            return Err(already_on());
        }
        let changes = [SECRET.set(sealed.as_str()), BEGUN_AT.set(self.now().millis()), USED_STEP.set(0)];
        self.change_second_factor(&known, changes).await
    }

    async fn insert_begun(&self, user: UserId, sealed: &Sealed) -> Result<bool> {
        let factor = SecondFactor {
            id: user,
            rev: self.core.ids.next(),
            secret: sealed.clone(),
            state: State::Begun,
            begun_at: self.now(),
            used_step: 0,
            recovery: Vec::new(),
        };
        let mut batch = Batch::new();
        only_while_active(&mut batch, user);
        batch.insert(&factor);
        match self.core.system.commit(batch).await {
            Ok(()) => Ok(true),
            Err(CommitError::Duplicate(..)) => Ok(false),
            Err(CommitError::Unknown) => {
                Ok(self.second_factor(user).await?.is_some_and(|now| now.rev == factor.rev))
            }
            Err(CommitError::Conflict(_) | CommitError::Missing(_)) => Err(crate::sign_in::ended()),
            Err(error) => Err(error.into()),
        }
    }

    /// Recovery codes, and the change that makes them the user's.
    fn new_codes(&self, user: UserId) -> (Vec<String>, Change) {
        let codes = RecoveryCode::some(&self.core.ids);
        let hashes: Vec<_> = codes.iter().map(|code| code.hash(user)).collect();
        (codes.into_iter().map(RecoveryCode::text).collect(), RECOVERY.set(json!(hashes)))
    }
}

fn already_on() -> Error {
    Error::new(Kind::Conflict, "totp.already_on", "the second factor is on: switch it off first")
}

fn not_begun() -> Error {
    Error::new(Kind::Conflict, "totp.not_begun", "begin with POST /api/auth/totp, and confirm within an hour")
}

impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolment(…)")
    }
}
