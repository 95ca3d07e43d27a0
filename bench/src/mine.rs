//! The list of somebody in very many groups, with what they have not read in each.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use parlance_client::{NewGroup, NewMessage};

use crate::{
    asking::Asking,
    interval::Interval,
    mongod::Operations,
    people::{Person, Place},
    samples::Samples,
    say,
    server::{Ground, Measured, Store},
    table::{Bound, Row, short},
    text,
};

/// Milliseconds.
const BOUND: f64 = 25.0;

/// How many of the groups are between two people, with somebody else each.
const DIRECT: usize = 100;

/// How many groups are made at once.
const AT_ONCE: usize = 16;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How many groups there are.
    pub(crate) groups: usize,
    /// How often the list is asked for, each time.
    pub(crate) asked: usize,
    /// How often that is done.
    pub(crate) times: usize,
}

pub(crate) async fn mine(ground: &Ground, plan: Plan) -> Result<Vec<Row>, String> {
    let server = Measured::pinned(ground).await?;
    let people = Place::make(&server.url).await?.people(DIRECT + 1).await?;
    let (reader, others) = people.split_first().ok_or("somebody reads")?;
    let making = stream::iter(0..plan.groups).map(|number| group(reader, others, number));
    making.buffered(AT_ONCE).try_collect::<Vec<()>>().await?;
    server.settled().await?;
    let mut asking = Asking::with(server.address(), &reader.key)?;
    asked(&mut asking, plan.asked)?;
    let (mut medians, mut disturbed) = (Vec::new(), ground.noise.clone());
    for _ in 0..plan.times {
        let before = operations(&server).await?;
        let watch = server.watch()?;
        let took = asked(&mut asking, plan.asked)?;
        let shares = watch.end()?;
        disturbed = disturbed.or_else(|| shares.disturbed(true));
        let median = took.quantile(0.5).as_secs_f64() * 1_000.0;
        let reads = match (before, operations(&server).await?) {
            (Some(before), Some(now)) => {
                format!("; the database, for each: {}", now.each(before, plan.asked))
            }
            _ => String::new(),
        };
        say(&format!("- the list of {} groups: {} ms{reads}", plan.groups, short(median)))?;
        medians.push(median);
    }
    server.stop().await?;
    say("")?;
    let on = if ground.store == Store::Mongodb { " on MongoDB" } else { "" };
    let figure: Interval = medians.into_iter().collect();
    Ok(vec![Row {
        what: format!("first page of the list of somebody in {} groups{on}, median", plan.groups),
        ours: format!("{} ms", short(figure.median())),
        yardstick: String::new(),
        figure,
        unit: " ms",
        bound: Bound::AtMost(BOUND),
        disturbed,
    }])
}

/// One more group of the reader's, in which somebody else has said something.
async fn group(reader: &Person, others: &[Person], number: usize) -> Result<(), String> {
    let other = others.get(number % others.len()).ok_or("nobody else is there")?;
    let group = if number < DIRECT {
        reader.here.direct(other.id).await
    } else {
        let new = NewGroup::named(format!("group {number}")).with_members([other.id]);
        reader.here.create_group(&new).await
    };
    let group = group.map_err(text)?.id;
    other.here.send(group, NewMessage::text("hello")).await.map(drop).map_err(text)
}

fn asked(asking: &mut Asking, times: usize) -> Result<Samples, String> {
    let mut took: Vec<Duration> = Vec::new();
    for _ in 0..times {
        let (answer, time) = asking.ask("/api/chat/groups?limit=100")?;
        let unread = answer.windows(10).filter(|window| *window == br#""unread":1"#).count();
        if unread != 100 {
            return Err(format!("{unread} of 100 groups have something unread"));
        }
        took.push(time);
    }
    Ok(took.into_iter().collect())
}

async fn operations(server: &Measured) -> Result<Option<Operations>, String> {
    match server.mongod() {
        Some(mongod) => mongod.operations().await.map(Some),
        None => Ok(None),
    }
}
