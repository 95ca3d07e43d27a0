//! A license that ends while people talk: nobody is disconnected, nothing stops, and only adding is refused.

use std::{sync::Arc, time::Duration};

use http::Method;
use parlance_base::{Clock as _, ManualClock, SystemClock};
use parlance_client::{AddMember, NewGroup, NewMessage, Position, Role, Whom};
use parlance_gateway::{Once, Server, StartError};
use parlance_license::{GRACE, Issuer, Key, Plan};
use parlance_trial::eventually;
use serde_json::json;
use tokio::time::interval;

use crate::{
    raw::Raw,
    world::{self, On, Person, on_both},
};

on_both! {
    a_license_that_ends_keeps_everyone_reading_writing_and_connected,
    only_who_runs_the_installation_sees_and_changes_its_license,
}

const DAY: Duration = Duration::from_hours(24);

/// How long it takes until a server has looked twice who may go on hearing, every three seconds.
const CHECKED_TWICE: Duration = Duration::from_secs(7);

/// How often somebody sends meanwhile.
const EACH: Duration = Duration::from_millis(250);

/// A server whose clock is in the test's hand, and which takes the keys of the test's issuer.
struct World {
    on: On,
    clock: Arc<ManualClock>,
    once: Once,
    inner: world::World,
}

fn issuer() -> Issuer {
    Issuer::from_seed(b"PARLANCE TEST KEY: TRUST NOBODY!")
}

impl World {
    async fn new(on: On) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = world::config(on, folder.path());
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let once = Once { trust: issuer().trust(), ..Once::default() };
        let server = Server::start(&config, clock.clone(), once).await.unwrap();
        Self { on, clock, once, inner: world::World::of(config, server, folder) }
    }

    /// A key for so long, with thirty seats.
    fn key(&self, lid: &str, plan: Plan, lasts: Duration) -> String {
        let now = self.clock.now();
        let key = Key {
            lid: lid.to_owned(),
            org: "Acme".to_owned(),
            plan,
            seats: Some(30),
            features: Vec::new(),
            issued_at: now,
            valid_from: now.before(DAY),
            valid_until: now.after(lasts),
        };
        issuer().issue(&key).unwrap()
    }

    /// Another server over the same store.
    async fn second(&self) -> Result<Server, StartError> {
        let mut config = self.inner.config.clone();
        config.listen.set_port(0);
        Server::start(&config, self.clock.clone(), self.once).await
    }

    async fn socket(&self, person: &Person) -> Raw {
        let token = person.here.client().access_token().await.unwrap().unwrap();
        let query = format!("?token={token}&workspace={}", person.here.named());
        let mut socket = Raw::open(&self.inner, &query, &[]).await.unwrap();
        socket.until("ready").await;
        socket
    }
}

async fn a_license_that_ends_keeps_everyone_reading_writing_and_connected(mut world: World) {
    let ann = world.inner.founder("ann", "acme").await;
    let bob = world.inner.colleague(&ann, "bob").await;
    ann.here.client().install_license(&world.key("lic-1", Plan::Enterprise, DAY)).await.unwrap();
    for number in 0..25 {
        world.inner.colleague(&ann, &format!("person{number}")).await;
    }
    let group = ann.here.create_group(&NewGroup::named("General").with_members([bob.id])).await.unwrap().id;
    let (mut anns, mut bobs) = (world.socket(&ann).await, world.socket(&bob).await);

    world.clock.advance(DAY);
    assert_eq!(ann.here.client().license().await.unwrap().details.unwrap().state, "grace");
    let (last, _) = world.inner.user("last").await;
    ann.here.add_workspace_member(&AddMember::new(Whom::UserId(last))).await.unwrap();

    world.clock.advance(GRACE);
    let seen = ann.here.client().license().await.unwrap();
    assert_eq!((seen.plan.as_str(), seen.seats_used), ("community", 28));
    assert_eq!(seen.details.unwrap().warnings, ["expired", "seats_over"]);

    let (mut pace, mut sent) = (interval(EACH), 0);
    while EACH * sent < CHECKED_TWICE {
        pace.tick().await;
        let by = if sent.is_multiple_of(2) { &ann } else { &bob };
        let seq = by.here.send(group, NewMessage::text(sent.to_string())).await.unwrap().seq();
        sent += 1;
        for socket in [&mut anns, &mut bobs] {
            assert_eq!(socket.until("message.new").await["seq"], json!(seq));
        }
    }
    bobs.send(json!({ "type": "message.send", "id": "1", "data": { "group_id": group, "content": "here" } }))
        .await;
    assert_eq!(bobs.until("ok").await["id"], "1");
    let page = bob.here.messages(group, Position::Newest, 100).await.unwrap();
    assert_eq!(page.items.len(), sent as usize + 1);
    drop(world.socket(&bob).await);

    let (more, _) = world.inner.user("more").await;
    let refused = ann.here.add_workspace_member(&AddMember::new(Whom::UserId(more))).await.unwrap_err();
    assert_eq!((refused.status(), refused.code()), (Some(402), Some("license.seat_limit")));
    let guest = AddMember { role: Some(Role::Guest), ..AddMember::new(Whom::UserId(more)) };
    ann.here.add_workspace_member(&guest).await.unwrap();
    ann.here.remove_workspace_member(last).await.unwrap();
    if world.on == On::Mongo {
        // For its clock, the server has not been heard of for days, until it says again that it is there.
        eventually("the other is known to run", async || match world.second().await {
            Ok(second) => {
                second.shutdown().await;
                false
            }
            Err(refused) => {
                assert!(matches!(refused, StartError::SecondNode), "{refused}");
                assert!(refused.to_string().contains("parlance license install"), "{refused}");
                true
            }
        })
        .await;
    }

    ann.here.client().install_license(&world.key("lic-2", Plan::Enterprise, DAY)).await.unwrap();
    ann.here.add_workspace_member(&AddMember::new(Whom::UserId(last))).await.unwrap();
    if world.on == On::Mongo {
        world.second().await.unwrap().shutdown().await;
    }
    world.inner.stop().await;
}

async fn only_who_runs_the_installation_sees_and_changes_its_license(world: World) {
    let ann = world.inner.founder("ann", "acme").await;
    let bob = world.inner.founder("bob", "other").await;
    let key = world.key("lic-1", Plan::Team, DAY);
    let refused = bob.here.client().install_license(&key).await.unwrap_err();
    assert_eq!((refused.status(), refused.code()), (Some(403), Some("license.not_admin")));
    let installed = ann.here.client().install_license(&key).await.unwrap();
    assert_eq!((installed.outcome.as_str(), installed.license.plan.as_str()), ("installed", "team"));
    let again = ann.here.client().install_license(&key).await.unwrap();
    assert_eq!((again.outcome.as_str(), again.license), ("unchanged", installed.license));
    let seen = bob.here.client().license().await.unwrap();
    assert_eq!((seen.plan.as_str(), seen.days_left, seen.details), ("team", Some(1), None));
    let (_, _, told) = bob.here.request(Method::GET, "/api/license", None).await.unwrap();
    assert!(!told.to_string().contains("Acme") && !told.to_string().contains("lic-1"), "{told}");
}
