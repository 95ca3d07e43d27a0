//! Two nodes on one store that tell each other nothing: what one commits, the other finds.

use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::{
    domain::support::{On, World},
    live::client::Client,
};

#[tokio::test(flavor = "multi_thread")]
async fn who_is_added_and_removed_through_the_other_node_learns_it_without_a_bus() {
    let world = World::new(On::Mongo).await;
    let [one, two, _] = world.people().await;
    let mut other = world.another_node().await;
    let caller = format!("{two} {}", world.workspace);
    let mut client = Client::open(&other.listen().await, &[(AUTHORIZATION, &caller)]).await.unwrap();
    client.ready().await;
    let path = world.group("group", one, &[two]).await;
    let group = path.trim_start_matches("/groups/");
    assert_eq!(client.verdict().await, json!({ "id": group, "status": "reset", "seq": 1 }));
    world.must(one, "DELETE", &format!("{path}/members/{two}"), Value::Null).await;
    assert_eq!(client.verdict().await, json!({ "id": group, "status": "gone" }));
}
