//! The permission table: an allowed and a denied case for each row, and the code of its refusal.

use parlance_base::{Grant, Kind, Role, Scope, Scopes};
use parlance_workspace::{
    GroupKind, GroupRights, Rights,
    permission::{Action, Standing, allows, check, check_reach, check_scope},
};

/// A row's test: somebody who may, and somebody who may not, with what they are told.
struct Case {
    allowed: Standing,
    denied: Standing,
    code: &'static str,
}

const STRANGER: Standing = Standing { role: None, grant: Grant::Full, group: None, is_author: false };
const MEMBER: Standing = Standing::of(Role::Member);
const PUBLIC: GroupRights =
    GroupRights { member: None, is_public: true, is_overseen: false, is_archived: false };
const OVERSEEN: GroupRights =
    GroupRights { member: None, is_public: false, is_overseen: true, is_archived: false };

const fn member_with(rights: Rights) -> Standing {
    MEMBER.in_group(GroupRights {
        member: Some(rights),
        is_public: false,
        is_overseen: false,
        is_archived: false,
    })
}

const READER: Rights = Rights { can_read: true, ..Rights::NONE };

fn case(action: Action) -> Case {
    let workspace = |needs: Role, below: Role| Case {
        allowed: Standing::of(needs),
        denied: Standing::of(below),
        code: "workspace.insufficient_role",
    };
    let group =
        |rights: Rights, code| Case { allowed: member_with(rights), denied: member_with(READER), code };
    match action {
        Action::WorkspaceView | Action::GroupCreate | Action::AgentUse | Action::SessionOwn => {
            workspace(Role::Member, Role::Guest)
        }
        Action::GroupCreatePublic
        | Action::WorkspaceUpdate
        | Action::WorkspaceInvite
        | Action::WorkspaceManageMembers
        | Action::KeyManage
        | Action::GroupListAll
        | Action::WebhookManage
        | Action::AuditRead => workspace(Role::Admin, Role::Member),
        Action::WorkspaceDelete | Action::WorkspaceTransfer | Action::BillingManage => {
            workspace(Role::Owner, Role::Admin)
        }
        Action::GroupRead | Action::GroupTakePart => {
            Case { allowed: member_with(READER), denied: member_with(Rights::NONE), code: "group.not_found" }
        }
        Action::GroupReadAny => Case {
            allowed: Standing::of(Role::Admin).in_group(OVERSEEN),
            denied: member_with(READER),
            code: "group.not_found",
        },
        Action::GroupPost => group(Rights { can_write: true, ..READER }, "group.read_only"),
        Action::GroupReact => Case {
            allowed: member_with(READER),
            denied: MEMBER.in_group(PUBLIC),
            code: "group.missing_right",
        },
        Action::GroupAttach => group(Rights { can_attach: true, ..READER }, "group.missing_right"),
        Action::GroupInvite => group(Rights { can_invite: true, ..READER }, "group.missing_right"),
        Action::GroupPin => group(Rights { can_pin: true, ..READER }, "group.missing_right"),
        Action::GroupDeleteOthers => {
            group(Rights { can_delete_others: true, ..READER }, "group.missing_right")
        }
        Action::GroupManage => group(Rights { is_admin: true, ..READER }, "group.not_admin"),
        Action::GroupDelete | Action::GroupTransfer => {
            group(Rights { is_owner: true, ..READER }, "group.not_owner")
        }
        Action::MessageEdit | Action::MessageDelete | Action::ThreadClose => Case {
            allowed: member_with(READER).as_author(true),
            denied: member_with(READER),
            code: "message.not_author",
        },
    }
}

#[test]
fn every_row_allows_its_own_and_denies_the_rest_with_its_code() {
    for (at, action) in Action::ALL.into_iter().enumerate() {
        assert_eq!(action as usize, at, "{action:?} is where the table has it");
        let Case { allowed, denied, code } = case(action);
        assert!(allows(action, &allowed) && check(action, &allowed).is_ok(), "{action:?} allows");
        assert!(!allows(action, &denied), "{action:?} denies");
        let refused = check(action, &denied).unwrap_err();
        let kind = if code.ends_with("not_found") { Kind::NotFound } else { Kind::Forbidden };
        assert_eq!((refused.code(), refused.kind()), (code, kind), "{action:?}");
    }
}

