//! Everybody whom the permission table tells apart, and what they ask about: a workspace with a group, messages and a key.

use std::{net::SocketAddr, time::Duration};

use futures::future::join_all;
use http::Method;
use parlance_base::{Clock as _, Scope, SystemClock, UserId};
use parlance_client::{
    AddMember, InWorkspace, NewDraft, NewGroup, NewKey, NewMessage, RightsChange, Role, Schedule, Whom,
};
use parlance_workspace::permission::Action;
use serde_json::{Value, json};

use super::table::{
    Door::{self, Frame, Http},
    Who::{
        self, Admin, Blind, Colleague, GroupAdmin, GroupOwner, Guest, Inviter, Moderator, Reader, Stranger,
        WorkspaceOwner, Writer,
    },
};
use crate::{
    raw::Raw,
    world::{Person, World},
};

/// Who are members of the workspace, with what they are there.
const OF_WORKSPACE: [(Who, Role); 10] = [
    (Admin, Role::Admin),
    (Colleague, Role::Member),
    (Guest, Role::Guest),
    (GroupOwner, Role::Member),
    (GroupAdmin, Role::Member),
    (Inviter, Role::Member),
    (Moderator, Role::Member),
    (Writer, Role::Member),
    (Reader, Role::Member),
    (Blind, Role::Member),
];

/// The people, who can be on many stages.
pub(super) struct People {
    /// Where their sockets are.
    address: SocketAddr,
    owner: Person,
    stranger: Person,
    newcomer: Person,
    members: Vec<(Who, Person)>,
}

/// A workspace of its own for them.
pub(super) struct Stage<'a> {
    people: &'a People,
    workspace: String,
    group: String,
    key: String,
    /// What the writer said.
    writers: String,
    /// What the group's owner said.
    owners: String,
    /// What the reader is to say later.
    scheduled: String,
    /// A group of a record, in which only the group's owner is, and what they said there.
    record: [String; 2],
}

impl People {
    pub(super) async fn of(world: &World) -> Self {
        let owner = world.founder("owner", "first").await;
        let stranger = world.founder("stranger", "elsewhere").await;
        let newcomer = world.founder("newcomer", "another").await;
        let members = OF_WORKSPACE.map(async |(who, _)| {
            let (id, client) = world.user(&format!("{who:?}").to_lowercase()).await;
            let here = client.in_workspace(String::new());
            (who, Person { id, email: String::new(), here })
        });
        let address = world.config.listen;
        Self { address, owner, stranger, newcomer, members: join_all(members).await }
    }

    fn get(&self, who: Who) -> &Person {
        match who {
            WorkspaceOwner => &self.owner,
            Stranger => &self.stranger,
            _ => &self.members.iter().find(|(of, _)| *of == who).unwrap().1,
        }
    }

    fn id(&self, who: Who) -> UserId {
        self.get(who).id
    }
}

/// What the group's owner lets these do, beside reading.
fn rights(who: Who) -> RightsChange {
    let reader = RightsChange { can_write: Some(false), can_attach: Some(false), ..RightsChange::default() };
    match who {
        GroupAdmin => RightsChange { is_admin: Some(true), ..reader },
        Inviter => RightsChange { can_invite: Some(true), ..reader },
        Moderator => RightsChange { can_delete_others: Some(true), ..RightsChange::default() },
        Writer => RightsChange::default(),
        Blind => RightsChange { can_read: Some(false), ..RightsChange::default() },
        _ => reader,
    }
}

impl<'a> Stage<'a> {
    /// In a new workspace of this name.
    pub(super) async fn set(people: &'a People, name: &str) -> Self {
        let made = people.owner.here.client().create_workspace(name, name).await.unwrap();
        let workspace = made.id.to_string();
        let here = |who| people.get(who).here.client().in_workspace(workspace.clone());
        let owner = here(WorkspaceOwner);
        for (who, role) in OF_WORKSPACE {
            let member = AddMember::new(Whom::UserId(people.id(who)));
            owner.add_workspace_member(&member).await.unwrap();
            owner.set_role(people.id(who), role).await.unwrap();
        }
        let key = owner.make_key(&NewKey::scoped("a key", [Scope::ChatRead])).await.unwrap().key.id;
        let members = [GroupAdmin, Inviter, Moderator, Writer, Reader, Blind];
        let new = NewGroup::named("us").with_members(members.map(|who| people.id(who)));
        let group = here(GroupOwner).create_group(&new).await.unwrap().id;
        let owners = here(GroupOwner).send(group, NewMessage::text("the owner's")).await.unwrap().id();
        let writers = here(Writer).send(group, NewMessage::text("the writer's")).await.unwrap().id();
        here(GroupOwner).send(group, NewMessage::text("a reply").in_thread(writers)).await.unwrap();
        let draft = NewDraft { content: "well".to_owned(), ..NewDraft::default() };
        here(Reader).keep_draft(group, &draft).await.unwrap();
        let later = SystemClock.now().after(Duration::from_secs(3_600));
        let later = here(Reader).schedule(group, NewMessage::text("later"), later).await.unwrap();
        let Schedule::Waiting(scheduled) = later else { panic!("{later:?}") };
        for who in members {
            here(GroupOwner).update_member(group, people.id(who), &rights(who)).await.unwrap();
        }
        let record = here(GroupOwner).create_group(&NewGroup::of_record("lead", "7")).await.unwrap().id;
        let of_record = here(GroupOwner).send(record, NewMessage::text("of the record")).await.unwrap().id();
        let record = [record.to_string(), of_record.to_string()];
        let [key, group, scheduled] = [key.to_string(), group.to_string(), scheduled.id.to_string()];
        let [writers, owners] = [writers, owners].map(|id| id.to_string());
        Self { people, workspace, group, key, writers, owners, scheduled, record }
    }

