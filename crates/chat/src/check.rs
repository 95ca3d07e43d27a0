//! Whether what is stored of a workspace's groups agrees with itself.

use std::collections::HashMap;

use parlance_base::{EntryId, Result, StreamId};
use parlance_store::{Find, Findings, Scope};
use parlance_stream::{Entry, Head};

use crate::{
    folder, group,
    member::{ACTIVE, GROUP_ID, Member, USER_ID},
    message::{MESSAGE_ID, PIN_GROUP_ID, PIN_SEQ, Pin, REACTION_MESSAGE_ID, Reaction, Version, message_of},
    own, read_state, scheduled, thread,
};

/// How many documents are read at once.
const AT_ONCE: usize = 1_000;

/// A message with more reactions than this is not counted.
const MOST_REACTIONS: usize = 5_000;

/// Notes what is wrong with the group of this head, if it is one: members that are miscounted, or have read what was not written;
/// and with somebody's own stream, if it is that of one: what is miscounted there.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub async fn check_group(scope: &Scope, head: &Head, findings: &mut Findings) -> Result<()> {
    if head.kind == own::KIND {
        folder::check(scope, head, findings).await?;
        return scheduled::check(scope, head, findings).await;
    }
    if group::kind(head).is_err() {
        return Ok(());
    }
    let group = head.id;
    let (mut last, mut members, mut owners) = (None, 0, 0);
    loop {
        let after = last.map(|user| USER_ID.above(user));
        let active = [GROUP_ID.is(group.to_string()), ACTIVE.is(true)].into_iter().chain(after);
        let page: Vec<Member> = scope.find(Find::new(active).ascending(USER_ID).limit(AT_ONCE)).await?;
        findings.looked(page.len());
        for member in &page {
            members += 1;
            owners += i64::from(member.rights.is_owner);
            check_member(head, member, findings);
        }
        last = page.last().map(|member| member.user_id.to_string());
        if page.len() < AT_ONCE {
            break;
        }
    }
    let gone = group::details(head).cleared;
    findings.expect(gone.seq <= head.seq && gone.ordinal <= head.ordinal, || {
        format!("group {group}: it was cleared up to {} of {}", gone.seq, head.seq)
    });
    let sent = read_state::furthest(head);
    findings.expect(sent.seq <= head.seq && sent.ordinal <= head.ordinal, || {
        format!("group {group}: somebody sent a message at {} of {}", sent.seq, head.seq)
    });
    thread::check(scope, head, findings).await?;
    let pins = pins(scope, head, findings).await?;
    let counted = group::details(head);
    for (what, counted, are) in [
        ("members", counted.members, members),
        ("owners", counted.owners, owners),
        ("pins", counted.pins, pins),
    ] {
        findings
            .expect(counted == are, || format!("group {group}: it counts {counted} {what} and has {are}"));
    }
    Ok(())
}

/// How many messages of the group are pinned; notes pins of what is no message of it, or says that it is not pinned.
async fn pins(scope: &Scope, head: &Head, findings: &mut Findings) -> Result<i64> {
    let (mut last, mut count) = (None, 0);
    loop {
        let after = last.map(|seq| PIN_SEQ.above(seq));
        let of_group = [PIN_GROUP_ID.is(head.id.to_string())].into_iter().chain(after);
        let page: Vec<Pin> = scope.find(Find::new(of_group).ascending(PIN_SEQ).limit(AT_ONCE)).await?;
        findings.looked(page.len());
        let messages: Vec<Entry> = scope.get_many(page.iter().map(|pin| pin.id)).await?;
        for pin in &page {
            let message =
                messages.iter().find(|message| message.id == pin.id && message.stream_id == head.id);
            let is_pinned = message.is_some_and(|message| {
                message.seq == pin.seq && message_of(message).is_ok_and(|message| message.pinned)
            });
            findings
                .expect(is_pinned, || format!("group {}: {} has a pin and is not pinned", head.id, pin.id));
            count += 1;
        }
        last = page.last().map(|pin| pin.seq);
        if page.len() < AT_ONCE {
            return Ok(count);
        }
    }
}

