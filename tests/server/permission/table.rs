//! The permission table as it meets whoever asks: for each row, where it is asked for, who may, and who may not.

use parlance_workspace::permission::Action;
use serde_json::{Value, json};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Owns the workspace, and is in none of its groups; so is every other one down to the stranger.
    WorkspaceOwner,
    Admin,
    Colleague,
    Guest,
    /// Is of another workspace.
    Stranger,
    /// Has every right in the group.
    GroupOwner,
    /// Runs the group and reads it, no more; those who follow have what they are called for and read the group.
    GroupAdmin,
    Inviter,
    /// Also writes.
    Moderator,
    Writer,
    Reader,
    /// Is in the group and may not read it.
    Blind,
}

/// Where a row is asked for.
#[derive(Clone, Debug)]
pub(super) enum Door {
    /// An operation by its name in the OpenAPI document, and its body.
    Http(&'static str, Value),
    /// A frame, and its data.
    Frame(&'static str, Value),
}

/// One row of the table.
pub(super) struct Row {
    pub(super) doors: Vec<Door>,
    pub(super) may: &'static [Who],
    pub(super) may_not: Vec<(Who, &'static str)>,
}

use Door::{Frame, Http};
use Who::{
    Admin, Blind, Colleague, GroupAdmin, GroupOwner, Guest, Inviter, Moderator, Reader, Stranger,
    WorkspaceOwner, Writer,
};

const ROLE: &str = "workspace.insufficient_role";
const NO_WORKSPACE: &str = "workspace.not_found";
const NO_GROUP: &str = "group.not_found";
const READ_ONLY: &str = "group.read_only";
const NOT_ADMIN: &str = "group.not_admin";
const NOT_OWNER: &str = "group.not_owner";
const NOT_AUTHOR: &str = "message.not_author";

/// Routes that take no right: what they are about is the caller's own, or they are asked with the right of the group that
/// they name.
pub(super) const OWN: [&str; 22] = [
    "get /api/chat/groups",
    "get /api/chat/unread",
    "get /api/chat/folders",
    "post /api/chat/folders",
    "patch /api/chat/folders/{folder_id}",
    "delete /api/chat/folders/{folder_id}",
    "get /api/chat/ws",
    "get /api/chat/ws/{id}",
    "get /api/workspaces",
    "post /api/workspaces",
    "patch /api/workspaces/{id}/members/me",
    "post /api/workspaces/{id}/leave",
    "post /api/auth/keys/login",
    "post /api/auth/keys/logout",
    "post /api/chat/changes",
    "get /api/chat/me",
    "patch /api/chat/me",
    "presence.update",
    "presence.watch",
    "ping",
    "group.unwatch",
    "resume",
];

/// The row of this action; none where nothing can be asked for it yet.
pub(super) fn row(action: Action) -> Option<Row> {
    Some(match action {
        Action::WorkspaceView => of_workspace(
            [
                Http("get /api/workspaces/{id}", Value::Null),
                Http("get /api/workspaces/{id}/members", Value::Null),
                Http("get /api/workspaces/{id}/users", Value::Null),
                Http("get /api/chat/groups/discover", Value::Null),
            ],
            &[Colleague, Admin, WorkspaceOwner],
            &[Guest],
        ),
        Action::GroupCreate => of_workspace(
            [
                Http("post /api/chat/groups", json!({ "kind": "group", "name": "new" })),
                Http("post /api/chat/direct/{user_id}", Value::Null),
                Http("put /api/chat/records/{record_type}/{record_id}", json!({})),
            ],
            &[Colleague],
            &[Guest],
        ),
        Action::GroupCreatePublic => {
            let public = json!({ "kind": "group", "name": "new", "visibility": "public" });
            of_workspace(
                [Http("post /api/chat/groups", public)],
                &[Admin, WorkspaceOwner],
                &[Colleague, Guest],
            )
        }
        Action::WorkspaceUpdate => of_workspace(
            [Http("patch /api/workspaces/{id}", json!({ "name": "Renamed" }))],
            &[Admin, WorkspaceOwner],
            &[Colleague, Guest],
        ),
        Action::GroupListAll => of_workspace(
            [Http("get /api/chat/groups/all", Value::Null)],
            &[Admin, WorkspaceOwner],
            &[Colleague, Guest],
        ),
        Action::WorkspaceManageMembers => of_workspace(
            [
                Http("post /api/workspaces/{id}/members", json!({ "user_id": "{newcomer}" })),
                Http("patch /api/workspaces/{id}/members/{user_id}", json!({ "role": "guest" })),
                Http("delete /api/workspaces/{id}/members/{user_id}", Value::Null),
            ],
            &[Admin, WorkspaceOwner],
            &[Colleague, Guest],
        ),
        Action::KeyManage => {
            let new = json!({ "kind": "scoped", "name": "new", "scopes": ["chat.read"] });
            of_workspace(
                [
                    Http("get /api/auth/keys", Value::Null),
                    Http("post /api/auth/keys", new),
                    Http("delete /api/auth/keys/{id}", Value::Null),
                ],
                &[Admin, WorkspaceOwner],
                &[Colleague, Guest],
            )
        }
        Action::WorkspaceDelete => of_workspace(
            [
                Http("get /api/workspaces/{id}/delete-preview", Value::Null),
                Http("delete /api/workspaces/{id}", Value::Null),
            ],
            &[WorkspaceOwner],
            &[Admin, Colleague, Guest],
        ),
        Action::WorkspaceTransfer => of_workspace(
            [Http("post /api/workspaces/{id}/transfer", json!({ "user_id": "{colleague}" }))],
            &[WorkspaceOwner],
            &[Admin, Colleague, Guest],
        ),
        Action::GroupRead
        | Action::GroupReadAny
        | Action::GroupTakePart
        | Action::GroupPost
        | Action::GroupReact
        | Action::GroupInvite
        | Action::GroupPin
        | Action::GroupDeleteOthers
        | Action::GroupManage
        | Action::GroupDelete
        | Action::GroupTransfer
        | Action::MessageEdit
        | Action::MessageDelete
        | Action::ThreadClose => group_row(action)?,
        Action::AgentUse
        | Action::SessionOwn
        | Action::WorkspaceInvite
        | Action::WebhookManage
        | Action::AuditRead
        | Action::BillingManage
        | Action::GroupAttach => return None,
    })
}

fn group_row(action: Action) -> Option<Row> {
    let group = json!({ "group_id": "{group}" });
    let said = json!({ "content": "hello" });
    let message = json!({ "group_id": "{group}", "message_id": "{message}" });
    Some(match action {
        Action::GroupRead => of_group(
            reading().into_iter().chain([Frame("group.watch", group)]).collect::<Vec<_>>(),
            &[Reader],
            &[],
        ),
        Action::GroupReadAny => Row {
            doors: reading().into(),
            may: &[Admin, WorkspaceOwner],
            may_not: [Colleague, Guest, Reader, Stranger].map(|who| (who, NO_GROUP)).into(),
        },
        Action::GroupTakePart => of_group(
            [
                Http("post /api/chat/groups/{id}/read", json!({ "seq": 1 })),
                Http("post /api/chat/groups/{id}/unread", json!({ "seq": 1 })),
                Frame("read.ack", json!({ "group_id": "{group}", "seq": 1 })),
                Http("patch /api/chat/groups/{id}/me", json!({ "pinned": true })),
                Http("put /api/chat/groups/{id}/threads/{message_id}/follow", Value::Null),
                Http("delete /api/chat/groups/{id}/threads/{message_id}/follow", Value::Null),
                Http("put /api/chat/groups/{id}/draft", json!({ "content": "well" })),
                Http("get /api/chat/groups/{id}/draft", Value::Null),
                Http("delete /api/chat/groups/{id}/draft", Value::Null),
                Http("get /api/chat/groups/{id}/scheduled", Value::Null),
                Http("delete /api/chat/groups/{id}/scheduled/{scheduled_id}", Value::Null),
                Http("post /api/chat/groups/{id}/join", Value::Null),
                Http("post /api/chat/groups/{id}/leave", Value::Null),
            ],
            &[Reader],
            &[],
        ),
        Action::GroupPost => of_group(
            [
                Http("post /api/chat/groups/{id}/messages", said),
                Http(
                    "post /api/chat/groups/{id}/messages/{message_id}/forward",
                    json!({ "group_id": "{group}" }),
                ),
                Frame("message.send", json!({ "group_id": "{group}", "content": "hello" })),
                Http("post /api/chat/groups/{id}/typing", json!({ "active": true })),
                Frame("typing.start", group.clone()),
                Frame("typing.stop", group),
            ],
            &[Writer, GroupOwner],
            &[(Reader, READ_ONLY), (GroupAdmin, READ_ONLY)],
        ),
        Action::GroupReact => of_group(
            [
                Http(
                    "post /api/chat/groups/{id}/messages/{message_id}/reactions",
                    json!({ "emoji": "x", "on": true }),
                ),
                Frame(
                    "message.react",
                    json!({ "group_id": "{group}", "message_id": "{message}", "emoji": "x", "on": true }),
                ),
            ],
            &[Reader, Writer, GroupOwner],
            &[],
        ),
        Action::GroupInvite => of_group(
            [Http("post /api/chat/groups/{id}/members", json!({ "user_ids": ["{colleague}"] }))],
            &[Inviter, GroupOwner],
            &[(Writer, "group.missing_right"), (GroupAdmin, "group.missing_right")],
        ),
        Action::GroupPin => of_group(
            [
                Http("post /api/chat/groups/{id}/messages/{message_id}/pin", json!({ "pinned": true })),
                Frame(
                    "message.pin",
                    json!({ "group_id": "{group}", "message_id": "{message}", "pinned": true }),
                ),
            ],
            &[GroupOwner],
            &[(Writer, "group.missing_right"), (GroupAdmin, "group.missing_right")],
        ),
        Action::GroupManage => of_group(
            [
                Http("patch /api/chat/groups/{id}", json!({ "name": "renamed" })),
                Http("post /api/chat/groups/{id}/clear", Value::Null),
                Http("post /api/chat/groups/{id}/archive", Value::Null),
                Http("post /api/chat/groups/{id}/restore", Value::Null),
                Http("patch /api/chat/groups/{id}/members/{user_id}", json!({ "can_pin": true })),
                Http("delete /api/chat/groups/{id}/members/{user_id}", Value::Null),
            ],
            &[GroupAdmin, GroupOwner],
            &[(Moderator, NOT_ADMIN), (Reader, NOT_ADMIN)],
        ),
        Action::GroupDelete => of_group_and_owner([Http("delete /api/chat/groups/{id}", Value::Null)]),
        Action::GroupTransfer => of_group_and_owner([
            Http("patch /api/chat/groups/{id}/members/{user_id}", json!({ "is_owner": true })),
            Http("post /api/chat/groups/{id}/transfer", json!({ "user_id": "{member}" })),
        ]),
        Action::MessageEdit => of_group(
            [
                Http("patch /api/chat/groups/{id}/messages/{message_id}", said),
                Frame(
                    "message.edit",
                    json!({ "group_id": "{group}", "message_id": "{message}", "content": "hello" }),
                ),
            ],
            &[Writer],
            &[(Moderator, NOT_AUTHOR), (GroupOwner, NOT_AUTHOR), (Reader, READ_ONLY)],
        ),
        Action::MessageDelete => {
            of_group(deleting(message), &[Writer], &[(Reader, NOT_AUTHOR), (GroupAdmin, NOT_AUTHOR)])
        }
        Action::ThreadClose => {
            let close =
                Http("post /api/chat/groups/{id}/threads/{message_id}/close", json!({ "closed": true }));
            let may_not = &[(Reader, NOT_AUTHOR), (Moderator, NOT_AUTHOR)];
            of_group([close], &[Writer, GroupAdmin, GroupOwner], may_not)
        }
        Action::GroupDeleteOthers => of_group(
            deleting(message),
            &[Moderator, GroupOwner],
            &[(Reader, NOT_AUTHOR), (Inviter, NOT_AUTHOR)],
        ),
        _ => return None,
    })
}

fn reading() -> [Door; 12] {
    [
        "get /api/chat/groups/{id}",
        "get /api/chat/groups/{id}/members",
        "get /api/chat/groups/{id}/messages",
        "get /api/chat/groups/{id}/messages/{message_id}",
        "get /api/chat/groups/{id}/messages/{message_id}/history",
        "get /api/chat/groups/{id}/messages/{message_id}/reactions",
        "get /api/chat/groups/{id}/messages/{message_id}/thread",
        "get /api/chat/groups/{id}/threads",
        "get /api/chat/groups/{id}/mentions/suggest",
        "get /api/chat/groups/{id}/receipts",
        "get /api/chat/groups/{id}/changes",
        "get /api/chat/groups/{id}/pins",
    ]
    .map(|operation| Http(operation, Value::Null))
}

fn deleting(message: Value) -> [Door; 2] {
    let over_http = Http("delete /api/chat/groups/{id}/messages/{message_id}", Value::Null);
    [over_http, Frame("message.delete", message)]
}

fn of_workspace(doors: impl Into<Vec<Door>>, may: &'static [Who], may_not: &'static [Who]) -> Row {
    let mut may_not: Vec<_> = may_not.iter().map(|who| (*who, ROLE)).collect();
    may_not.push((Stranger, NO_WORKSPACE));
    Row { doors: doors.into(), may, may_not }
}

/// Whoever does not read the group does not know of it, whatever they are in the workspace.
fn of_group(
    doors: impl Into<Vec<Door>>,
    may: &'static [Who],
    may_not: &'static [(Who, &'static str)],
) -> Row {
    let unaware = [Blind, WorkspaceOwner, Admin, Colleague, Guest, Stranger].map(|who| (who, NO_GROUP));
    Row { doors: doors.into(), may, may_not: [&unaware, may_not].concat() }
}

fn of_group_and_owner(doors: impl Into<Vec<Door>>) -> Row {
    let row = of_group(doors, &[GroupOwner, WorkspaceOwner], &[(GroupAdmin, NOT_OWNER), (Writer, NOT_OWNER)]);
    let may_not = row.may_not.into_iter().filter(|(who, _)| *who != WorkspaceOwner).collect();
    Row { may_not, ..row }
}
