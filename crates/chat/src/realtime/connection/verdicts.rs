//! What the client is told about its streams once their rights were looked up.

use std::collections::BTreeMap;

use parlance_base::{Error, Kind, StreamId, Time};

use super::{
    Output,
    looks::Ask,
    open::{Open, answer, refuse},
    place::Place,
    tell,
};
use crate::realtime::{
    Access, Standing, Status, Unavailable, Verdict,
    frame::{CloseCode, Resume},
    limits::WATCHED_GROUPS,
    verdict::Owed,
};

type Standings = BTreeMap<StreamId, Standing>;

impl Open {
    /// Takes in where the caller stands in the streams that were asked about.
    pub(super) fn looked(
        &mut self,
        now: Time,
        result: Result<Vec<Standing>, Unavailable>,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseCode> {
        let Ok(standings) = result else { return self.looks.failed(now) };
        if !self.is_trusted(now) {
            self.looks.again();
            return Ok(());
        }
        let standings: Standings =
            standings.into_iter().map(|standing| (standing.stream, standing)).collect();
        match self.looks.answered() {
            Some(Ask::Resume { id, resume }) => self.resume(id, &resume, Some(&standings), out),
            Some(Ask::Watch { id, stream }) => self.watch(id, standings.get(&stream), out),
            Some(Ask::Doubts(_)) => self.gain(&standings, out),
            Some(Ask::Unwatch { .. }) | None => {}
        }
        Ok(())
    }

    /// Rewinds the streams to their cursors: as they are followed, once those that were looked up are.
    pub(super) fn resume(
        &mut self,
        id: String,
        resume: &Resume,
        looked_up: Option<&Standings>,
        out: &mut Vec<Output>,
    ) {
        answer(Some(id), out);
        let mut told = Told::default();
        if let Some(standings) = looked_up {
            self.stand(resume.cursors.keys(), standings, &mut told, out);
        }
        let same_epoch = resume.epoch == self.epoch;
        for (stream, cursor) in &resume.cursors {
            let Some(place) = self.places.get_mut(stream) else {
                told.verdict(*stream, Status::Gone, None);
                continue;
            };
            match place.judge(*cursor, same_epoch) {
                Owed::Replay => place.rewind(*cursor, true),
                Owed::Nothing => {
                    place.rewind(*cursor, false);
                    told.verdict(*stream, Status::Current, Some(*cursor));
                }
                Owed::Reset => told.verdict(*stream, Status::Reset, Some(place.reset())),
            }
            if place.is_behind() {
                self.pages.want(*stream);
            }
        }
        told.send(out);
    }

    /// Follows those of these streams that the caller may read, and none of the others.
    fn stand<'a>(
        &mut self,
        streams: impl Iterator<Item = &'a StreamId>,
        standings: &Standings,
        told: &mut Told,
        out: &mut Vec<Output>,
    ) {
        let mut watched = self.watched();
        for stream in streams {
            let standing = standings.get(stream).filter(|standing| {
                let new_watch = standing.access == Access::Watcher && !self.places.contains_key(stream);
                watched += usize::from(new_watch);
                !new_watch || watched <= WATCHED_GROUPS
            });
            let Some(standing) = standing else {
                self.unfollow(*stream, out);
                continue;
            };
            let place = self.places.entry(*stream).or_insert_with(|| {
                told.listens.push((*stream, standing.start()));
                Place::live(standing)
            });
            place.stands(standing);
        }
    }

    fn watch(&mut self, id: Option<String>, standing: Option<&Standing>, out: &mut Vec<Output>) {
        let Some(standing) = standing else {
            return refuse(id, &Error::new(Kind::NotFound, "group.not_found", "no such group"), out);
        };
        if self.places.contains_key(&standing.stream) {
            return answer(id, out);
        }
        if standing.access == Access::Watcher && self.watched() >= WATCHED_GROUPS {
            let message = format!("a connection watches at most {WATCHED_GROUPS} groups");
            return refuse(id, &Error::new(Kind::Invalid, "group.too_many_watched", message), out);
        }
        answer(id, out);
        let mut told = Told::default();
        self.follow(standing, &mut told);
        told.send(out);
    }

    pub(super) fn unwatch(&mut self, id: Option<String>, stream: StreamId, out: &mut Vec<Output>) {
        answer(id, out);
        if self.places.get(&stream).is_some_and(|place| place.access() == Access::Watcher) {
            self.unfollow(stream, out);
            let mut told = Told::default();
            told.verdict(stream, Status::Gone, None);
            told.send(out);
        }
    }

    /// Follows those streams that the user has gained indeed.
    fn gain(&mut self, standings: &Standings, out: &mut Vec<Output>) {
        let mut told = Told::default();
        for standing in standings.values() {
            if standing.access == Access::Member && !self.places.contains_key(&standing.stream) {
                self.follow(standing, &mut told);
            }
        }
        told.send(out);
    }

    /// Follows a stream from now on, which its client learns by a `reset`.
    fn follow(&mut self, standing: &Standing, told: &mut Told) {
        self.places.insert(standing.stream, Place::live(standing));
        told.listens.push((standing.stream, standing.start()));
        told.verdict(standing.stream, Status::Reset, Some(standing.start()));
    }

    fn watched(&self) -> usize {
        self.places.values().filter(|place| place.access() == Access::Watcher).count()
    }
}

/// What is to be told, to the hub and to the client.
#[derive(Default)]
struct Told {
    listens: Vec<(StreamId, u64)>,
    verdicts: Vec<Verdict>,
}

impl Told {
    fn verdict(&mut self, id: StreamId, status: Status, seq: Option<u64>) {
        self.verdicts.push(Verdict { id, status, seq });
    }

    fn send(self, out: &mut Vec<Output>) {
        if !self.listens.is_empty() {
            out.push(Output::Listen(self.listens));
        }
        if !self.verdicts.is_empty() {
            tell(&self.verdicts, out);
        }
    }
}
