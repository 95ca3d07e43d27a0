//! Mentions: whom a message speaks to.

use parlance_base::UserId;
use parlance_store::{Find, ID};
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    who_is_mentioned_is_told_how_often_until_they_have_read_it,
    who_is_named_by_their_id_must_be_a_member_and_who_is_named_by_their_handle_may_be,
    an_edit_mentions_others_from_then_on,
    what_is_deleted_or_cleared_mentions_nobody,
    everybody_is_mentioned_at_once,
    in_a_large_group_only_who_runs_it_mentions_everybody,
    who_is_mentioned_in_a_thread_follows_it,
    who_comes_again_was_mentioned_by_nobody,
    those_who_may_be_meant_are_suggested,
    nobody_is_mentioned_where_they_do_not_see_it,
    who_asked_to_follow_a_thread_has_read_no_more_by_being_mentioned,
    what_was_cleared_half_leaves_the_store_all_the_same,
}

impl World {
    /// The handle of this member.
    pub(super) async fn handle(&self, who: UserId) -> String {
        let names = self.workspaces.names(self.workspace, [who]).await.unwrap();
        names.into_iter().next().unwrap().handle.unwrap()
    }

    /// What the list of groups says of unread messages and mentions in the only group, as all of them together say too.
    async fn counts(&self, who: UserId) -> (i64, i64) {
        let listed = self.must(who, "GET", "/groups", Value::Null).await["items"][0].clone();
        let all = self.must(who, "GET", "/unread", Value::Null).await;
        assert_eq!([&all["total"], &all["mentions"]], [&listed["unread"], &listed["mentions"]]);
        (listed["unread"].as_i64().unwrap(), listed["mentions"].as_i64().unwrap())
    }

    async fn read(&self, who: UserId, group: &str, body: Value) -> Value {
        self.must(who, "POST", &format!("{group}/read"), body).await
    }
}

fn path(group: &str, message: &Value) -> String {
    format!("{group}/messages/{}", message["id"].as_str().unwrap())
}

async fn who_is_mentioned_is_told_how_often_until_they_have_read_it(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let [of_one, of_two] = [world.handle(one).await, world.handle(two).await];
    let first = world
        .say(one, &group, &format!("Hello @{}, and @{of_two}. Again, @{of_one}!", of_two.to_uppercase()))
        .await;
    assert_eq!(first["mentions"], json!([two]), "once each, and nobody themselves");
    world.say(three, &group, &format!("not `@{of_two}`, nor x@{of_two}, nor @nobody")).await;
    let second = world.say(three, &group, &format!("(@{of_two})")).await;
    assert_eq!((world.counts(one).await, world.counts(two).await), ((2, 0), (3, 2)));
    let state = |seq: &Value, rev: i64, unread: i64, mentions: i64| json!({ "read_seq": seq, "read_rev": rev, "unread": unread, "mentions": mentions });
    let read = world.read(two, &group, json!({ "seq": first["seq"] })).await;
    assert_eq!(read, state(&first["seq"], 0, 2, 1));
    let read = world.read(two, &group, json!({ "seq": second["seq"] })).await;
    assert_eq!(read, state(&second["seq"], 0, 0, 0));
    let marked = world.must(two, "POST", &format!("{group}/unread"), json!({ "seq": first["seq"] })).await;
    assert_eq!((&marked["unread"], &marked["mentions"]), (&json!(3), &json!(2)));
    // Who says something has read what was said before.
    world.say(two, &group, "well").await;
    assert_eq!(world.counts(two).await, (0, 0));
    let told = world.must(two, "GET", &format!("/groups/{two}/changes?since=0"), Value::Null).await;
    let told = told["entries"].as_array().unwrap().iter().filter(|entry| entry["type"] == "read");
    let told: Vec<_> = told.map(|entry| entry["data"]["mentions"].clone()).collect();
    assert_eq!(told, [1, 0, 2]);
    // Also where others push them out of the memory of who sent last.
    let mut crowd = Vec::new();
    for _ in 0..85 {
        crowd.push(world.join(world.workspace, parlance_base::Role::Member).await);
    }
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": crowd })).await;
    world.say(one, &group, &format!("@{of_two}")).await;
    world.say(two, &group, "here").await;
    for who in &crowd {
        world.say(*who, &group, "me too").await;
    }
    assert_eq!(world.counts(two).await, (85, 0));
    world.say(one, &group, &format!("@{of_two}")).await;
    assert_eq!(world.counts(two).await, (86, 1));
}

