//! What a run is played on: the servers, the people and their groups.

use std::sync::Arc;

use parlance_base::{Ids, NodeId, StreamId, SystemClock, UserId};
use parlance_client::{AddMember, InWorkspace, NewGroup, Whom};
use parlance_gateway::rehearsal::{Child, Settings, registered};
use tempfile::TempDir;

use crate::{Plan, text};

const PASSWORD: &str = "correct horse battery";

/// How many people there are.
pub(crate) const PEOPLE: usize = 5;

/// The servers: one, or two on one database.
pub(crate) struct Servers {
    pub(crate) running: Vec<Child>,
    /// The first one's has the secret in it.
    pub(crate) folders: Vec<TempDir>,
}

/// Somebody, and the server that they use.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) id: UserId,
    pub(crate) here: InWorkspace,
}

/// The people, and where they meet: a group of all, and a public one to join and leave.
pub(crate) struct Cast {
    pub(crate) people: Vec<Person>,
    pub(crate) general: StreamId,
    pub(crate) open: StreamId,
}

impl Servers {
    pub(crate) async fn start(plan: &Plan, ids: &Ids) -> Result<Self, String> {
        let mut servers = Self { running: Vec::new(), folders: Vec::new() };
        let variables = match &plan.mongodb {
            Some(uri) => vec![
                ("PARLANCE_MONGODB", uri.clone()),
                ("PARLANCE_MONGODB_DATABASE", format!("crash-{}", ids.next::<NodeId>())),
                ("PARLANCE_SECRET", "Y3Jhc2ggY3Jhc2ggY3Jhc2ggY3Jhc2ggY3Jhc2ghISE=".to_owned()),
            ],
            None => Vec::new(),
        };
        for _ in 0..if plan.mongodb.is_some() { 2 } else { 1 } {
            let folder = TempDir::with_prefix("parlance-crash-").map_err(text)?;
            let mut settings = Settings::new(&plan.program, folder.path()).map_err(text)?;
            settings.variables.extend(variables.clone());
            servers.folders.push(folder);
            servers.running.push(Child::start(settings).await?);
        }
        Ok(servers)
    }

    /// Kills one of them, and starts it again.
    pub(crate) async fn crash(&mut self, which: usize) -> Result<(), String> {
        let settings = self.running.swap_remove(which % self.running.len()).kill().await?;
        self.running.push(Child::start(settings).await?);
        Ok(())
    }

    fn urls(&self) -> Vec<String> {
        self.running.iter().map(|server| server.settings().url()).collect()
    }

    /// Leaves the folders where they are, for whoever looks for the reason, and answers where that is.
    pub(crate) fn keep(self) -> String {
        let paths = self.folders.into_iter().map(|folder| folder.keep().display().to_string());
        paths.collect::<Vec<_>>().join(", ")
    }
}

impl Cast {
    pub(crate) async fn gather(servers: &Servers) -> Result<Self, String> {
        let urls = servers.urls();
        let mut people: Vec<Person> = Vec::new();
        for (number, url) in (0..PEOPLE).zip(urls.iter().cycle()) {
            let name = format!("person{number}");
            let (id, client) = registered(url, &name, PASSWORD).await.map_err(text)?;
            let here = match people.first() {
                None => client.create_workspace("Crash", "crash").await.map(|_| client.in_workspace("crash")),
                Some(first) => {
                    let added = AddMember::new(Whom::UserId(id));
                    first.here.add_workspace_member(&added).await.map(|_| client.in_workspace("crash"))
                }
            };
            people.push(Person { name, id, here: here.map_err(text)? });
        }
        let owner = people.first().ok_or("nobody")?;
        let others: Vec<_> = people.iter().skip(1).map(|person| person.id).collect();
        let general = NewGroup::named("General").with_members(others.iter().copied());
        let general = owner.here.create_group(&general).await.map_err(text)?.id;
        let open = NewGroup::named("Open").with_members(others.into_iter().take(2)).public();
        let open = owner.here.create_group(&open).await.map_err(text)?.id;
        Ok(Self { people, general, open })
    }
}

pub(crate) fn ids() -> Result<Ids, String> {
    Ids::new(Arc::new(SystemClock)).map_err(text)
}
