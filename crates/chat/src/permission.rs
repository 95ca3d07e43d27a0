//! Rights in a group, checked against the documents that a plan is about to change. The table itself is
//! [`parlance_workspace::permission`]; this tells it the facts.

use parlance_base::{Caller, EntryId, Grant, Result, Role, StreamId};
use parlance_stream::{Entry, Head, View};
use parlance_workspace::{
    GroupRights,
    permission::{self, Action, Standing},
};

pub(crate) use parlance_workspace::permission::Action as Act;

use crate::{
    event,
    group::{self, ARCHIVED, GroupKind, Visibility},
    member::Member,
    message,
    thread::shown_by,
};

/// The group and the caller's membership in it, if the caller may do this there.
///
/// # Errors
/// The table's refusal; 404 `group.not_found` for a group that does not exist.
pub(crate) fn check(
    view: &View<'_>,
    group: StreamId,
    caller: &Caller,
    act: Action,
) -> Result<(Head, Option<Member>)> {
    let head =
        view.head().filter(|head| group::exists(head)).cloned().ok_or_else(permission::group_not_found)?;
    let member = view.get::<Member>(Member::id_of(group, caller.user))?.filter(|member| member.active);
    permission::check(act, &standing(&head, member.as_ref(), Standing::of_caller(caller)))?;
    Ok((head, member))
}

/// The group and the caller's membership in it, if they may know of it: what they may do there is another question.
///
/// # Errors
/// 404 `group.not_found`.
pub(crate) fn known(view: &View<'_>, group: StreamId, caller: &Caller) -> Result<(Head, Option<Member>)> {
    check(view, group, &Caller { grant: Grant::Full, ..caller.clone() }, Action::GroupRead)
}

/// As [`check`], for what only members may do.
///
/// # Errors
/// As [`check`]; 404 `group.not_found` for who is no member.
pub(crate) fn check_member(
    view: &View<'_>,
    group: StreamId,
    caller: &Caller,
    act: Action,
) -> Result<(Head, Member)> {
    let (head, member) = check(view, group, caller, act)?;
    Ok((head, member.ok_or_else(permission::group_not_found)?))
}

/// As [`check`], on documents that were just read: for what changes nothing.
///
/// # Errors
/// The table's refusal.
pub(crate) fn check_now(head: &Head, member: Option<&Member>, caller: &Caller, act: Action) -> Result<()> {
    permission::check(act, &standing(head, member, Standing::of_caller(caller)))
}

/// A message of the group that the caller may read, for an act that its author may do.
///
/// # Errors
/// 404 `message.not_found`; 403 `message.not_author`.
pub(crate) fn message(
    view: &View<'_>,
    head: &Head,
    member: Option<&Member>,
    caller: &Caller,
    id: EntryId,
    act: Action,
) -> Result<Entry> {
    let visible_from = group::visible_from(head, member);
    let entry = view.get::<Entry>(id)?.filter(|entry| {
        entry.stream_id == head.id && entry.kind == event::MESSAGE_NEW && shown_by(entry) >= visible_from
    });
    let entry = entry.ok_or_else(message::not_found)?;
    let is_author = entry.author_id == caller.user.to_string();
    permission::check(act, &standing(head, member, Standing::of_caller(caller)).as_author(is_author))?;
    Ok(entry)
}

/// Nothing, if the caller may make a group that may be found like this.
///
/// # Errors
/// 403 `workspace.insufficient_role`, `key.missing_scope`.
pub(crate) fn check_make(caller: &Caller, visibility: Visibility) -> Result<()> {
    let act = match visibility {
        Visibility::Private => Action::GroupCreate,
        Visibility::Public => Action::GroupCreatePublic,
    };
    permission::check(act, &Standing::of_caller(caller))
}

/// Nothing, if what the caller proved themselves with is enough to read what they may.
///
/// # Errors
/// 403 `key.missing_scope`.
pub(crate) fn check_own(caller: &Caller) -> Result<()> {
    check_scope(caller, Action::GroupRead)
}

/// Nothing, if what the caller proved themselves with is enough to do this with what is their own.
///
/// # Errors
/// 403 `key.missing_scope`.
pub(crate) fn check_scope(caller: &Caller, act: Action) -> Result<()> {
    permission::check_scope(act, caller.grant)
}

/// Whether somebody of this role, and with this membership, may know of the group and read it.
pub(crate) fn reads(head: &Head, member: Option<&Member>, role: Role) -> bool {
    group::exists(head) && permission::allows(Action::GroupRead, &standing(head, member, Standing::of(role)))
}

fn standing(head: &Head, member: Option<&Member>, of: Standing) -> Standing {
    let member = member.filter(|member| member.active).map(|member| member.rights);
    let (is_public, is_archived) = (head.visibility == Visibility::Public.as_str(), head.state == ARCHIVED);
    let is_overseen = group::kind(head).is_ok_and(GroupKind::is_overseen);
    of.in_group(GroupRights { member, is_public, is_overseen, is_archived })
}