/// What a key needs for each row, written down a second time.
fn scope(action: Action) -> Scope {
    match action {
        Action::WorkspaceView | Action::GroupRead => Scope::ChatRead,
        Action::AgentUse
        | Action::SessionOwn
        | Action::GroupTakePart
        | Action::GroupPost
        | Action::GroupReact
        | Action::GroupAttach
        | Action::GroupPin
        | Action::MessageEdit
        | Action::MessageDelete
        | Action::ThreadClose => Scope::ChatSend,
        Action::GroupCreate
        | Action::GroupCreatePublic
        | Action::GroupDeleteOthers
        | Action::GroupManage
        | Action::GroupDelete
        | Action::GroupTransfer => Scope::GroupsManage,
        Action::WorkspaceInvite | Action::GroupInvite => Scope::MembersInvite,
        _ => Scope::Admin,
    }
}

fn key_with(scopes: impl IntoIterator<Item = Scope>) -> Grant {
    Grant::Scoped(scopes.into_iter().collect())
}

#[test]
fn every_row_takes_its_scope_from_a_key_and_no_other() {
    for action in Action::ALL {
        let (Case { allowed, denied, code }, needed) = (case(action), scope(action));
        let others = Scope::ALL.into_iter().filter(|scope| *scope != needed);
        let (enough, lacking) = (key_with([needed]), key_with(others));
        assert!(check(action, &allowed.by(enough)).is_ok(), "{action:?}");
        assert!(check(action, &allowed.by(Grant::Master)).is_ok(), "{action:?}");
        for grant in [lacking, Grant::Scoped(Scopes::default())] {
            let refused = check(action, &allowed.by(grant)).unwrap_err();
            assert!(!allows(action, &allowed.by(grant)), "{action:?}");
            assert_eq!(
                (refused.code(), refused.kind()),
                ("key.missing_scope", Kind::Forbidden),
                "{action:?}"
            );
            assert!(refused.message().ends_with(needed.name()), "{action:?}: {refused}");
            assert_eq!(check_scope(action, grant).unwrap_err().code(), "key.missing_scope");
        }
        // A key opens nothing that its user may not, and tells them no more of it.
        for grant in [enough, lacking] {
            let refused = check(action, &denied.by(grant)).unwrap_err();
            assert_eq!(refused.code(), code, "{action:?}");
        }
    }
}

#[test]
fn a_key_deletes_what_others_posted_only_where_it_runs_groups() {
    let moderator = member_with(Rights { can_delete_others: true, ..READER });
    for (author, needed) in [(true, Scope::ChatSend), (false, Scope::GroupsManage)] {
        for scope in Scope::ALL {
            let standing = moderator.as_author(author).by(key_with([scope]));
            assert_eq!(allows(Action::MessageDelete, &standing), scope == needed, "{author} {scope:?}");
        }
    }
}

#[test]
fn a_stranger_is_denied_everything_and_told_of_nothing() {
    let group =
        GroupRights { member: Some(Rights::ALL), is_public: true, is_overseen: false, is_archived: false };
    for action in Action::ALL {
        for standing in [STRANGER, STRANGER.in_group(group).as_author(true)] {
            assert_eq!(check(action, &standing).unwrap_err().code(), "workspace.not_found", "{action:?}");
        }
    }
}

#[test]
fn what_one_may_not_read_one_hears_nothing_of() {
    let blind = Rights { can_read: false, ..Rights::ALL };
    let of_groups = Action::ALL.into_iter().skip_while(|action| *action != Action::GroupRead);
    for action in of_groups {
        assert_eq!(
            check(action, &member_with(blind).as_author(true)).unwrap_err().code(),
            "group.not_found",
            "{action:?}"
        );
    }
}

#[test]
fn a_public_group_is_read_by_members_of_the_workspace_and_not_by_guests() {
    assert!(allows(Action::GroupRead, &MEMBER.in_group(PUBLIC)));
    assert!(!allows(Action::GroupRead, &Standing::of(Role::Guest).in_group(PUBLIC)));
    assert_eq!(check(Action::GroupPost, &MEMBER.in_group(PUBLIC)).unwrap_err().code(), "group.read_only");
    let joined = GroupRights { member: Some(Rights::default_in(GroupKind::Group)), ..PUBLIC };
    assert!(allows(Action::GroupPost, &Standing::of(Role::Guest).in_group(joined)));
}

