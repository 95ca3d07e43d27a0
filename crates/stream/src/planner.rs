//! The planner: applies waiting plans to the stream, one on top of the other, and numbers what they append. Pure.

use parlance_base::{Author, EntryId, Error, Result, StreamId, Time};

use crate::{
    cache::Cache,
    entry::Entry,
    plan::{Draft, Plan, Step},
    view::{Changes, View},
};

/// A plan that waits, with all that its entry will be made of.
pub(crate) struct Task {
    /// The entry's id: the same at every try, so that a commit whose answer was lost can be found.
    pub(crate) id: EntryId,
    pub(crate) author: Author,
    pub(crate) client_id: Option<String>,
    pub(crate) plan: Box<dyn Plan>,
}

impl Task {
    /// The author and the name that the author gave it, if any.
    pub(crate) fn name(&self) -> Option<(String, String)> {
        self.client_id.as_ref().map(|name| (self.author.id.clone(), name.clone()))
    }

    /// The author and the name under which the entry is known.
    pub(crate) fn key(&self) -> (String, String) {
        (self.author.id.clone(), self.client_id.clone().unwrap_or_else(|| self.id.to_string()))
    }
}

/// What came of one plan, true once the changes are committed.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It appends an entry.
    Appended,
    /// It repeats the submission at this place.
    Repeats(usize),
    /// It has nothing to change.
    Unchanged,
    /// It may not or cannot be done.
    Failed(Error),
}

/// Applies each task's plan to what the tasks before it leave.
pub(crate) fn plan(
    cache: &Cache,
    stream: StreamId,
    tasks: &mut [&mut Task],
    now: Time,
) -> (Changes, Vec<Verdict>) {
    let mut changes = Changes::default();
    let mut verdicts = Vec::with_capacity(tasks.len());
    for at in 0..tasks.len() {
        let (earlier, rest) = tasks.split_at_mut(at);
        let Some(task) = rest.first_mut() else { break };
        let verdict = match repeated(earlier, &verdicts, task) {
            Some(first) => Verdict::Repeats(first),
            None => one(cache, &mut changes, stream, at, task, now).unwrap_or_else(Verdict::Failed),
        };
        verdicts.push(verdict);
    }
    (changes, verdicts)
}

/// The task that appends under the same name.
fn repeated(earlier: &[&mut Task], verdicts: &[Verdict], task: &Task) -> Option<usize> {
    let name = task.client_id.as_ref()?;
    earlier.iter().zip(verdicts).position(|(other, verdict)| {
        matches!(verdict, Verdict::Appended)
            && other.author.id == task.author.id
            && other.client_id.as_ref() == Some(name)
    })
}

fn one(
    cache: &Cache,
    changes: &mut Changes,
    stream: StreamId,
    at: usize,
    task: &mut Task,
    now: Time,
) -> Result<Verdict> {
    let mut view = View::new(cache, changes, at, task.id, now);
    let Step::Append(draft) = task.plan.plan(&mut view)? else { return Ok(Verdict::Unchanged) };
    let mut later = view.into_changes();
    let before = changes.head.as_ref().or(cache.head.as_ref());
    let (seq, ordinal) = before.map_or((0, 0), |head| (head.seq, head.ordinal));
    let head = later.head.take().or_else(|| before.cloned());
    let mut head =
        head.ok_or_else(|| Error::internal("stream.headless", "a plan appends to a stream without a head"))?;
    head.seq = seq + 1;
    head.ordinal = ordinal + i64::from(draft.counts);
    let entry = entry(stream, task, draft, head.seq, head.ordinal, now);
    later.head = Some(head);
    later.appended.push((at, entry));
    changes.absorb(later)?;
    Ok(Verdict::Appended)
}

fn entry(stream: StreamId, task: &Task, draft: Draft, seq: i64, ordinal: i64, now: Time) -> Entry {
    let (author_id, client_id) = task.key();
    Entry {
        id: task.id,
        stream_id: stream,
        seq,
        page: draft.page,
        kind: draft.kind.to_owned(),
        author_kind: task.author.kind,
        author_id,
        client_id,
        at: now,
        rev: seq,
        ordinal: draft.counts.then_some(ordinal),
        data: draft.data,
    }
}
