//! What is tried: few ids and few values, so that everything meets everything, and the values at which engines differ.

use parlance_store::{Batch, Change, Collection, Cond, Dir, Document, Field, Find, ID, Kind, Scalar};
use proptest::{
    collection::vec,
    option,
    prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof},
    sample::{select, subsequence},
};
use serde_json::{Value, json};

use crate::support::model::{AUTHOR, CLIENT, DATA, ENTRIES, HEADS, PAGE, PINNED, SEQ, STREAM, TAGS};

pub(super) const IDS: [&str; 5] = ["", "a", "a/b", "\u{1F980}", "é\0"];
pub(super) static COLLECTIONS: [&Collection; 2] = [&ENTRIES, &HEADS];

const TEXTS: [&str; 7] = ["", "\0", "a", "a\0", "1", "é", "\u{1F980}"];
const INTS: [i64; 8] = [i64::MIN, -1, 0, 1, 2, (1 << 53) + 1, i64::MAX - 1, i64::MAX];

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Batches that are committed at the same time.
    Commit(Vec<Planned>),
    Find(Asked),
}

/// A batch before it is one.
#[derive(Clone, Debug)]
pub(super) struct Planned(pub(super) Vec<Op>);

#[derive(Clone, Debug)]
pub(super) struct Op {
    pub(super) collection: &'static Collection,
    pub(super) id: String,
    pub(super) verb: Verb,
}

#[derive(Clone, Debug)]
pub(super) enum Verb {
    Insert(Document),
    Update(Vec<Cond>, Vec<Change>),
    Delete(Vec<Cond>),
}

/// A find over entries.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) conds: Vec<Cond>,
    pub(super) sort: Option<(Field, Dir)>,
    pub(super) limit: usize,
}

impl Planned {
    pub(super) fn batch(&self) -> Batch {
        let mut batch = Batch::new();
        for Op { collection, id, verb } in &self.0 {
            match verb.clone() {
                Verb::Insert(document) => batch.insert_document(collection, document),
                Verb::Update(guard, changes) => batch.update_document(collection, id.clone(), guard, changes),
                Verb::Delete(guard) => batch.delete_document(collection, id.clone(), guard),
            };
        }
        batch
    }
}

impl Asked {
    pub(super) fn find(&self) -> Find {
        let find = Find::new(self.conds.clone()).limit(self.limit);
        match self.sort {
            Some((field, Dir::Ascending)) => find.ascending(field),
            Some((field, Dir::Descending)) => find.descending(field),
            None => find,
        }
    }
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => vec(planned(), 1..4).prop_map(Step::Commit),
        1 => asked().prop_map(Step::Find),
    ]
}

fn planned() -> impl Strategy<Value = Planned> {
    let documents: Vec<_> =
        COLLECTIONS.iter().flat_map(|collection| IDS.map(|id| (*collection, id))).collect();
    let ops = subsequence(documents, 1..4).prop_shuffle();
    ops.prop_flat_map(|documents| {
        documents.into_iter().map(|(collection, id)| op(collection, id)).collect::<Vec<_>>()
    })
    .prop_map(Planned)
}

fn op(collection: &'static Collection, id: &'static str) -> impl Strategy<Value = Op> {
    let fields: Vec<_> = fields(collection);
    let verb = prop_oneof![
        4 => document(fields.clone(), id).prop_map(Verb::Insert),
        4 => (guard(fields.clone()), changes(fields.clone())).prop_map(|(guard, changes)| Verb::Update(guard, changes)),
        1 => guard(fields).prop_map(Verb::Delete),
    ];
    verb.prop_map(move |verb| Op { collection, id: id.to_owned(), verb })
}

/// The declared fields, each once, and whether documents must have them.
fn fields(collection: &'static Collection) -> Vec<(Field, bool)> {
    let required =
        |field: Field| collection.indexes.iter().any(|index| index.unique && index.fields.contains(&field));
    let all = [STREAM, SEQ, AUTHOR, CLIENT, PAGE, PINNED, TAGS, DATA];
    let declared = all.into_iter().filter(|field| collection.declared().any(|declared| declared == *field));
    declared.map(|field| (field, required(field))).collect()
}

fn document(fields: Vec<(Field, bool)>, id: &'static str) -> impl Strategy<Value = Document> {
    let values: Vec<_> = fields
        .iter()
        .map(|(field, required)| {
            if *required {
                key(field.kind)
            } else {
                prop_oneof![value(field.kind), Just(Value::Null)].boxed()
            }
        })
        .collect();
    values.prop_map(move |values| {
        let names = fields.iter().map(|(field, _)| field.name.to_owned());
        let mut document: Document = names.zip(values).collect();
        document.insert("id".to_owned(), id.into());
        document
    })
}

/// A value for a field of a unique index: mostly one of two, so that keys repeat.
fn key(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Text => prop_oneof![8 => select(&TEXTS[..2]).prop_map(Value::from), 1 => value(kind)].boxed(),
        Kind::Int => prop_oneof![8 => select(&INTS[2..4]).prop_map(Value::from), 1 => value(kind)].boxed(),
        Kind::Bool | Kind::Set | Kind::Any => value(kind),
    }
}

