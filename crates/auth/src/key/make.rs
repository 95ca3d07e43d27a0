//! Making a key.

use std::collections::HashSet;

use parlance_base::{Caller, Credential, Error, Grant, Kind, Result, Scope, Scopes};
use parlance_edge::check_signed_in;
use parlance_store::{Batch, CommitError, Find};
use parlance_workspace::{
    AuditEntry, DisplayName,
    permission::{Action, workspace_not_found},
    while_conflicting,
};

use super::{Key, KeyKind, KeyView, MADE, PLACE, SHELF, secret::ApiKey};
use crate::{Auth, ClientAddress, Proof};

/// How many keys the people of a workspace may have made.
const MOST: usize = 200;

/// A key that is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// What it is for.
    pub kind: KeyKind,
    /// What people call it, 1–80 characters; no other key's of the workspace.
    pub name: String,
    /// What a scoped key is held to; none for a master key.
    pub scopes: Scopes,
}

impl Auth {
    /// Makes a key that acts with the caller's rights; and its text, which nobody can be told again. Whoever is signed in shows
    /// that it is them for one that runs the workspace: a key outlasts the sign-in that it is made by.
    ///
    /// # Errors
    /// 403 `key.beyond_own` for a key that reaches further than the caller's, `auth.sign_in_required` for a master key by a
    /// key, `password.required`, `password.wrong`; 401 `auth.second_factor_required`, `auth.invalid_code`; 429
    /// `auth.too_many_attempts`; 409 `key.name_taken`, `key.too_many`; 422 `key.scopes`, `name.invalid`; else as the permission table's row
    /// `key.manage` says.
    pub async fn make_key(
        &self,
        caller: &Caller,
        new: NewKey,
        proof: Option<Proof>,
        from: Option<ClientAddress>,
    ) -> Result<(KeyView, String)> {
        self.core.workspaces.allow(caller, Action::KeyManage)?;
        self.core.workspaces.noted(caller, None, check_kind(caller, &new))?;
        let name = DisplayName::parse(&new.name)?.into_string();
        let proven = self.prove_for(caller, &new, proof, from).await;
        self.core.workspaces.noted(caller, None, proven)?;
        let maker = self.core.workspaces.present(caller.workspace, caller.user).await?;
        let api_key = ApiKey::new(&self.core.ids, caller.workspace);
        let key = Key {
            id: api_key.id(),
            kind: new.kind,
            name,
            user_id: caller.user,
            since: maker.ok_or_else(workspace_not_found)?.joined_seq,
            made_with: None,
            scopes: new.scopes,
            sha256: api_key.sha256(),
            shelf: MADE.to_owned(),
            place: 0,
            created_by: caller.user,
            created_at: self.now(),
        };
        while_conflicting(|| self.shelve(caller, key.clone())).await?;
        tracing::info!(workspace.id = %caller.workspace, key.id = %key.id, user.id = %caller.user, "an API key was made");
        Ok((key.into(), api_key.reveal()))
    }

    /// Nothing, where the caller need not show that it is them, or does.
    async fn prove_for(
        &self,
        caller: &Caller,
        new: &NewKey,
        proof: Option<Proof>,
        from: Option<ClientAddress>,
    ) -> Result<()> {
        let runs_it = new.kind == KeyKind::Master || new.scopes.contain(Scope::Admin);
        let is_signed_in = matches!(caller.credential, Credential::SignIn(_));
        if !(runs_it && is_signed_in) {
            return Ok(());
        }
        let Some(proof) = proof else {
            let message = "a key that runs the workspace takes your password";
            return Err(Error::new(Kind::Forbidden, "password.required", message));
        };
        self.prove(caller.user, proof, from).await.map(drop)
    }

    /// Stores the key in a place that is free; somebody else may be quicker.
    async fn shelve(&self, caller: &Caller, mut key: Key) -> Result<()> {
        let scope = self.core.store.workspace(caller.workspace);
        let made = Find::new([SHELF.is(MADE)]).ascending(PLACE).limit(MOST);
        let made = scope.find::<Key>(made).await?;
        if let Some(known) = made.iter().find(|known| known.name == key.name) {
            return Err(name_taken(known));
        }
        key.place = self.free_place(&made)?;
        let mut batch = Batch::new();
        batch.insert(&key);
        let (id, target) = (self.core.ids.next(), Some(key.id.to_string()));
        let made = AuditEntry::done(id, caller, "key.made", target, self.now());
        batch.insert(&AuditEntry { detail: Some(key.reach()), ..made });
        match scope.commit(batch).await {
            Err(CommitError::Unknown) if scope.get::<Key>(key.id).await?.is_some() => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// One of the free places: which, is left to chance, so that several who make keys at once seldom meet.
    fn free_place(&self, made: &[Key]) -> Result<i64> {
        let taken: HashSet<i64> = made.iter().map(|key| key.place).collect();
        let free: Vec<i64> = (0_i64..).take(MOST).filter(|place| !taken.contains(place)).collect();
        let chance = usize::from(u16::from_be_bytes(self.core.ids.random()));
        let place = chance.checked_rem(free.len()).and_then(|at| free.get(at));
        place.copied().ok_or_else(|| {
            let message = format!("the workspace has {MOST} keys: delete one first");
            Error::new(Kind::Conflict, "key.too_many", message)
        })
    }
}

/// Nothing, where the caller may make such a key: none makes one that reaches further than itself, or that lasts when it is
/// gone and can make more.
fn check_kind(caller: &Caller, new: &NewKey) -> Result<()> {
    if (new.kind == KeyKind::Master) != new.scopes.is_empty() {
        let message = "a scoped key has at least one scope, a master key has none";
        return Err(Error::new(Kind::Invalid, "key.scopes", message));
    }
    match (new.kind, caller.grant) {
        (KeyKind::Master, grant) => check_signed_in(caller.credential, grant),
        (KeyKind::Scoped, Grant::Scoped(own)) if !new.scopes.are_within(own) => Err(Error::new(
            Kind::Forbidden,
            "key.beyond_own",
            "a key makes no key that has scopes which it does not have itself",
        )),
        (KeyKind::Scoped, _) => Ok(()),
    }
}

fn name_taken(known: &Key) -> Error {
    Error::new(Kind::Conflict, "key.name_taken", format!("the key {} has this name", known.id))
}
