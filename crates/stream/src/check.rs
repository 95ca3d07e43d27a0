//! Whether a stream that is stored is what a stream promises to be.

use parlance_base::{Result, StreamId};
use parlance_store::{Find, Findings, Scope};

use crate::{
    entry::{Entry, SEQ, STREAM_ID},
    head::Head,
};

/// How many entries are read at once.
const AT_ONCE: usize = 1_000;

/// Reads the whole stream and notes what is wrong with it: places without entry, entries behind the head, counted entries that are
/// numbered otherwise, revisions that come from nowhere. What a writer does meanwhile may be noted too.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub async fn check(scope: &Scope, head: &Head, findings: &mut Findings) -> Result<()> {
    let stream = head.id;
    let (mut at, mut ordinal) = (0, 0);
    loop {
        let next = [STREAM_ID.is(stream.to_string()), SEQ.above(at)];
        let entries: Vec<Entry> = scope.find(Find::new(next).ascending(SEQ).limit(AT_ONCE)).await?;
        findings.looked(entries.len());
        for entry in &entries {
            if entry.seq != at + 1 {
                findings.wrong(format!("stream {stream}: nothing from {} to {}", at + 1, entry.seq - 1));
            }
            at = entry.seq;
            if let Some(counted) = entry.ordinal {
                ordinal += 1;
                findings.expect(counted == ordinal, || {
                    format!("stream {stream}: entry {at} is counted as {counted}, and is the {ordinal}th")
                });
                ordinal = counted;
            }
            findings.expect((entry.seq..=head.seq.max(at)).contains(&entry.rev), || {
                format!("stream {stream}: entry {at} was last changed by {}", entry.rev)
            });
        }
        if entries.len() < AT_ONCE {
            break;
        }
    }
    findings.expect(at == head.seq, || {
        format!("stream {stream}: its head is at {} and its last entry at {at}", head.seq)
    });
    findings.expect(ordinal == head.ordinal, || {
        format!("stream {stream}: its head counts {} messages and its entries {ordinal}", head.ordinal)
    });
    Ok(())
}

/// Notes entries that belong to no stream.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub async fn check_for_strays(scope: &Scope, findings: &mut Findings) -> Result<()> {
    let mut last: Option<StreamId> = None;
    loop {
        let behind = last.map(|stream| STREAM_ID.above(stream.to_string()));
        let next: Vec<Entry> = scope.find(Find::new(behind).ascending(STREAM_ID).limit(1)).await?;
        let Some(entry) = next.first() else { return Ok(()) };
        if scope.get::<Head>(entry.stream_id).await?.is_none() {
            findings.wrong(format!("stream {}: it has entries and no head", entry.stream_id));
        }
        last = Some(entry.stream_id);
    }
}
