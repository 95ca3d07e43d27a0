//! Those who take part: embedded users with a key each, since a password would cost each of them a hash.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use parlance_base::{Scope, StreamId, UserId};
use parlance_client::{Client, InWorkspace, NewGroup, NewKey};
use parlance_gateway::rehearsal::registered;

use crate::text;

const PASSWORD: &str = "correct horse battery";

/// What each of them may.
const SCOPES: [Scope; 4] = [Scope::ChatRead, Scope::ChatSend, Scope::GroupsManage, Scope::MembersInvite];

/// How many requests are under way at once while people and groups are made.
const AT_ONCE: usize = 16;

/// As many members as a group may be made with, and be added at once.
const MEMBERS_AT_ONCE: usize = 100;

/// A workspace, and an application that logs its users in.
#[derive(Clone)]
pub(crate) struct Place {
    client: Client,
    workspace: String,
    backend: InWorkspace,
}

/// Somebody with a key.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) key: String,
    pub(crate) here: InWorkspace,
}

impl Place {
    /// A workspace on a new server.
    pub(crate) async fn make(url: &str) -> Result<Self, String> {
        let (_, owner) = registered(url, "owner", PASSWORD).await.map_err(text)?;
        let workspace = owner.create_workspace("Bench", "bench").await.map_err(text)?.slug;
        let key = NewKey::master("bench").with_password(PASSWORD);
        let key = owner.in_workspace(&workspace).make_key(&key).await.map_err(text)?;
        let client = Client::new(url).map_err(text)?;
        let backend = client.with_key(key.api_key).in_workspace(&workspace);
        Ok(Self { client, workspace, backend })
    }

    /// So many people, in an order of their own.
    pub(crate) async fn people(&self, count: usize) -> Result<Vec<Person>, String> {
        let making = stream::iter(0..count).map(|number| self.person(number));
        making.buffered(AT_ONCE).try_collect().await
    }

    async fn person(&self, number: usize) -> Result<Person, String> {
        let name = format!("user{number}");
        let login = self.backend.key_login(&name, &name, Some(&SCOPES)).await.map_err(text)?;
        let here = self.client.with_key(login.api_key.clone()).in_workspace(&self.workspace);
        Ok(Person { id: login.user.id, key: login.api_key, here })
    }
}

/// A group of exactly these, made by the first of them.
pub(crate) async fn group(members: &[Person]) -> Result<StreamId, String> {
    let (maker, others) = members.split_first().ok_or("a group is made by somebody")?;
    let ids: Vec<UserId> = others.iter().map(|person| person.id).collect();
    let mut chunks = ids.chunks(MEMBERS_AT_ONCE);
    let new = NewGroup::named("Bench").with_members(chunks.next().unwrap_or_default().iter().copied());
    let group = maker.here.create_group(&new).await.map_err(text)?.id;
    for chunk in chunks {
        maker.here.add_members(group, chunk).await.map_err(text)?;
    }
    Ok(group)
}

/// Groups of these, several at once.
pub(crate) async fn groups(members: Vec<Vec<Person>>) -> Result<Vec<StreamId>, String> {
    stream::iter(members).map(owned_group).buffered(AT_ONCE).try_collect().await
}

/// Members of groups of this size, so that each of these people is in `rounds` groups, with other people in each.
pub(crate) fn mixed(people: &[Person], rounds: usize, size: usize) -> Vec<Vec<Person>> {
    let mut groups = Vec::new();
    for round in 0..rounds {
        // Each step visits everybody once where it shares no factor with their number.
        let step = (round * size + 1).max(1);
        let mut order: Vec<_> = people.iter().enumerate().collect();
        order.sort_by_key(|(number, _)| (number * step % people.len().max(1), *number));
        groups.extend(
            order.chunks(size).map(|chunk| chunk.iter().map(|(_, person)| (*person).clone()).collect()),
        );
    }
    groups
}

async fn owned_group(members: Vec<Person>) -> Result<StreamId, String> {
    group(&members).await
}
