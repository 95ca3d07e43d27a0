//! What groups somebody is in, and whether there is room for one more.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use parlance_base::{Error, Kind, Result, UserId};
use parlance_store::{Find, MAX_LIMIT, Scope};
use parlance_workspace::Name;

use super::{ACTIVE, Member, Person, USER_ID};
use crate::chat::By;

/// How many groups a user is put into: all of them are read at once, and where several add the user in the same moment, or one
/// inherits a group, there is room for these too.
const MAX_GROUPS: usize = MAX_LIMIT - 100;

/// How many people are looked at together.
const TOGETHER: usize = 16;

/// The memberships that the user has, whatever they may do there.
pub(crate) async fn memberships(scope: &Scope, user: UserId) -> Result<Vec<Member>> {
    scope.find(of(user).limit(MAX_LIMIT)).await
}

fn of(user: UserId) -> Find {
    Find::new([USER_ID.is(user.to_string()), ACTIVE.is(true)])
}

impl By {
    /// These people as they may become members, as far as they are of the workspace.
    pub(super) async fn persons(&self, names: Vec<Name>) -> Result<Vec<Person>> {
        let persons = names.into_iter().filter_map(|named| {
            let Name { user, display_name, .. } = named;
            Some((user, display_name, named.tenure?))
        });
        let persons = persons.map(|(user, name, tenure)| async move {
            let has_room = self.scope().count::<Member>(of(user).limit(MAX_GROUPS)).await? < MAX_GROUPS;
            Ok(Person { user, name, tenure, has_room })
        });
        stream::iter(persons).buffered(TOGETHER).try_collect().await
    }
}

pub(super) fn too_many_groups(name: &str) -> Error {
    let message = format!("{name} is in {MAX_GROUPS} groups, which is as many as there may be");
    Error::new(Kind::Conflict, "member.too_many_groups", message)
}
