//! Requests that wait for news when whoever asked loses the right to them: they end, and tell nothing that was said afterwards.

use std::time::Duration;

use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use http::{HeaderMap, Method, StatusCode};
use parlance_base::{
    Scope::{ChatRead, ChatSend},
    StreamId,
};
use parlance_client::{Error, InWorkspace, NewGroup, NewKey, NewMessage, Position, Role};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::world::{On, PASSWORD, Person, World, on_both, start};

on_both! {
    a_wait_ends_with_its_sign_in,
    a_wait_ends_with_its_key,
    a_wait_ends_when_its_key_is_replaced,
    a_wait_ends_when_its_user_is_erased,
    a_wait_ends_when_its_user_is_put_out,
    a_wait_ends_with_nothing_when_its_user_becomes_something_else,
}

/// As many as a user may have: whoever asks for one more is refused, so that they are known to wait.
const WAITING: usize = 4;

type Answer = Result<(StatusCode, HeaderMap, Value), Error>;

/// Requests that wait, all of them.
type Waits<'a> = FuturesUnordered<BoxFuture<'a, Answer>>;

/// A group of Ann's with another one in it.
struct Us {
    ann: Person,
    bob: Person,
    group: StreamId,
}

impl Us {
    async fn meet(world: &World) -> Self {
        let ann = world.founder("ann", "acme").await;
        let bob = world.colleague(&ann, "bob").await;
        let group = ann.here.create_group(&NewGroup::named("us").with_members([bob.id])).await.unwrap().id;
        Self { ann, bob, group }
    }

    /// Has `here` wait for news of the group.
    async fn wait<'a>(&self, here: &'a InWorkspace) -> Waits<'a> {
        let seq = here.messages(self.group, Position::Newest, 1).await.unwrap().seq;
        let body = json!({ "cursors": { self.group.to_string(): seq }, "wait": 25 });
        let ask = |_| {
            let body = body.clone();
            let asked = async move { here.request(Method::POST, "/api/chat/changes", Some(&body)).await };
            Box::pin(asked) as BoxFuture<'a, Answer>
        };
        let mut asked: Waits<'a> = (0..=WAITING).map(ask).collect();
        let (status, _, refused) = asked.next().await.unwrap().unwrap();
        assert_eq!((status.as_u16(), &refused["error"]["code"]), (429, &json!("changes.too_many_waiting")));
        asked
    }

    /// How they are all answered, the same, once the right was lost: not by waiting to the end.
    async fn answered(&self, waits: Waits<'_>) -> (u16, Value) {
        self.ann.here.send(self.group, NewMessage::text("said afterwards")).await.unwrap();
        let answers = timeout(Duration::from_secs(15), waits.collect::<Vec<_>>()).await.unwrap();
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.len(), WAITING);
        for (status, _, answer) in &answers {
            assert!(!answer.to_string().contains("said afterwards"), "{status} {answer}");
            assert_eq!(*status, answers[0].0);
        }
        (answers[0].0.as_u16(), answers[0].2.clone())
    }
}

fn code((status, answer): &(u16, Value)) -> (u16, &str) {
    (*status, answer["error"]["code"].as_str().unwrap_or_default())
}

async fn a_wait_ends_with_its_sign_in(world: World) {
    let us = Us::meet(&world).await;
    let waits = us.wait(&us.bob.here).await;
    let again = world.client();
    again.login(&us.bob.email, PASSWORD).await.unwrap();
    again.end_other_sign_ins().await.unwrap();
    assert_eq!(code(&us.answered(waits).await), (401, "auth.ended"));
}

async fn a_wait_ends_with_its_key(world: World) {
    let us = Us::meet(&world).await;
    let made = us.ann.here.make_key(&NewKey::scoped("bot", [ChatRead, ChatSend])).await.unwrap();
    let bot = world.client().with_key(made.api_key).in_workspace(us.ann.here.named());
    let waits = us.wait(&bot).await;
    us.ann.here.delete_key(made.key.id).await.unwrap();
    assert_eq!(code(&us.answered(waits).await), (401, "auth.ended"));
}

async fn a_wait_ends_when_its_key_is_replaced(world: World) {
    let us = Us::meet(&world).await;
    let made = us.ann.here.make_key(&NewKey::master("application").with_password(PASSWORD)).await.unwrap();
    let application = world.client().with_key(made.api_key).in_workspace(us.ann.here.named());
    let uma = application.key_login("u1", "Uma", None).await.unwrap();
    us.ann.here.add_members(us.group, &[uma.user.id]).await.unwrap();
    let widget = world.client().with_key(uma.api_key).in_workspace(us.ann.here.named());
    let waits = us.wait(&widget).await;
    application.key_login("u1", "Uma", None).await.unwrap();
    assert_eq!(code(&us.answered(waits).await), (401, "auth.ended"));
}

async fn a_wait_ends_when_its_user_is_erased(world: World) {
    let us = Us::meet(&world).await;
    let waits = us.wait(&us.bob.here).await;
    let proof = json!({ "password": PASSWORD });
    let (status, ..) = us.bob.here.request(Method::DELETE, "/api/auth/me", Some(&proof)).await.unwrap();
    assert_eq!(status, 204);
    assert_eq!(code(&us.answered(waits).await), (401, "auth.ended"));
}

async fn a_wait_ends_when_its_user_is_put_out(world: World) {
    let us = Us::meet(&world).await;
    let waits = us.wait(&us.bob.here).await;
    us.ann.here.remove_workspace_member(us.bob.id).await.unwrap();
    assert_eq!(code(&us.answered(waits).await), (404, "workspace.not_found"));
}

async fn a_wait_ends_with_nothing_when_its_user_becomes_something_else(world: World) {
    let us = Us::meet(&world).await;
    let waits = us.wait(&us.bob.here).await;
    us.ann.here.set_role(us.bob.id, Role::Guest).await.unwrap();
    let (status, answer) = us.answered(waits).await;
    assert_eq!((status, &answer["streams"], &answer["gone"]), (200, &json!({}), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_on_another_node_ends_with_its_sign_in() {
    let mut world = World::new(On::Mongo).await;
    let us = Us::meet(&world).await;
    let mut config = world.config.clone();
    config.listen.set_port(0);
    let other = start(&config).await;
    let there = parlance_client::Client::new(&format!("http://{}", other.address())).unwrap();
    there.login(&us.bob.email, PASSWORD).await.unwrap();
    let here = there.in_workspace(us.bob.here.named());
    let waits = us.wait(&here).await;
    us.bob.here.client().end_other_sign_ins().await.unwrap();
    assert_eq!(code(&us.answered(waits).await), (401, "auth.ended"));
    other.shutdown().await;
    world.stop().await;
}
