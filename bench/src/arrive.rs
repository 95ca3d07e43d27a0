//! Very many people who come within seconds and watch who else is there: whether each is let in and told of all whom they watch, what that
//! costs in frames, and what in memory.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    people::{Person, Place},
    procfs, say,
    server::{Ground, Measured},
    table::{Bound, Row, short},
    wire::{Sockets, Spin, masked, upgrade},
};

/// Within how long they come.
const WITHIN: Duration = Duration::from_secs(10);

/// How long it may take until everybody has been told of everybody whom they watch.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many others each watches.
const WATCHED: usize = 50;

/// What is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) people: usize,
    pub(crate) times: usize,
}

/// What the sockets were told.
struct Told {
    ready: Vec<bool>,
    /// Of how many who are there each was told.
    seen: Vec<usize>,
    frames: usize,
}

pub(crate) async fn arrive(ground: &Ground, plan: Plan) -> Result<Vec<Row>, String> {
    let mut server = Measured::pinned(ground).await?;
    let people = Place::make(&server.url).await?.people(plan.people).await?;
    let (mut kib, mut frames, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.times {
        server = server.rest().await?.wake().await?;
        server.settled().await?;
        let before = procfs::resident(server.id())?;
        let began = Instant::now();
        let (sockets, told) = come(&server, &people)?;
        let after = procfs::resident(server.id())?;
        late.push(began.elapsed().saturating_sub(WITHIN).as_secs_f64());
        kib.push(share(after.saturating_sub(before), people.len()));
        frames.push(share(told.frames as u64, people.len()));
        say(&format!(
            "- {} people came within {WITHIN:?} and watched {WATCHED} each: {} frames of presence, {} KiB, none was closed",
            people.len(),
            told.frames,
            after.saturating_sub(before),
        ))?;
        drop(sockets);
    }
    server.stop().await?;
    say("")?;
    let what = format!("{} people who come within 10 s, watching {WATCHED} each", plan.people);
    let row = |what: String, figures: Vec<f64>, unit: &'static str, bound: Bound| Row {
        what,
        ours: String::new(),
        yardstick: String::new(),
        figure: figures.into_iter().collect(),
        unit,
        bound,
        disturbed: None,
    };
    let mut rows = vec![
        row(format!("{what}: memory each"), kib, " KiB", Bound::Told),
        row(format!("{what}: frames of presence each"), frames, "", Bound::AtMost(frames_bound())),
        row(format!("{what}: all told after the last came"), late, " s", Bound::Told),
    ];
    for row in &mut rows {
        row.ours = format!("{}{}", short(row.figure.median()), row.unit);
    }
    Ok(rows)
}

/// One when they begin to watch, and one for each second in which somebody else comes, and for a few after.
fn frames_bound() -> f64 {
    WITHIN.as_secs_f64() + 5.0
}

#[expect(clippy::cast_precision_loss, reason = "KiB, frames and people")]
fn share(all: u64, people: usize) -> f64 {
    all as f64 / people.max(1) as f64
}

/// Has everybody come, one after the other, and waits until each was told of all whom they watch.
fn come(server: &Measured, people: &[Person]) -> Result<(Sockets, Told), String> {
    let mut sockets = Sockets::none()?;
    let mut told = Told { ready: vec![false; people.len()], seen: vec![0; people.len()], frames: 0 };
    let (began, pause) = (Instant::now(), WITHIN / u32::try_from(people.len().max(1)).unwrap_or(u32::MAX));
    for (number, person) in people.iter().enumerate() {
        sockets.open(server.address(), &upgrade(&person.key))?;
        let next = began + pause * u32::try_from(number + 1).unwrap_or(u32::MAX);
        while Instant::now() < next {
            told.hear(&mut sockets, people)?;
        }
    }
    let until = Instant::now() + PATIENCE;
    let watched = WATCHED.min(people.len() - 1);
    while told.seen.iter().any(|seen| *seen < watched) {
        told.hear(&mut sockets, people)?;
        if Instant::now() > until {
            let short = told.seen.iter().filter(|seen| **seen < watched).count();
            return Err(format!("{short} people were not told of all whom they watch"));
        }
    }
    Ok((sockets, told))
}

impl Told {
    /// Takes in what came; who is let in says whom they watch.
    fn hear(&mut self, sockets: &mut Sockets, people: &[Person]) -> Result<(), String> {
        let mut let_in = Vec::new();
        sockets.poll(Spin::Sleeping, |number, payload| {
            if payload.starts_with(br#"{"type":"ready""#) {
                let_in.push(number);
            } else if payload.starts_with(br#"{"data":{"changes""#)
                || payload.starts_with(br#"{"type":"presence""#)
            {
                self.frames += 1;
                if let Some(seen) = self.seen.get_mut(number) {
                    *seen += online(payload);
                }
            }
        })?;
        for number in let_in {
            if let Some(ready) = self.ready.get_mut(number)
                && !std::mem::replace(ready, true)
            {
                sockets.send(number, &watching(people, number))?;
            }
        }
        Ok(())
    }
}

/// Of how many a frame says that they are there. Nobody goes meanwhile.
fn online(payload: &[u8]) -> usize {
    const THERE: &[u8] = br#""status":"online""#;
    payload.windows(THERE.len()).filter(|window| *window == THERE).count()
}

/// The frame by which this one watches others, from all over.
fn watching(people: &[Person], number: usize) -> Vec<u8> {
    let step = people.len() / WATCHED.min(people.len()).max(1);
    let others = (0..WATCHED).map(|at| (number + 1 + at * step.max(1)) % people.len());
    let others = others.filter(|other| *other != number).filter_map(|other| people.get(other));
    let ids: Vec<String> = others.map(|person| format!("\"{}\"", person.id)).collect();
    masked(&format!(r#"{{"type":"presence.watch","data":{{"user_ids":[{}]}}}}"#, ids.join(",")))
}
