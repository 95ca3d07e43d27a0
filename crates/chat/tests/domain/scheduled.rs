//! Messages that are sent later.

use std::time::Duration;

use futures::future::join_all;
use parlance_base::{Clock as _, SystemClock, UserId};
use parlance_store::{Find, Findings, ID};
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal, said};

on_both! {
    a_scheduled_message_is_sent_once_when_its_time_has_come,
    what_is_taken_back_is_never_sent_and_what_is_sent_is_not_taken_back,
    what_cannot_be_sent_any_more_says_why,
    what_is_scheduled_is_checked_at_once_and_is_for_its_author_alone,
    what_somebody_was_to_say_who_is_erased_is_gone,
    a_scheduled_reply_reads_nothing_in_its_thread,
    who_goes_and_comes_again_says_nothing_from_before,
}

/// So many hours from now.
pub(super) fn hours(hours: u64) -> String {
    SystemClock.now().after(Duration::from_secs(hours * 3_600)).to_rfc3339()
}

async fn waiting(world: &World, user: UserId, group: &str) -> Vec<Value> {
    let all = world.must(user, "GET", &format!("{group}/scheduled"), Value::Null).await;
    all["items"].as_array().unwrap().clone()
}

async fn contents(world: &World, user: UserId, group: &str) -> Vec<String> {
    let page = world.must(user, "GET", &format!("{group}/messages?limit=100"), Value::Null).await;
    said(&page).into_iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

async fn schedule(world: &World, user: UserId, group: &str, body: Value) -> Value {
    let (status, scheduled) = world.ask(user, "POST", &format!("{group}/messages"), body).await;
    assert_eq!(status, 202, "{scheduled}");
    scheduled
}

/// What is stored there, as it is.
async fn stored(world: &World, collection: &str) -> Vec<String> {
    let collections = parlance_chat::collections();
    let all = collections.iter().find(|held| held.name == collection).unwrap();
    let scope = world.node.store.workspace(world.workspace);
    let found = scope.find_documents(all, Find::new([]).ascending(ID).limit(100)).await.unwrap();
    found.into_iter().map(|document| Value::Object(document).to_string()).collect()
}

/// Nothing that `parlance check` finds wrong with what the user has scheduled.
async fn counted_right(world: &World, user: UserId) {
    let scope = world.node.store.workspace(world.workspace);
    let head = scope.get::<parlance_stream::Head>(user).await.unwrap().unwrap();
    let mut findings = Findings::new(|_| ());
    parlance_chat::check_group(&scope, &head, &mut findings).await.unwrap();
    assert_eq!(findings.into_wrong(), (Vec::new(), 0));
}

async fn a_scheduled_message_is_sent_once_when_its_time_has_come(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let question = world.say(two, &group, "and tomorrow?").await;
    let own = format!("{one}");
    let body = json!({ "content": "good morning", "client_id": "m", "reply_to": question["id"],
        "mentions": [two], "metadata": { "a": 1 }, "send_at": hours(1) });
    let scheduled = schedule(&world, one, &group, body.clone()).await;
    assert_eq!((&scheduled["state"], &scheduled["content"]), (&json!("waiting"), &json!("good morning")));
    assert_eq!((&scheduled["client_id"], &scheduled["send_at"]), (&json!("m"), &body["send_at"]));
    let messages = format!("{group}/messages");
    let again = join_all((0..10).map(|_| world.ask(one, "POST", &messages, body.clone()))).await;
    assert!(again.iter().all(|answer| *answer == (200, scheduled.clone())), "{again:?}");
    assert_eq!(waiting(&world, one, &group).await, std::slice::from_ref(&scheduled));
    assert_eq!(contents(&world, two, &group).await, ["and tomorrow?"]);
    counted_right(&world, one).await;

    let _soon = world.node_later(0).await;
    let _later = world.node_later(1).await;
    let _beside = world.node_later(1).await;
    eventually("it is sent", async || waiting(&world, one, &group).await.is_empty()).await;
    assert_eq!(contents(&world, two, &group).await, ["good morning", "and tomorrow?"]);
    let (status, message) = world.ask(one, "POST", &messages, body).await;
    assert_eq!(
        (status, &message["content"], &message["author"]["id"]),
        (200, &json!("good morning"), &json!(one))
    );
    assert_eq!(message["quote"]["content"], "and tomorrow?");
    assert_eq!((&message["mentions"], &message["metadata"]), (&json!([two]), &json!({ "a": 1 })));
    // Who scheduled it need not have been there, and has read nothing by it.
    let read = |user| world.must(user, "GET", "/unread", Value::Null);
    assert_eq!((&read(one).await["total"], &read(two).await["mentions"]), (&json!(2), &json!(1)));
    // Their devices are told what became of it, and not what it says.
    let changes = world.must(one, "POST", "/changes", json!({ "cursors": { own.clone(): 0 } })).await;
    let entries = changes["streams"][&own]["entries"].as_array().unwrap();
    let told: Vec<_> = entries.iter().filter(|entry| entry["type"] == "scheduled.updated").collect();
    let states: Vec<_> = told.iter().map(|entry| entry["data"]["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["waiting", "sending", "sent"]);
    assert_eq!(told[2]["data"]["message_id"], message["id"]);
    assert!(told.iter().all(|entry| entry["data"]["scheduled_id"] == scheduled["id"]));
    assert!(!changes.to_string().contains("good morning"));
    counted_right(&world, one).await;
}

async fn what_is_taken_back_is_never_sent_and_what_is_sent_is_not_taken_back(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    let mut scheduled = Vec::new();
    for number in 0..40 {
        let body =
            json!({ "content": number.to_string(), "client_id": number.to_string(), "send_at": hours(1) });
        scheduled.push(schedule(&world, one, &group, body).await);
    }
    let path = |it: &Value| format!("{group}/scheduled/{}", it["id"].as_str().unwrap());
    // A late repetition of one that was taken back does not bring it back.
    world.must(one, "DELETE", &path(&scheduled[0]), Value::Null).await;
    let later = json!({ "content": "0 later", "client_id": "0", "send_at": hours(100) });
    let again = world.ask(one, "POST", &format!("{group}/messages"), later).await;
    assert_eq!(refusal(&again), (409, "scheduled.cancelled"));
    assert_eq!(
        refusal(&world.ask(one, "DELETE", &path(&scheduled[0]), Value::Null).await),
        (404, "scheduled.not_found")
    );
    counted_right(&world, one).await;
    let _later = world.node_later(1).await;
    let ends = join_all(scheduled[1..].iter().rev().map(async |it| {
        let status = world.ask(one, "DELETE", &path(it), Value::Null).await.0;
        (it["content"].as_str().unwrap().to_owned(), status)
    }))
    .await;
    eventually("the others are sent", async || waiting(&world, one, &group).await.is_empty()).await;
    let mut sent = contents(&world, one, &group).await;
    let mut expected: Vec<_> =
        ends.iter().filter(|(_, status)| *status != 204).map(|(content, _)| content.clone()).collect();
    sent.sort();
    expected.sort();
    assert_eq!(sent, expected);
    assert!(ends.iter().all(|(_, status)| [204, 404, 409].contains(status)), "{ends:?}");
    eventually("nothing is remembered", async || stored(&world, "scheduled_messages").await.is_empty()).await;
    counted_right(&world, one).await;
}

async fn what_cannot_be_sent_any_more_says_why(world: World) {
    let [one, two, three] = world.people().await;
    let archived = world.group("group", one, &[two]).await;
    let left = world.group("group", one, &[two]).await;
    let body = json!({ "content": "too late", "send_at": hours(1) });
    let kept = schedule(&world, two, &archived, body.clone()).await;
    schedule(&world, two, &left, body.clone()).await;
    let theirs = world.group("group", one, &[three]).await;
    schedule(&world, three, &theirs, body).await;
    world.must(one, "POST", &format!("{archived}/archive"), Value::Null).await;
    world.must(two, "POST", &format!("{left}/leave"), Value::Null).await;
    world.remove(three).await;
    let _later = world.node_later(1).await;
    eventually("it has failed", async || {
        waiting(&world, two, &archived).await.first().is_some_and(|it| it["state"] == "failed")
    })
    .await;
    let failed = waiting(&world, two, &archived).await.remove(0);
    assert_eq!((&failed["id"], &failed["error"]["code"]), (&kept["id"], &json!("group.archived")));
    // What they were to say to a group that they left is theirs to see all the same; who is not of the workspace any more has nothing.
    eventually("the others have failed, too", async || {
        let failed = waiting(&world, two, &left).await.first().is_some_and(|it| it["state"] == "failed");
        failed && stored(&world, "scheduled_messages").await.len() == 2
    })
    .await;
    let unsent = waiting(&world, two, &left).await.remove(0);
    assert_eq!(unsent["error"]["code"], "group.not_found");
    let path = format!("{left}/scheduled/{}", unsent["id"].as_str().unwrap());
    world.must(two, "DELETE", &path, Value::Null).await;
    let none = world.ask(two, "GET", &format!("{left}/scheduled"), Value::Null).await;
    assert_eq!(refusal(&none), (404, "group.not_found"));
    for group in [&archived, &left, &theirs] {
        assert!(contents(&world, one, group).await.is_empty());
    }
    let path = format!("{archived}/scheduled/{}", kept["id"].as_str().unwrap());
    world.must(two, "DELETE", &path, Value::Null).await;
    assert!(waiting(&world, two, &archived).await.is_empty());
    counted_right(&world, two).await;
}

async fn what_is_scheduled_is_checked_at_once_and_is_for_its_author_alone(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let messages = format!("{group}/messages");
    let elsewhere = world.group("group", one, &[]).await;
    let foreign = world.say(one, &elsewhere, "elsewhere").await;
    let at = hours(1);
    for (who, body, expected) in [
        (one, json!({ "content": "x", "send_at": hours(0) }), (422, "message.send_at")),
        (one, json!({ "content": "x", "send_at": hours(24 * 367) }), (422, "message.send_at")),
        (one, json!({ "content": "x", "send_at": "tomorrow" }), (422, "request.invalid")),
        (one, json!({ "content": " ", "send_at": at }), (422, "message.empty")),
        (one, json!({ "content": "x", "client_id": "", "send_at": at }), (422, "request.client_id")),
        (one, json!({ "content": "x", "reply_to": foreign["id"], "send_at": at }), (422, "message.reply_to")),
        (
            one,
            json!({ "content": "x", "thread_id": foreign["id"], "send_at": at }),
            (422, "message.thread_id"),
        ),
        (three, json!({ "content": "x", "send_at": at }), (404, "group.not_found")),
    ] {
        assert_eq!(refusal(&world.ask(who, "POST", &messages, body.clone()).await), expected, "{body}");
    }
    let mine = schedule(&world, one, &group, json!({ "content": "mine", "send_at": at })).await;
    let path = format!("{group}/scheduled/{}", mine["id"].as_str().unwrap());
    assert!(waiting(&world, two, &group).await.is_empty());
    for (who, path, expected) in [
        (two, path.clone(), (404, "scheduled.not_found")),
        (three, path.clone(), (404, "group.not_found")),
        (one, path.replace(&group, &elsewhere), (404, "scheduled.not_found")),
    ] {
        assert_eq!(refusal(&world.ask(who, "DELETE", &path, Value::Null).await), expected);
    }
    let unseen = world.ask(three, "GET", &format!("{group}/scheduled"), Value::Null).await;
    assert_eq!(refusal(&unseen), (404, "group.not_found"));
    let more = join_all((0..110).map(|number| {
        let body = json!({ "content": number.to_string(), "send_at": hours(2) });
        world.ask(one, "POST", &messages, body)
    }));
    let more = more.await;
    assert_eq!(more.iter().filter(|(status, _)| *status == 202).count(), 99);
    assert!(
        more.iter().filter(|(status, _)| *status != 202).all(|it| refusal(it) == (422, "scheduled.too_many"))
    );
    assert_eq!(waiting(&world, one, &group).await[0], mine, "the next one first");
    world.must(one, "DELETE", &path, Value::Null).await;
    schedule(&world, one, &group, json!({ "content": "room again", "send_at": at })).await;
    counted_right(&world, one).await;
}

async fn what_somebody_was_to_say_who_is_erased_is_gone(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    for user in [one, two] {
        let body = json!({ "content": format!("later, {user}"), "send_at": hours(1) });
        schedule(&world, user, &group, body).await;
    }
    super::forgetting::forget(&world, one).await;
    let left = stored(&world, "scheduled_messages").await;
    assert_eq!(left.len(), 1);
    assert!(left[0].contains(&format!("later, {two}")), "{left:?}");
    counted_right(&world, one).await;
}

async fn a_scheduled_reply_reads_nothing_in_its_thread(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let root = world.say(two, &group, "a question").await;
    let reply = json!({ "content": "later", "thread_id": root["id"], "send_at": hours(1) });
    schedule(&world, one, &group, reply).await;
    let handle = world.handle(one).await;
    for _ in 0..3 {
        let reply = json!({ "content": format!("@{handle}?"), "thread_id": root["id"] });
        world.must(two, "POST", &format!("{group}/messages"), reply).await;
    }
    let _later = world.node_later(1).await;
    eventually("it is sent", async || waiting(&world, one, &group).await.is_empty()).await;
    let thread = format!("{group}/messages/{}/thread", root["id"].as_str().unwrap());
    let thread = world.must(one, "GET", &thread, Value::Null).await;
    assert_eq!(
        (&thread["following"], &thread["mentions"], &thread["unread"]),
        (&json!(true), &json!(3), &json!(4))
    );
}

async fn who_goes_and_comes_again_says_nothing_from_before(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    schedule(&world, two, &group, json!({ "content": "from before", "send_at": hours(1) })).await;
    world.remove(two).await;
    world.back(two).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [two] })).await;
    let _later = world.node_later(1).await;
    eventually("it is gone", async || stored(&world, "scheduled_messages").await.is_empty()).await;
    assert!(contents(&world, two, &group).await.is_empty());
}
