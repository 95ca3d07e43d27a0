//! Finds and counts: which documents, in which order, how many.

use parlance_store::{Find, ID, query::MAX_LIMIT};

use super::{Case, Stage, case};
use crate::support::model::{AUTHOR, CLIENT, Entry, Head, PAGE, PINNED, SEQ, STREAM};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(pages_by_seq_go_up_and_down),
        case(pages_by_id_cover_every_document_once),
        case(pages_by_id_follow_other_fields_too),
        case(several_values_are_read_in_one_order),
        case(a_value_named_twice_counts_once),
        case(no_values_find_nothing),
        case(absent_fields_can_be_found),
        case(booleans_are_not_numbers),
        case(integers_keep_their_order_at_the_ends),
        case(text_is_ordered_by_its_bytes),
        case(a_whole_unique_key_finds_one),
        case(ids_can_be_asked_for_by_condition),
        case(a_count_stops_at_its_limit),
        case(the_largest_page_is_five_thousand),
        case(many_documents_are_read_by_id),
    ]
}

async fn seqs(at: &Stage, find: Find) -> Vec<i64> {
    at.scope.find::<Entry>(find).await.unwrap().into_iter().map(|entry| entry.seq).collect()
}

async fn ids(at: &Stage, find: Find) -> Vec<String> {
    at.scope.find::<Entry>(find).await.unwrap().into_iter().map(|entry| entry.id).collect()
}

async fn pages_by_seq_go_up_and_down(at: Stage) {
    let entries: Vec<_> = (1..=25).flat_map(|seq| [Entry::new("s", seq), Entry::new("t", seq)]).collect();
    at.insert(&entries).await;
    let find = || Find::new([STREAM.is("s"), PAGE.is("main")]);
    assert_eq!(seqs(&at, find().limit(3)).await, [1, 2, 3]);
    assert_eq!(seqs(&at, find().descending(SEQ).limit(3)).await, [25, 24, 23]);
    let bounded = |conds: Vec<_>| Find::new([STREAM.is("s"), PAGE.is("main")].into_iter().chain(conds));
    assert_eq!(seqs(&at, bounded(vec![SEQ.above(3), SEQ.below(6)])).await, [4, 5]);
    assert_eq!(seqs(&at, bounded(vec![SEQ.below(4)]).descending(SEQ)).await, [3, 2, 1]);
    assert_eq!(seqs(&at, bounded(vec![SEQ.above(24)])).await, [25]);
    assert_eq!(seqs(&at, bounded(vec![SEQ.above(5), SEQ.below(5)])).await, [0; 0]);
}

async fn pages_by_id_cover_every_document_once(at: Stage) {
    let entries: Vec<_> = (0..25).map(|seq| Entry::new("s", seq)).collect();
    at.insert(&entries).await;
    let mut seen: Vec<String> = Vec::new();
    loop {
        let after = seen.last().map(|id| ID.above(id));
        let page = ids(&at, Find::new(after).limit(10)).await;
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>());
    let back = ids(&at, Find::new([ID.below("s.0002")]).descending(ID)).await;
    assert_eq!(back, ["s.0001", "s.0000"]);
}

async fn pages_by_id_follow_other_fields_too(at: Stage) {
    at.insert(&[
        Entry::new("s", 1),
        Entry { author_id: "bob".to_owned(), ..Entry::new("s", 2) },
        Entry::new("s", 3),
    ])
    .await;
    assert_eq!(ids(&at, Find::new([AUTHOR.is("ada")])).await, ["s.0001", "s.0003"]);
    assert_eq!(ids(&at, Find::new([AUTHOR.is("ada"), ID.above("s.0001")]).descending(ID)).await, ["s.0003"]);
}

