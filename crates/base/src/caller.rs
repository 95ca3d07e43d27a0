//! Who asks: the caller of a request, and what is kept of them to ask again whether they still may.

use serde::{Deserialize, Serialize};

use crate::{Grant, KeyId, SignInId, UserId, WorkspaceId};

/// A user who asks for something in a workspace, as their host has established it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The workspace they act in.
    pub workspace: WorkspaceId,
    /// The user.
    pub user: UserId,
    /// What they proved themselves with.
    pub credential: Credential,
    /// How far that reaches.
    pub grant: Grant,
    /// What they are in the workspace.
    pub role: Role,
    /// Their e-mail address, where it was verified.
    pub email: Option<String>,
    /// Whom they end with, where an application brought them along.
    pub backer: Option<Backer>,
}

/// What somebody acts by who was brought along by an application, beside what they proved themselves with: a key that is
/// not their own, and its maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Backer {
    /// The application's key.
    pub key: KeyId,
    /// Who made it, and is a member of the same workspace.
    pub user: UserId,
}

/// A user of the installation, as the host has established them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user: UserId,
    /// What they proved themselves with.
    pub credential: Credential,
    /// How far that reaches.
    pub grant: Grant,
    /// The only workspace that what they proved themselves with is good for, where that is so.
    pub workspace: Option<WorkspaceId>,
    /// Their e-mail address, where it was verified.
    pub email: Option<String>,
    /// Whether they run the installation.
    pub is_installation_admin: bool,
}

/// What a user is in a workspace; a later one may all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees only the groups they were put in.
    Guest,
    /// Belongs to the workspace.
    Member,
    /// Runs the workspace.
    Admin,
    /// Answers for the workspace.
    Owner,
}

/// What a caller proved themselves with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// A sign-in of the user.
    SignIn(SignInId),
    /// An API key of the user.
    Key(KeyId),
}

/// A caller, reduced to what decides whether they may stay connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallerRef {
    /// The workspace that the connection is for.
    pub workspace: WorkspaceId,
    /// The user.
    pub user: UserId,
    /// What they proved themselves with.
    pub credential: Credential,
    /// What they were in the workspace when they connected.
    pub role: Role,
    /// Whom they end with, where an application brought them along.
    pub backer: Option<Backer>,
}

/// The answer to whether a caller still may be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// They may.
    Good,
    /// Their sign-in, key or account is gone.
    Revoked,
    /// They are no longer of the workspace, or the workspace is gone.
    NotAllowed,
    /// They, or whoever acts as them, are something else in the workspace now, and so may see other things.
    Changed,
}

/// Callers who may no longer be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The sign-in ended.
    SignIn(SignInId),
    /// The API key was deleted or rotated.
    Key(KeyId),
    /// The user was deactivated or deleted.
    User(UserId),
    /// The user is no longer of the workspace.
    Member(WorkspaceId, UserId),
    /// The user has this role in the workspace now: who had another may connect again, and see other things.
    Role(WorkspaceId, UserId, Role),
    /// The workspace was deleted.
    Workspace(WorkspaceId),
}

impl Caller {
    /// A user who acts in the workspace by a sign-in of theirs, with everything that their role allows.
    #[must_use]
    pub const fn signed_in(workspace: WorkspaceId, user: UserId, sign_in: SignInId, role: Role) -> Self {
        let credential = Credential::SignIn(sign_in);
        Self { workspace, user, credential, grant: Grant::Full, role, email: None, backer: None }
    }

    /// What is kept of the caller to ask again whether they still may.
    #[must_use]
    pub const fn reference(&self) -> CallerRef {
        let Self { workspace, user, credential, role, backer, .. } = *self;
        CallerRef { workspace, user, credential, role, backer }
    }
}

impl Credential {
    /// The sign-in, where it is one.
    #[must_use]
    pub const fn sign_in(self) -> Option<SignInId> {
        match self {
            Self::SignIn(id) => Some(id),
            Self::Key(_) => None,
        }
    }

    /// The API key, where it is one.
    #[must_use]
    pub const fn key(self) -> Option<KeyId> {
        match self {
            Self::SignIn(_) => None,
            Self::Key(id) => Some(id),
        }
    }
}

impl Revocation {
    /// What `caller` is from now on; nothing where it concerns neither them nor whom they end with.
    #[must_use]
    pub fn makes_of(self, caller: &CallerRef) -> Option<Check> {
        let CallerRef { workspace, user, credential, role, backer } = *caller;
        let is_backed_by = |id| backer.is_some_and(|backer| backer.user == id);
        let is_backed_with = |id| backer.is_some_and(|backer| backer.key == id);
        let (is_so, check) = match self {
            Self::SignIn(id) => (credential.sign_in() == Some(id), Check::Revoked),
            Self::Key(id) => (credential.key() == Some(id) || is_backed_with(id), Check::Revoked),
            Self::User(id) => (user == id || is_backed_by(id), Check::Revoked),
            Self::Member(of, id) if user == id => (workspace == of, Check::NotAllowed),
            Self::Member(of, id) => (workspace == of && is_backed_by(id), Check::Revoked),
            Self::Role(of, id, new) if user == id => (workspace == of && role != new, Check::Changed),
            Self::Role(of, id, _) => (workspace == of && is_backed_by(id), Check::Changed),
            Self::Workspace(of) => (workspace == of, Check::NotAllowed),
        };
        is_so.then_some(check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_brought_along_ends_with_the_key_and_its_maker() {
        let [here, there] = ["here", "there"].map(|name| WorkspaceId::derived(&[name]));
        let [own, masters] = ["own", "masters"].map(|name| KeyId::derived(&[name]));
        let [uma, ann, ben] = ["uma", "ann", "ben"].map(|name| UserId::derived(&[name]));
        let backer = Some(Backer { key: masters, user: ann });
        let caller = CallerRef {
            workspace: here,
            user: uma,
            credential: Credential::Key(own),
            role: Role::Member,
            backer,
        };
        for (revocation, check) in [
            (Revocation::Key(own), Some(Check::Revoked)),
            (Revocation::Key(masters), Some(Check::Revoked)),
            (Revocation::Key(KeyId::derived(&["another"])), None),
            (Revocation::User(uma), Some(Check::Revoked)),
            (Revocation::User(ann), Some(Check::Revoked)),
            (Revocation::User(ben), None),
            (Revocation::Member(here, uma), Some(Check::NotAllowed)),
            (Revocation::Member(here, ann), Some(Check::Revoked)),
            (Revocation::Member(there, ann), None),
            (Revocation::Role(here, uma, Role::Guest), Some(Check::Changed)),
            (Revocation::Role(here, uma, Role::Member), None),
            (Revocation::Role(here, ann, Role::Member), Some(Check::Changed)),
            (Revocation::Role(here, ben, Role::Guest), None),
            (Revocation::Role(there, uma, Role::Guest), None),
        ] {
            assert_eq!(revocation.makes_of(&caller), check, "{revocation:?}");
        }
        let alone = CallerRef { backer: None, ..caller };
        assert_eq!(Revocation::User(ann).makes_of(&alone), None);
        assert_eq!(Revocation::Key(masters).makes_of(&alone), None);
    }
}
