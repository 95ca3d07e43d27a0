//! An application with users and a login of its own, which mounts Parlance's chat under `/team/talk`. To try it:
//!
//! ```sh
//! cargo run -p parlance-chat --no-default-features --example embed
//! ```
//!
//! and in another shell, with curl 7.82 or later and `jq`:
//!
//! ```sh
//! app=http://127.0.0.1:3000
//! ann=$(curl -s $app/login --json '["ann","sesame"]' | jq -r .token)
//! bob=$(curl -s $app/login --json '["bob","barley"]')
//! bob_id=$(jq -r .user_id <<<"$bob") bob=$(jq -r .token <<<"$bob")
//! as_ann() { curl -s -H "Authorization: Bearer $ann" "$@"; }
//! as_bob() { curl -s -H "Authorization: Bearer $bob" "$@"; }
//!
//! group=$(as_ann $app/team/talk/groups --json "{\"kind\":\"group\",\"name\":\"Plans\",\"member_ids\":[\"$bob_id\"]}" | jq -r .id)
//! as_ann $app/team/talk/groups/$group/messages --json '{"content":"Lunch?"}' | jq
//! as_bob $app/team/talk/unread | jq
//! as_bob $app/team/talk/groups/$group/messages | jq '.items[] | {name: .author.name, content}'
//! as_bob -X POST $app/logout; as_bob $app/team/talk/unread | jq    # 401, and the sockets of this login are closed
//! ```
//!
//! docs/embedding.md says what such an application owes to chat, and what it gets.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, request::Parts};
use axum::{Json, Router, extract::State, routing::post};
use parlance_chat::base::{Caller, Credentials, Ids, Result, Revocation, Role, SignInId, UserId};
use parlance_chat::store::{Config, SqliteConfig};
use parlance_chat::workspace::{DisplayName, Made, NewMember, Person, Slug};
use parlance_chat::{Chat, Logins, Running, Setup};
use serde_json::{Value, json};
use tokio::{net::TcpListener, signal::ctrl_c, sync::RwLock};

/// The application's own users. A real one has a table of them, and no passwords but hashes.
const USERS: [(&str, &str); 2] = [("ann", "sesame"), ("bob", "barley")];

/// The application. Its logins are kept under what is derived from their tokens.
#[derive(Clone)]
struct App {
    chat: Chat,
    ids: Ids,
    logins: Arc<RwLock<HashMap<SignInId, UserId>>>,
}

/// What chat asks of its host: who has logged in, and who still is.
impl Logins for App {
    async fn login(&self, proof: Credentials<'_>, request: &Parts) -> Result<Option<(SignInId, UserId)>> {
        let Some(token) = proof.bearer(&request.headers) else { return Ok(None) };
        let id = SignInId::derived(&[token]);
        Ok(self.logins.read().await.get(&id).map(|user| (id, *user)))
    }

    async fn live(&self, asked: &[SignInId]) -> Result<HashSet<SignInId>> {
        let logins = self.logins.read().await;
        Ok(asked.iter().copied().filter(|id| logins.contains_key(id)).collect())
    }
}

/// The application's own login …
async fn login(State(app): State<App>, Json(who): Json<(String, String)>) -> Result<Json<Value>, StatusCode> {
    let known = USERS.into_iter().find(|user| *user == (&who.0, &who.1));
    let user = UserId::derived(&[known.ok_or(StatusCode::UNAUTHORIZED)?.0]);
    let token = format!("{:032x}", u128::from_be_bytes(app.ids.random()));
    app.logins.write().await.insert(SignInId::derived(&[&token]), user);
    Ok(Json(json!({ "token": token, "user_id": user })))
}

/// … and its logout, of which it tells chat.
async fn logout(State(app): State<App>, headers: HeaderMap) {
    let id = SignInId::derived(&[Credentials::Header.bearer(&headers).unwrap_or_default()]);
    app.logins.write().await.remove(&id);
    app.chat.revoke(Revocation::SignIn(id));
}

/// Has chat know the application's users, all of them in one workspace. Doing it again changes nothing.
async fn bring_users(chat: &Chat) -> Result<()> {
    let (workspaces, owner) = (chat.workspaces(), UserId::derived(&[USERS[0].0]));
    for (name, _) in USERS {
        let person = Person::new(UserId::derived(&[name]), format!("{name}@example.com"), name);
        workspaces.people().upsert(&person).await?;
        let (title, slug) = (DisplayName::parse("The team")?, Slug::parse("team")?);
        let (Made::New(team) | Made::Existing(team)) = workspaces.create(owner, title, slug).await?;
        let owner = Caller::signed_in(team.id, owner, SignInId::derived(&[]), Role::Owner);
        workspaces.add(&owner, Some(person), NewMember::of(Role::Member)).await?;
    }
    Ok(())
}

/// The whole application, with chat's data at this place.
pub(crate) async fn open(place: Config) -> Result<(Router, Running), Box<dyn std::error::Error>> {
    let setup = Setup::open(place).await?;
    let (ids, (chat, starter)) = (setup.ids.clone(), Chat::new(setup));
    bring_users(&chat).await?;
    let app = App { chat, ids, logins: Arc::default() };
    let running = starter.start_with(app.clone());
    let own = Router::new().route("/login", post(login)).route("/logout", post(logout)).with_state(app);
    Ok((own.nest("/team/talk", parlance_chat::router(&running)), running))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (app, running) = open(Config::Sqlite(SqliteConfig::new("embed-data"))).await?;
    let goodbye = running.stop();
    let stop = async {
        let _ = ctrl_c().await;
        goodbye.await;
    };
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    running.shutdown().await;
    Ok(())
}