async fn who_is_named_by_their_id_must_be_a_member_and_who_is_named_by_their_handle_may_be(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let send = async |body: Value| world.ask(one, "POST", &format!("{group}/messages"), body).await;
    let said = send(json!({ "content": "psst", "mentions": [two, two, one] })).await;
    assert_eq!((said.0, &said.1["mentions"]), (201, &json!([two])));
    let refused = send(json!({ "content": "psst", "mentions": [three] })).await;
    assert_eq!(refusal(&refused), (422, "message.mentions"));
    let many: Vec<UserId> = (0..51).map(|n| UserId::derived(&["nobody", &n.to_string()])).collect();
    let refused = send(json!({ "content": "psst", "mentions": many })).await;
    assert_eq!(refusal(&refused), (422, "message.too_many_mentions"));
    let outside = send(json!({ "content": format!("@{} is not here", world.handle(three).await) })).await;
    assert_eq!((outside.0, outside.1.get("mentions")), (201, None));
    // Who was named and has left is mentioned no more by an edit, which names nobody itself.
    let edited = json!({ "content": "psst, psst" });
    let left = world.group("group", one, &[two]).await;
    let named = json!({ "content": "psst", "mentions": [two] });
    let said = world.must(one, "POST", &format!("{left}/messages"), named).await;
    world.must(two, "POST", &format!("{left}/leave"), Value::Null).await;
    assert_eq!(world.must(one, "PATCH", &path(&left, &said), edited.clone()).await.get("mentions"), None);
    let strict = json!({ "content": "psst!", "mentions": [two] });
    let refused = world.ask(one, "PATCH", &path(&left, &said), strict).await;
    assert_eq!(refusal(&refused), (422, "message.mentions"));
    let refused =
        world.ask(one, "PATCH", &path(&left, &said), json!({ "content": "x", "mentions": many })).await;
    assert_eq!(refusal(&refused), (422, "message.too_many_mentions"));
    // A repetition is known before anything is said of it.
    let first = send(json!({ "content": "kept", "client_id": "kept" })).await.1;
    let again = send(json!({ "content": "kept", "client_id": "kept", "mentions": many })).await;
    assert_eq!(again, (200, first));
    let named = json!({ "content": "psst", "mentions": [two], "client_id": "n" });
    let first = send(named.clone()).await;
    world.must(two, "POST", &format!("{group}/leave"), Value::Null).await;
    assert_eq!(send(named).await, (200, first.1));
}

async fn an_edit_mentions_others_from_then_on(world: World) {
    let [one, two, three] = world.people().await;
    let node = world.node_beside().await;
    let group = world.group("group", one, &[two, three]).await;
    let [of_two, of_three] = [world.handle(two).await, world.handle(three).await];
    let said = world.say(one, &group, &format!("@{of_two}")).await;
    let message = path(&group, &said);
    let edit = async |body: Value| world.must(one, "PATCH", &message, body).await;
    let edited = edit(json!({ "content": format!("I mean @{of_three}") })).await;
    assert_eq!(edited["mentions"], json!([three]));
    assert_eq!((world.counts(two).await, world.counts(three).await), ((1, 0), (1, 1)));
    let same = edit(json!({ "content": format!("I mean @{of_three}") })).await;
    assert_eq!(same["rev"], edited["rev"], "saying the same again changes nothing");
    // Who had read the message is told of the mention, and has read it with the edit.
    world.read(two, &group, json!({ "seq": said["seq"] })).await;
    let edited = edit(json!({ "content": format!("@{of_two}, I mean") })).await;
    assert_eq!((world.counts(two).await, world.counts(three).await), ((0, 1), (1, 0)));
    assert_eq!(world.read(two, &group, json!({ "seq": edited["rev"] })).await["mentions"], 0);
    // Those who were named stay so, until others are.
    let named = edit(json!({ "content": "nobody", "mentions": [three] })).await;
    assert_eq!((&named["mentions"], world.counts(three).await), (&json!([three]), (1, 1)));
    assert_eq!(edit(json!({ "content": "nobody else" })).await["mentions"], json!([three]));
    assert_eq!(edit(json!({ "content": "nobody else", "mentions": [] })).await.get("mentions"), None);
    assert_eq!(world.counts(three).await, (1, 0));
    // On one node or the other, and back.
    for round in 0..6 {
        let content = if round % 2 == 0 { format!("@{of_three} {round}") } else { format!("{round}") };
        let node = if round % 3 == 0 { &world.node } else { &node };
        let (status, _) = world.ask_node(node, one, "PATCH", &message, json!({ "content": content })).await;
        assert_eq!(
            (status, world.counts(three).await),
            (200, (1, i64::from(round % 2 == 0))),
            "round {round}"
        );
    }
}