fn value(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Text => select(&TEXTS[..]).prop_map(Value::from).boxed(),
        Kind::Int => select(&INTS[..]).prop_map(Value::from).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Set => vec(element(), 0..3).prop_map(Value::from).boxed(),
        Kind::Any => {
            select(vec![json!({}), json!({"a": [null, 1, "1", true, {"": ""}]}), json!({"1": i64::MIN})])
                .boxed()
        }
    }
}

fn element() -> impl Strategy<Value = Value> {
    select(vec![json!(""), json!("1"), json!(1), json!(0), json!("a"), json!(i64::MAX)])
}

fn guard(fields: Vec<(Field, bool)>) -> impl Strategy<Value = Vec<Cond>> {
    vec(select(fields).prop_flat_map(|(field, _)| cond(field)), 0..3)
}

fn cond(field: Field) -> BoxedStrategy<Cond> {
    if matches!(field.kind, Kind::Set | Kind::Any) {
        return Just(field.is_absent()).boxed();
    }
    prop_oneof![
        3 => point(field),
        1 => scalar(field.kind).prop_map(move |value| Cond::Lt(field, value)),
        1 => scalar(field.kind).prop_map(move |value| Cond::Gt(field, value)),
    ]
    .boxed()
}

fn point(field: Field) -> BoxedStrategy<Cond> {
    prop_oneof![
        5 => equal(field),
        1 => vec(scalar(field.kind), 0..4).prop_map(move |values| Cond::In(field, values)),
    ]
    .boxed()
}

fn scalar(kind: Kind) -> BoxedStrategy<Scalar> {
    match kind {
        Kind::Int => select(&INTS[..]).prop_map(Scalar::Int).boxed(),
        Kind::Bool => any::<bool>().prop_map(Scalar::Bool).boxed(),
        Kind::Text | Kind::Set | Kind::Any => select(&TEXTS[..]).prop_map(Scalar::from).boxed(),
    }
}

fn changes(fields: Vec<(Field, bool)>) -> impl Strategy<Value = Vec<Change>> {
    let most = fields.len().min(3);
    let chosen = subsequence(fields, 0..=most).prop_shuffle();
    chosen.prop_flat_map(|fields| {
        fields.into_iter().map(|(field, required)| change(field, required)).collect::<Vec<_>>()
    })
}

fn change(field: Field, required: bool) -> BoxedStrategy<Change> {
    let values = if required { key(field.kind) } else { value(field.kind) };
    let set = values.prop_map(move |value| Change::Set(field, value)).boxed();
    let set = if required { set } else { prop_oneof![2 => set, 1 => Just(field.unset())].boxed() };
    match field.kind {
        Kind::Int => prop_oneof![
            set,
            select(&INTS[..]).prop_map(move |step| field.grow(step)),
            select(&INTS[..]).prop_map(move |floor| field.raise_to(floor)),
        ]
        .boxed(),
        Kind::Set => prop_oneof![
            set,
            element().prop_map(move |element| field.include(element)),
            element().prop_map(move |element| field.exclude(element)),
        ]
        .boxed(),
        Kind::Text | Kind::Bool | Kind::Any => set,
    }
}

/// Finds along every index: a prefix of points, the last of which may be several, then a range over the next field, in
/// both directions; the whole of an index only where that is a unique key.
fn asked() -> impl Strategy<Value = Asked> {
    let declared = ENTRIES.indexes.iter().map(|index| (index.fields, index.unique));
    let indexes: Vec<(&'static [Field], bool)> = declared.chain([(&[ID][..], true)]).collect();
    let prefix = select(indexes).prop_flat_map(|(fields, unique)| {
        let most = if unique { fields.len() } else { fields.len() - 1 };
        (Just(fields), 0..=most)
    });
    prefix.prop_flat_map(|(fields, length)| {
        let next = fields.get(length).copied();
        (points(&fields[..length]), range(next), any::<bool>(), 1..8_usize).prop_map(
            move |(points, range, down, limit)| {
                let dir = if down { Dir::Descending } else { Dir::Ascending };
                Asked {
                    conds: points.into_iter().chain(range).collect(),
                    sort: next.map(|field| (field, dir)),
                    limit,
                }
            },
        )
    })
}

fn points(fields: &[Field]) -> BoxedStrategy<Vec<Cond>> {
    let Some((last, rest)) = fields.split_last() else { return Just(vec![]).boxed() };
    let rest: Vec<_> = rest.iter().map(|field| equal(*field)).collect();
    (rest, point(*last)).prop_map(|(rest, last)| rest.into_iter().chain([last]).collect()).boxed()
}

fn equal(field: Field) -> BoxedStrategy<Cond> {
    prop_oneof![4 => scalar(field.kind).prop_map(move |value| Cond::Eq(field, value)), 1 => Just(field.is_absent())].boxed()
}

fn range(field: Option<Field>) -> BoxedStrategy<Vec<Cond>> {
    let Some(field) = field else { return Just(vec![]).boxed() };
    let above = option::of(scalar(field.kind).prop_map(move |value| Cond::Gt(field, value)));
    let below = option::of(scalar(field.kind).prop_map(move |value| Cond::Lt(field, value)));
    (above, below).prop_map(|(above, below)| above.into_iter().chain(below).collect()).boxed()
}
