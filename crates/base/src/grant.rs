//! How far a proof reaches: a sign-in may all that its user may, an API key what it was made for.

use serde::{Deserialize, Serialize};

/// How far what somebody proved themselves with reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grant {
    /// To all that the user may.
    #[default]
    Full,
    /// To all that the user may, and to what only a workspace's master key may beyond that.
    Master,
    /// Of what the user may, to this.
    Scoped(Scopes),
}

/// A part of what a user may, that an API key can be held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Reading groups, messages and who is there.
    #[serde(rename = "chat.read")]
    ChatRead,
    /// Posting, and changing what one posted.
    #[serde(rename = "chat.send")]
    ChatSend,
    /// Making groups and running them.
    #[serde(rename = "groups.manage")]
    GroupsManage,
    /// Inviting people.
    #[serde(rename = "members.invite")]
    MembersInvite,
    /// Running the workspace.
    #[serde(rename = "admin")]
    Admin,
}

/// A set of scopes; a list of their names on the wire and in the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct Scopes(u8);

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] =
        [Self::ChatRead, Self::ChatSend, Self::GroupsManage, Self::MembersInvite, Self::Admin];

    /// The scope's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChatRead => "chat.read",
            Self::ChatSend => "chat.send",
            Self::GroupsManage => "groups.manage",
            Self::MembersInvite => "members.invite",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Scopes {
    /// Whether the scope is one of these.
    #[must_use]
    pub const fn contain(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether each of these is one of those.
    #[must_use]
    pub const fn are_within(self, those: Self) -> bool {
        self.0 & !those.0 == 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl Grant {
    /// Whether it reaches to this part of what the user may.
    #[must_use]
    pub const fn reaches(self, scope: Scope) -> bool {
        match self {
            Self::Full | Self::Master => true,
            Self::Scoped(scopes) => scopes.contain(scope),
        }
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        scopes.into_iter().collect()
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        Scope::ALL.into_iter().filter(|scope| scopes.contain(*scope)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_the_list_of_its_names() {
        let scopes: Scopes = [Scope::ChatSend, Scope::ChatRead, Scope::ChatSend].into_iter().collect();
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["chat.read","chat.send"]"#);
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.name());
            let only = serde_json::from_str::<Scopes>(&format!("[\"{}\"]", scope.name())).unwrap();
            assert!(Scope::ALL.into_iter().all(|other| only.contain(other) == (other == scope)));
            assert_eq!((only.are_within(scopes), scopes.are_within(only)), (scopes.contain(scope), false));
        }
        assert!(Scopes::default().are_within(scopes) && scopes.are_within(scopes));
    }

    #[test]
    fn a_key_reaches_as_far_as_its_scopes() {
        let reads = Grant::Scoped([Scope::ChatRead].into_iter().collect());
        assert!(reads.reaches(Scope::ChatRead) && !reads.reaches(Scope::ChatSend));
        assert!(
            Scope::ALL.into_iter().all(|scope| Grant::Full.reaches(scope) && Grant::Master.reaches(scope))
        );
    }
}
