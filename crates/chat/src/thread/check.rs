//! Whether what is stored of a group's threads agrees with itself.

use parlance_base::Result;
use parlance_store::{Find, Findings, Scope};
use parlance_stream::{Entry, Head, Page, page_after};

use super::{GROUP_ID, SEQ, Thread};
use crate::message::body_of;

/// How many documents are read at once.
const AT_ONCE: usize = 1_000;

/// Notes threads of the group that are not counted as they are, or that are about nothing.
pub(crate) async fn check(scope: &Scope, head: &Head, findings: &mut Findings) -> Result<()> {
    let mut last = None;
    loop {
        let after = last.map(|seq| SEQ.above(seq));
        let of_group = [GROUP_ID.is(head.id.to_string())].into_iter().chain(after);
        let page: Vec<Thread> = scope.find(Find::new(of_group).ascending(SEQ).limit(AT_ONCE)).await?;
        findings.looked(page.len());
        for thread in &page {
            check_one(scope, head, thread, findings).await?;
        }
        last = page.last().map(|thread| thread.seq);
        if page.len() < AT_ONCE {
            return Ok(());
        }
    }
}

async fn check_one(scope: &Scope, head: &Head, thread: &Thread, findings: &mut Findings) -> Result<()> {
    let (group, id) = (head.id, thread.id);
    let root = scope.get::<Entry>(id).await?.filter(|root| root.stream_id == group);
    let counted =
        root.as_ref().and_then(|root| body_of(root).ok()?.replies).map(|summary| summary.reply_count);
    let (mut last, mut ordinal, mut replies) = (thread.root_seq, 0, 0);
    loop {
        let page = page_after(scope, group, Page::Thread(id), last, AT_ONCE).await?;
        for reply in &page {
            let body = body_of(reply)?;
            let is_next = body.thread.is_some_and(|place| place.id == id && place.ordinal == ordinal + 1);
            findings.expect(is_next, || format!("thread {id}: the reply at {} is not the next", reply.seq));
            (last, ordinal) = (reply.seq, ordinal + 1);
            replies += i64::from(body.deleted_at.is_none());
        }
        if page.len() < AT_ONCE {
            break;
        }
    }
    findings.expect(root.is_some_and(|root| root.seq == thread.root_seq), || {
        format!("thread {id}: it is about no message of group {group}")
    });
    findings.expect(counted == Some(replies), || {
        format!("thread {id}: {} replies are counted, and there are {replies}", counted.unwrap_or(0))
    });
    findings.expect((last, ordinal) == (thread.seq, thread.ordinal), || {
        format!("thread {id}: it ends at {}, and says {}", last, thread.seq)
    });
    Ok(())
}
