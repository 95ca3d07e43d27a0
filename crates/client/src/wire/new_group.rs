//! Groups that are to be, and what is to change of them.

use parlance_base::UserId;
use serde::Serialize;

use super::{DefaultRights, GroupHistory, GroupKind, Visibility};

/// A group that is to be.
#[derive(Clone, Debug, Serialize)]
pub struct NewGroup {
    /// A name of the maker's own, up to 64 characters: asking again under it answers the same group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What it is for.
    pub kind: GroupKind,
    /// Its name, 1–80 characters; none for a direct group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is about, up to 1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who may find and read it.
    pub visibility: Visibility,
    /// What those may who become members, where it is not what the kind gives them.
    pub default_rights: DefaultRights,
    /// How much new members see of what was said before.
    pub history: GroupHistory,
    /// Its first members beside the maker, up to 100.
    pub member_ids: Vec<UserId>,
    /// For a record's group: what kind of object it is about, 1–64 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_type: Option<String>,
    /// For a record's group: which object, 1–128 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_id: Option<String>,
}

/// What is to change of a group; what is none stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GroupChange {
    /// A new name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A new description; empty for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who may find and read it from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// What those may who become members from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_rights: Option<DefaultRights>,
    /// How much those see who become members from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<GroupHistory>,
}

#[derive(Serialize)]
pub(crate) struct NewOwner {
    pub(crate) user_id: UserId,
}

impl NewGroup {
    /// A private group of this name, with only its maker in it so far.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            client_id: None,
            kind: GroupKind::Group,
            name: Some(name.into()),
            description: None,
            visibility: Visibility::Private,
            default_rights: DefaultRights::default(),
            history: GroupHistory::All,
            member_ids: Vec::new(),
            record_type: None,
            record_id: None,
        }
    }

    /// The private group of a record, which is called by what it is about: made where there is none.
    #[must_use]
    pub fn of_record(record_type: impl Into<String>, record_id: impl Into<String>) -> Self {
        Self {
            kind: GroupKind::Record,
            name: None,
            record_type: Some(record_type.into()),
            record_id: Some(record_id.into()),
            ..Self::named(String::new())
        }
    }

    /// The same group with these members.
    #[must_use]
    pub fn with_members(mut self, members: impl IntoIterator<Item = UserId>) -> Self {
        self.member_ids.extend(members);
        self
    }

    /// The same group, for everybody in the workspace to find and read.
    #[must_use]
    pub const fn public(mut self) -> Self {
        self.visibility = Visibility::Public;
        self
    }
}