fn check_member(head: &Head, member: &Member, findings: &mut Findings) {
    let (group, user) = (member.group_id, member.user_id);
    findings.expect(member.id == Member::id_of(group, user), || {
        format!("group {group}: the membership of {user} has another's id")
    });
    for (what, is, most) in [
        ("has read up to", member.read_seq, head.seq),
        ("has read messages up to", member.read_ordinal, head.ordinal),
        ("sent a message at", member.sent_seq, head.seq),
        ("took something back at", member.marked_seq, head.seq),
        ("was last changed at", member.changed_seq, head.seq),
    ] {
        findings.expect(is <= most, || format!("group {group}: {user} {what} {is}, of {most}"));
    }
}

/// Notes memberships without a group and earlier versions without a message.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub async fn check_for_strays(scope: &Scope, findings: &mut Findings) -> Result<()> {
    let mut last: Option<StreamId> = None;
    loop {
        let behind = last.map(|group| GROUP_ID.above(group.to_string()));
        let next: Vec<Member> = scope.find(Find::new(behind).ascending(GROUP_ID).limit(1)).await?;
        let Some(member) = next.first() else { break };
        if scope.get::<Head>(member.group_id).await?.is_none() {
            findings.wrong(format!("group {}: it has members and is not there", member.group_id));
        }
        last = Some(member.group_id);
    }
    check_versions(scope, findings).await?;
    check_reactions(scope, findings).await
}

/// Notes messages that count other reactions than they have. Those to deleted messages are on their way out.
async fn check_reactions(scope: &Scope, findings: &mut Findings) -> Result<()> {
    let mut last: Option<EntryId> = None;
    loop {
        let behind = last.map(|message| REACTION_MESSAGE_ID.above(message.to_string()));
        let next = Find::new(behind).ascending(REACTION_MESSAGE_ID).limit(1);
        let Some(first) = scope.find::<Reaction>(next).await?.into_iter().next() else { return Ok(()) };
        let id = first.message_id;
        let of = Find::new([REACTION_MESSAGE_ID.is(id.to_string())]).limit(MOST_REACTIONS);
        let reactions = scope.find::<Reaction>(of).await?;
        findings.looked(reactions.len());
        let message = scope.get::<Entry>(id).await?.and_then(|entry| message_of(&entry).ok());
        let counted = message.as_ref().map_or(0, |message| message.reactions.iter().map(|it| it.count).sum());
        let is_right = match message {
            Some(message) if message.deleted_at.is_some() || reactions.len() == MOST_REACTIONS => true,
            Some(_) => usize::try_from(counted).is_ok_and(|counted| counted == reactions.len()),
            None => false,
        };
        findings.expect(is_right, || {
            format!("message {id}: it counts {counted} reactions and has {}", reactions.len())
        });
        last = Some(id);
    }
}

async fn check_versions(scope: &Scope, findings: &mut Findings) -> Result<()> {
    let mut last: Option<EntryId> = None;
    loop {
        let behind = last.map(|message| MESSAGE_ID.above(message.to_string()));
        let find = Find::new(behind).ascending(MESSAGE_ID).limit(AT_ONCE);
        let versions: Vec<Version> = scope.find(find).await?;
        findings.looked(versions.len());
        let messages: Vec<EntryId> = versions.iter().map(|version| version.message_id).collect();
        let found = scope.get_many::<Entry>(&messages).await?;
        let found: HashMap<EntryId, i64> = found.into_iter().map(|entry| (entry.id, entry.rev)).collect();
        for version in &versions {
            let message = version.message_id;
            findings.expect(found.get(&message).is_some_and(|rev| version.rev < *rev), || {
                format!("message {message}: a version of it, {}, belongs to no later one", version.rev)
            });
        }
        last = messages.last().copied();
        if versions.len() < AT_ONCE {
            return Ok(());
        }
    }
}
