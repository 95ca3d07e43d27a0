//! Logging embedded users in and out: each login gives the user a new key and ends the one before, in one step.

use parlance_base::{Caller, Credential, Error, KeyId, Kind, Result, Scope, Scopes, UserId};
use parlance_store::{Batch, CommitError};
use parlance_workspace::{DisplayName, Member, user_not_found, while_conflicting};

use super::{
    Key, KeyKind, check_master,
    embedded::{EmbeddedUser, KEY_ID, ROTATION, check_external_id, id_of},
    secret::ApiKey,
};
use crate::Auth;

/// An embedded user who is to be logged in.
#[derive(Clone, Debug)]
pub struct EmbeddedLogin {
    /// How the application calls them, 1–128 characters.
    pub external_id: String,
    /// What they are called from now on, 1–80 characters.
    pub display_name: String,
    /// What their key is held to; else `chat.read` and `chat.send`.
    pub scopes: Option<Scopes>,
}

/// An embedded user, as their application sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedView {
    /// Their id.
    pub id: UserId,
    /// How the application calls them.
    pub external_id: String,
    /// What they are called.
    pub display_name: String,
    /// What they are mentioned by.
    pub handle: String,
}

impl Auth {
    /// Makes the embedded user of the caller's workspace a member, or finds them, and gives them a new key; the one that
    /// they had ends: on this node at once, on others within 5 seconds.
    ///
    /// # Errors
    /// 403 `key.not_master`; 422 `user.invalid_external_id`, `name.invalid`, `key.scopes`; 503 while the store is out of
    /// reach.
    pub async fn key_login(&self, caller: &Caller, login: EmbeddedLogin) -> Result<(EmbeddedView, String)> {
        self.core.workspaces.noted(caller, None, check_master(caller))?;
        check_external_id(&login.external_id)?;
        let name = DisplayName::parse(&login.display_name)?;
        let scopes = checked(login.scopes)?;
        let user = id_of(caller.workspace, &login.external_id);
        // Joining comes first: a key is of the membership that it was made in.
        let member = self.core.workspaces.embed(caller, user, name).await?;
        let rotate = || self.rotate_key(caller, &member, &login.external_id, scopes);
        let api_key = while_conflicting(rotate).await?;
        let Member { id, display_name, handle, .. } = member;
        Ok((EmbeddedView { id, external_id: login.external_id, display_name, handle }, api_key.reveal()))
    }

    /// Ends the key of an embedded user of the caller's workspace. One who has none stays so.
    ///
    /// # Errors
    /// 403 `key.not_master`; 404 `user.not_found`; 503 while the store is out of reach.
    pub async fn key_logout(&self, caller: &Caller, external_id: &str) -> Result<()> {
        self.core.workspaces.noted(caller, None, check_master(caller))?;
        let user = id_of(caller.workspace, external_id);
        while_conflicting(|| self.take_key(caller, user)).await
    }

    /// Replaces the user's key, unless another login is quicker.
    async fn rotate_key(
        &self,
        caller: &Caller,
        member: &Member,
        external_id: &str,
        scopes: Scopes,
    ) -> Result<ApiKey> {
        let scope = self.core.store.workspace(caller.workspace);
        let known = scope.get::<EmbeddedUser>(member.id).await?;
        let api_key = ApiKey::new(&self.core.ids, caller.workspace);
        let rotation = known.as_ref().map_or(1, |known| known.rotation.saturating_add(1));
        let key = self.key_of_embedded(caller, member, &api_key, scopes, rotation);
        let mut batch = Batch::new();
        match &known {
            Some(known) => replace(&mut batch, known, Some(key.id)),
            None => {
                let (id, external_id, key_id) = (member.id, external_id.to_owned(), Some(key.id));
                let created_at = self.now();
                batch.insert(&EmbeddedUser { id, external_id, key_id, rotation, created_at });
            }
        }
        batch.insert(&key);
        match scope.commit(batch).await {
            Err(CommitError::Unknown) if scope.get::<Key>(key.id).await?.is_some() => {}
            outcome => outcome?,
        }
        if let Some(old) = known.and_then(|known| known.key_id) {
            self.key_ended(caller.workspace, old);
        }
        Ok(api_key)
    }

    async fn take_key(&self, caller: &Caller, user: UserId) -> Result<()> {
        let scope = self.core.store.workspace(caller.workspace);
        let known = scope.get::<EmbeddedUser>(user).await?.ok_or_else(user_not_found)?;
        let Some(old) = known.key_id else { return Ok(()) };
        let mut batch = Batch::new();
        replace(&mut batch, &known, None);
        match scope.commit(batch).await {
            Err(CommitError::Unknown) if scope.get::<Key>(old).await?.is_none() => {}
            outcome => outcome?,
        }
        self.key_ended(caller.workspace, old);
        Ok(())
    }

    fn key_of_embedded(
        &self,
        caller: &Caller,
        member: &Member,
        api_key: &ApiKey,
        scopes: Scopes,
        rotation: i64,
    ) -> Key {
        Key {
            id: api_key.id(),
            kind: KeyKind::Scoped,
            name: rotation.to_string(),
            user_id: member.id,
            since: member.joined_seq,
            made_with: master_of(caller),
            scopes,
            sha256: api_key.sha256(),
            shelf: member.id.to_string(),
            place: rotation,
            created_by: caller.user,
            created_at: self.now(),
        }
    }
}

/// Has the batch give the user this key in place of the one that they have, unless that changes first.
fn replace(batch: &mut Batch, known: &EmbeddedUser, key: Option<KeyId>) {
    let changes = [KEY_ID.set(key.map(|key| key.to_string())), ROTATION.grow(1)];
    batch.update::<EmbeddedUser>(known.id, [ROTATION.is(known.rotation)], changes);
    if let Some(old) = known.key_id {
        batch.delete::<Key>(old, []);
    }
}

/// The key that the caller, who has a master key, comes with.
const fn master_of(caller: &Caller) -> Option<KeyId> {
    match caller.credential {
        Credential::Key(key) => Some(key),
        Credential::SignIn(_) => None,
    }
}

fn checked(scopes: Option<Scopes>) -> Result<Scopes> {
    let scopes = scopes.unwrap_or_else(|| [Scope::ChatRead, Scope::ChatSend].into_iter().collect());
    if scopes.is_empty() || scopes.contain(Scope::Admin) {
        let message = "an embedded user's key has at least one scope, and not `admin`";
        return Err(Error::new(Kind::Invalid, "key.scopes", message));
    }
    Ok(scopes)
}
