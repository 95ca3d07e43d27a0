//! Groups in which nothing is said for long.

use parlance_base::{Role, UserId};
use parlance_trial::eventually;
use parlance_workspace::WorkspaceChange;
use serde_json::{Value, json};

use super::support::{World, on_both};

on_both! {
    a_quiet_group_rests_after_its_kinds_time_until_somebody_says_something,
    a_workspace_says_itself_how_long_that_is,
}

impl World {
    async fn rests(&self, user: UserId, group: &str) -> bool {
        self.must(user, "GET", group, Value::Null).await["inactive"] == true
    }
}

async fn a_quiet_group_rests_after_its_kinds_time_until_somebody_says_something(world: World) {
    let [one, two, _] = world.people().await;
    let admin = world.join(world.workspace, Role::Admin).await;
    let support = world.group("support", one, &[two]).await;
    let group = world.group("group", one, &[two]).await;
    let channel = world.group("channel", one, &[two]).await;
    let record = world.must(one, "PUT", "/records/deal/42", json!({})).await;
    let record = format!("/groups/{}", record["id"].as_str().unwrap());
    let archived = world.group("support", one, &[]).await;
    world.must(one, "POST", &format!("{archived}/archive"), Value::Null).await;
    let since = world.must(one, "GET", &support, Value::Null).await["seq"].clone();

    let _later = world.node_later(8).await;
    eventually("the support group rests", async || world.rests(one, &support).await).await;
    for other in [&group, &channel, &record, &archived] {
        assert!(!world.rests(one, other).await, "{other}");
    }
    let changes = world.must(two, "GET", &format!("{support}/changes?since={since}"), Value::Null).await;
    let told = &changes["entries"][0];
    assert_eq!([&told["type"], &told["author"]["kind"]], ["group.updated", "system"]);
    assert_eq!(told["data"], json!({ "group": { "inactive": true } }));
    let active = async |active: bool| {
        let path = format!("/groups/all?kind=support&active={active}");
        let items = world.must(admin, "GET", &path, Value::Null).await["items"].as_array().unwrap().clone();
        items.iter().map(|group| format!("/groups/{}", group["id"].as_str().unwrap())).collect::<Vec<_>>()
    };
    let (mut resting, awake) = (active(false).await, active(true).await);
    resting.sort();
    let mut expected = vec![support.clone(), archived.clone()];
    expected.sort();
    assert_eq!((resting, awake), (expected, Vec::new()));

    // It is read as before, and whoever says something wakes it.
    world.say(two, &support, "are you there?").await;
    assert!(!world.rests(one, &support).await);
    assert_eq!(active(true).await, [&*support]);

    let _much_later = world.node_later(200).await;
    eventually("the others rest", async || {
        world.rests(one, &channel).await && world.rests(one, &group).await
    })
    .await;
    assert!(!world.rests(one, &record).await, "records do not rest");
    // To open it again is to wake it too.
    world.must(one, "POST", &format!("{channel}/restore"), Value::Null).await;
    assert!(!world.rests(one, &channel).await);
}

async fn a_workspace_says_itself_how_long_that_is(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    let support = world.group("support", one, &[]).await;
    let caller = world.caller(world.owner(), Role::Owner);
    let settings = json!({ "inactive_after_days": { "group": 2, "support": 60 } });
    let settings = serde_json::from_value(settings).unwrap();
    world
        .workspaces
        .update(&caller, WorkspaceChange { settings, ..WorkspaceChange::default() })
        .await
        .unwrap();
    let _later = world.node_later(10).await;
    eventually("the group rests", async || world.rests(one, &group).await).await;
    assert!(!world.rests(one, &support).await);
}
