//! Reactions: what members say to a message without words.

use futures::{FutureExt as _, future::join_all};
use parlance_base::UserId;
use parlance_store::{Find, ID};
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    a_reaction_is_there_once_and_is_counted_until_it_is_taken_back,
    however_many_react_at_once_the_count_is_theirs,
    a_toggle_asked_for_twice_at_once_goes_there_and_back,
    a_toggle_goes_by_what_is_there_whichever_node_it_is_asked_of,
    reactions_go_with_what_they_are_to,
}

impl World {
    async fn react(&self, who: UserId, message: &str, body: Value) -> (u16, Value) {
        self.ask(who, "POST", &format!("{message}/reactions"), body).await
    }
}

fn path(group: &str, message: &Value) -> String {
    format!("{group}/messages/{}", message["id"].as_str().unwrap())
}

async fn a_reaction_is_there_once_and_is_counted_until_it_is_taken_back(world: World) {
    let [one, two, three] = world.people().await;
    let group = world.group("channel", one, &[two]).await;
    let said = world.say(one, &group, "hello").await;
    assert_eq!(said["reactions"], json!([]));
    let message = path(&group, &said);
    // Who only reads there reacts as well.
    let (status, reacted) = world.react(two, &message, json!({ "emoji": "👍" })).await;
    assert_eq!((status, &reacted["on"]), (200, &json!(true)));
    assert_eq!(reacted["reactions"], json!([{ "emoji": "👍", "count": 1 }]));
    assert!(reacted["rev"].as_i64() > said["rev"].as_i64());
    let again = world.react(two, &message, json!({ "emoji": "👍", "on": true })).await;
    assert_eq!(again, (200, reacted.clone()), "nothing changed");
    world.react(one, &message, json!({ "emoji": "👩‍🚀" })).await;
    let all = world.react(one, &message, json!({ "emoji": "👍" })).await.1["reactions"].clone();
    assert_eq!(all, json!([{ "emoji": "👍", "count": 2 }, { "emoji": "👩‍🚀", "count": 1 }]));

    // Each is told what they did themselves, over HTTP.
    let page = world.must(two, "GET", &format!("{group}/messages"), Value::Null).await;
    assert_eq!((&page["items"][0]["reactions"], &page["items"][0]["reacted"]), (&all, &json!(["👍"])));
    let alone = world.must(one, "GET", &message, Value::Null).await;
    let mut own: Vec<_> =
        alone["reacted"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    own.sort_unstable();
    assert_eq!(own, ["👍", "👩‍🚀"]);
    let first = world.must(two, "GET", &format!("{message}/reactions?limit=2"), Value::Null).await;
    let who = |page: &Value| {
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|it| (it["emoji"].clone(), it["user_id"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(who(&first), [(json!("👍"), json!(two)), (json!("👩‍🚀"), json!(one))]);
    assert!(first["items"][0]["name"].as_str().unwrap().starts_with("Person"));
    let next = format!("{message}/reactions?after={}", first["next"].as_str().unwrap());
    assert_eq!(who(&world.must(two, "GET", &next, Value::Null).await), [(json!("👍"), json!(one))]);

    // It is told with the counts, and taken back as it came.
    let back = world.react(two, &message, json!({ "emoji": "👍" })).await.1;
    assert_eq!(back["on"], false);
    let since = said["seq"].as_i64().unwrap();
    let changes = world.must(two, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let told: Vec<_> = changes["entries"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|entry| entry["type"] == "message.reaction"));
    let counts = json!([{ "emoji": "👍", "count": 1 }, { "emoji": "👩‍🚀", "count": 1 }]);
    let data = json!({
        "message_id": said["id"], "user_id": two, "emoji": "👍", "on": false, "reactions": counts,
    });
    assert_eq!(told[3]["data"], data);
    assert_eq!(world.must(one, "GET", "/groups", Value::Null).await["items"][0]["unread"], 0);

    // Who is not in the group reacts to nothing, and what is no emoji is refused.
    assert_eq!(
        refusal(&world.react(three, &message, json!({ "emoji": "x" })).await),
        (404, "group.not_found")
    );
    for emoji in ["", " ", "a b", "\n", "\u{0}", "\u{200b}", "\u{202e}", "👍\u{200b}", &"x".repeat(33)] {
        let refused = world.react(two, &message, json!({ "emoji": emoji })).await;
        assert_eq!(refusal(&refused), (422, "message.emoji"), "{emoji:?}");
    }
    let elsewhere = world.group("group", one, &[]).await;
    let foreign = world.react(one, &path(&elsewhere, &said), json!({ "emoji": "x" })).await;
    assert_eq!(refusal(&foreign), (404, "message.not_found"));
    world.must(one, "POST", &format!("{group}/archive"), Value::Null).await;
    let late = world.react(two, &message, json!({ "emoji": "x" })).await;
    assert_eq!(refusal(&late), (403, "group.archived"));
}

async fn however_many_react_at_once_the_count_is_theirs(world: World) {
    let mut people = Vec::new();
    for _ in 0..12 {
        people.push(world.join(world.workspace, parlance_base::Role::Member).await);
    }
    let group = world.group("group", people[0], &people[1..]).await;
    let said = world.say(people[0], &group, "who comes?").await;
    let message = path(&group, &said);
    let node = world.node_beside().await;
    let asked = people.iter().flat_map(|who| [(who, "a"), (who, "a"), (who, "b")]).enumerate();
    let asked = asked.map(|(at, (who, emoji))| {
        let (world, node, path) = (&world, &node, format!("{message}/reactions"));
        let body = json!({ "emoji": emoji, "on": true });
        async move {
            if at % 2 == 0 {
                world.ask(*who, "POST", &path, body).await
            } else {
                world.ask_node(node, *who, "POST", &path, body).await
            }
        }
        .boxed()
    });
    for (status, answer) in join_all(asked).await {
        assert_eq!((status, &answer["on"]), (200, &json!(true)));
    }
    let mut counted = world.must(people[3], "GET", &message, Value::Null).await["reactions"].clone();
    counted.as_array_mut().unwrap().sort_by_key(|it| it["emoji"].to_string());
    assert_eq!(counted, json!([{ "emoji": "a", "count": 12 }, { "emoji": "b", "count": 12 }]));
    let who = world.must(people[3], "GET", &format!("{message}/reactions?limit=100"), Value::Null).await;
    assert_eq!(who["items"].as_array().unwrap().len(), 24);

    // There are so many different ones and no more.
    let asked =
        (0..52).map(|at| world.react(people[1], &message, json!({ "emoji": format!("e{at}") })).boxed());
    let answers = join_all(asked).await;
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status != 200).collect();
    assert_eq!(refused.len(), 4, "{refused:?}");
    assert!(refused.iter().all(|answer| refusal(answer) == (422, "message.too_many_reactions")));
}

async fn a_toggle_asked_for_twice_at_once_goes_there_and_back(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    let said = world.say(one, &group, "hello").await;
    let message = path(&group, &said);
    for round in 1..=5 {
        let asked = (0..2).map(|_| world.react(one, &message, json!({ "emoji": "x" })).boxed());
        join_all(asked).await;
        let now = world.must(one, "GET", &message, Value::Null).await;
        assert_eq!(now["reactions"], json!([]), "round {round}");
        assert_eq!(now["rev"].as_i64().unwrap(), said["seq"].as_i64().unwrap() + 2 * round);
    }
}

async fn a_toggle_goes_by_what_is_there_whichever_node_it_is_asked_of(world: World) {
    let [one, ..] = world.people().await;
    let group = world.group("group", one, &[]).await;
    let said = world.say(one, &group, "hello").await;
    let path = format!("{}/reactions", path(&group, &said));
    let other = world.node_beside().await;
    // Each node remembers what it did last, and does not hear of the other.
    for turn in 1..=9 {
        let node = if turn % 3 == 0 { &world.node } else { &other };
        let (status, answer) = world.ask_node(node, one, "POST", &path, json!({ "emoji": "x" })).await;
        assert_eq!((status, &answer["on"]), (200, &json!(turn % 2 == 1)), "turn {turn}");
    }
}

async fn reactions_go_with_what_they_are_to(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let said = [world.say(one, &group, "deleted").await, world.say(one, &group, "cleared").await];
    for message in &said {
        for who in [one, two] {
            world.react(who, &path(&group, message), json!({ "emoji": "x" })).await;
        }
    }
    let scope = world.node.store.workspace(world.workspace);
    let collections = parlance_chat::collections();
    let reactions = collections.into_iter().find(|held| held.name == "reactions").unwrap();
    let stored = async || {
        let all = Find::new([]).ascending(ID).limit(100);
        scope.find_documents(reactions, all).await.unwrap().len()
    };
    assert_eq!(stored().await, 4);
    let deleted = path(&group, &said[0]);
    world.must(one, "DELETE", &deleted, Value::Null).await;
    assert_eq!(world.must(two, "GET", &deleted, Value::Null).await["reactions"], json!([]));
    let who = world.ask(two, "GET", &format!("{deleted}/reactions"), Value::Null).await;
    assert_eq!(refusal(&who), (404, "message.not_found"));
    assert_eq!(
        refusal(&world.react(two, &deleted, json!({ "emoji": "x" })).await),
        (404, "message.not_found")
    );
    let since = said[0]["seq"].as_i64().unwrap();
    let changes = world.must(two, "GET", &format!("{group}/changes?since={since}"), Value::Null).await;
    let told: Vec<_> = changes["entries"].as_array().unwrap().iter().map(|entry| &entry["type"]).collect();
    let [skipped, reaction] = ["entry.skipped", "message.reaction"];
    assert_eq!(told, ["message.new", skipped, skipped, reaction, reaction, "message.deleted"]);
    eventually("the reactions to the deleted message go", async || stored().await == 2).await;
    world.must(one, "POST", &format!("{group}/clear"), Value::Null).await;
    eventually("the reactions to what was cleared go", async || stored().await == 0).await;
}
