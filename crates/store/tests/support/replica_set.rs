//! A replica set of a test's own, whose members it may kill.

use bson::doc;

use super::mongod::{self, Mongod};

const NAME: &str = "rs0";

pub(crate) struct ReplicaSet {
    members: Vec<Mongod>,
}

impl ReplicaSet {
    /// Starts so many servers and waits for their first election.
    pub(crate) async fn start(size: usize) -> Self {
        let members = futures::future::join_all((0..size).map(|_| Mongod::start(Some(NAME)))).await;
        let hosts: Vec<_> = members.iter().map(Mongod::host).collect();
        mongod::initiate(NAME, &hosts).await;
        Self { members }
    }

    pub(crate) fn uri(&self) -> String {
        let hosts: Vec<_> = self.members.iter().map(Mongod::host).collect();
        format!("mongodb://{}/?replicaSet={NAME}", hosts.join(","))
    }

    /// Kills the member that takes writes.
    pub(crate) async fn kill_primary(&mut self) {
        let hello = mongod::command(&self.members[0].host(), doc! { "hello": 1 }).await.unwrap();
        let primary = hello.get_str("primary").unwrap().to_owned();
        self.members.iter_mut().find(|member| member.host() == primary).unwrap().kill();
    }
}
