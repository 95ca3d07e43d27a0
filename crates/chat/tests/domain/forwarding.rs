//! Messages that are forwarded.

use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    a_copy_says_where_it_is_from_and_goes_its_own_way,
    only_what_one_reads_is_forwarded_and_only_where_one_posts,
}

fn path(group: &str, message: &Value) -> String {
    format!("{group}/messages/{}", message["id"].as_str().unwrap())
}

fn id(group: &str) -> &str {
    group.trim_start_matches("/groups/")
}

async fn a_copy_says_where_it_is_from_and_goes_its_own_way(world: World) {
    let [one, two, three] = world.people().await;
    let from = world.group("group", one, &[two]).await;
    let to = world.group("group", two, &[three]).await;
    let handle = world.handle(three).await;
    let said = world.say(one, &from, &format!("for @{handle}, and @everyone")).await;
    let forward = format!("{}/forward", path(&from, &said));
    let body = json!({ "group_id": id(&to), "client_id": "f" });
    let (status, copy) = world.ask(two, "POST", &forward, body.clone()).await;
    assert_eq!((status, &copy["content"], &copy["author"]["id"]), (201, &said["content"], &json!(two)));
    assert_eq!([copy.get("mentions"), copy.get("broadcast")], [None, None], "nobody is mentioned again");
    let forwarded = json!({ "group_id": id(&from), "message_id": said["id"], "author_kind": "user",
        "author_id": one, "at": said["at"] });
    assert_eq!(copy["forwarded"], forwarded);
    assert_eq!(world.ask(two, "POST", &forward, body).await, (200, copy.clone()), "once under one name");
    let page = world.must(three, "GET", &format!("{to}/messages"), Value::Null).await;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["items"][0]["forwarded"]), (1, &forwarded));
    // A copy of the copy is from where the first one is, and stays what it is.
    let again = format!("{}/forward", path(&to, &copy));
    let second = world.must(two, "POST", &again, json!({ "group_id": id(&from) })).await;
    assert_eq!(second["forwarded"], forwarded);
    world.must(one, "DELETE", &path(&from, &said), Value::Null).await;
    let kept = world.must(three, "GET", &path(&to, &copy), Value::Null).await;
    assert_eq!(kept["content"], copy["content"]);
    world.must(two, "DELETE", &path(&to, &copy), Value::Null).await;
    let gone = world.must(three, "GET", &path(&to, &copy), Value::Null).await;
    assert_eq!([gone.get("content"), gone.get("forwarded")], [None, None]);
}

async fn only_what_one_reads_is_forwarded_and_only_where_one_posts(world: World) {
    let [one, two, three] = world.people().await;
    let from = world.group("group", one, &[two]).await;
    let said = world.say(one, &from, "between us").await;
    let news = world.group("channel", one, &[two]).await;
    let theirs = world.group("group", three, &[]).await;
    let forward = format!("{}/forward", path(&from, &said));
    let ask = async |who, to: &str| world.ask(who, "POST", &forward, json!({ "group_id": id(to) })).await;
    assert_eq!(refusal(&ask(three, &theirs).await), (404, "group.not_found"));
    assert_eq!(refusal(&ask(two, &theirs).await), (404, "group.not_found"));
    assert_eq!(refusal(&ask(two, &news).await), (403, "group.read_only"));
    let elsewhere = format!("{}/forward", path(&theirs, &said));
    let foreign = world.ask(three, "POST", &elsewhere, json!({ "group_id": id(&theirs) })).await;
    assert_eq!(refusal(&foreign), (404, "message.not_found"));
    world.must(one, "DELETE", &path(&from, &said), Value::Null).await;
    assert_eq!(refusal(&ask(two, &from).await), (404, "message.not_found"));
}