async fn several_values_are_read_in_one_order(at: Stage) {
    let entries: Vec<_> =
        ["c", "a", "b"].into_iter().flat_map(|stream| (1..=9).map(move |seq| (stream, seq))).collect();
    let entries = entries
        .into_iter()
        .map(|(stream, seq)| Entry { pinned: Some(seq % 2 == 0), ..Entry::new(stream, seq) });
    at.insert(&entries.collect::<Vec<_>>()).await;
    let streams = || Find::new([STREAM.among(["c", "a"])]);
    assert_eq!(seqs(&at, streams().limit(5)).await, [1, 1, 2, 2, 3]);
    assert_eq!(seqs(&at, streams().descending(SEQ).limit(3)).await, [9, 9, 8]);
    let between = Find::new([STREAM.among(["c", "b", "nothing"]), SEQ.above(2), SEQ.below(5)]);
    assert_eq!(seqs(&at, between).await, [3, 3, 4, 4]);
    let pinned = Find::new([PINNED.among([true, false]), SEQ.above(8)]);
    assert_eq!(seqs(&at, pinned).await, [9, 9, 9]);
}

async fn a_value_named_twice_counts_once(at: Stage) {
    at.insert(&[Entry::new("s", 1)]).await;
    let find = || Find::new([STREAM.among(["s", "s"])]);
    assert_eq!(seqs(&at, find()).await, [1]);
    assert_eq!(at.scope.count::<Entry>(find()).await.unwrap(), 1);
}

async fn no_values_find_nothing(at: Stage) {
    at.insert(&[Entry::new("s", 1)]).await;
    assert_eq!(seqs(&at, Find::new([STREAM.among(Vec::<String>::new())])).await, [0; 0]);
    assert_eq!(at.scope.count::<Entry>(Find::new([STREAM.among(Vec::<String>::new())])).await.unwrap(), 0);
}

async fn absent_fields_can_be_found(at: Stage) {
    at.insert(&[
        Entry { page: None, ..Entry::new("s", 2) },
        Entry { page: None, ..Entry::new("s", 1) },
        Entry { page: Some(String::new()), ..Entry::new("s", 3) },
    ])
    .await;
    let absent = || Find::new([STREAM.is("s"), PAGE.is_absent()]);
    assert_eq!(seqs(&at, absent()).await, [1, 2]);
    assert_eq!(seqs(&at, absent().descending(SEQ).limit(1)).await, [2]);
    assert_eq!(at.scope.count::<Entry>(absent()).await.unwrap(), 2);
    assert_eq!(seqs(&at, Find::new([STREAM.is("s"), PAGE.below("z")])).await, [3]);
}

async fn booleans_are_not_numbers(at: Stage) {
    let pinned = |seq, pinned| Entry { pinned, ..Entry::new("s", seq) };
    at.insert(&[pinned(0, Some(false)), pinned(1, Some(true)), pinned(2, None)]).await;
    assert_eq!(seqs(&at, Find::new([PINNED.is(true)])).await, [1]);
    assert_eq!(seqs(&at, Find::new([PINNED.is(false)])).await, [0]);
    assert_eq!(seqs(&at, Find::new([PINNED.is_absent()])).await, [2]);
    assert_eq!(seqs(&at, Find::new([PINNED.above(false)])).await, [1]);
    assert_eq!(seqs(&at, Find::new([PINNED.below(true)])).await, [0]);
}

async fn integers_keep_their_order_at_the_ends(at: Stage) {
    let order =
        [i64::MIN, i64::MIN + 1, -(1 << 53) - 1, -1, 0, 1, 1 << 53, (1 << 53) + 1, i64::MAX - 1, i64::MAX];
    at.insert(&order.iter().rev().map(|seq| Entry::new("s", *seq)).collect::<Vec<_>>()).await;
    assert_eq!(seqs(&at, Find::new([STREAM.is("s")])).await, order);
    assert_eq!(seqs(&at, Find::new([STREAM.is("s"), SEQ.above(1 << 53)])).await, order[7..]);
    assert_eq!(seqs(&at, Find::new([STREAM.is("s"), SEQ.is((1 << 53) + 1)])).await, [(1 << 53) + 1]);
    assert_eq!(seqs(&at, Find::new([STREAM.is("s"), SEQ.below(i64::MIN)])).await, [0; 0]);
}

