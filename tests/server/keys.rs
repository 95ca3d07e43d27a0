//! API keys, embedded users and acting as them, over HTTP and sockets.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures::future::join_all;
use http::{Method, Request};
use parlance_base::{
    Scope::{self, ChatRead, ChatSend},
    StreamId,
};
use parlance_client::{Client, InWorkspace, KeyLogin, Listed, NewGroup, NewKey, NewMessage, Position};
use parlance_trial::eventually;
use serde_json::{Value, json};

use crate::{
    raw::Raw,
    world::{On, PASSWORD, Person, World, on_both},
};

on_both! {
    a_key_is_good_over_http_and_sockets_until_it_is_deleted,
    an_application_brings_its_users_along_and_acts_as_them,
    whoever_leaves_the_workspace_takes_the_sockets_of_their_keys_along,
    whoever_runs_the_workspace_no_more_takes_the_sockets_of_their_master_keys_along,
    whoever_is_erased_takes_the_sockets_of_their_keys_along,
    a_master_key_that_is_deleted_takes_the_sockets_of_its_users_along,
    a_key_that_is_replaced_in_the_middle_of_requests_leaves_nothing_half_done,
    a_key_makes_no_workspace_and_sees_no_other,
}

async fn scoped(owner: &Person, name: &str, scopes: &[Scope]) -> (parlance_base::KeyId, String) {
    let made = owner.here.make_key(&NewKey::scoped(name, scopes.iter().copied())).await.unwrap();
    (made.key.id, made.api_key)
}

async fn master(owner: &Person) -> InWorkspace {
    let made = owner.here.make_key(&NewKey::master("the application").with_password(PASSWORD)).await.unwrap();
    owner.here.client().with_key(made.api_key).in_workspace(owner.here.named())
}

async fn login(application: &InWorkspace, external_id: &str, name: &str) -> KeyLogin {
    application.key_login(external_id, name, None).await.unwrap()
}

fn with_key(world: &World, owner: &Person, api_key: &str) -> InWorkspace {
    world.client().with_key(api_key).in_workspace(owner.here.named())
}

async fn group_of(owner: &Person, members: impl IntoIterator<Item = parlance_base::UserId>) -> StreamId {
    owner.here.create_group(&NewGroup::named("us").with_members(members)).await.unwrap().id
}

async fn a_key_is_good_over_http_and_sockets_until_it_is_deleted(world: World) {
    let ann = world.founder("ann", "acme").await;
    let (id, api_key) = scoped(&ann, "bot", &[ChatRead, ChatSend]).await;
    let bot = with_key(&world, &ann, &api_key);
    let group = group_of(&ann, []).await;
    let bearer = format!("Bearer {api_key}");
    let mut sockets = vec![
        Raw::open(&world, "", &[("authorization", bearer.as_str())]).await.unwrap(),
        Raw::open(&world, &format!("?token={api_key}"), &[]).await.unwrap(),
        Raw::open(&world, "", &[]).await.unwrap(),
    ];
    sockets[2].send(json!({ "type": "auth", "data": { "token": api_key } })).await;
    for socket in &mut sockets {
        assert_eq!(socket.until("ready").await["data"]["user"]["id"], json!(ann.id));
    }
    bot.send(group, NewMessage::text("over HTTP")).await.unwrap();
    let data = json!({ "group_id": group, "content": "over a socket" });
    sockets[0].send(json!({ "type": "message.send", "id": "1", "data": data })).await;
    for socket in &mut sockets {
        for text in ["over HTTP", "over a socket"] {
            assert_eq!(socket.until("message.new").await["data"]["message"]["content"], text);
        }
    }
    let refused = bot.create_group(&NewGroup::named("mine")).await.unwrap_err();
    assert_eq!(refused.code(), Some("key.missing_scope"));
    let (writes, _) = (scoped(&ann, "writes", &[ChatSend]).await, ());
    let mut deaf = Raw::open(&world, &format!("?token={}", writes.1), &[]).await.unwrap();
    assert_eq!(deaf.closed().await, 4003);
    assert_eq!(ann.here.keys(&Listed::default()).await.unwrap().items.len(), 2);
    ann.here.delete_key(id).await.unwrap();
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, 4010);
    }
    let refused = bot.send(group, NewMessage::text("again")).await.unwrap_err();
    assert_eq!((refused.status(), refused.code()), (Some(401), Some("key.invalid")));
    let mut late = Raw::open(&world, &format!("?token={api_key}"), &[]).await.unwrap();
    assert_eq!(late.closed().await, 4001);
    assert_eq!(Raw::open(&world, "", &[("authorization", &bearer)]).await.err(), Some(401));
}

