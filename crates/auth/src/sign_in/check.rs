//! Whether a sign-in still holds, asked for every request.

use std::{collections::HashMap, sync::Arc, time::Duration};

use parlance_base::{Result, SignInId, Time, UserId};
use parlance_store::Batch;

use super::{Holder, LAST_USED_AT, SignIn, ended};
use crate::{
    Auth,
    standing::{Standing, Standings},
    user::User,
};

/// After how long another use of a sign-in is written down.
const NOTED: Duration = Duration::from_hours(1);

/// How many sign-ins are read from the store at once.
const AT_ONCE: usize = 1_000;

/// What is remembered of sign-ins.
pub(crate) type SignInStandings = Standings<SignInId, Facts>;

/// What is remembered of a sign-in that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    user: UserId,
    is_installation_admin: bool,
    /// Where it is verified.
    email: Option<Arc<str>>,
    expires_at: Time,
}

/// Who holds a sign-in that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) holder: Holder,
    pub(crate) is_installation_admin: bool,
    /// Where it is verified.
    pub(crate) email: Option<String>,
}

impl Standing<Facts> {
    /// Whether it is the user's, and holds now.
    pub(crate) fn is_good_for(&self, whom: UserId, now: Time) -> bool {
        matches!(self, Self::Good { facts, .. } if facts.user == whom && now < facts.expires_at)
    }
}

impl Auth {
    /// Whose sign-in this is and what is known of them, as long as it holds.
    ///
    /// # Errors
    /// 401 `auth.sign_in_ended`; 503 while the store cannot say.
    pub(crate) async fn check_sign_in(&self, id: SignInId) -> Result<Known> {
        let now = self.now();
        let standing = match self.core.standings.known(id, now) {
            Some(standing) => standing,
            None => self.read_standings(&[id]).await?.remove(&id).unwrap_or(Standing::Ended),
        };
        match standing {
            Standing::Good { facts, .. } if now < facts.expires_at => {
                let Facts { user, is_installation_admin, email, .. } = facts;
                let (holder, email) = (Holder { user, sign_in: id }, email.as_deref().map(str::to_owned));
                Ok(Known { holder, is_installation_admin, email })
            }
            _ => Err(ended()),
        }
    }

    /// What the store says of these sign-ins now: two reads for every 1,000 of them.
    pub(crate) async fn read_standings(
        &self,
        ids: &[SignInId],
    ) -> Result<HashMap<SignInId, Standing<Facts>>> {
        let mut standings = HashMap::new();
        for ids in ids.chunks(AT_ONCE) {
            // The clock comes first: an answer is as old as its question.
            let read_at = self.now();
            let sign_ins = self.core.system.get_many::<SignIn>(ids).await?;
            let users = self.users_of(&sign_ins).await?;
            let sign_ins = self.up_to_date(sign_ins, &users).await?;
            self.note_use(&sign_ins, read_at);
            let good =
                |sign_in: SignIn| Some((sign_in.id, good(&sign_in, users.get(&sign_in.user_id)?, read_at)));
            let mut read: HashMap<_, _> = sign_ins.into_iter().filter_map(good).collect();
            for id in ids {
                let standing = read.remove(id).unwrap_or(Standing::Ended);
                standings.insert(*id, self.core.standings.learn(*id, standing));
            }
        }
        Ok(standings)
    }

    /// The sign-in, unless it ended with the password that it was opened under.
    pub(crate) async fn standing_sign_in(&self, id: SignInId) -> Result<Option<SignIn>> {
        let sign_ins = self.core.system.get_many::<SignIn>([id]).await?;
        let users = self.users_of(&sign_ins).await?;
        Ok(self.up_to_date(sign_ins, &users).await?.pop())
    }

    /// The users of these sign-ins, who are active: the sign-ins of others have ended, whether they are gone already or not.
    async fn users_of(&self, sign_ins: &[SignIn]) -> Result<HashMap<UserId, User>> {
        let ids = sign_ins.iter().map(|sign_in| sign_in.user_id);
        let users = self.core.system.get_many::<User>(ids).await?;
        Ok(users.into_iter().filter(User::is_active).map(|user| (user.id, user)).collect())
    }

    /// Those of the sign-ins, read before these users were, that are of the users' passwords. One of an older password may
    /// have been carried over between the two reads, so it is read again.
    async fn up_to_date(&self, sign_ins: Vec<SignIn>, users: &HashMap<UserId, User>) -> Result<Vec<SignIn>> {
        let is_current = |sign_in: &SignIn| {
            let user = users.get(&sign_in.user_id);
            user.is_some_and(|user| sign_in.password_version >= user.password_version)
        };
        let (mut current, outdated): (Vec<_>, Vec<_>) = sign_ins.into_iter().partition(is_current);
        let again = outdated.iter().map(|sign_in| sign_in.id);
        let again = self.core.system.get_many::<SignIn>(again).await?;
        current.extend(again.into_iter().filter(is_current));
        Ok(current)
    }

    /// Writes down that these are used, those of which it was not written down lately.
    fn note_use(&self, sign_ins: &[SignIn], now: Time) {
        let mut batch = Batch::new();
        for sign_in in sign_ins.iter().filter(|sign_in| now.since(sign_in.last_used_at) >= NOTED) {
            batch.update::<SignIn>(sign_in.id, [], [LAST_USED_AT.raise_to(now.millis())]);
        }
        if batch.is_empty() {
            return;
        }
        let system = self.core.system.clone();
        // Nobody waits for it. Where it fails, or too much is going on, the next use is written down.
        let _ = self.aside(async move {
            let _ = system.commit(batch).await;
        });
    }
}

fn good(sign_in: &SignIn, user: &User, read_at: Time) -> Standing<Facts> {
    let facts = Facts {
        user: user.id,
        is_installation_admin: user.is_installation_admin,
        email: user.verified_email().map(Arc::from),
        expires_at: sign_in.expires_at,
    };
    Standing::Good { facts, read_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_standing_ends_with_the_sign_in() {
        let (user, expires_at) = (UserId::derived(&["ann"]), Time::from_millis(20_000));
        let facts = Facts { user, is_installation_admin: false, email: None, expires_at };
        let good = Standing::Good { facts, read_at: Time::from_millis(10_000) };
        let is_good = |name, now| good.is_good_for(UserId::derived(&[name]), Time::from_millis(now));
        assert!(is_good("ann", 19_999));
        assert!(!is_good("ann", 20_000) && !is_good("ben", 19_999));
    }
}
