//! Groups with more members than everybody is told of.

use std::time::Duration;

use http::header::AUTHORIZATION;
use parlance_base::{Role, UserId};
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};
use crate::live::client::Client;

on_both! {
    who_comes_and_goes_in_a_large_group_is_told_to_who_runs_it_and_to_themselves,
    who_types_and_who_has_read_is_told_in_small_groups_alone,
}

/// So many may be in a group of which everybody is told.
const SMALL: usize = 200;

async fn who_comes_and_goes_in_a_large_group_is_told_to_who_runs_it_and_to_themselves(world: World) {
    let mut people = Vec::new();
    for _ in 0..SMALL + 4 {
        people.push(world.join(world.workspace, Role::Member).await);
    }
    let (owner, reader, more) = (people[0], people[1], &people[2..]);
    let group = world.group("group", owner, &[reader]).await;
    let members = format!("{group}/members");
    let add = async |users: &[UserId]| {
        let since = world.must(owner, "GET", &group, Value::Null).await["seq"].clone();
        world.must(owner, "POST", &members, json!({ "user_ids": users })).await;
        since
    };
    let told = async |who: UserId, since: &Value| {
        let changes = world.must(who, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
        let entries = changes["entries"].as_array().unwrap().clone();
        let told = |entry: &Value| (entry["type"].as_str().unwrap().to_owned(), entry["data"].clone());
        entries.iter().map(told).collect::<Vec<_>>()
    };
    let kinds = |told: &[(String, Value)]| told.iter().map(|(kind, _)| kind.clone()).collect::<Vec<_>>();

    // Up to 200 everybody is told.
    let (first, second) = more[..SMALL - 2].split_at(100);
    let since = add(first).await;
    add(second).await;
    assert_eq!(kinds(&told(reader, &since).await), ["member.added", "member.added"]);
    let [one, two, ..] = more[SMALL - 2..] else { panic!("there are more") };
    let since = add(&[one, two]).await;
    let full = told(owner, &since).await;
    assert_eq!(full[0].1["members"].as_array().unwrap().len(), 2);
    assert_eq!(full[0].1["quiet"], true);
    assert_eq!(told(reader, &since).await, [("entry.skipped".to_owned(), json!({}))]);
    assert_eq!(told(one, &since).await, full);

    // Who runs the group from then on is told from then on, and of what came before, too.
    let rights = json!({ "is_admin": true });
    world.must(owner, "PATCH", &format!("{members}/{reader}"), rights).await;
    world.must(owner, "DELETE", &format!("{members}/{one}"), Value::Null).await;
    let all = ["member.added", "member.updated", "member.removed"];
    assert_eq!(kinds(&told(reader, &since).await), all);
    assert_eq!(kinds(&told(two, &since).await), ["member.added", "entry.skipped", "entry.skipped"]);
    // Everybody finds everybody in the list, and says and hears as ever.
    let page = world.must(two, "GET", &format!("{members}?limit=100"), Value::Null).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 100);
    world.say(two, &group, "hello").await;
    assert_eq!(kinds(&told(more[0], &since).await).last().unwrap(), "message.new");

    // Below that, everybody is told again.
    world.must(owner, "DELETE", &format!("{members}/{}", more[0]), Value::Null).await;
    let since = world.must(owner, "GET", &group, Value::Null).await["seq"].clone();
    world.must(owner, "DELETE", &format!("{members}/{}", more[1]), Value::Null).await;
    assert_eq!(kinds(&told(two, &since).await), ["member.removed"]);
}

async fn who_types_and_who_has_read_is_told_in_small_groups_alone(mut world: World) {
    let mut people = Vec::new();
    for _ in 0..=SMALL {
        people.push(world.join(world.workspace, Role::Member).await);
    }
    let (owner, reader, last) = (people[0], people[1], people[SMALL]);
    let group = world.group("group", owner, &people[1..100]).await;
    let members = format!("{group}/members");
    world.must(owner, "POST", &members, json!({ "user_ids": people[100..SMALL] })).await;
    let url = world.node.listen().await;
    let caller = format!("{reader} {}", world.workspace);
    let mut client = Client::open(&url, &[(AUTHORIZATION, &caller)]).await.unwrap();
    client.ready().await;

    let typing = format!("{group}/typing");
    for active in [true, false] {
        world.must(owner, "POST", &typing, json!({ "active": active })).await;
        let told = client.until("typing").await;
        assert_eq!((&told["data"]["user_id"], &told["data"]["active"]), (&json!(owner), &json!(active)));
    }
    let receipts = format!("{group}/receipts");
    world.must(reader, "GET", &receipts, Value::Null).await;

    world.must(owner, "POST", &members, json!({ "user_ids": [last] })).await;
    client.until("entry.skipped").await;
    let refused = world.ask(reader, "GET", &receipts, Value::Null).await;
    assert_eq!(refusal(&refused), (422, "group.too_large"));
    world.must(owner, "POST", &typing, json!({})).await;
    let said = world.say(owner, &group, "not typing any more").await;
    world.must(last, "POST", &format!("{group}/read"), json!({ "seq": said["seq"] })).await;
    // What comes next is the message, and then nothing until the next one, though a receipt would have come by then.
    heard(&mut client, "not typing any more").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    world.say(owner, &group, "once more").await;
    heard(&mut client, "once more").await;
}

/// Takes in what comes until this is said: nobody's typing or reading.
async fn heard(client: &mut Client, content: &str) {
    loop {
        let frame = client.next().await.unwrap();
        assert!(!["typing", "read.receipt"].contains(&frame["type"].as_str().unwrap()), "{frame}");
        if frame["data"]["message"]["content"] == content {
            return;
        }
    }
}
