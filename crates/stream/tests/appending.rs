//! What one writer appends.

use futures::future::join_all;
use parlance_base::{Error, Kind};
use parlance_store::Find;
use parlance_stream::{Page, Plan, Receipt, Step, Submission, View};
use serde_json::json;

use crate::{
    chat::{Admit, Count, Edit, Mark, Member, Mention, Toggle, While, entry, message},
    support::{World, on_both},
};

/// A plan that is simply wrong.
struct Wrong(&'static str);

impl Plan for Wrong {
    fn plan(&mut self, view: &mut View<'_>) -> parlance_base::Result<Step> {
        match self.0 {
            "refused" => Err(Error::new(Kind::Invalid, "message.empty", "says nothing")),
            "undeclared" => {
                view.put(&Member { id: view.entry_id().uuid().into(), muted: false })?;
                Ok(message("never"))
            }
            _ => {
                let mut draft = message("a number that no store holds");
                if let Step::Append(draft) = &mut draft {
                    draft.data = json!({ "number": 0.5 });
                }
                Ok(draft)
            }
        }
    }
}

on_both! {
    entries_are_numbered_without_gap_however_many_send,
    a_plan_that_fails_answers_only_its_own_caller,
    plans_see_what_those_before_them_did,
    a_message_can_be_edited_in_the_commit_that_brings_it,
    toggles_go_one_way_each,
    what_is_beside_the_stream_is_written_with_the_entry,
    an_entry_can_depend_on_what_is_beside_the_stream,
    a_stream_is_made_once,
    what_is_committed_is_handed_out_in_order,
}

async fn entries_are_numbered_without_gap_however_many_send(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let names: Vec<String> = (0..100).map(|number| format!("m{number}")).collect();
    let receipts = join_all(names.iter().map(|name| world.say(&streams, user, name))).await;
    let log = world.log().await;
    assert_eq!(log.iter().map(|entry| entry.seq).collect::<Vec<_>>(), (1..=101).collect::<Vec<_>>());
    for receipt in receipts {
        let entry = entry(receipt.unwrap());
        assert_eq!(log[usize::try_from(entry.seq).unwrap() - 1], *entry);
    }
    let counted: Vec<_> = log.iter().filter_map(|entry| entry.ordinal).collect();
    assert_eq!(counted, (1..=100).collect::<Vec<_>>());
    let head = streams.head(world.workspace, world.stream).await.unwrap().unwrap();
    assert_eq!((head.seq, head.ordinal), (101, 100));
}

async fn a_plan_that_fails_answers_only_its_own_caller(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let (good, refused, undeclared, unstorable, after) = tokio::join!(
        world.say(&streams, user, "before"),
        world.submit(&streams, Submission::new(user, Wrong("refused"))),
        world.submit(&streams, Submission::new(user, Wrong("undeclared"))),
        world.submit(&streams, Submission::new(user, Wrong("unstorable"))),
        world.say(&streams, user, "after"),
    );
    assert_eq!(refused.unwrap_err().code(), "message.empty");
    assert_eq!(undeclared.unwrap_err().kind(), Kind::Internal);
    assert_eq!(unstorable.unwrap_err().kind(), Kind::Internal);
    let mut seqs = [entry(good.unwrap()).seq, entry(after.unwrap()).seq];
    seqs.sort_unstable();
    assert_eq!(seqs, [2, 3]);
    assert_eq!(world.log().await.len(), 3);
}

async fn plans_see_what_those_before_them_did(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let other = world.ids.next();
    let (said_early, added, said, removed, said_late) = tokio::join!(
        world.say(&streams, other, "early"),
        world.submit(&streams, Submission::new(user, Admit(other, true))),
        world.say(&streams, other, "in between"),
        world.submit(&streams, Submission::new(user, Admit(other, false))),
        world.say(&streams, other, "late"),
    );
    assert_eq!(said_early.unwrap_err().code(), "group.not_member");
    assert_eq!([entry(added.unwrap()).seq, entry(said.unwrap()).seq, entry(removed.unwrap()).seq], [2, 3, 4]);
    assert_eq!(said_late.unwrap_err().code(), "group.not_member");
}

async fn a_message_can_be_edited_in_the_commit_that_brings_it(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let id = world.ids.next();
    let send = Submission::new(user, crate::chat::Say(user, "first".to_owned())).identified(id);
    let (sent, edited) = tokio::join!(
        world.submit(&streams, send),
        world.submit(&streams, Submission::new(user, Edit(user, id, "second".to_owned()))),
    );
    assert_eq!((entry(sent.unwrap()).seq, entry(edited.unwrap()).seq), (2, 3));
    let again = Submission::new(user, Edit(user, id, "third".to_owned()));
    assert_eq!(entry(world.submit(&streams, again).await.unwrap()).seq, 4);
    let log = world.log().await;
    assert_eq!((log[1].data["text"].as_str(), log[1].rev, log[1].seq), (Some("third"), 4, 2));
    assert_eq!(log[1].page, Page::Main);
}

async fn toggles_go_one_way_each(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let toggle = || world.submit(&streams, Submission::new(user, Toggle(user, None)));
    let receipts = join_all((0..5).map(|_| toggle())).await;
    let mut muted: Vec<_> = receipts.into_iter().map(|receipt| entry(receipt.unwrap())).collect();
    muted.sort_by_key(|entry| entry.seq);
    let muted: Vec<_> = muted.iter().map(|entry| entry.data["muted"].as_bool().unwrap()).collect();
    assert_eq!(muted, [true, false, true, false, true]);
}

async fn what_is_beside_the_stream_is_written_with_the_entry(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let mut batch = parlance_store::Batch::new();
    batch.insert(&Count { id: world.stream, total: 0 });
    let scope = world.store.workspace(world.workspace);
    scope.commit(batch).await.unwrap();
    let words = ["a", "b", "c", "b", "d"];
    let mentions = words.iter().map(|word| Submission::new(user, Mention(world.stream, (*word).to_owned())));
    let receipts = join_all(mentions.map(|mention| world.submit(&streams, mention))).await;
    let failed = receipts.iter().filter(|receipt| receipt.is_err()).count();
    assert_eq!(failed, 1, "one of the two that repeat a key: {receipts:?}");
    assert_eq!(scope.get::<Count>(world.stream).await.unwrap().unwrap().total, 4);
    assert_eq!(scope.count::<Mark>(Find::new([])).await.unwrap(), 4);
    assert_eq!(world.log().await.len(), 5);
}

async fn an_entry_can_depend_on_what_is_beside_the_stream(world: World) {
    let streams = world.streams();
    let user = world.open(&streams).await;
    let mut batch = parlance_store::Batch::new();
    batch.insert(&Count { id: world.stream, total: 7 });
    world.store.workspace(world.workspace).commit(batch).await.unwrap();
    let (met, unmet, beside) = tokio::join!(
        world.submit(&streams, Submission::new(user, While(world.stream, 7))),
        world.submit(&streams, Submission::new(user, While(world.stream, 8))),
        world.say(&streams, user, "beside"),
    );
    assert_eq!(unmet.unwrap_err().kind(), Kind::Conflict);
    assert!(met.is_ok() && beside.is_ok());
    assert_eq!(world.log().await.len(), 3);
}

async fn a_stream_is_made_once(world: World) {
    let streams = world.streams();
    let opens = (0..10).map(|_| {
        let user = world.ids.next();
        world.submit(&streams, Submission::new(user, crate::chat::Open(world.stream, user)))
    });
    let receipts = join_all(opens).await;
    let made = receipts.iter().filter(|receipt| matches!(receipt, Ok(Receipt::Appended(_)))).count();
    assert_eq!(made, 1);
    assert_eq!(world.log().await.len(), 1);
}

async fn what_is_committed_is_handed_out_in_order(world: World) {
    let streams = world.streams();
    let mut news = streams.committed();
    let user = world.open(&streams).await;
    let names: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    join_all(names.iter().map(|name| world.say(&streams, user, name))).await;
    let mut heard = Vec::new();
    while heard.len() < 21 {
        let committed = news.recv().await.unwrap();
        assert_eq!((committed.workspace, committed.stream), (world.workspace, world.stream));
        heard.extend(committed.entries.iter().map(|entry| (**entry).clone()));
    }
    assert_eq!(heard, world.log().await);
    let said = heard[1].id;
    world.submit(&streams, Submission::new(user, Edit(user, said, "new".to_owned()))).await.unwrap();
    let edited = news.recv().await.unwrap();
    assert_eq!((edited.entries[0].seq, edited.changed.len()), (22, 1));
    assert_eq!(edited.changed[0], world.log().await[1]);
}