/// Asks with this key, as this embedded user.
async fn acting(
    client: &Client,
    key: &str,
    who: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("authorization", format!("Bearer {key}")).header("parlance-act-as", who);
    let request = request.header("content-type", "application/json").body(body.to_string().into_bytes());
    let response = client.exchange(request.unwrap()).await.unwrap();
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
}

async fn an_application_brings_its_users_along_and_acts_as_them(world: World) {
    let ann = world.founder("ann", "acme").await;
    let application = master(&ann).await;
    let uma = login(&application, "crm/42", "Uma").await;
    let group = group_of(&ann, [uma.user.id]).await;
    let widget = with_key(&world, &ann, &uma.api_key);
    assert_eq!(widget.client().me().await.unwrap().email, None);
    let sent = widget.send(group, NewMessage::text("from the widget")).await.unwrap();
    let key = application.client().access_token().await.unwrap().unwrap();
    let path = format!("/api/chat/groups/{group}/messages");
    let said = json!({ "content": "from the application" });
    let (status, message) = acting(&world.client(), &key, "crm/42", Method::POST, &path, said.clone()).await;
    assert_eq!((status, &message["author"]["id"]), (201, &json!(uma.user.id)));
    // As oneself the application is its maker, who is of the group; as somebody unknown it is nobody.
    assert_eq!(application.message(group, sent.id()).await.unwrap().author.id, uma.user.id.to_string());
    let (status, body) = acting(&world.client(), &key, "nobody", Method::POST, &path, said).await;
    assert_eq!((status, body["error"]["code"].as_str()), (404, Some("user.not_found")));
    // A socket for who acts, and one of the user's own, which the next login closes.
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("parlance-act-as", "crm/42")];
    let mut acts = Raw::open(&world, "", &headers).await.unwrap();
    assert_eq!(acts.until("ready").await["data"]["user"]["id"], json!(uma.user.id));
    let mut own = Raw::open(&world, &format!("?token={}", uma.api_key), &[]).await.unwrap();
    own.until("ready").await;
    let again = login(&application, "crm/42", "Uma U.").await;
    assert_eq!((again.user.id, again.user.display_name.as_str()), (uma.user.id, "Uma U."));
    assert_eq!(own.closed().await, 4010);
    acts.send(json!({ "type": "ping", "id": "still" })).await;
    assert_eq!(acts.until("ok").await["id"], "still");
    application.key_logout("crm/42").await.unwrap();
    let refused = with_key(&world, &ann, &again.api_key).groups(&Listed::default()).await.unwrap_err();
    assert_eq!(refused.code(), Some("key.invalid"));
    let refused = ann.here.set_role(uma.user.id, parlance_client::Role::Admin).await.unwrap_err();
    assert_eq!((refused.status(), refused.code()), (Some(409), Some("member.is_embedded")));
    ann.here.remove_workspace_member(uma.user.id).await.unwrap();
    assert_eq!(acts.closed().await, 4003);
}

/// Sockets by a master key of Ben's: his own, one that acts as Uma, and one of hers by a key that was made with it.
struct Backed {
    ann: Person,
    ben: Person,
    application: InWorkspace,
    sockets: Vec<Raw>,
    group: StreamId,
}