async fn what_is_deleted_or_cleared_mentions_nobody(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let of_two = world.handle(two).await;
    let mut said = Vec::new();
    for _ in 0..4 {
        said.push(world.say(one, &group, &format!("@{of_two}")).await);
    }
    world.must(one, "DELETE", &path(&group, &said[1]), Value::Null).await;
    assert_eq!(world.counts(two).await, (4, 3), "what was deleted counts as a message until it is passed");
    let deleted = world.must(two, "GET", &path(&group, &said[1]), Value::Null).await;
    assert_eq!(deleted.get("mentions"), None);
    world.read(two, &group, json!({ "seq": said[2]["seq"] })).await;
    assert_eq!(world.counts(two).await, (1, 1));
    world.must(one, "DELETE", &path(&group, &said[0]), Value::Null).await;
    assert_eq!(world.counts(two).await, (1, 1), "it was read");
    world.say(one, &group, "@everyone").await;
    assert_eq!(world.counts(two).await, (2, 2));
    world.must(one, "POST", &format!("{group}/clear"), Value::Null).await;
    assert_eq!(world.counts(two).await, (0, 0));
    world.say(one, &group, &format!("@{of_two}")).await;
    assert_eq!(world.counts(two).await, (1, 1));
    let scope = world.node.store.workspace(world.workspace);
    let collection = parlance_chat::collections().into_iter().find(|held| held.name == "mentions").unwrap();
    let stored = async || {
        let all = Find::new([]).ascending(ID).limit(100);
        scope.find_documents(collection, all).await.unwrap().len()
    };
    eventually("mentions that were cleared go", async || stored().await == 1).await;
    assert_eq!(world.counts(two).await, (1, 1));
}

async fn everybody_is_mentioned_at_once(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let of_two = world.handle(two).await;
    assert_eq!(world.say(one, &group, "Well, @here").await["broadcast"], "here");
    assert_eq!(world.counts(two).await, (1, 0), "who is not there was not meant");
    let said = world.say(one, &group, &format!("@channel, and @{of_two}")).await;
    assert_eq!(said["broadcast"], "channel");
    world.say(one, &group, "@Everyone").await;
    assert_eq!(
        (world.counts(one).await, world.counts(two).await, world.counts(three).await),
        ((0, 0), (3, 2), (3, 1))
    );
    world.read(two, &group, json!({ "seq": said["seq"] })).await;
    assert_eq!(world.counts(two).await, (1, 1));
    world.read(two, &group, json!({ "seq": i64::MAX })).await;
    assert_eq!(world.counts(two).await, (0, 0));
    // A handle of such a name would mean somebody else.
    for reserved in ["here", "channel", "everyone"] {
        let refused = parlance_workspace::Handle::parse(reserved).unwrap_err();
        assert_eq!(refused.code(), "handle.reserved");
    }
}

async fn in_a_large_group_only_who_runs_it_mentions_everybody(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push(world.join(world.workspace, parlance_base::Role::Member).await);
    }
    for some in crowd.chunks(100) {
        world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": some })).await;
    }
    assert_eq!(world.say(two, &group, "@everyone!").await.get("broadcast"), None);
    assert_eq!(world.counts(three).await, (1, 0));
    assert_eq!(world.say(one, &group, "@everyone!").await["broadcast"], "everyone");
    assert_eq!(world.counts(three).await, (2, 1));
}