#[test]
fn an_archived_group_takes_no_posts_and_says_why() {
    let archived =
        GroupRights { member: Some(Rights::ALL), is_public: false, is_overseen: false, is_archived: true };
    for action in [Action::GroupPost, Action::GroupReact, Action::ThreadClose] {
        assert_eq!(check(action, &MEMBER.in_group(archived)).unwrap_err().code(), "group.archived");
    }
    assert!(allows(Action::GroupRead, &MEMBER.in_group(archived)));
}

#[test]
fn a_thread_is_closed_by_whose_message_it_is_about_and_by_who_runs_the_group() {
    for rights in [Rights { is_admin: true, ..READER }, Rights { is_owner: true, ..READER }] {
        assert!(allows(Action::ThreadClose, &member_with(rights)));
    }
    let moderator = member_with(Rights { can_delete_others: true, can_write: true, ..READER });
    assert!(!allows(Action::ThreadClose, &moderator));
    assert!(allows(Action::ThreadClose, &moderator.as_author(true)));
}

#[test]
fn owners_of_the_workspace_reach_groups_they_are_not_in() {
    let private = GroupRights::default();
    for action in [Action::GroupDelete, Action::GroupTransfer] {
        assert!(allows(action, &Standing::of(Role::Owner).in_group(private)));
        assert_eq!(
            check(action, &Standing::of(Role::Admin).in_group(private)).unwrap_err().code(),
            "group.not_found"
        );
    }
}

#[test]
fn whoever_runs_the_workspace_reads_what_is_overseen_and_nothing_else_that_they_are_not_in() {
    for who in [Standing::of(Role::Admin), Standing::of(Role::Owner), MEMBER.by(Grant::Master)] {
        assert!(allows(Action::GroupReadAny, &who.in_group(OVERSEEN)));
        assert!(!allows(Action::GroupRead, &who.in_group(OVERSEEN)));
        assert!(!allows(Action::GroupReadAny, &who.in_group(GroupRights::default())));
    }
    assert!(!allows(Action::GroupReadAny, &MEMBER.in_group(OVERSEEN)));
    let overseen: Vec<_> = GroupKind::ALL.into_iter().filter(|kind| kind.is_overseen()).collect();
    assert_eq!(overseen, [GroupKind::Record, GroupKind::Support]);
}

#[test]
fn whoever_may_delete_what_others_posted_may_not_edit_it() {
    let moderator = member_with(Rights { can_delete_others: true, ..READER });
    assert!(allows(Action::MessageDelete, &moderator));
    assert!(!allows(Action::MessageEdit, &moderator));
}

#[test]
fn default_rights_are_those_of_the_kind() {
    let of = |kind| {
        let Rights { can_read, can_write, can_attach, can_pin, .. } = Rights::default_in(kind);
        [can_read, can_write, can_attach, can_pin]
    };
    assert_eq!(of(GroupKind::Direct), [true; 4]);
    assert_eq!(of(GroupKind::Group), [true, true, true, false]);
    for kind in [GroupKind::Record, GroupKind::Support] {
        assert_eq!(of(kind), of(GroupKind::Group));
    }
    assert_eq!(of(GroupKind::Channel), [true, false, false, false]);
    for kind in GroupKind::ALL {
        let Rights { is_owner, is_admin, can_invite, can_delete_others, .. } = Rights::default_in(kind);
        assert_eq!([is_owner, is_admin, can_invite, can_delete_others], [false; 4]);
    }
}

#[test]
fn nobody_reaches_above_themselves() {
    let roles = [Role::Guest, Role::Member, Role::Admin, Role::Owner];
    for own in roles {
        for other in roles {
            assert_eq!(check_reach(own, Some(other), None).is_ok(), other <= own);
            assert_eq!(check_reach(own, Some(Role::Guest), Some(other)).is_ok(), other <= own);
        }
    }
}