impl Backed {
    async fn open(world: &World) -> Self {
        let ann = world.founder("ann", "acme").await;
        let ben = world.colleague(&ann, "ben").await;
        ann.here.set_role(ben.id, parlance_client::Role::Admin).await.unwrap();
        let application = master(&ben).await;
        let uma = login(&application, "u1", "Uma").await;
        let group = group_of(&ann, [ben.id, uma.user.id]).await;
        let key = application.client().access_token().await.unwrap().unwrap();
        let bearer = format!("Bearer {key}");
        let acting = [("authorization", bearer.as_str()), ("parlance-act-as", "u1")];
        let token = format!("?token={}", uma.api_key);
        let mut sockets = Vec::new();
        for (query, headers) in [("", &acting[..1]), ("", &acting[..]), (token.as_str(), &[])] {
            let mut socket = Box::pin(Raw::open(world, query, headers)).await.unwrap();
            socket.until("ready").await;
            sockets.push(socket);
        }
        Self { ann, ben, application, sockets, group }
    }

    /// The sockets are closed like this, without being told what is said from now on.
    async fn closed(&mut self, expected: [u16; 3]) {
        self.ann.here.send(self.group, NewMessage::text("said afterwards")).await.unwrap();
        for (socket, expected) in self.sockets.iter_mut().zip(expected) {
            let code = loop {
                match socket.next().await {
                    Ok(frame) => assert!(!frame.to_string().contains("said afterwards"), "{frame}"),
                    Err(code) => break code,
                }
            };
            assert_eq!(code, expected);
        }
        assert_eq!(self.application.workspace().await.unwrap_err().code(), Some("key.invalid"));
    }
}

async fn whoever_leaves_the_workspace_takes_the_sockets_of_their_keys_along(world: World) {
    let mut backed = Backed::open(&world).await;
    backed.ben.here.leave_workspace().await.unwrap();
    backed.closed([4003, 4010, 4010]).await;
}

async fn whoever_runs_the_workspace_no_more_takes_the_sockets_of_their_master_keys_along(world: World) {
    let mut backed = Backed::open(&world).await;
    backed.ann.here.set_role(backed.ben.id, parlance_client::Role::Member).await.unwrap();
    backed.closed([4012; 3]).await;
}

async fn whoever_is_erased_takes_the_sockets_of_their_keys_along(world: World) {
    let mut backed = Backed::open(&world).await;
    let proof = json!({ "password": PASSWORD });
    let (status, ..) = backed.ben.here.request(Method::DELETE, "/api/auth/me", Some(&proof)).await.unwrap();
    assert_eq!(status, 204);
    backed.closed([4010; 3]).await;
}

async fn a_master_key_that_is_deleted_takes_the_sockets_of_its_users_along(world: World) {
    let mut backed = Backed::open(&world).await;
    let keys = backed.ann.here.keys(&Listed::default()).await.unwrap().items;
    backed.ann.here.delete_key(keys[0].id).await.unwrap();
    backed.closed([4010; 3]).await;
}

