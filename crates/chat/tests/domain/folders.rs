//! Folders: how somebody sorts their groups for themselves.

use futures::{FutureExt as _, future::join_all};
use parlance_trial::eventually;
use serde_json::{Value, json};

use super::support::{World, on_both, refusal};

on_both! {
    folders_are_made_named_ordered_and_deleted_by_their_owner_alone,
    a_group_is_in_a_folder_of_its_member_until_that_is_gone,
    there_are_so_many_folders_and_no_more_however_many_ask,
}

async fn folders_are_made_named_ordered_and_deleted_by_their_owner_alone(world: World) {
    let [one, two, _] = world.people().await;
    let make = async |name: &str, position: i64| {
        world.ask(one, "POST", "/folders", json!({ "name": name, "position": position })).await
    };
    let (status, work) = make("Work", 2).await;
    assert_eq!((status, &work["name"], &work["position"]), (201, &json!("Work"), &json!(2)));
    assert_eq!(make("Work", 9).await, (200, work.clone()), "it was there");
    let home = make("Home", 1).await.1;
    let also = make("Also", 2).await.1;
    let listed = async |who| world.must(who, "GET", "/folders", Value::Null).await["items"].clone();
    assert_eq!(listed(one).await, json!([home, also, work]));
    assert_eq!(listed(two).await, json!([]));

    let path = format!("/folders/{}", work["id"].as_str().unwrap());
    let renamed = world.must(one, "PATCH", &path, json!({ "name": "Later", "position": 0 })).await;
    assert_eq!(listed(one).await, json!([renamed, home, also]));
    let taken = world.ask(one, "PATCH", &path, json!({ "name": "Home" })).await;
    assert_eq!(refusal(&taken), (409, "folder.exists"));
    for (method, body) in [("PATCH", json!({ "name": "mine" })), ("DELETE", Value::Null)] {
        assert_eq!(refusal(&world.ask(two, method, &path, body).await), (404, "folder.not_found"));
    }
    for name in ["", "  ", "\u{200b}", &"n".repeat(81)] {
        assert_eq!(refusal(&make(name, 0).await), (422, "folder.name"), "{name:?}");
        assert_eq!(
            refusal(&world.ask(one, "PATCH", &path, json!({ "name": name })).await),
            (422, "folder.name")
        );
    }
    assert_eq!(world.ask(one, "DELETE", &path, Value::Null).await.0, 204);
    assert_eq!(refusal(&world.ask(one, "DELETE", &path, Value::Null).await), (404, "folder.not_found"));
    assert_eq!(listed(one).await, json!([home, also]));

    // The owner's other devices are told, and nobody else.
    let told = world.must(one, "GET", &format!("/groups/{one}/changes?since=0"), Value::Null).await;
    let told: Vec<_> =
        told["entries"].as_array().unwrap().iter().map(|entry| entry["data"].clone()).collect();
    let folder = |folder: &Value| json!({ "folder_changed": folder["id"] });
    let gone = json!({ "folder_deleted": work["id"] });
    assert_eq!(told, [folder(&work), folder(&home), folder(&also), folder(&renamed), gone]);
}

async fn a_group_is_in_a_folder_of_its_member_until_that_is_gone(world: World) {
    let [one, two, _] = world.people().await;
    let group = world.group("group", one, &[two]).await;
    let other = world.group("group", one, &[two]).await;
    let folder = async |who, name: &str| {
        world.must(who, "POST", "/folders", json!({ "name": name })).await["id"].as_str().unwrap().to_owned()
    };
    let (work, home, theirs) =
        (folder(one, "Work").await, folder(one, "Home").await, folder(two, "Work").await);
    let put = async |group: &str, folder: &Value| {
        world.ask(one, "PATCH", &format!("{group}/me"), json!({ "folder_id": folder })).await
    };
    assert_eq!(put(&group, &json!(work)).await.1["folder_id"], json!(work));
    assert_eq!(put(&other, &json!(work)).await.0, 200);
    assert_eq!(put(&other, &json!(home)).await.0, 200);
    for not_own in [json!(theirs), json!(world.owner())] {
        assert_eq!(refusal(&put(&group, &not_own).await), (404, "folder.not_found"), "{not_own}");
    }
    let of = async |who, group: &str| {
        let mine = world.must(who, "GET", "/groups", Value::Null).await;
        let found = mine["items"].as_array().unwrap().iter();
        let mut found = found.filter(|item| group.ends_with(item["id"].as_str().unwrap()));
        found.next().unwrap()["folder_id"].clone()
    };
    assert_eq!(of(one, &group).await, json!(work));
    assert_eq!(of(two, &group).await, Value::Null);
    world.must(one, "DELETE", &format!("/folders/{work}"), Value::Null).await;
    eventually("no group is in the folder that is gone", async || of(one, &group).await.is_null()).await;
    assert_eq!(of(one, &other).await, json!(home));
    assert_eq!(refusal(&put(&group, &json!(work)).await), (404, "folder.not_found"));
    assert_eq!(put(&other, &Value::Null).await.1["folder_id"], Value::Null);
}

async fn there_are_so_many_folders_and_no_more_however_many_ask(world: World) {
    let [one, ..] = world.people().await;
    let asked = (0..104).map(|at| {
        let world = &world;
        async move { world.ask(one, "POST", "/folders", json!({ "name": format!("{at}") })).await }.boxed()
    });
    let answers = join_all(asked).await;
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status != 201).collect();
    assert_eq!(refused.len(), 4, "{refused:?}");
    assert!(refused.iter().all(|answer| refusal(answer) == (422, "folder.too_many")), "{refused:?}");
    let first =
        answers.iter().find(|(status, _)| *status == 201).unwrap().1["id"].as_str().unwrap().to_owned();
    world.must(one, "DELETE", &format!("/folders/{first}"), Value::Null).await;
    world.must(one, "POST", "/folders", json!({ "name": "one more" })).await;
}
