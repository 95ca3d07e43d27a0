//! Whether a key still holds, and for whom: asked for every request, and again and again for open connections.
//!
//! The key itself is remembered for 3 seconds, as sign-ins are. What its user is in the workspace is asked each time, so that
//! a key follows its user at once, and the key of an embedded user the master key that it was made with. A key that nobody has costs one read, and is not remembered, or whoever makes keys up
//! could have the others forgotten; how many an address may try is limited.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use parlance_base::{Backer, CallerRef, Error, Grant, KeyId, Kind, Result, Role, Time, UserId, WorkspaceId};
use parlance_workspace::Member;

use super::{Key, secret::ApiKey};
use crate::{
    Auth, ClientAddress,
    standing::{Standing, Standings},
    user::User,
};

/// How many keys are read from the store at once.
const AT_ONCE: usize = 1_000;

/// How many workspaces are asked at once.
const WORKSPACES_AT_ONCE: usize = 16;

/// What is remembered of keys, each in its workspace: what another workspace does not have says nothing.
pub(crate) type KeyStandings = Standings<(WorkspaceId, KeyId), Facts>;

/// What is remembered of a key that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) user: UserId,
    pub(super) grant: Grant,
    since: i64,
    made_with: Option<KeyId>,
}

/// Who acts by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyHolder {
    pub(crate) workspace: WorkspaceId,
    pub(crate) user: UserId,
    pub(crate) role: Role,
    pub(crate) key: KeyId,
    pub(crate) grant: Grant,
    /// Whom they end with, where they are an embedded user.
    pub(crate) backer: Option<Backer>,
}

impl Facts {
    /// Whether the key holds for its user, who is this member of the workspace now.
    fn hold_for(self, user: &Member) -> bool {
        let runs_it = user.role >= Role::Admin;
        user.id == self.user && user.joined_seq == self.since && (self.grant != Grant::Master || runs_it)
    }
}

impl Auth {
    /// Who acts by this key: its user, or the embedded user whom they want to act as.
    ///
    /// # Errors
    /// 401 `key.invalid`; 403 `key.not_master` and 404 `user.not_found` for whom they want to act as; 429
    /// `auth.too_many_attempts`; 503 while the store cannot say.
    pub(crate) async fn key_holder(
        &self,
        text: &str,
        act_as: Option<&str>,
        from: Option<ClientAddress>,
    ) -> Result<KeyHolder> {
        let api_key = ApiKey::read(text).ok_or_else(invalid)?;
        let holder = self.holder_of(api_key.workspace, api_key.id(), from).await?;
        match act_as {
            Some(external_id) => self.acting_as(holder, external_id).await,
            None => Ok(holder),
        }
    }

    /// Who acts by this key where it was shown before, as this user: a ticket stands for it.
    ///
    /// # Errors
    /// As [`key_holder`](Self::key_holder).
    pub(crate) async fn key_holder_again(
        &self,
        workspace: WorkspaceId,
        key: KeyId,
        user: UserId,
    ) -> Result<KeyHolder> {
        let holder = self.holder_of(workspace, key, None).await?;
        if user == holder.user { Ok(holder) } else { self.acting_as_member(holder, user).await }
    }

    /// The key's user, as long as it holds for them.
    async fn holder_of(
        &self,
        workspace: WorkspaceId,
        key: KeyId,
        from: Option<ClientAddress>,
    ) -> Result<KeyHolder> {
        let facts = self.facts_of(workspace, key, from).await?;
        let user = self.core.workspaces.present(workspace, facts.user).await?;
        let user = user.filter(|user| facts.hold_for(user)).ok_or_else(invalid)?;
        let backer = match facts.made_with {
            Some(master) => Some(self.backer(workspace, master).await?),
            None => None,
        };
        Ok(KeyHolder { workspace, user: user.id, role: user.role, key, grant: facts.grant, backer })
    }

    /// The master key that a key was made with, and its maker, as long as it holds for them.
    async fn backer(&self, workspace: WorkspaceId, master: KeyId) -> Result<Backer> {
        let facts = self.facts_now(workspace, master).await?.ok_or_else(invalid)?;
        let maker = self.core.workspaces.present(workspace, facts.user).await?;
        let maker = maker.filter(|maker| facts.hold_for(maker)).ok_or_else(invalid)?;
        Ok(Backer { key: master, user: maker.id })
    }

    async fn facts_of(
        &self,
        workspace: WorkspaceId,
        key: KeyId,
        from: Option<ClientAddress>,
    ) -> Result<Facts> {
        let now = self.now();
        // Whoever comes with a key that held is not kept out by those who try others from the same address.
        let is_tried = !self.core.keys_known.remembers((workspace, key));
        if is_tried {
            self.core.limiter.may_try_key(from, now)?;
        }
        let found = self.facts_now(workspace, key).await?;
        if found.is_none() && is_tried {
            self.core.limiter.wrong_key(from, now);
        }
        found.ok_or_else(invalid)
    }

