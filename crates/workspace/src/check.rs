//! Whether what is stored of workspaces, their members and the seats agrees with itself.

use std::collections::HashMap;

use parlance_base::{Result, Role, UserId, WorkspaceId};
use parlance_license::Seats;
use parlance_store::{Find, Findings, ID, Scope, Store};
use parlance_stream::Head;

use crate::{
    member::{ACTIVE, Member, STATE},
    seat::{Part, Seat},
    words::Word,
    workspace::{Details, Workspace, is_deleted, stream},
};

/// How many documents are read at once.
const AT_ONCE: usize = 1_000;

/// The next `limit` (1–5,000) workspaces of the installation after this one, those that were deleted among them.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub async fn all_workspaces(
    system: &Scope,
    after: Option<WorkspaceId>,
    limit: usize,
) -> Result<Vec<Workspace>> {
    let after = after.map(|id| ID.above(id.to_string()));
    system.find(Find::new(after).ascending(ID).limit(limit)).await
}

/// Notes what is wrong with a workspace: owners that are miscounted, members who are not found or are found by what they are not
/// called, and members without their part of a seat.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub async fn check(store: &Store, workspace: &Workspace, findings: &mut Findings) -> Result<()> {
    let (id, scope) = (workspace.id, store.workspace(workspace.id));
    let Some(head) = scope.get::<Head>(stream(id)).await? else {
        findings.wrong(format!("workspace {id}: it has no head"));
        return Ok(());
    };
    let details = Details::of(&head);
    let (mut last, mut owners) = (None, 0);
    loop {
        let members: Vec<Member> = page(&scope, last).await?;
        let seats: Vec<Seat> = store.system().get_many(members.iter().map(|member| member.id)).await?;
        let seats: HashMap<UserId, Seat> = seats.into_iter().map(|seat| (seat.id, seat)).collect();
        for member in &members {
            let seated = seats.get(&member.id).is_some_and(|seat| seat.workspaces.contains(&id));
            findings.expect(seated, || format!("workspace {id}: {} is a member without a seat", member.id));
            owners += i64::from(member.role == Role::Owner);
        }
        check_words(&scope, id, &members, findings).await?;
        last = members.last().map(|member| member.id);
        findings.looked(members.len());
        if members.len() < AT_ONCE {
            break;
        }
    }
    if !is_deleted(&head) {
        findings.expect(details.slug == workspace.slug, || format!("workspace {id}: it has two slugs"));
        findings.expect(owners > 0 && owners == details.owners, || {
            format!("workspace {id}: it counts {} owners and has {owners}", details.owners)
        });
    }
    check_found(&scope, id, findings).await
}

async fn page(scope: &Scope, last: Option<UserId>) -> Result<Vec<Member>> {
    let after = last.map(|user| ID.above(user.to_string()));
    let active = [STATE.is(ACTIVE)].into_iter().chain(after);
    scope.find(Find::new(active).ascending(ID).limit(AT_ONCE)).await
}

/// Every word of a member is one by which they are found.
async fn check_words(
    scope: &Scope,
    workspace: WorkspaceId,
    members: &[Member],
    findings: &mut Findings,
) -> Result<()> {
    for members in members.chunks(100) {
        let words = members
            .iter()
            .flat_map(|member| member.words.iter().map(|word| Word::new(word, member.id).id))
            .collect::<Vec<_>>();
        let found = scope.get_many::<Word>(&words).await?.len();
        findings.expect(found == words.len(), || {
            let missing = words.len().saturating_sub(found);
            format!("workspace {workspace}: {missing} words of members find nobody")
        });
    }
    Ok(())
}

/// Every word by which somebody is found is one of a member's.
async fn check_found(scope: &Scope, workspace: WorkspaceId, findings: &mut Findings) -> Result<()> {
    let mut last: Option<String> = None;
    loop {
        let after = last.map(|word| ID.above(word));
        let words: Vec<Word> = scope.find(Find::new(after).ascending(ID).limit(AT_ONCE)).await?;
        let members: Vec<Member> = scope.get_many(words.iter().map(|word| word.user_id)).await?;
        let members: HashMap<UserId, Member> =
            members.into_iter().map(|member| (member.id, member)).collect();
        for word in &words {
            let is_theirs = members
                .get(&word.user_id)
                .is_some_and(|member| member.words.iter().any(|own| own == word.word()));
            findings.expect(is_theirs, || {
                format!("workspace {workspace}: {} is found by a word that is not theirs", word.user_id)
            });
        }
        findings.looked(words.len());
        last = words.last().map(|word| word.id.clone());
        if words.len() < AT_ONCE {
            return Ok(());
        }
    }
}

/// Notes seats that are miscounted, or taken for workspaces that their user is not in.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub async fn check_seats(store: &Store, findings: &mut Findings) -> Result<()> {
    let system = store.system();
    let (mut last, mut used) = (None, 0);
    loop {
        let after: Option<UserId> = last;
        let after = after.map(|user| ID.above(user.to_string()));
        let seats: Vec<Seat> = system.find(Find::new(after).ascending(ID).limit(AT_ONCE)).await?;
        for seat in &seats {
            let mut full = 0;
            for workspace in &seat.workspaces {
                let member = store.workspace(*workspace).get::<Member>(seat.id).await?;
                let part = Part::of(member.as_ref());
                full += i64::from(part == Part::Full);
                findings.expect(part != Part::None, || {
                    format!("user {}: they have a seat in {workspace} and are no member", seat.id)
                });
            }
            findings.expect(full == seat.full, || {
                format!("user {}: they count as a full member of {}, and are of {full}", seat.id, seat.full)
            });
            used += i64::from(full > 0);
        }
        findings.looked(seats.len());
        last = seats.last().map(|seat| seat.id);
        if seats.len() < AT_ONCE {
            break;
        }
    }
    let counted = system.get::<Seats>(Seats::ID).await?.map_or(0, |seats| seats.used);
    findings.expect(counted == used, || format!("seats: {counted} are counted and {used} are taken"));
    Ok(())
}
