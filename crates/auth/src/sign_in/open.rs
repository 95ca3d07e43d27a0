//! Opening a sign-in, which also clears away those of the same user that nobody will use again.

use parlance_base::{Result, SignInId, Time, UserId};
use parlance_store::{Batch, CommitError, Find};

use super::{Device, EXPIRES_AT, LIFETIME, SignIn, USER_ID, ended};
use crate::{
    Auth,
    user::{User, only_while_active},
};

/// How many sign-ins of one user hold at once; those nearest to their end make way.
const MOST: usize = 100;

/// How many are looked at when one is opened. Logins at the same time can pass [`MOST`] by a few.
const LOOKED_AT: usize = 2 * MOST;

impl Auth {
    /// A new sign-in of the user, which ends with the password that was read with them.
    ///
    /// # Errors
    /// 401 `auth.sign_in_ended` where they are not active any more; 503 while the store is out of reach.
    pub(crate) async fn open_sign_in(&self, user: &User, device: Option<Device>) -> Result<SignIn> {
        let (user_id, now) = (user.id, self.now());
        let sign_in = SignIn {
            id: self.core.ids.next(),
            user_id,
            generation: 0,
            rotated_at: now,
            created_at: now,
            expires_at: now.after(LIFETIME),
            password_version: user.password_version,
            last_used_at: now,
            device: device.map(Device::into_text),
        };
        let mut batch = Batch::new();
        batch.insert(&sign_in);
        // Whoever is being deactivated finds every sign-in that was opened before.
        only_while_active(&mut batch, user_id);
        match self.commit_new::<SignIn>(batch, sign_in.id).await {
            Err(CommitError::Conflict(_) | CommitError::Missing(_)) => return Err(ended()),
            outcome => outcome?,
        }
        self.clear_sign_ins(user_id, now).await?;
        Ok(sign_in)
    }

    async fn clear_sign_ins(&self, user: UserId, now: Time) -> Result<()> {
        let all = Find::new([USER_ID.is(user.to_string())]).ascending(EXPIRES_AT).limit(LOOKED_AT);
        let all = self.core.system.find::<SignIn>(all).await?;
        for sign_in in superfluous(&all, now) {
            self.revoke_sign_in(sign_in).await?;
        }
        Ok(())
    }
}

/// Of a user's sign-ins, those nearest to their end first, the ones that expired and the ones too many.
fn superfluous(all: &[SignIn], now: Time) -> impl Iterator<Item = SignInId> {
    let too_many = all.len().saturating_sub(MOST);
    let goes = move |(place, sign_in): &(usize, &SignIn)| *place < too_many || sign_in.expires_at <= now;
    all.iter().enumerate().filter(goes).map(|(_, sign_in)| sign_in.id)
}
