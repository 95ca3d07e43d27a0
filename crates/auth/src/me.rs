//! What a user sees and changes of themselves.

use parlance_base::{Error, Identity, Result, Time, UserId};
use parlance_store::{Batch, CommitError};
use parlance_workspace::{Member, Person, normalised};

use crate::{
    Auth, ProfileChange,
    admin::not_found,
    sign_in,
    user::{State, User, with_email},
};

/// How often another change may come in between.
const ATTEMPTS: usize = 5;

/// A user, as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserView {
    /// Their id.
    pub id: UserId,
    /// Their address; none where an application brought them along.
    pub email: Option<String>,
    /// The name others see.
    pub full_name: String,
    /// How they want to be mentioned; each workspace gives the nearest that is free there.
    pub handle: Option<String>,
    /// Whether they run the installation.
    pub is_installation_admin: bool,
    /// When it was shown that the address is theirs.
    pub email_verified_at: Option<Time>,
    /// When they asked for another password without knowing the present one; none once they have another.
    pub reset_asked_at: Option<Time>,
    /// Whether they want to be left alone.
    pub dnd: bool,
    /// Which picture they have: another one has another name.
    pub avatar: Option<String>,
    /// Whether they can be one who asks.
    pub state: State,
    /// When they registered.
    pub created_at: Time,
}

impl Auth {
    /// The user.
    ///
    /// # Errors
    /// 401 `auth.sign_in_ended` where they are gone; 503 while the store is out of reach.
    pub async fn me(&self, user: UserId) -> Result<UserView> {
        Ok(self.user(user).await?.into())
    }

    /// Who is asking: a user of the installation, or an embedded one.
    ///
    /// # Errors
    /// As [`me`](Self::me).
    pub async fn identified(&self, identity: &Identity) -> Result<UserView> {
        if let Some(workspace) = identity.workspace {
            let member = self.core.workspaces.present(workspace, identity.user).await?;
            if let Some(member) = member.filter(|member| member.embedded) {
                return Ok(member.into());
            }
        }
        self.me(identity.user).await
    }

    /// Changes what the user says of themselves; of two changes of one field at once the later one
    /// stays.
    ///
    /// # Errors
    /// 422 `name.invalid`, `handle.invalid`; else as [`me`](Self::me).
    pub async fn update_me(&self, user: UserId, change: ProfileChange) -> Result<UserView> {
        let change = change.checked()?;
        let user = self.user(user).await?;
        let mut batch = Batch::new();
        batch.update::<User>(user.id, [State::Active.cond()], change.changes());
        match self.core.system.commit(batch).await {
            Ok(()) => {}
            Err(CommitError::Missing(_) | CommitError::Conflict(_)) => return Err(sign_in::ended()),
            Err(error) => return Err(error.into()),
        }
        self.introduce(user.id).await?;
        Ok(change.apply(user).into())
    }

    /// Tells workspaces what is known of the user now. Of two that do this at once, the slower one may have read before the
    /// other's change and written after it: so each looks again whether what it told still is so.
    pub(crate) async fn introduce(&self, user: UserId) -> Result<()> {
        let mut known = self.user(user).await?;
        for _ in 0..ATTEMPTS {
            match known.person() {
                Some(person) => self.tell(&person).await?,
                None => self.core.workspaces.people().remove(user).await?,
            }
            let now = self.user(user).await?;
            if now.person() == known.person() {
                return Ok(());
            }
            known = now;
        }
        Err(Error::unavailable("user.contested", "the profile is being changed elsewhere, try again"))
    }

    /// Tells workspaces of a person. Where somebody has the address there who is gone here, they are gone there too.
    async fn tell(&self, person: &Person) -> Result<()> {
        let people = self.core.workspaces.people();
        let told = people.upsert(person).await;
        let Err(error) = told else { return Ok(()) };
        match people.by_email(&person.email).await? {
            Some(other) if other.id != person.id && !self.is_active(other.id).await? => {
                people.remove(other.id).await?;
                people.upsert(person).await
            }
            _ => Err(error),
        }
    }

    pub(crate) async fn user(&self, id: UserId) -> Result<User> {
        self.core.system.get(id).await?.ok_or_else(sign_in::ended)
    }

    /// The user with this address, for whoever runs the installation.
    pub(crate) async fn user_with(&self, email: &str) -> Result<User> {
        let found = self.core.system.find::<User>(with_email(&normalised(email))).await?.into_iter().next();
        found.ok_or_else(not_found)
    }
}

/// An embedded user is what their workspace knows of them.
impl From<Member> for UserView {
    fn from(member: Member) -> Self {
        Self {
            id: member.id,
            email: None,
            full_name: member.display_name,
            handle: Some(member.handle),
            is_installation_admin: false,
            email_verified_at: None,
            reset_asked_at: None,
            dnd: false,
            avatar: None,
            state: State::Active,
            created_at: member.joined_at,
        }
    }
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            email: Some(user.email),
            full_name: user.full_name,
            handle: user.handle,
            is_installation_admin: user.is_installation_admin,
            email_verified_at: user.email_verified_at,
            reset_asked_at: user.reset_asked_at,
            dnd: user.dnd,
            avatar: user.avatar,
            state: user.state,
            created_at: user.created_at,
        }
    }
}