async fn who_is_mentioned_in_a_thread_follows_it(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let of_three = world.handle(three).await;
    let root = world.say(one, &group, "root").await;
    let reply = async |who: UserId, text: &str| {
        let body = json!({ "content": text, "thread_id": root["id"] });
        world.must(who, "POST", &format!("{group}/messages"), body).await
    };
    reply(two, "one").await;
    let called = reply(two, &format!("@{of_three}")).await;
    world.read(three, &group, json!({ "seq": root["seq"] })).await;
    let thread = async |who: UserId| {
        let thread = world.must(who, "GET", &format!("{}/thread", path(&group, &root)), Value::Null).await;
        let all = world.must(who, "GET", "/unread", Value::Null).await;
        assert_eq!(all["mentions"], thread["mentions"]);
        (
            thread["following"].as_bool().unwrap(),
            thread["unread"].as_i64().unwrap(),
            thread["mentions"].as_i64().unwrap(),
        )
    };
    assert_eq!(thread(three).await, (true, 1, 1), "from there on");
    assert_eq!(thread(one).await, (true, 2, 0));
    let listed = world.must(three, "GET", "/groups", Value::Null).await["items"][0].clone();
    assert_eq!(listed["mentions"], 0, "lists tell of the group's own messages");
    let id = root["id"].as_str().unwrap();
    world.read(three, &group, json!({ "seq": called["seq"], "thread_id": id })).await;
    assert_eq!(thread(three).await, (true, 0, 0));
    // An edit calls somebody too, to where the message is.
    let second = reply(two, "quiet").await;
    reply(two, "and more").await;
    world.must(two, "PATCH", &path(&group, &second), json!({ "content": format!("@{of_three}!") })).await;
    assert_eq!(thread(three).await, (true, 2, 1));
    world.must(two, "DELETE", &path(&group, &second), Value::Null).await;
    assert_eq!(thread(three).await, (true, 2, 0));
    // Who follows it no more is called again, and who answers has read it.
    let follow = format!("{group}/threads/{id}/follow");
    world.must(three, "DELETE", &follow, Value::Null).await;
    reply(two, "nobody").await;
    assert_eq!(thread(three).await, (false, 0, 0));
    reply(two, &format!("@{of_three}?")).await;
    assert_eq!(thread(three).await.2, 1);
    let marked = reply(three, "yes").await;
    assert_eq!(thread(three).await, (true, 0, 0));
    let body = json!({ "seq": called["seq"], "thread_id": id });
    let again = world.must(three, "POST", &format!("{group}/unread"), body).await;
    assert_eq!((&again["unread"], &again["mentions"]), (&json!(6), &json!(2)));
    world.read(three, &group, json!({ "seq": marked["seq"], "thread_id": id })).await;
    assert_eq!(thread(three).await, (true, 0, 0));
}

async fn who_comes_again_was_mentioned_by_nobody(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let of_two = world.handle(two).await;
    for _ in 0..3 {
        world.say(one, &group, &format!("@{of_two}")).await;
    }
    world.must(two, "POST", &format!("{group}/leave"), Value::Null).await;
    world.say(one, &group, &format!("@{of_two}")).await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [two] })).await;
    assert_eq!(world.counts(two).await, (0, 0));
    let said = world.say(one, &group, &format!("@{of_two}")).await;
    assert_eq!(world.counts(two).await, (1, 1));
    world.read(two, &group, json!({ "seq": said["seq"] })).await;
    assert_eq!(world.counts(two).await, (0, 0));
    world.must(two, "POST", &format!("{group}/unread"), json!({ "seq": said["seq"] })).await;
    assert_eq!(world.counts(two).await, (1, 1));
}