    /// What is known of the key, where it holds.
    async fn facts_now(&self, workspace: WorkspaceId, key: KeyId) -> Result<Option<Facts>> {
        match self.core.keys_known.known((workspace, key), self.now()) {
            Some(Standing::Good { facts, .. }) => Ok(Some(facts)),
            Some(Standing::Ended) => Ok(None),
            None => Ok(self.read_keys(workspace, &[key]).await?.remove(&key)),
        }
    }

    /// Which of these callers, who all came by keys, still may be connected: three reads for each workspace and 1,000 keys,
    /// and two for the master keys behind those of embedded users.
    pub(crate) async fn keys_holding(&self, callers: &[CallerRef]) -> Result<HashSet<CallerRef>> {
        let mut by_workspace: BTreeMap<WorkspaceId, Vec<CallerRef>> = BTreeMap::new();
        for caller in callers.iter().filter(|caller| caller.credential.key().is_some()) {
            by_workspace.entry(caller.workspace).or_default().push(*caller);
        }
        let checks =
            stream::iter(by_workspace).map(|(workspace, callers)| self.holding_in(workspace, callers));
        let holding: Vec<Vec<CallerRef>> = checks.buffer_unordered(WORKSPACES_AT_ONCE).try_collect().await?;
        Ok(holding.into_iter().flatten().collect())
    }

    async fn holding_in(&self, workspace: WorkspaceId, callers: Vec<CallerRef>) -> Result<Vec<CallerRef>> {
        let mut holding = Vec::new();
        for callers in callers.chunks(AT_ONCE) {
            let keys: HashSet<KeyId> = callers.iter().filter_map(|caller| caller.credential.key()).collect();
            let mut facts = self.read_keys(workspace, &keys.into_iter().collect::<Vec<_>>()).await?;
            let masters: HashSet<KeyId> = facts.values().filter_map(|facts| facts.made_with).collect();
            facts.extend(self.read_keys(workspace, &masters.into_iter().collect::<Vec<_>>()).await?);
            let users =
                facts.values().map(|facts| facts.user).chain(callers.iter().map(|caller| caller.user));
            let users: HashSet<UserId> = users.collect();
            let members = self.core.workspaces.present_among(workspace, users).await?;
            let members: HashMap<UserId, Member> =
                members.into_iter().map(|member| (member.id, member)).collect();
            holding.extend(callers.iter().filter(|caller| holds(caller, &facts, &members)));
        }
        Ok(holding)
    }

    /// The facts of those of these keys that hold, as the store has them now: two reads for every 1,000 of them.
    async fn read_keys(&self, workspace: WorkspaceId, ids: &[KeyId]) -> Result<HashMap<KeyId, Facts>> {
        let mut read = HashMap::new();
        for ids in ids.chunks(AT_ONCE) {
            // The clock comes first: an answer is as old as its question.
            let read_at = self.now();
            let keys = self.core.store.workspace(workspace).get_many::<Key>(ids).await?;
            let users = self.makers_of(&keys).await?;
            let held = keys.into_iter().filter(|key| key.made_with.is_some() || users.contains(&key.user_id));
            let mut held: HashMap<KeyId, Facts> = held.map(|key| (key.id, facts(&key))).collect();
            for id in ids {
                let Some(facts) = held.remove(id) else {
                    self.core.keys_known.end_held((workspace, *id));
                    continue;
                };
                if let Standing::Good { facts, .. } = self.learn((workspace, *id), facts, read_at) {
                    read.insert(*id, facts);
                }
            }
        }
        Ok(read)
    }

    fn learn(&self, id: (WorkspaceId, KeyId), facts: Facts, read_at: Time) -> Standing<Facts> {
        self.core.keys_known.learn(id, Standing::Good { facts, read_at })
    }

    /// The users of the installation whose keys these are, as far as they are there and active.
    async fn makers_of(&self, keys: &[Key]) -> Result<HashSet<UserId>> {
        let users = keys.iter().filter(|key| key.made_with.is_none()).map(|key| key.user_id);
        let users = self.core.system.get_many::<User>(users).await?;
        Ok(users.into_iter().filter(User::is_active).map(|user| user.id).collect())
    }
}

fn facts(key: &Key) -> Facts {
    Facts { user: key.user_id, grant: key.grant(), since: key.since, made_with: key.made_with }
}

/// Whether the caller's key holds, and the one that it was made with, and is theirs or lets them be acted as.
fn holds(caller: &CallerRef, keys: &HashMap<KeyId, Facts>, members: &HashMap<UserId, Member>) -> bool {
    let Some(facts) = caller.credential.key().and_then(|key| keys.get(&key)) else { return false };
    let stands = |facts: &Facts| members.get(&facts.user).is_some_and(|user| facts.hold_for(user));
    let is_backed = |master: KeyId| keys.get(&master).is_some_and(stands);
    let acts_as = || {
        let user = members.get(&caller.user);
        facts.grant == Grant::Master && user.is_some_and(|user| user.embedded)
    };
    stands(facts) && facts.made_with.is_none_or(is_backed) && (caller.user == facts.user || acts_as())
}

/// What everybody gets whose key does not hold, whatever is wrong with it.
fn invalid() -> Error {
    Error::new(Kind::Unauthenticated, "key.invalid", "this is no API key, or not any more")
}