async fn a_key_that_is_replaced_in_the_middle_of_requests_leaves_nothing_half_done(world: World) {
    let ann = world.founder("ann", "acme").await;
    let application = master(&ann).await;
    let uma = login(&application, "u1", "Uma").await;
    let group = group_of(&ann, [uma.user.id]).await;
    let newest = Arc::new(Mutex::new(Some(uma.api_key)));
    let taken = AtomicUsize::new(0);
    let sends = (0..6).map(|sender| {
        let (world, ann, newest, taken) = (&world, &ann, Arc::clone(&newest), &taken);
        async move {
            let mut outcomes = Vec::new();
            for number in 0.. {
                let Some(api_key) = newest.lock().unwrap().clone() else { break };
                let text = format!("{sender}/{number}");
                let sent = with_key(world, ann, &api_key).send(group, NewMessage::text(text.clone())).await;
                if let Err(error) = &sent {
                    assert_eq!((error.status(), error.code()), (Some(401), Some("key.invalid")), "{error}");
                }
                taken.fetch_add(usize::from(sent.is_ok()), SeqCst);
                outcomes.push((text, sent.is_ok()));
            }
            outcomes
        }
    });
    let rotations = async {
        let mut old = Vec::new();
        for _ in 0..15 {
            let before = taken.load(SeqCst);
            eventually("some is said by this key", async || taken.load(SeqCst) > before + 1).await;
            let next = login(&application, "u1", "Uma").await.api_key;
            // The one before is out as soon as this is answered.
            old.extend(newest.lock().unwrap().replace(next));
            let refused = with_key(&world, &ann, old.last().unwrap()).client().me().await.unwrap_err();
            assert_eq!(refused.code(), Some("key.invalid"));
        }
        newest.lock().unwrap().take();
    };
    let (outcomes, ()) = futures::join!(join_all(sends), rotations);
    let mut stored = Vec::new();
    let mut at = Position::Newest;
    loop {
        let page = ann.here.messages(group, at, 100).await.unwrap().items;
        let Some(last) = page.last() else { break };
        at = Position::Before(last.seq);
        stored.extend(page.into_iter().filter_map(|message| message.content));
    }
    stored.sort();
    let acknowledged = outcomes.into_iter().flatten().filter(|(_, is_sent)| *is_sent);
    let mut sent: Vec<String> = acknowledged.map(|(text, _)| text).collect();
    sent.sort();
    assert_eq!(stored, sent, "what was acknowledged is there once, what was refused is not");
}

async fn a_key_makes_no_workspace_and_sees_no_other(world: World) {
    let ann = world.founder("ann", "acme").await;
    let other = ann.here.client().create_workspace("other", "other").await.unwrap();
    let application = master(&ann).await;
    let refused = application.client().create_workspace("third", "third").await.unwrap_err();
    assert_eq!(refused.code(), Some("auth.sign_in_required"));
    let listed = application.client().workspaces(&Listed::default()).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    assert_eq!(listed.items[0].id.to_string(), ann.here.named());
    assert_eq!(ann.here.client().workspaces(&Listed::default()).await.unwrap().items.len(), 2);
    let elsewhere = application.client().in_workspace(other.id.to_string());
    assert_eq!(elsewhere.workspace().await.unwrap_err().code(), Some("workspace.not_found"));
    assert_eq!(elsewhere.groups(&Listed::default()).await.unwrap_err().code(), Some("workspace.not_found"));
    // The license is the installation's, which a key has nothing to do with.
    let (_, _, license) = application.request(Method::GET, "/api/license", None).await.unwrap();
    let (_, _, full) = ann.here.request(Method::GET, "/api/license", None).await.unwrap();
    assert!(license.as_object().unwrap().len() < full.as_object().unwrap().len(), "{license} {full}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_ends_on_one_node_is_out_on_the_other() {
    let mut world = World::new(On::Mongo).await;
    let ann = world.founder("ann", "acme").await;
    let other = world.second().await;
    let there = Client::new(&format!("http://{}", other.address())).unwrap();
    there.login(&ann.email, PASSWORD).await.unwrap();
    let (id, api_key) = scoped(&ann, "bot", &[ChatRead, ChatSend]).await;
    let bot = there.with_key(&api_key);
    bot.me().await.unwrap();
    let mut socket = Raw::open_at(other.address(), &format!("?token={api_key}"), &[]).await.unwrap();
    socket.until("ready").await;
    ann.here.delete_key(id).await.unwrap();
    assert_eq!(socket.closed().await, 4010);
    let refused = eventually("the key is refused", async || bot.me().await.is_err());
    tokio::time::timeout(Duration::from_secs(5), refused).await.unwrap();
    other.shutdown().await;
    world.stop().await;
}
