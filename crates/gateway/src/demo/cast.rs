//! Who takes part: three people in one workspace, one in another.

use std::sync::Arc;

use parlance_base::{Ids, StreamId, SystemClock, UserId};
use parlance_client::{AddMember, Client, GroupKind, InWorkspace, NewGroup, Whom};

use super::{stage::Stage, text};
use crate::rehearsal::registered;

const NAMES: [&str; 4] = ["ann", "bob", "cleo", "dan"];

/// Somebody who takes part.
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) id: UserId,
    pub(super) here: InWorkspace,
}

/// All who do, and where they talk.
pub(super) struct Cast {
    /// Ann, Bob and Cleo, of Acme.
    pub(super) acme: [Person; 3],
    /// Dan, of Globex.
    pub(super) dan: Person,
    pub(super) general: StreamId,
    pub(super) news: StreamId,
    password: String,
}

/// Registers everybody, and makes their workspaces and groups.
pub(super) async fn gather(stage: &mut Stage, url: &str) -> Result<Cast, String> {
    let ids = Ids::new(Arc::new(SystemClock)).map_err(text)?;
    let password = ids.random::<12>().iter().fold(String::new(), |word, byte| word + &format!("{byte:02x}"));
    let mut people = Vec::new();
    for name in NAMES {
        people.push(registered(url, name, &password).await.map_err(text)?);
    }
    let [ann, bob, cleo, dan] = people.as_slice() else { return Err("somebody is missing".to_owned()) };
    stage.step(
        "People",
        "ann, bob, cleo and dan have registered and signed in; the first one runs the installation",
    )?;

    let acme = ann.1.create_workspace("Acme", "acme").await.map_err(text)?.slug;
    let globex = dan.1.create_workspace("Globex", "globex").await.map_err(text)?.slug;
    let owner = ann.1.in_workspace(&acme);
    for (id, _) in [bob, cleo] {
        owner.add_workspace_member(&AddMember::new(Whom::UserId(*id))).await.map_err(text)?;
    }
    stage.step("Workspaces", "Acme has ann, bob and cleo; Globex has dan")?;

    let all = [bob.0, cleo.0];
    let general = owner.create_group(&NewGroup::named("General").with_members(all)).await.map_err(text)?;
    let mut news = NewGroup::named("News").with_members(all);
    news.kind = GroupKind::Channel;
    let news = owner.create_group(&news).await.map_err(text)?;
    owner.direct(bob.0).await.map_err(text)?;
    stage.step("Groups", "General is for all of Acme, News is a channel, ann and bob have a direct one")?;

    let person = |index: usize, (id, client): &(UserId, Client), workspace: &str| Person {
        name: NAMES.get(index).copied().unwrap_or_default(),
        id: *id,
        here: client.in_workspace(workspace),
    };
    Ok(Cast {
        acme: [person(0, ann, &acme), person(1, bob, &acme), person(2, cleo, &acme)],
        dan: person(3, dan, &globex),
        general: general.id,
        news: news.id,
        password,
    })
}

fn email(name: &str) -> String {
    format!("{name}@example.com")
}

impl Cast {
    /// Tells the audience how to go on themselves.
    pub(super) fn introduce(&self, stage: &mut Stage, url: &str) -> Result<(), String> {
        stage.say(&format!(
            "\nThe server goes on at {url} until you press Ctrl-C. Try it at {url}/docs, or:\n"
        ))?;
        let login = format!("{{\"email\":\"{}\",\"password\":\"{}\"}}", email(NAMES[0]), self.password);
        stage.say(&format!("  curl {url}/api/auth/login --json '{login}'"))?;
        stage.say(&format!("\nbob, cleo and dan ({}, …) have the same password.", email("bob")))
    }
}
