//! Registering: who may, and making exactly one of each.
//!
//! An address that is taken is answered with 409 `user.email_taken`, so an anonymous caller can learn whether an address is
//! registered. Hiding that needs a way to the address's owner (mail) to tell them instead; without it, somebody who forgot
//! that they have an account would be told that they got a new one and then fail to log in. What bounds it: the installation
//! says who may register before it looks at the address, so only an open one tells anything; tries are limited per
//! network address; each costs a password hash; and login tells nothing.

use parlance_base::{Error, Kind, Result, UserId};
use parlance_store::{Batch, CommitError};

use crate::{
    Auth, ClientAddress, Policy, Profile, UserView, email,
    founder::{FOUNDER, Founder},
    password::{self, PasswordHash},
    user::{BY_EMAIL, State, User},
};

/// Somebody who wants to be a user.
pub struct Registration {
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// What they say of themselves.
    pub profile: Profile,
    /// The invitation that they come with.
    pub invite_token: Option<String>,
}

impl Auth {
    /// Makes a user; the first one runs the installation.
    ///
    /// # Errors
    /// 403 `registration.closed` and `registration.invite_only`; 404 `invite.not_found`; 422 `user.invalid_email`,
    /// `name.invalid`, `handle.invalid`, `password.too_short`, `password.too_long`, `password.is_email` and
    /// `password.too_common`; 409 `user.email_taken`; 429 `auth.too_many_attempts`; 503 where too many passwords wait or the
    /// store is out of reach.
    pub async fn register(&self, new: Registration, from: Option<ClientAddress>) -> Result<UserView> {
        self.core.limiter.stranger(from, self.now())?;
        let (is_founded, policy) = (self.has_users().await?, self.core.policy);
        // A closed installation takes nobody, whatever they come with.
        if is_founded && (new.invite_token.is_none() || policy == Policy::Closed) {
            admit(policy)?;
        }
        // There are no invitations yet: to take somebody in and pass over theirs would be to lose it.
        if new.invite_token.is_some() {
            return Err(Error::new(Kind::NotFound, "invite.not_found", "there is no such invitation"));
        }
        let (email, profile) = (email::read(&new.email)?, new.profile.checked()?);
        password::check(&new.password, &email)?;
        let hash = self.core.hasher.hash(new.password).await?;
        self.take_in(email, profile, hash, policy).await
    }

    /// Makes a user who has no password yet, whoever may register: a reset of the password gives them one. The first one runs
    /// the installation.
    ///
    /// # Errors
    /// 422 `user.invalid_email`, `name.invalid`, `handle.invalid`; 409 `user.email_taken`; 503 while the store is out of
    /// reach.
    pub async fn create_user(&self, email: &str, profile: Profile) -> Result<UserView> {
        let (email, profile) = (email::read(email)?, profile.checked()?);
        self.take_in(email, profile, self.core.hasher.nobodys(), Policy::Open).await
    }

    /// Whether anybody has registered: the next one would run the installation otherwise.
    ///
    /// # Errors
    /// `store.unavailable` while the store is out of reach or busy.
    pub async fn has_users(&self) -> Result<bool> {
        Ok(self.core.system.get::<Founder>(FOUNDER).await?.is_some())
    }

    /// Stores a new user: as the first one where nobody came before, else as the policy allows.
    async fn take_in(
        &self,
        email: String,
        profile: Profile,
        password: PasswordHash,
        policy: Policy,
    ) -> Result<UserView> {
        let mut user = self.new_user(email, profile, password);
        if !self.has_users().await? {
            match self.insert_user(&user).await {
                Err(CommitError::Duplicate(0, _)) => {}
                outcome => return self.welcome(user, outcome).await,
            }
        }
        // Others may have come first since it was last looked at.
        admit(policy)?;
        user.is_installation_admin = false;
        let outcome = self.insert_user(&user).await;
        self.welcome(user, outcome).await
    }

    /// A user as the first one would be.
    fn new_user(&self, email: String, profile: Profile, password: PasswordHash) -> User {
        User {
            id: self.core.ids.next::<UserId>(),
            email,
            full_name: profile.full_name,
            handle: profile.handle,
            password,
            password_version: 0,
            reset_asked_at: None,
            email_verified_at: None,
            is_installation_admin: true,
            dnd: false,
            avatar: None,
            state: State::Active,
            created_at: self.now(),
        }
    }

    /// Stores the user; an admin only as the first one, which the first change of the batch sees to.
    async fn insert_user(&self, user: &User) -> Result<(), CommitError> {
        let mut batch = Batch::new();
        if user.is_installation_admin {
            batch.insert(&Founder::new(user.id));
        }
        batch.insert(user);
        self.commit_new::<User>(batch, user.id).await
    }

    async fn welcome(&self, user: User, outcome: Result<(), CommitError>) -> Result<UserView> {
        match outcome {
            Ok(()) => {}
            Err(CommitError::Duplicate(_, BY_EMAIL)) => return Err(email_taken()),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(user.id = %user.id, user.is_installation_admin, "a user registered");
        // Where this fails, the first login does it.
        self.introduce(user.id).await?;
        Ok(user.into())
    }
}

/// Whether somebody may register where there are users.
fn admit(policy: Policy) -> Result<()> {
    let (code, message) = match policy {
        Policy::Open => return Ok(()),
        Policy::Invite => ("registration.invite_only", "registering needs an invitation"),
        Policy::Closed => ("registration.closed", "nobody can register here"),
    };
    Err(Error::new(Kind::Forbidden, code, message))
}

fn email_taken() -> Error {
    Error::new(Kind::Conflict, "user.email_taken", "there is a user with this e-mail address")
}