async fn those_who_may_be_meant_are_suggested(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let suggest = async |who: UserId, query: &str| {
        let path = format!("{group}/mentions/suggest{query}");
        world.must(who, "GET", &path, Value::Null).await["items"].as_array().unwrap().clone()
    };
    let of_two = world.handle(two).await;
    let found = suggest(one, "?q=pers").await;
    assert_eq!(found.len(), 1, "members of the group alone, and not who asks: {found:?}");
    assert_eq!((&found[0]["user_id"], &found[0]["handle"]), (&json!(two), &json!(of_two)));
    assert!(found[0]["name"].as_str().unwrap().starts_with("Person"));
    let all = suggest(one, "").await;
    let handles: Vec<_> = all.iter().map(|it| it["handle"].as_str().unwrap()).collect();
    assert_eq!(handles, [of_two.as_str(), "here", "channel", "everyone"]);
    let words = suggest(one, "?q=Ch").await;
    assert_eq!(
        (words.len(), &words[0]["handle"], &words[0]["user_id"]),
        (1, &json!("channel"), &Value::Null)
    );
    let path = format!("{group}/mentions/suggest");
    assert_eq!(refusal(&world.ask(three, "GET", &path, Value::Null).await), (404, "group.not_found"));
    let long = format!("{path}?q={}", "x".repeat(81));
    assert_eq!(refusal(&world.ask(one, "GET", &long, Value::Null).await), (422, "request.invalid"));
}

async fn nobody_is_mentioned_where_they_do_not_see_it(world: World) {
    let [one, two, three] = world.people().await;
    let group = json!({ "kind": "group", "name": "g", "member_ids": [two], "history": "since_join" });
    let group = world.must(one, "POST", "/groups", group).await["id"].as_str().unwrap().to_owned();
    let group = format!("/groups/{group}");
    let said = world.say(one, &group, "before").await;
    world.must(one, "POST", &format!("{group}/members"), json!({ "user_ids": [three] })).await;
    let content = format!("@{} and @{}", world.handle(three).await, world.handle(two).await);
    let edited = world.must(one, "PATCH", &path(&group, &said), json!({ "content": content })).await;
    assert_eq!(edited["mentions"], json!([two]));
    assert_eq!((world.counts(two).await.1, world.counts(three).await.1), (1, 0));
}

async fn who_asked_to_follow_a_thread_has_read_no_more_by_being_mentioned(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("group", one, &[two, three]).await;
    let root = world.say(one, &group, "root").await;
    let follow = format!("{group}/threads/{}/follow", root["id"].as_str().unwrap());
    world.must(three, "PUT", &follow, Value::Null).await;
    let of_three = world.handle(three).await;
    for text in ["1", "2", "3", &format!("@{of_three}")] {
        let body = json!({ "content": text, "thread_id": root["id"] });
        world.must(two, "POST", &format!("{group}/messages"), body).await;
    }
    let thread = format!("{}/thread", path(&group, &root));
    let thread = world.must(three, "GET", &thread, Value::Null).await;
    assert_eq!((&thread["unread"], &thread["mentions"]), (&json!(4), &json!(1)));
    // A mention that an edit adds to what was read counts without an unread reply.
    let last = thread["replies"]["items"][0].clone();
    let body = json!({ "seq": i64::MAX, "thread_id": root["id"] });
    world.read(three, &group, body).await;
    let first = thread["replies"]["items"][3].clone();
    let edit = json!({ "content": format!("@{of_three}!") });
    world.must(two, "PATCH", &path(&group, &first), edit).await;
    assert!(last["seq"].as_i64() > first["seq"].as_i64());
    let all = world.must(three, "GET", "/unread", Value::Null).await;
    assert_eq!((&all["threads"], &all["mentions"]), (&json!(0), &json!(1)));
}

async fn what_was_cleared_half_leaves_the_store_all_the_same(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let of_two = world.handle(two).await;
    for _ in 0..3 {
        world.say(one, &group, &format!("@{of_two} secret")).await;
    }
    // As a try of the job leaves it that ended between its commits.
    let scope = world.node.store.workspace(world.workspace);
    let collection =
        |name: &str| parlance_chat::collections().into_iter().find(|held| held.name == name).unwrap();
    let all = async |name: &str| {
        let all = Find::new([]).ascending(ID).limit(1_000);
        scope.find_documents(collection(name), all).await.unwrap()
    };
    let first = all("mentions").await[0]["id"].as_str().unwrap().to_owned();
    let mut batch = parlance_store::Batch::new();
    batch.delete_document(collection("mentions"), first, []);
    scope.commit(batch).await.unwrap();
    world.must(one, "POST", &format!("{group}/clear"), Value::Null).await;
    eventually("what was said goes", async || {
        let entries = all("entries").await;
        entries.iter().all(|entry| !entry["data"].to_string().contains("secret"))
    })
    .await;
    assert_eq!(all("mentions").await.len(), 0);
}
