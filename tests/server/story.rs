//! What people do with a server, from registering to reading what was said, and finding it again after it was restarted.

use std::{collections::BTreeMap, time::Duration};

use parlance_client::{Error, Listed, NewGroup, NewMessage, Position};
use tokio::time::timeout;

use crate::world::{PASSWORD, World, on_both};

on_both! {
    a_conversation_is_the_same_for_everybody_and_after_a_restart,
    what_one_reads_is_no_longer_unread,
    an_edited_message_has_a_history_and_a_deleted_one_none,
    a_message_sent_twice_under_one_name_is_there_once,
    who_waits_for_news_is_answered_when_the_server_shuts_down,
}

async fn a_conversation_is_the_same_for_everybody_and_after_a_restart(mut world: World) {
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let group = ann.here.create_group(&NewGroup::named("General").with_members([bob.id])).await.unwrap().id;
    for number in 0..30 {
        let person = if number % 3 == 0 { &bob } else { &ann };
        person.here.send(group, NewMessage::text(format!("number {number}"))).await.unwrap();
    }
    let seen = ann.here.messages(group, Position::Newest, 100).await.unwrap();
    assert_eq!(seen.items.len(), 30);
    assert!(seen.items.windows(2).all(|pair| pair[0].seq > pair[1].seq));
    assert_eq!(bob.here.messages(group, Position::Newest, 100).await.unwrap(), seen);

    world.stop().await;
    world.start().await;
    let again = world.client();
    again.login(&bob.email, PASSWORD).await.unwrap();
    let page = again.in_workspace(bob.here.named()).messages(group, Position::Newest, 100).await.unwrap();
    assert_eq!(page, seen, "positions, contents and epoch");
    // A sign-in outlives a restart.
    assert_eq!(ann.here.messages(group, Position::Newest, 100).await.unwrap(), seen);
    world.stop().await;
}

async fn what_one_reads_is_no_longer_unread(world: World) {
    let ann = world.founder("ann", "acme").await;
    let bob = world.colleague(&ann, "bob").await;
    let group = ann.here.create_group(&NewGroup::named("General").with_members([bob.id])).await.unwrap().id;
    let mut last = 0;
    for number in 0..5 {
        last = ann.here.send(group, NewMessage::text(number.to_string())).await.unwrap().seq();
    }
    assert_eq!(bob.here.unread().await.unwrap().total, 5);
    let listed = bob.here.groups(&Listed::default()).await.unwrap();
    assert_eq!((listed.items[0].unread, listed.items[0].preview.as_deref()), (5, Some("4")));
    assert_eq!(bob.here.read(group, last - 2, None).await.unwrap().unread, 2);
    assert_eq!(bob.here.read(group, last, None).await.unwrap().unread, 0);
    assert_eq!(bob.here.unread().await.unwrap().total, 0);
    assert_eq!(ann.here.unread().await.unwrap().total, 0, "what one wrote is read");
}

async fn an_edited_message_has_a_history_and_a_deleted_one_none(world: World) {
    let ann = world.founder("ann", "acme").await;
    let group = ann.here.create_group(&NewGroup::named("General")).await.unwrap().id;
    let message = ann.here.send(group, NewMessage::text("first")).await.unwrap().id();
    let edited = ann.here.edit(group, message, "second").await.unwrap();
    assert_eq!(edited.content.as_deref(), Some("second"));
    let history = ann.here.history(group, message).await.unwrap();
    assert_eq!(history.iter().map(|version| version.content.as_str()).collect::<Vec<_>>(), ["first"]);
    ann.here.delete_message(group, message).await.unwrap();
    let deleted = ann.here.message(group, message).await.unwrap();
    assert_eq!((deleted.content, deleted.seq), (None, edited.seq));
    let changes = ann.here.changes(group, 0, None, 100).await.unwrap();
    let told =
        serde_json::to_string(&changes.entries.iter().map(|entry| &entry.data).collect::<Vec<_>>()).unwrap();
    assert!(!told.contains("first") && !told.contains("second"), "{told}");
}

async fn a_message_sent_twice_under_one_name_is_there_once(world: World) {
    let ann = world.founder("ann", "acme").await;
    let group = ann.here.create_group(&NewGroup::named("General")).await.unwrap().id;
    let first = ann.here.send(group, NewMessage::text("once").named("a")).await.unwrap();
    let again = ann.here.send(group, NewMessage::text("twice").named("a")).await.unwrap();
    assert_eq!(first.into_message(), again.into_message());
    let refused = ann.here.send(group, NewMessage::text("")).await.unwrap_err();
    assert!(matches!(refused, Error::Api { status: 422, .. }), "{refused}");
    let page = ann.here.messages(group, Position::Newest, 100).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

async fn who_waits_for_news_is_answered_when_the_server_shuts_down(mut world: World) {
    let ann = world.founder("ann", "acme").await;
    let group = ann.here.create_group(&NewGroup::named("General")).await.unwrap();
    let cursors = BTreeMap::from([(group.id, group.seq)]);
    let mut waiting = Box::pin(ann.here.all_changes(None, &cursors, Duration::from_secs(25)));
    let early = timeout(Duration::from_millis(200), &mut waiting).await;
    assert!(early.is_err(), "there is nothing to tell yet");
    let (news, ()) = tokio::join!(waiting, world.stop());
    assert!(news.unwrap().streams.is_empty());
}