async fn text_is_ordered_by_its_bytes(at: Stage) {
    let order = ["", "\0", "\0a", "A", "Z", "a", "a\0", "aa", "é", "\u{FFFF}", "\u{10000}"];
    let entries =
        (0..).zip(order).map(|(seq, page)| Entry { page: Some(page.to_owned()), ..Entry::new("s", seq) });
    let mut entries: Vec<_> = entries.collect();
    entries.reverse();
    at.insert(&entries).await;
    for (find, expected) in [
        (Find::new([STREAM.is("s")]).ascending(PAGE), &order[..]),
        (Find::new([STREAM.is("s"), PAGE.above("")]), &order[1..]),
        (Find::new([STREAM.is("s"), PAGE.above("a"), PAGE.below("é")]), &order[6..8]),
    ] {
        let found = at.scope.find::<Entry>(find).await.unwrap();
        assert_eq!(found.iter().filter_map(|entry| entry.page.as_deref()).collect::<Vec<_>>(), expected);
    }
}

async fn a_whole_unique_key_finds_one(at: Stage) {
    at.insert(&[Entry::new("s", 1), Entry::new("s", 2)]).await;
    let find = Find::new([STREAM.is("s"), AUTHOR.is("ada"), CLIENT.is("s.0002")]);
    assert_eq!(seqs(&at, find).await, [2]);
    assert_eq!(seqs(&at, Find::new([CLIENT.is("s.0002"), STREAM.is("s"), AUTHOR.is("bob")])).await, [0; 0]);
}

async fn ids_can_be_asked_for_by_condition(at: Stage) {
    at.insert(&[Entry::new("s", 1), Entry::new("s", 2), Entry::new("s", 3)]).await;
    assert_eq!(ids(&at, Find::new([ID.is("s.0002")])).await, ["s.0002"]);
    let mut found = ids(&at, Find::new([ID.among(["s.0003", "s.0001", "nothing"])])).await;
    found.sort();
    assert_eq!(found, ["s.0001", "s.0003"]);
    assert_eq!(ids(&at, Find::new([ID.is_absent()])).await, [""; 0]);
    assert_eq!(at.scope.count::<Entry>(Find::new([])).await.unwrap(), 3);
}

async fn a_count_stops_at_its_limit(at: Stage) {
    at.insert(&(0..20).map(|seq| Entry::new("s", seq)).collect::<Vec<_>>()).await;
    let find = || Find::new([STREAM.is("s"), SEQ.above(4)]);
    assert_eq!(at.scope.count::<Entry>(find()).await.unwrap(), 15);
    assert_eq!(at.scope.count::<Entry>(find().limit(10)).await.unwrap(), 10);
    assert_eq!(at.scope.count::<Entry>(Find::new([STREAM.among(["s", "t"])]).limit(7)).await.unwrap(), 7);
    assert_eq!(at.scope.count::<Head>(Find::new([])).await.unwrap(), 0);
}

async fn the_largest_page_is_five_thousand(at: Stage) {
    let entries: Vec<_> = (0..5_001).map(|seq| Entry::new("s", seq)).collect();
    for thousand in entries.chunks(1_000) {
        at.insert(thousand).await;
    }
    let all = Find::new([STREAM.is("s")]).limit(MAX_LIMIT);
    assert_eq!(seqs(&at, all).await, (0..5_000).collect::<Vec<_>>());
    assert_eq!(at.scope.count::<Entry>(Find::new([STREAM.is("s")]).limit(MAX_LIMIT)).await.unwrap(), 5_000);
}

async fn many_documents_are_read_by_id(at: Stage) {
    let entries: Vec<_> = (0..1_000).map(|seq| Entry::new("s", seq)).collect();
    at.insert(&entries).await;
    let asked = entries
        .iter()
        .map(|entry| entry.id.clone())
        .chain((0..4_000).map(|number| format!("nothing {number}")));
    assert_eq!(at.scope.get_many::<Entry>(asked).await.unwrap().len(), 1_000);
    assert_eq!(at.scope.get_many::<Entry>(Vec::<String>::new()).await.unwrap(), []);
}
