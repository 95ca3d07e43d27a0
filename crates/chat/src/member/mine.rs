//! What groups somebody is in, and whether there is room for one more.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use parlance_base::{Error, Kind, Result, UserId};
use parlance_store::{Find, MAX_LIMIT, Scope};
use parlance_workspace::Name;

use super::{ACTIVE, Member, Person, USER_ID};
use crate::chat::By;

/// How many groups a user is put into by others. All that somebody has are read at once, so there is room left for what several do
/// in the same moment.
const MAX_GROUPS: usize = MAX_LIMIT - 100;

/// How many they are in by what they do themselves: nobody is kept from it by being put into many.
const MAX_OWN: usize = MAX_LIMIT - 50;

/// How many people are looked at together.
const TOGETHER: usize = 16;

/// The memberships that the user has, whatever they may do there.
pub(crate) async fn memberships(scope: &Scope, user: UserId) -> Result<Vec<Member>> {
    scope.find(of(user).limit(MAX_LIMIT)).await
}

/// Whether the user is in fewer groups than these.
async fn has_fewer(scope: &Scope, user: UserId, most: usize) -> Result<bool> {
    Ok(scope.count::<Member>(of(user).limit(most)).await? < most)
}

/// Whether there is room for a group that the user inherits.
pub(super) async fn can_inherit(scope: &Scope, user: UserId) -> Result<bool> {
    has_fewer(scope, user, MAX_LIMIT).await
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
            let most = if user == self.user() { MAX_OWN } else { MAX_GROUPS };
            let has_room = has_fewer(&self.scope(), user, most).await?;
            Ok(Person { user, name, tenure, has_room })
        });
        stream::iter(persons).buffered(TOGETHER).try_collect().await
    }
}

pub(super) fn too_many_groups(person: &Person) -> Error {
    let Person { user, name, .. } = person;
    let message = format!("{name} ({user}) is in as many groups as there may be, {MAX_GROUPS}");
    Error::new(Kind::Conflict, "member.too_many_groups", message)
}
