//! Threads: replies apart from the group's other messages.

use futures::{FutureExt as _, future::join_all};
use parlance_base::UserId;
use parlance_store::{Find, Findings, ID};
use parlance_stream::Head;
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    replies_are_apart_from_other_messages_and_counted_by_what_they_are_to,
    however_many_reply_at_once_each_is_counted_once,
    only_a_message_of_the_group_is_replied_to,
    who_takes_part_follows_until_they_say_otherwise,
    unread_replies_are_those_that_came_since,
    a_closed_thread_takes_no_replies_until_it_is_opened,
    what_is_deleted_of_a_thread_is_counted_no_more,
    who_may_not_see_a_message_does_not_see_what_is_replied,
    threads_go_with_what_was_cleared,
}

impl World {
    async fn reply(&self, who: UserId, group: &str, to: &Value, text: &str) -> Value {
        let body = json!({ "content": text, "thread_id": to["id"] });
        self.must(who, "POST", &format!("{group}/messages"), body).await
    }

    async fn thread(&self, who: UserId, group: &str, of: &Value) -> Value {
        self.must(who, "GET", &format!("{}/thread", path(group, of)), Value::Null).await
    }

    /// What is wrong with the group, as the check of a store finds it.
    async fn faults(&self, group: &str) -> Vec<String> {
        let scope = self.node.store.workspace(self.workspace);
        let head = scope.get::<Head>(group.trim_start_matches("/groups/")).await.unwrap().unwrap();
        let mut findings = Findings::new(|_| {});
        parlance_chat::check_group(&scope, &head, &mut findings).await.unwrap();
        findings.into_wrong().0
    }
}

fn path(group: &str, message: &Value) -> String {
    format!("{group}/messages/{}", message["id"].as_str().unwrap())
}

fn said(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["content"].as_str().unwrap_or("-")).collect()
}

