//! Refresh tokens and their rotation.
//!
//! A token is the sign-in's id, a generation and a MAC over both. The store keeps no token, only the generation that counts:
//! refreshing raises it by one. Since the MAC follows from id and generation, the successor of a token is always the same
//! text, so that two refreshes at once, or one whose answer was lost, get the same successor for 30 seconds. An older
//! generation later means that a token was copied: whoever of the two has the newer one, the sign-in ends. What has no good
//! MAC was never a token: it ends nothing, or everybody could end anybody's sign-in.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use parlance_base::{Error, Kind, Result, SignInId, Time};
use parlance_store::{Batch, CommitError};

use super::{EXPIRES_AT, GENERATION, LAST_USED_AT, LIFETIME, ROTATED_AT, SignIn, ended};
use crate::{Auth, Tokens, secrets::Keys};

/// How long the token before the last one answers the last one.
const GRACE: Duration = Duration::from_secs(30);

/// How often others may come first.
const ATTEMPTS: usize = 5;

/// What a good MAC was found on.
#[derive(Clone, Copy)]
struct RefreshToken {
    sign_in: SignInId,
    generation: i64,
}

/// What is to happen to a token of some generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is the last one: the next one is made.
    Rotate,
    /// Its successor was just made: it is answered again.
    Repeat,
    /// It was replaced a while ago: somebody kept a copy.
    Reused,
    /// It counts no more, or not yet (the store was set back to a backup), or the sign-in expired.
    Void,
}

impl Auth {
    /// New tokens for a refresh token, which is replaced by the new one.
    ///
    /// # Errors
    /// 401 `auth.invalid_refresh_token` for what is none, `auth.sign_in_ended`, and `auth.refresh_reused` for one that was
    /// replaced more than 30 seconds ago, which also ends the sign-in; 503 while the store cannot be asked.
    pub async fn refresh(&self, token: &str) -> Result<Tokens> {
        let token = read(&self.core.keys, token)?;
        for _ in 0..ATTEMPTS {
            let now = self.now();
            let sign_in = self.standing_sign_in(token.sign_in).await?.ok_or_else(ended)?;
            match judge(&sign_in, token.generation, now) {
                Verdict::Rotate => match self.rotate(&sign_in, now).await {
                    Ok(next) => return self.tokens(&next),
                    // Another refresh came first, or perhaps this one did: what is stored tells.
                    Err(CommitError::Conflict(_) | CommitError::Unknown) => {}
                    Err(CommitError::Missing(_)) => return Err(ended()),
                    Err(error) => return Err(error.into()),
                },
                Verdict::Repeat => return self.tokens(&sign_in),
                Verdict::Reused => return Err(self.end_reused(&sign_in).await?),
                Verdict::Void => return Err(ended()),
            }
        }
        Err(Error::unavailable(
            "auth.refresh_contested",
            "the sign-in is being refreshed elsewhere, try again",
        ))
    }

    async fn rotate(&self, sign_in: &SignIn, now: Time) -> Result<SignIn, CommitError> {
        let next = SignIn {
            generation: sign_in.generation.saturating_add(1),
            rotated_at: now,
            expires_at: now.after(LIFETIME),
            last_used_at: now,
            ..sign_in.clone()
        };
        let changes = [
            GENERATION.set(next.generation),
            ROTATED_AT.set(next.rotated_at.millis()),
            EXPIRES_AT.set(next.expires_at.millis()),
            LAST_USED_AT.raise_to(now.millis()),
        ];
        let mut batch = Batch::new();
        batch.update::<SignIn>(sign_in.id, [GENERATION.is(sign_in.generation)], changes);
        self.core.system.commit(batch).await.map(|()| next)
    }

    async fn end_reused(&self, sign_in: &SignIn) -> Result<Error> {
        // Who has the copy will not ask again to make it end, so once more where it cannot be told.
        if self.revoke_sign_in(sign_in.id).await.is_err() {
            self.revoke_sign_in(sign_in.id).await?;
        }
        tracing::warn!(user.id = %sign_in.user_id, sign_in.id = %sign_in.id, "a replaced refresh token was used: sign-in ended");
        Ok(Error::new(
            Kind::Unauthenticated,
            "auth.refresh_reused",
            "this refresh token was replaced: log in again",
        ))
    }
}

fn judge(sign_in: &SignIn, generation: i64, now: Time) -> Verdict {
    if sign_in.expires_at <= now {
        return Verdict::Void;
    }
    match sign_in.generation.saturating_sub(generation) {
        0 => Verdict::Rotate,
        1 if now.since(sign_in.rotated_at) <= GRACE => Verdict::Repeat,
        1.. => Verdict::Reused,
        _ => Verdict::Void,
    }
}

/// The refresh token of the sign-in's generation.
pub(crate) fn write(keys: &Keys, sign_in: &SignIn) -> String {
    let (id, generation) = (sign_in.id, sign_in.generation);
    let mac = keys.refresh.sign(&[id.uuid().as_bytes(), &generation.to_be_bytes()]);
    format!("{id}.{generation}.{}", BASE64.encode(mac))
}

fn read(keys: &Keys, text: &str) -> Result<RefreshToken> {
    let token = || {
        let (id, rest) = text.split_once('.')?;
        let (generation, mac) = rest.split_once('.')?;
        let (sign_in, generation) = (id.parse::<SignInId>().ok()?, generation.parse::<i64>().ok()?);
        let mac = BASE64.decode(mac).ok()?;
        let signed = keys.refresh.has_signed(&[sign_in.uuid().as_bytes(), &generation.to_be_bytes()], &mac);
        signed.then_some(RefreshToken { sign_in, generation })
    };
    let invalid = || {
        Error::new(Kind::Unauthenticated, "auth.invalid_refresh_token", "this is not a refresh token of ours")
    };
    token().ok_or_else(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refreshed(generation: i64, rotated_at: i64) -> SignIn {
        let rotated_at = Time::from_millis(rotated_at);
        SignIn {
            id: SignInId::derived(&["laptop"]),
            user_id: parlance_base::UserId::derived(&["ann"]),
            generation,
            rotated_at,
            created_at: rotated_at,
            expires_at: rotated_at.after(LIFETIME),
            password_version: 0,
            last_used_at: rotated_at,
            device: None,
        }
    }

    #[test]
    fn what_happens_to_a_token_depends_on_its_generation_and_the_time() {
        let judged = |generation, now| judge(&refreshed(5, 100_000), generation, Time::from_millis(now));
        assert_eq!(judged(5, 100_000), Verdict::Rotate);
        assert_eq!([judged(4, 100_000), judged(4, 130_000)], [Verdict::Repeat; 2]);
        assert_eq!([judged(4, 130_001), judged(3, 100_001), judged(i64::MIN, 100_001)], [Verdict::Reused; 3]);
        assert_eq!([judged(6, 100_001), judged(i64::MAX, 100_001)], [Verdict::Void; 2]);
        let end = refreshed(5, 100_000).expires_at.millis();
        assert_eq!(
            [judged(5, end - 1), judged(5, end), judged(3, end)],
            [Verdict::Rotate, Verdict::Void, Verdict::Void]
        );
    }
}
