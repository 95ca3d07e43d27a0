//! The settings of a workspace.

use serde_json::{Value, json};

use crate::support::{World, on_both};

on_both! {
    settings_are_set_one_by_one_and_null_is_the_default_again,
    what_no_setting_can_be_is_refused_by_name,
}

async fn settings_are_set_one_by_one_and_null_is_the_default_again(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let none = json!({ "support": null, "group": null, "direct": null, "channel": null });
    let at_first =
        json!({ "storage_quota_mib": null, "inactive_after_days": none, "keep_events_days": null });
    assert_eq!(world.get(ana, "/acme").await.with(200)["settings"], at_first);
    let settings = world.workspaces.settings(id).await.unwrap();
    let days = settings.inactive_after_days;
    assert_eq!([days.support(), days.group(), days.direct(), days.channel()], [7, 30, 90, 180]);
    assert_eq!(settings.keep_events_days(), 30);
    let change = json!({ "storage_quota_mib": 512, "inactive_after_days": { "group": 10 } });
    let set = world.patch(ana, "/acme", json!({ "settings": change })).await.with(200);
    assert_eq!(set["settings"]["storage_quota_mib"], 512);
    assert_eq!(set["settings"]["inactive_after_days"]["group"], 10);
    let change = json!({ "storage_quota_mib": null, "keep_events_days": 7 });
    let set = world.patch(ana, "/acme", json!({ "settings": change, "name": "Acme" })).await.with(200);
    assert_eq!(set["settings"]["storage_quota_mib"], Value::Null);
    assert_eq!(set["settings"]["inactive_after_days"]["group"], 10);
    assert_eq!(world.workspaces.settings(id).await.unwrap().keep_events_days(), 7);
    world.patch(ana, "/acme", json!({ "settings": { "keep_events_days": 7 } })).await.with(200);
    let slice = world.streams.read(id, id.uuid().into(), 1, 100).await.unwrap().unwrap();
    let told: Vec<_> = slice.entries.iter().map(|entry| entry.data.clone()).collect();
    let first = json!({ "settings": ["storage_quota_mib", "inactive_after_days.group"] });
    let second = json!({ "name": "Acme", "settings": ["storage_quota_mib", "keep_events_days"] });
    assert_eq!(told, [first, second], "what changes nothing is not told");
}

async fn what_no_setting_can_be_is_refused_by_name(world: World) {
    let ana = world.person("ana").await;
    let id = world.workspace(ana, "acme").await;
    let member = world.member(ana, id, "member", "member").await;
    for (settings, name) in [
        (json!({ "storage_quota_mib": 0 }), "storage_quota_mib"),
        (json!({ "storage_quota_mib": 1_i64 << 31 }), "storage_quota_mib"),
        (json!({ "keep_events_days": -1 }), "keep_events_days"),
        (json!({ "inactive_after_days": { "channel": 3_651 } }), "inactive_after_days.channel"),
    ] {
        let refused = world.patch(ana, "/acme", json!({ "settings": settings })).await;
        assert_eq!(refused.refusal(), (422, "settings.out_of_range"));
        assert!(refused.body["error"]["message"].as_str().unwrap().contains(name), "{}", refused.body);
    }
    for settings in [json!({ "retention": 1 }), json!({ "inactive_after_days": { "record": 1 } })] {
        let refused = world.patch(ana, "/acme", json!({ "settings": settings })).await;
        assert_eq!(refused.refusal(), (422, "request.unknown_field"));
    }
    let refused = world.patch(member, "/acme", json!({ "settings": { "keep_events_days": 1 } })).await;
    assert_eq!(refused.refusal(), (403, "workspace.insufficient_role"));
}