async fn replies_are_apart_from_other_messages_and_counted_by_what_they_are_to(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let root = world.say(one, &group, "what about it?").await;
    assert_eq!(root["reply_count"], Value::Null);
    let first = world.reply(two, &group, &root, "first").await;
    assert_eq!(first["thread_id"], root["id"]);
    world.say(one, &group, "besides").await;
    world.reply(three, &group, &root, "second").await;
    let last = world.reply(two, &group, &root, "third").await;

    let page = world.must(one, "GET", &format!("{group}/messages"), Value::Null).await;
    assert_eq!(said(&page["items"]), ["besides", "what about it?"], "replies are on no page of the group");
    let shown = &page["items"][1];
    assert_eq!([&shown["reply_count"], &shown["participant_count"]], [&json!(3), &json!(2)]);
    assert_eq!(shown["participants"], json!([two, three]));
    assert_eq!([&shown["last_reply_at"], &shown["rev"]], [&last["at"], &last["seq"]]);
    assert_eq!(shown["closed"], false);
    let mine = world.must(one, "GET", "/groups", Value::Null).await;
    assert_eq!(mine["items"][0]["preview"], "besides");
    assert_eq!(mine["items"][0]["last_activity_at"], last["at"], "a reply is activity");
    assert_eq!(world.must(three, "GET", "/groups", Value::Null).await["items"][0]["unread"], 2);

    let thread = world.thread(three, &group, &root).await;
    assert_eq!(thread["message"]["id"], root["id"]);
    assert_eq!(said(&thread["replies"]["items"]), ["third", "second", "first"]);
    let replies = async |query: &str| {
        let id = root["id"].as_str().unwrap();
        let path = format!("{group}/messages?thread_id={id}&{query}");
        world.must(one, "GET", &path, Value::Null).await["items"].clone()
    };
    assert_eq!(said(&replies("limit=2").await), ["third", "second"]);
    assert_eq!(said(&replies("after=0&limit=1").await), ["first"]);
    assert_eq!(said(&replies(&format!("around={}&limit=2", last["seq"])).await), ["second", "third"]);
    assert_eq!(said(&replies(&format!("before={}", first["seq"])).await), Vec::<&str>::new());

    // Entries tell what became of the thread.
    let since = root["seq"].as_i64().unwrap();
    let changes = world.must(one, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let told = &changes["entries"][0];
    assert_eq!([&told["type"], &told["data"]["message"]["id"]], [&json!("message.new"), &first["id"]]);
    let thread = &told["data"]["thread"];
    assert_eq!([&thread["message_id"], &thread["reply_count"]], [&root["id"], &json!(3)]);
    assert_eq!(thread["rev"], last["seq"]);
    assert_eq!(changes["entries"][1]["data"].get("thread"), None, "what is no reply tells of none");

    // Newest first, one page after the other.
    let other = world.say(two, &group, "another").await;
    world.reply(one, &group, &other, "well").await;
    let threads = world.must(two, "GET", &format!("{group}/threads?limit=1"), Value::Null).await;
    assert_eq!(threads["items"][0]["message"]["id"], other["id"]);
    let next = format!("{group}/threads?limit=1&after={}", threads["next"].as_str().unwrap());
    let next = world.must(two, "GET", &next, Value::Null).await;
    assert_eq!((&next["items"][0]["message"]["id"], &next["next"]), (&root["id"], &Value::Null));
    assert_eq!(world.faults(&group).await, Vec::<String>::new());
}

async fn however_many_reply_at_once_each_is_counted_once(world: World) {
    let mut people = Vec::new();
    for _ in 0..8 {
        people.push(world.join(world.workspace, parlance_base::Role::Member).await);
    }
    let group = world.group("group", people[0], &people[1..]).await;
    let node = world.node_beside().await;
    let root = world.say(people[0], &group, "who comes?").await;
    let asked = (0..48).map(|at| {
        let (world, node, who) = (&world, &node, people[at % people.len()]);
        let body = json!({ "content": format!("{at}"), "thread_id": root["id"],
            // Each is sent twice, by one node or the other.
            "client_id": format!("{}", at / 2 / people.len() * people.len() + at % people.len()) });
        let path = format!("{group}/messages");
        async move {
            if at % 3 == 0 {
                world.ask_node(node, who, "POST", &path, body).await
            } else {
                world.ask(who, "POST", &path, body).await
            }
        }
        .boxed()
    });
    let answers = join_all(asked).await;
    assert!(answers.iter().all(|(status, _)| [200, 201].contains(status)), "{answers:?}");
    let fresh = answers.iter().filter(|(status, _)| *status == 201).count();
    let thread = world.thread(people[0], &group, &root).await;
    assert_eq!(thread["message"]["reply_count"], fresh);
    assert_eq!(thread["replies"]["items"].as_array().unwrap().len(), fresh);
    assert_eq!(thread["message"]["participant_count"], 8);
    assert_eq!(thread["message"]["participants"].as_array().unwrap().len(), 5);
    assert_eq!(world.faults(&group).await, Vec::<String>::new());
}

async fn only_a_message_of_the_group_is_replied_to(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let elsewhere = world.group("group", one, &[]).await;
    let root = world.say(one, &group, "root").await;
    let reply = world.reply(two, &group, &root, "reply").await;
    let foreign = world.say(one, &elsewhere, "foreign").await;
    let gone = world.say(one, &group, "gone").await;
    world.must(one, "DELETE", &path(&group, &gone), Value::Null).await;
    let event = json!({ "id": two.to_string() });
    for to in [&reply, &foreign, &gone, &event] {
        let body = json!({ "content": "x", "thread_id": to["id"] });
        let refused = world.ask(one, "POST", &format!("{group}/messages"), body).await;
        assert_eq!(refusal(&refused), (422, "message.thread_id"), "{to}");
    }
    for to in [&reply, &foreign, &event] {
        let id = to["id"].as_str().unwrap();
        for (method, path, body) in [
            ("GET", format!("{group}/messages/{id}/thread"), Value::Null),
            ("GET", format!("{group}/messages?thread_id={id}"), Value::Null),
            ("PUT", format!("{group}/threads/{id}/follow"), Value::Null),
            ("DELETE", format!("{group}/threads/{id}/follow"), Value::Null),
            ("POST", format!("{group}/read"), json!({ "seq": 1, "thread_id": id })),
            ("POST", format!("{group}/unread"), json!({ "seq": 1, "thread_id": id })),
        ] {
            let refused = world.ask(one, method, &path, body).await;
            assert_eq!(refusal(&refused), (404, "message.not_found"), "{method} {path}");
        }
    }
    let refused = world.ask(three, "GET", &format!("{group}/threads"), Value::Null).await;
    assert_eq!(refusal(&refused), (404, "group.not_found"));
    // A message to which nobody replied has a thread that is empty, and may be followed.
    let lonely = world.say(one, &group, "lonely").await;
    let thread = world.thread(two, &group, &lonely).await;
    assert_eq!((&thread["replies"]["items"], &thread["following"]), (&json!([]), &json!(false)));
    let follow = format!("{group}/threads/{}/follow", lonely["id"].as_str().unwrap());
    assert_eq!(world.must(two, "PUT", &follow, Value::Null).await["following"], true);
    world.reply(one, &group, &lonely, "no more").await;
    assert_eq!(world.thread(two, &group, &lonely).await["unread"], 1);
}

async fn who_takes_part_follows_until_they_say_otherwise(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let root = world.say(one, &group, "root").await;
    let follow = format!("{group}/threads/{}/follow", root["id"].as_str().unwrap());
    let following = async |who| world.thread(who, &group, &root).await["following"].as_bool().unwrap();
    assert!(!following(one).await, "there is nothing to follow yet");
    world.reply(two, &group, &root, "1").await;
    assert_eq!((following(one).await, following(two).await, following(three).await), (true, true, false));
    let seen = world.must(three, "PUT", &follow, Value::Null).await;
    assert_eq!((&seen["following"], &seen["unread"]), (&json!(true), &json!(0)), "what was there is read");
    world.must(two, "DELETE", &follow, Value::Null).await;
    world.must(two, "DELETE", &follow, Value::Null).await;
    world.reply(one, &group, &root, "2").await;
    assert_eq!(
        (following(two).await, world.thread(two, &group, &root).await["unread"].clone()),
        (false, json!(0))
    );
    assert_eq!(world.thread(three, &group, &root).await["unread"], 1);
    world.reply(two, &group, &root, "3").await;
    assert!(following(two).await, "who says more takes part again");

    // Devices are told, each time something changed.
    let told = world.must(two, "GET", &format!("/groups/{two}/changes?since=0"), Value::Null).await;
    let told: Vec<_> = told["entries"].as_array().unwrap().iter().collect();
    let settings: Vec<_> = told.iter().filter(|entry| entry["type"] == "settings.updated").collect();
    let id = group.trim_start_matches("/groups/");
    let data = json!({ "group_id": id, "thread_id": root["id"], "following": false });
    assert_eq!(settings.iter().map(|entry| &entry["data"]).collect::<Vec<_>>(), [&data]);

    // Who is in the group no more follows nothing there.
    world.reply(one, &group, &root, "4").await;
    assert_eq!(world.must(three, "GET", "/unread", Value::Null).await["threads"], 1);
    world.must(three, "POST", &format!("{group}/leave"), Value::Null).await;
    assert_eq!(world.must(three, "GET", "/unread", Value::Null).await["threads"], 0);
    assert_eq!(refusal(&world.ask(three, "PUT", &follow, Value::Null).await), (404, "group.not_found"));
}

async fn unread_replies_are_those_that_came_since(world: World) {
    let [one, two, three] = world.people().await;
    let node = world.node_beside().await;
    let group = world.group("group", one, &[two, three]).await;
    let root = world.say(one, &group, "root").await;
    let id = root["id"].as_str().unwrap();
    let mut replies = Vec::new();
    for number in 0..4 {
        replies.push(world.reply(two, &group, &root, &number.to_string()).await["seq"].as_i64().unwrap());
    }
    let unread = async |who| {
        let counted = world.must(who, "GET", "/unread", Value::Null).await;
        let (_, threads) = world.ask_node(&node, who, "GET", &format!("{group}/threads"), Value::Null).await;
        let unread = threads["items"][0]["unread"].as_i64().unwrap();
        assert_eq!(counted["threads"], i64::from(unread > 0));
        let group = counted["groups"].as_array().unwrap().first().map(|group| group["threads"].clone());
        assert_eq!(group.unwrap_or(json!(0)), i64::from(unread > 0));
        unread
    };
    assert_eq!((unread(one).await, unread(two).await, unread(three).await), (4, 0, 0));
    let read = async |who, seq: i64, rev: Option<i64>| {
        let body = json!({ "seq": seq, "thread_id": id, "read_rev": rev });
        world.must(who, "POST", &format!("{group}/read"), body).await
    };
    let mark = async |who, seq: i64| {
        let body = json!({ "seq": seq, "thread_id": id });
        world.must(who, "POST", &format!("{group}/unread"), body).await
    };
    let state = |seq: i64, rev: i64, unread: i64| json!({ "read_seq": seq, "read_rev": rev, "unread": unread, "mentions": 0 });
    assert_eq!(read(one, replies[1], None).await, state(replies[1], 0, 2));
    assert_eq!(read(one, replies[0], None).await, state(replies[1], 0, 2), "a pointer never goes back");
    assert_eq!(mark(one, replies[1]).await, state(replies[1] - 1, 1, 3));
    assert_eq!(
        read(one, replies[3], Some(0)).await,
        state(replies[1] - 1, 1, 3),
        "an old device takes nothing back"
    );
    assert_eq!(unread(one).await, 3);
    // The group's own pointer is another matter, and a reply moves the thread's alone.
    let body = json!({ "seq": i64::MAX });
    world.must(two, "POST", &format!("{group}/unread"), json!({ "seq": root["seq"] })).await;
    let own = world.reply(one, &group, &root, "mine").await["seq"].as_i64().unwrap();
    assert_eq!((unread(one).await, unread(two).await), (0, 1));
    assert_eq!(world.must(two, "GET", "/unread", Value::Null).await["total"], 1);
    world.must(two, "POST", &format!("{group}/read"), body).await;
    assert_eq!(unread(two).await, 1);
    // What one said oneself is unread again once it is marked, and read again with what one says next.
    assert_eq!(mark(one, own).await, state(own - 1, 2, 1));
    let last = world.reply(one, &group, &root, "more").await["seq"].as_i64().unwrap();
    assert_eq!(read(one, 0, None).await, state(last, 2, 0));
    // Who does not follow it has nothing noted.
    assert_eq!(read(three, last, None).await, state(0, 0, 0));

    let told = world.must(one, "GET", &format!("/groups/{one}/changes?since=0"), Value::Null).await;
    let told = told["entries"].as_array().unwrap().iter().filter(|entry| entry["data"]["thread_id"] == id);
    let told: Vec<_> =
        told.map(|entry| [&entry["type"], &entry["data"]["read_rev"], &entry["data"]["unread"]]).collect();
    let expected = [(0, 2), (1, 3), (2, 1)].map(|(rev, unread)| [json!("read"), json!(rev), json!(unread)]);
    assert_eq!(told, expected.each_ref().map(|told| told.each_ref()));
}

async fn a_closed_thread_takes_no_replies_until_it_is_opened(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let root = world.say(two, &group, "root").await;
    let close = format!("{group}/threads/{}/close", root["id"].as_str().unwrap());
    let refused = world.ask(two, "POST", &close, json!({ "closed": true })).await;
    assert_eq!(refusal(&refused), (404, "thread.not_found"));
    world.reply(three, &group, &root, "reply").await;
    let refused = world.ask(three, "POST", &close, json!({ "closed": true })).await;
    assert_eq!(refusal(&refused), (403, "message.not_author"));
    // Its author closes it, and an admin opens it again.
    assert_eq!(world.must(two, "POST", &close, json!({ "closed": true })).await["message"]["closed"], true);
    world.must(two, "POST", &close, json!({ "closed": true })).await;
    let body = json!({ "content": "late", "thread_id": root["id"] });
    let refused = world.ask(one, "POST", &format!("{group}/messages"), body).await;
    assert_eq!(refusal(&refused), (403, "thread.closed"));
    assert_eq!(world.must(one, "POST", &close, json!({ "closed": false })).await["message"]["closed"], false);
    world.reply(one, &group, &root, "after all").await;
    let since = root["seq"].as_i64().unwrap();
    let changes = world.must(three, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let told = changes["entries"].as_array().unwrap().iter().filter(|entry| entry["type"] == "thread.closed");
    let told: Vec<_> = told.map(|entry| entry["data"].clone()).collect();
    let data = |closed: bool| json!({ "message_id": root["id"], "closed": closed });
    assert_eq!(told, [data(true), data(false)]);
    world.must(one, "POST", &format!("{group}/archive"), Value::Null).await;
    let refused = world.ask(one, "POST", &close, json!({ "closed": true })).await;
    assert_eq!(refusal(&refused), (403, "group.archived"));
}

async fn what_is_deleted_of_a_thread_is_counted_no_more(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let root = world.say(one, &group, "root").await;
    let replies = [world.reply(two, &group, &root, "a").await, world.reply(two, &group, &root, "b").await];
    world.must(two, "PATCH", &path(&group, &replies[0]), json!({ "content": "edited" })).await;
    world.must(two, "DELETE", &path(&group, &replies[1]), Value::Null).await;
    world.must(two, "DELETE", &path(&group, &replies[1]), Value::Null).await;
    let thread = world.thread(one, &group, &root).await;
    assert_eq!(thread["message"]["reply_count"], 1);
    assert_eq!(said(&thread["replies"]["items"]), ["-", "edited"]);
    assert_eq!(thread["replies"]["items"][0]["thread_id"], root["id"], "it keeps its place");
    assert_eq!(thread["unread"], 2, "what was deleted counts until it is passed");
    let since = replies[1]["seq"].as_i64().unwrap() + 1;
    let changes = world.must(one, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let told = &changes["entries"][0]["data"];
    assert_eq!([&told["message_id"], &told["thread_id"]], [&replies[1]["id"], &root["id"]]);
    assert_eq!(told["thread"]["reply_count"], 1);
    // What it is about is deleted, and the thread stays.
    world.must(one, "DELETE", &path(&group, &root), Value::Null).await;
    let thread = world.thread(two, &group, &root).await;
    assert_eq!((&thread["message"]["content"], &thread["message"]["reply_count"]), (&Value::Null, &json!(1)));
    world.reply(two, &group, &root, "still").await;
    assert_eq!(world.thread(one, &group, &root).await["message"]["reply_count"], 2);
    assert_eq!(world.faults(&group).await, Vec::<String>::new());
}

async fn who_may_not_see_a_message_does_not_see_what_is_replied(world: World) {
    let [one, two, three] = world.people().await;
    let group = json!({ "kind": "group", "name": "g", "member_ids": [two], "history": "since_join" });
    let group = world.must(one, "POST", "/groups", group).await["id"].as_str().unwrap().to_owned();
    let group = format!("/groups/{group}");
    let root = world.say(one, &group, "before").await;
    world.reply(two, &group, &root, "a secret").await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    let joined = world.must(three, "GET", &group, Value::Null).await["seq"].as_i64().unwrap();
    let reply = world.reply(two, &group, &root, "another").await;
    world.must(one, "POST", &format!("{}/pin", path(&group, &reply)), json!({ "pinned": true })).await;
    world.must(two, "PATCH", &path(&group, &reply), json!({ "content": "a third" })).await;
    world.must(two, "DELETE", &path(&group, &reply), Value::Null).await;

    for path in [path(&group, &reply), format!("{}/thread", path(&group, &root))] {
        let refused = world.ask(three, "GET", &path, Value::Null).await;
        assert_eq!(refusal(&refused), (404, "message.not_found"), "{path}");
    }
    let body = json!({ "content": "me too", "thread_id": root["id"] });
    let refused = world.ask(three, "POST", &format!("{group}/messages"), body).await;
    assert_eq!(refusal(&refused), (422, "message.thread_id"));
    let body = json!({ "content": "me too", "reply_to": reply["id"] });
    let refused = world.ask(three, "POST", &format!("{group}/messages"), body).await;
    assert_eq!(refusal(&refused), (422, "message.reply_to"));
    for list in ["threads", "pins"] {
        let list = world.must(three, "GET", &format!("{group}/{list}"), Value::Null).await;
        assert_eq!(list["items"], json!([]));
    }
    let changes = world.must(three, "GET", &format!("{group}/changes?since={joined}"), Value::Null).await;
    let told: Vec<_> = changes["entries"].as_array().unwrap().iter().map(|entry| &entry["type"]).collect();
    assert_eq!(told, ["entry.skipped"; 4]);
    let changes = world.must(two, "GET", &format!("{group}/changes?since={joined}"), Value::Null).await;
    assert_eq!(changes["entries"][0]["type"], "message.new");
}

async fn threads_go_with_what_was_cleared(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let root = world.say(one, &group, "root").await;
    let mut last = Value::Null;
    for number in 0..90 {
        last = world.reply(two, &group, &root, &format!("secret {number}")).await;
    }
    world.must(one, "POST", &format!("{}/reactions", path(&group, &last)), json!({ "emoji": "x" })).await;
    let follow = format!("{group}/threads/{}/follow", root["id"].as_str().unwrap());
    world.must(one, "DELETE", &follow, Value::Null).await;
    world.must(one, "POST", &format!("{group}/clear"), Value::Null).await;
    assert_eq!(world.must(two, "GET", &format!("{group}/threads"), Value::Null).await["items"], json!([]));
    assert_eq!(world.must(one, "GET", "/unread", Value::Null).await["threads"], 0);
    let refused = world.ask(two, "GET", &format!("{}/thread", path(&group, &root)), Value::Null).await;
    assert_eq!(refusal(&refused), (404, "message.not_found"));
    let scope = world.node.store.workspace(world.workspace);
    for name in ["threads", "thread_participants", "thread_follows", "reactions"] {
        let collection = parlance_chat::collections().into_iter().find(|held| held.name == name).unwrap();
        let stored = async || {
            let all = Find::new([]).ascending(ID).limit(100);
            scope.find_documents(collection, all).await.unwrap().len()
        };
        eventually(&format!("{name} go"), async || stored().await == 0).await;
    }
    let entries = parlance_chat::collections().into_iter().find(|held| held.name == "entries").unwrap();
    let stored = async || {
        let all = Find::new([]).ascending(ID).limit(1_000);
        let all = scope.find_documents(entries, all).await.unwrap();
        all.iter().filter(|entry| entry["data"].to_string().contains("secret")).count()
    };
    eventually("what was said goes", async || stored().await == 0).await;
    assert_eq!(world.faults(&group).await, Vec::<String>::new());
}
