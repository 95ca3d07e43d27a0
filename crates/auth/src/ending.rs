//! What ends when a user is stopped, beside what looks at their state: steps that can be taken any number of times, driven to
//! the end by a job that is committed with the user's new state.

use std::{sync::Arc, time::Duration};

use parlance_base::{BoxFuture, Ids, Result, Revocation, Time, UserId, WorkspaceId};
use parlance_store::{
    Batch, Find,
    job::{Failure, Handler, Handlers, Job},
};
use parlance_workspace::Ending;

use crate::{
    Auth,
    sign_in::{SignIn, USER_ID},
    user::{State, User},
};

/// The kind of job that ends what is left.
const ENDING: &str = "auth.ending";

/// When the job runs: after whoever stopped the user has done all of it, as a rule, and after every request that began before
/// has ended, so that what such a request added ends too.
const AFTER: Duration = Duration::from_mins(1);

/// How many sign-ins are ended between two looks.
const AT_ONCE: usize = 100;

impl Auth {
    /// The same handlers and those of auth's own jobs.
    #[must_use]
    pub fn handlers(&self, handlers: Handlers) -> Handlers {
        handlers.on(ENDING, Arc::new(Endings(self.clone())))
    }

    /// Ends what a user who was stopped still has.
    ///
    /// # Errors
    /// 503 where not all of it has ended: try again.
    pub(crate) async fn end_what_is_left(&self, user: &User) -> Result<()> {
        (self.core.revoked)(Revocation::User(user.id));
        self.core.keys_known.end_where(|facts| facts.user == user.id);
        self.end_all_sign_ins(user.id).await?;
        self.core.workspaces.people().remove(user.id).await?;
        let ending = match user.state {
            State::Active => return Ok(()),
            State::Deactivated => Ending::Deactivated,
            State::Erased => Ending::Erased,
        };
        self.core.workspaces.end_memberships(user.id, ending).await?;
        self.end_keys_of(user.id).await?;
        match user.state {
            State::Erased => self.forget(user.id).await,
            _ => Ok(()),
        }
    }

    /// Ends all sign-ins of the user; a stopped one gets no new ones.
    async fn end_all_sign_ins(&self, user: UserId) -> Result<()> {
        loop {
            let some = Find::new([USER_ID.is(user.to_string())]).limit(AT_ONCE);
            let some = self.core.system.find::<SignIn>(some).await?;
            if some.is_empty() {
                return Ok(());
            }
            for sign_in in some {
                self.revoke_sign_in(sign_in.id).await?;
            }
        }
    }
}

/// The job that is committed with a user's new state. It belongs to no workspace, so to one that nobody has.
pub(crate) fn job(ids: &Ids, user: UserId, now: Time) -> Job {
    let nobodys = WorkspaceId::derived(&["parlance/auth"]);
    Job::new(ids.next(), nobodys, ENDING, user.to_string(), now).due(now.after(AFTER))
}

/// Ends what is left of those who were stopped.
struct Endings(Auth);

impl Handler for Endings {
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Batch, Failure>> {
        Box::pin(async move {
            let user = job.payload.parse::<UserId>().map_err(|_| Failure::Final("no user".to_owned()))?;
            match self.0.core.system.get::<User>(user).await? {
                Some(user) if !user.is_active() => self.0.end_what_is_left(&user).await?,
                _ => {}
            }
            Ok(Batch::new())
        })
    }
}