    /// All that could be changed.
    pub(super) async fn all(&self) -> Vec<Value> {
        let Self { workspace, group, .. } = self;
        let mut all = Vec::new();
        for (who, path) in [
            (WorkspaceOwner, format!("/api/workspaces/{workspace}")),
            (WorkspaceOwner, format!("/api/workspaces/{workspace}/members")),
            (WorkspaceOwner, format!("/api/chat/groups/{workspace}/changes?since=0")),
            (WorkspaceOwner, "/api/auth/keys".to_owned()),
            (GroupOwner, format!("/api/chat/groups/{group}/changes?since=0")),
            (GroupOwner, format!("/api/chat/groups/{group}/members")),
            (Guest, "/api/chat/groups".to_owned()),
            (Colleague, "/api/chat/groups".to_owned()),
        ] {
            let (status, _, body) = self.here(who).request(Method::GET, &path, None).await.unwrap();
            assert_eq!(status, 200, "{path}");
            all.push(body);
        }
        all
    }

    /// What this one gets who asks for the action there: the code of the refusal, if it is one.
    pub(super) async fn ask(&self, who: Who, action: Action, door: &Door) -> Option<String> {
        // Strangers ask for groups from where they are.
        let is_of_group = action as usize >= Action::GroupRead as usize;
        let here =
            if who == Stranger && is_of_group { self.people.stranger.here.clone() } else { self.here(who) };
        match door {
            Http(name, body) => self.call(&here, action, name, body).await,
            Frame(kind, data) => self.frame(&here, kind, &self.filled(action, data)).await,
        }
    }

    fn here(&self, who: Who) -> InWorkspace {
        self.people.get(who).here.client().in_workspace(self.workspace.clone())
    }

    async fn call(&self, here: &InWorkspace, action: Action, name: &str, body: &Value) -> Option<String> {
        let (method, template) = name.split_once(' ').unwrap();
        let in_workspaces = template.starts_with("/api/workspaces");
        let id = match template {
            _ if in_workspaces => &self.workspace,
            "/api/auth/keys/{id}" => &self.key,
            _ if action == Action::GroupReadAny => &self.record[0],
            _ => &self.group,
        };
        // Whom it is about: nobody who asks.
        let about = match action {
            Action::GroupCreate => Admin,
            _ if in_workspaces => Blind,
            _ => Inviter,
        };
        let path = template.replace("{id}", id).replace("{user_id}", &self.people.id(about).to_string());
        let path = path.replace("{message_id}", self.message(action));
        let path = path.replace("{scheduled_id}", &self.scheduled);
        let path = path.replace("{record_type}", "deal").replace("{record_id}", "42");
        let body = (!body.is_null()).then(|| self.filled(action, body));
        let method: Method = method.to_uppercase().parse().unwrap();
        let (status, _, answer) = here.request(method, &path, body.as_ref()).await.unwrap();
        let Some(code) = answer["error"]["code"].as_str() else {
            assert!(status.is_success(), "{name}: {status} {answer}");
            return None;
        };
        let expected = if code.ends_with("not_found") { 404 } else { 403 };
        assert_eq!(status, expected, "{name}: {answer}");
        Some(code.to_owned())
    }

    async fn frame(&self, here: &InWorkspace, kind: &str, data: &Value) -> Option<String> {
        let token = here.client().access_token().await.unwrap().unwrap();
        let query = format!("?workspace={}&token={token}", here.named());
        let mut socket = Raw::open_at(self.people.address, &query, &[]).await.unwrap();
        socket.until("ready").await;
        socket.send(json!({ "type": kind, "id": "asked", "data": data })).await;
        loop {
            let frame = socket.next().await.unwrap();
            if frame["id"] == "asked" {
                return frame["error"]["code"].as_str().map(str::to_owned);
            }
        }
    }

    /// The message that the action is about.
    fn message(&self, action: Action) -> &str {
        match action {
            Action::GroupDeleteOthers => &self.owners,
            Action::GroupReadAny => &self.record[1],
            _ => &self.writers,
        }
    }

    /// The same with the ids of this stage.
    fn filled(&self, action: Action, value: &Value) -> Value {
        let [colleague, member, newcomer] =
            [self.people.id(Colleague), self.people.id(Inviter), self.people.newcomer.id]
                .map(|id| id.to_string());
        let text = value.to_string().replace("{group}", &self.group).replace("{colleague}", &colleague);
        let text = text
            .replace("{member}", &member)
            .replace("{newcomer}", &newcomer)
            .replace("{message}", self.message(action));
        serde_json::from_str(&text).unwrap()
    }
}
