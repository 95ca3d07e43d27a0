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
    /// An API key by which somebody else acts as the user.
    Acting {
        /// The key.
        key: KeyId,
        /// Who made it, and whose place in the workspace it stands on.
        maker: UserId,
    },
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
    /// The user is something else in the workspace now: they may connect again, and see other things.
    Role(WorkspaceId, UserId),
    /// The workspace was deleted.
    Workspace(WorkspaceId),
}

impl Caller {
    /// A user who acts in the workspace by a sign-in of theirs, with everything that their role allows.
    #[must_use]
    pub const fn signed_in(workspace: WorkspaceId, user: UserId, sign_in: SignInId, role: Role) -> Self {
        let credential = Credential::SignIn(sign_in);
        Self { workspace, user, credential, grant: Grant::Full, role, email: None }
    }

    /// What is kept of the caller to ask again whether they still may.
    #[must_use]
    pub const fn reference(&self) -> CallerRef {
        CallerRef { workspace: self.workspace, user: self.user, credential: self.credential, role: self.role }
    }
}

impl Credential {
    /// The sign-in, where it is one.
    #[must_use]
    pub const fn sign_in(self) -> Option<SignInId> {
        match self {
            Self::SignIn(id) => Some(id),
            Self::Key(_) | Self::Acting { .. } => None,
        }
    }

    /// The API key, where it is one.
    #[must_use]
    pub const fn key(self) -> Option<KeyId> {
        match self {
            Self::SignIn(_) => None,
            Self::Key(key) | Self::Acting { key, .. } => Some(key),
        }
    }

    /// Whether it is a key by which this user acts as another.
    fn is_of_maker(self, user: UserId) -> bool {
        matches!(self, Self::Acting { maker, .. } if maker == user)
    }
}

impl Revocation {
    /// What `caller` is from now on; nothing where it does not concern them. A key by which somebody acts as the caller ends
    /// with its maker's place in the workspace.
    #[must_use]
    pub fn makes_of(self, caller: &CallerRef) -> Option<Check> {
        let CallerRef { workspace, user, credential, .. } = *caller;
        let (is_so, check) = match self {
            Self::SignIn(id) => (credential.sign_in() == Some(id), Check::Revoked),
            Self::Key(id) => (credential.key() == Some(id), Check::Revoked),
            Self::User(id) => (user == id || credential.is_of_maker(id), Check::Revoked),
            Self::Member(of, id) if user == id => (workspace == of, Check::NotAllowed),
            Self::Member(of, id) => (workspace == of && credential.is_of_maker(id), Check::Revoked),
            Self::Role(of, id) => {
                (workspace == of && (user == id || credential.is_of_maker(id)), Check::Changed)
            }
            Self::Workspace(of) => (workspace == of, Check::NotAllowed),
        };
        is_so.then_some(check)
    }
}
