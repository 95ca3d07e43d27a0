//! Every way of losing a right ends what open connections are told: on the node where it is lost with the answer to the request
//! that takes it, on every other node within seconds, also where the nodes tell each other nothing.

mod ways;

use std::{net::SocketAddr, time::Duration};

use futures::future::join_all;
use parlance_client::{NewGroup, NewMessage};
use parlance_gateway::config::BusKind;
use serde_json::{Value, json};
use tokio::time::timeout;

use self::ways::{Loser, Way};
use crate::{
    raw::Raw,
    world::{On, Person, World, on_both},
};

on_both! {
    who_loses_a_right_here_is_told_nothing_more,
    who_is_in_an_archived_group_goes_on_hearing_of_it,
}

/// How soon a node finds out what another one does not tell it.
const WITHIN: Duration = Duration::from_secs(5);

/// What a machine that does other things as well may take beyond that.
const MARGIN: Duration = Duration::from_secs(1);

/// A loser, and somebody at the same node who loses nothing.
struct Scene {
    loser: Loser,
    witness: Raw,
}

impl Scene {
    /// One for each way, each in a workspace of its own that `founder` owns, the sockets at this address.
    async fn all(world: &World, founder: &Person, sockets_at: SocketAddr) -> Vec<Self> {
        let mut scenes = Vec::new();
        for way in Way::ALL {
            let loser = Loser::by(way, world, founder, sockets_at).await;
            let token = founder.here.client().access_token().await.unwrap().unwrap();
            let query = format!("?token={token}&workspace={}", loser.owner.named());
            let mut witness = Raw::open_at(sockets_at, &query, &[]).await.unwrap();
            witness.until("ready").await;
            scenes.push(Self { loser, witness });
        }
        scenes
    }

    /// Says something in the group.
    async fn say(&self, text: &str) -> Result<(), parlance_client::Error> {
        self.loser.owner.send(self.loser.group, NewMessage::text(text)).await.map(drop)
    }

    /// Says what the loser must not hear, and waits until their node has passed it on, unless the group is gone for all.
    async fn say_after(&mut self) {
        let said = self.say("after").await;
        if self.loser.way.ends_the_group() {
            assert_eq!(said.unwrap_err().status(), Some(404));
            return;
        }
        said.unwrap();
        while self.witness.until("message.new").await["data"]["message"]["content"] != "after" {}
    }

    /// Nothing is told that was said after the right was taken.
    async fn lose_here(mut self) {
        let way = self.loser.way;
        self.say("before").await.unwrap();
        self.loser.socket.until("message.new").await;
        self.loser.lose().await;
        self.say_after().await;
        let expected = way.closes_with(true);
        let (mut told, code) = last(&mut self.loser.socket, expected.is_some()).await;
        assert_eq!(code, expected, "{way:?}");
        if code.is_none() {
            told.extend(so_far(&mut self.loser.socket).await);
        }
        assert!(!tells_of(&told, "after"), "{way:?}: {told:?}");
    }

    /// It is found out in time, and nothing is told from then on.
    async fn lose_elsewhere(mut self) {
        let way = self.loser.way;
        self.loser.lose().await;
        let expected = way.closes_with(false);
        let lost = timeout(WITHIN + MARGIN, last(&mut self.loser.socket, expected.is_some())).await;
        let (_, code) = lost.unwrap_or_else(|_| panic!("{way:?} is not found out"));
        assert_eq!(code, expected, "{way:?}");
        // Whoever stays connected hears nothing more of the group.
        if code.is_none() {
            self.say_after().await;
            let told = so_far(&mut self.loser.socket).await;
            assert!(!tells_of(&told, "after"), "{way:?}: {told:?}");
        }
    }
}

/// What the loser's socket is told until it is closed, and the code; where it stays open, until it is told that the group is gone.
/// A membership that ends by a job may take the group away first, and close the socket then.
async fn last(socket: &mut Raw, closes: bool) -> (Vec<Value>, Option<u16>) {
    let mut told = Vec::new();
    loop {
        match socket.next().await {
            Ok(frame) => {
                let is_gone = frame["type"] == "resumed" && frame["data"]["streams"][0]["status"] == "gone";
                told.push(frame);
                if is_gone && !closes {
                    return (told, None);
                }
            }
            Err(code) => return (told, Some(code)),
        }
    }
}

/// What a socket that is still open was told so far.
async fn so_far(socket: &mut Raw) -> Vec<Value> {
    socket.send(json!({ "type": "ping", "id": "so far" })).await;
    let mut told = Vec::new();
    while told.last().is_none_or(|frame: &Value| frame["id"] != "so far") {
        told.push(socket.next().await.unwrap());
    }
    told
}

fn tells_of(told: &[Value], text: &str) -> bool {
    told.iter().any(|frame| frame["data"]["message"]["content"] == text)
}

async fn who_loses_a_right_here_is_told_nothing_more(world: World) {
    let ann = world.founder("ann", "acme").await;
    let scenes = Scene::all(&world, &ann, world.config.listen).await;
    join_all(scenes.into_iter().map(Scene::lose_here)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_loses_a_right_elsewhere_is_found_out_though_no_node_tells_another() {
    let mut world = World::with(On::Mongo, |config| config.bus = Some(BusKind::Local)).await;
    let other = world.second().await;
    let ann = world.founder("ann", "acme").await;
    let scenes = Scene::all(&world, &ann, other.address()).await;
    join_all(scenes.into_iter().map(Scene::lose_elsewhere)).await;
    other.shutdown().await;
    world.stop().await;
}

async fn who_is_in_an_archived_group_goes_on_hearing_of_it(world: World) {
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let group = ann.here.create_group(&NewGroup::named("us").with_members([bob.id])).await.unwrap().id;
    let sent = ann.here.send(group, NewMessage::text("before")).await.unwrap();
    let token = bob.here.client().access_token().await.unwrap().unwrap();
    let mut socket = Raw::open(&world, &format!("?token={token}"), &[]).await.unwrap();
    socket.until("ready").await;
    ann.here.archive_group(group).await.unwrap();
    socket.until("group.archived").await;
    ann.here.delete_message(group, sent.id()).await.unwrap();
    assert_eq!(socket.until("message.deleted").await["data"]["message_id"], json!(sent.id()));
    ann.here.restore_group(group).await.unwrap();
    ann.here.send(group, NewMessage::text("after")).await.unwrap();
    assert_eq!(socket.until("message.new").await["data"]["message"]["content"], "after");
}
