//! How somebody with an open socket loses a right: each way with who does it and what the socket gets.

use std::net::SocketAddr;

use http::Method;
use parlance_base::{KeyId, Scope, StreamId, UserId};
use parlance_client::{Client, GroupChange, InWorkspace, NewGroup, NewKey, RightsChange, Role, Visibility};
use serde_json::json;

use crate::{
    raw::Raw,
    world::{PASSWORD, Person, World},
};

/// How a right is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    RemovedFromGroup,
    LeftGroup,
    MayNotReadGroup,
    /// They read it as everybody of the workspace could.
    GroupMadePrivate,
    GroupDeleted,
    RemovedFromWorkspace,
    LeftWorkspace,
    WorkspaceDeleted,
    MadeGuest,
    AdminMadeMember,
    LoggedOut,
    SignInEnded,
    OtherSignInsEnded,
    PasswordChanged,
    Erased,
    KeyDeleted,
    /// The next login of an embedded user replaces their key.
    KeyReplaced,
    KeyLoggedOut,
    /// An application acted as an embedded user, by this key.
    MasterKeyDeleted,
    /// The same, and who made the key goes.
    MasterKeysMakerRemoved,
    /// The same, and who made the key runs the workspace no longer.
    MasterKeysMakerMadeMember,
}

use Way::{
    AdminMadeMember, Erased, GroupDeleted, GroupMadePrivate, KeyDeleted, KeyLoggedOut, KeyReplaced,
    LeftGroup, LeftWorkspace, LoggedOut, MadeGuest, MasterKeyDeleted, MasterKeysMakerMadeMember,
    MasterKeysMakerRemoved, MayNotReadGroup, OtherSignInsEnded, PasswordChanged, RemovedFromGroup,
    RemovedFromWorkspace, SignInEnded, WorkspaceDeleted,
};

impl Way {
    pub(super) const ALL: [Self; 21] = [
        RemovedFromGroup,
        LeftGroup,
        MayNotReadGroup,
        GroupMadePrivate,
        GroupDeleted,
        RemovedFromWorkspace,
        LeftWorkspace,
        WorkspaceDeleted,
        MadeGuest,
        AdminMadeMember,
        LoggedOut,
        SignInEnded,
        OtherSignInsEnded,
        PasswordChanged,
        Erased,
        KeyDeleted,
        KeyReplaced,
        KeyLoggedOut,
        MasterKeyDeleted,
        MasterKeysMakerRemoved,
        MasterKeysMakerMadeMember,
    ];

    /// What the socket is closed with where that is `told` by a node, and where it is found out; none where it stays open
    /// without the group.
    pub(super) const fn closes_with(self, told: bool) -> Option<u16> {
        match self {
            RemovedFromGroup | LeftGroup | MayNotReadGroup | GroupMadePrivate | GroupDeleted => None,
            RemovedFromWorkspace | LeftWorkspace | WorkspaceDeleted => Some(4003),
            MadeGuest | AdminMadeMember => Some(4012),
            // Whether the key ends with the role is only seen when somebody looks.
            MasterKeysMakerMadeMember if told => Some(4012),
            _ => Some(4010),
        }
    }

    /// Whether nobody has the group afterwards.
    pub(super) const fn ends_the_group(self) -> bool {
        matches!(self, GroupDeleted | WorkspaceDeleted)
    }

    /// What the loser is in the workspace.
    const fn role(self) -> Role {
        match self {
            AdminMadeMember | KeyDeleted => Role::Admin,
            _ if self.is_by_master_key() => Role::Admin,
            _ => Role::Member,
        }
    }

    const fn is_by_master_key(self) -> bool {
        matches!(self, MasterKeyDeleted | MasterKeysMakerRemoved | MasterKeysMakerMadeMember)
    }
}

/// Somebody with a socket, who is about to lose a right.
pub(super) struct Loser {
    pub(super) way: Way,
    /// Who owns the workspace, and the group.
    pub(super) owner: InWorkspace,
    pub(super) group: StreamId,
    pub(super) socket: Raw,
    /// A member of the workspace: whose socket it is, or whose key.
    person: Person,
    key: Option<KeyId>,
    /// By a master key of the owner's.
    application: InWorkspace,
}

/// What a socket is opened with.
struct Proof {
    token: String,
    acting_as: Option<&'static str>,
    user: UserId,
    key: Option<KeyId>,
}

/// How the application calls its user.
const EMBEDDED: &str = "u1";

impl Loser {
    /// In a new workspace of the founder's, with their socket at this address.
    pub(super) async fn by(way: Way, world: &World, founder: &Person, at: SocketAddr) -> Self {
        let name = format!("{way:?}").to_lowercase();
        let made = founder.here.client().create_workspace(&name, &name).await.unwrap();
        let here = founder.here.client().in_workspace(made.id.to_string());
        let founder = Person { id: founder.id, email: founder.email.clone(), here };
        let person = world.colleague(&founder, &name).await;
        let Person { here: owner, .. } = founder;
        owner.set_role(person.id, way.role()).await.unwrap();
        let master =
            owner.make_key(&NewKey::master("the application").with_password(PASSWORD)).await.unwrap();
        let application = owner.client().with_key(master.api_key).in_workspace(owner.named());
        let proof = Proof::of(way, &person, &application).await;
        let mut new = NewGroup::named("General");
        if way == GroupMadePrivate {
            new = new.public()
        } else {
            new = new.with_members([proof.user])
        }
        let group = owner.create_group(&new).await.unwrap().id;
        let mut socket = proof.open(at, owner.named()).await;
        if way == GroupMadePrivate {
            let data = json!({ "group_id": group });
            socket.send(json!({ "type": "group.watch", "id": "watch", "data": data })).await;
            assert_eq!(socket.until("ok").await["id"], "watch");
        }
        Self { way, owner, group, socket, person, key: proof.key, application }
    }

    /// Takes the right, by the node that the owner and the people ask; answers once that node has said that it is so.
    pub(super) async fn lose(&self) {
        let Self { owner, group, person, application, .. } = self;
        let (group, mine) = (*group, person.here.client());
        match self.way {
            RemovedFromGroup => owner.remove_member(group, person.id).await,
            LeftGroup => person.here.leave_group(group).await,
            MayNotReadGroup => {
                let blind = RightsChange { can_read: Some(false), ..RightsChange::default() };
                owner.update_member(group, person.id, &blind).await.map(drop)
            }
            GroupMadePrivate => {
                let private = GroupChange { visibility: Some(Visibility::Private), ..GroupChange::default() };
                owner.update_group(group, &private).await.map(drop)
            }
            GroupDeleted => owner.delete_group(group).await,
            RemovedFromWorkspace | MasterKeysMakerRemoved => owner.remove_workspace_member(person.id).await,
            LeftWorkspace => person.here.leave_workspace().await,
            WorkspaceDeleted => owner.delete_workspace().await,
            MadeGuest => owner.set_role(person.id, Role::Guest).await.map(drop),
            AdminMadeMember | MasterKeysMakerMadeMember => {
                owner.set_role(person.id, Role::Member).await.map(drop)
            }
            LoggedOut => mine.logout().await,
            SignInEnded => {
                let all = mine.sign_ins().await.unwrap();
                let current = all.iter().find(|sign_in| sign_in.current).unwrap().id;
                self.again().await.end_sign_in(current).await
            }
            OtherSignInsEnded => self.again().await.end_other_sign_ins().await,
            PasswordChanged => self.again().await.change_password(PASSWORD, "another horse battery").await,
            Erased => {
                let proof = json!({ "password": PASSWORD });
                let (status, ..) = mine.request(Method::DELETE, "/api/auth/me", Some(&proof)).await.unwrap();
                assert_eq!(status, 204);
                Ok(())
            }
            KeyDeleted | MasterKeyDeleted => owner.delete_key(self.key.unwrap()).await,
            KeyReplaced => application.key_login(EMBEDDED, "Uma", None).await.map(drop),
            KeyLoggedOut => application.key_logout(EMBEDDED).await,
        }
        .unwrap();
    }

    /// The person by another sign-in.
    async fn again(&self) -> Client {
        let again = self.owner.client().signed_out();
        again.login(&self.person.email, PASSWORD).await.unwrap();
        again
    }
}

impl Proof {
    async fn of(way: Way, person: &Person, application: &InWorkspace) -> Self {
        let (acting_as, key) = (way.is_by_master_key().then_some(EMBEDDED), None);
        if way == KeyDeleted {
            let made = person.here.make_key(&NewKey::scoped("bot", [Scope::ChatRead])).await.unwrap();
            return Self { token: made.api_key, acting_as, user: person.id, key: Some(made.key.id) };
        }
        if !way.is_by_master_key() && !matches!(way, KeyReplaced | KeyLoggedOut) {
            let token = person.here.client().access_token().await.unwrap().unwrap();
            return Self { token, acting_as, user: person.id, key };
        }
        let embedded = application.key_login(EMBEDDED, "Uma", None).await.unwrap();
        if !way.is_by_master_key() {
            return Self { token: embedded.api_key, acting_as, user: embedded.user.id, key };
        }
        let made =
            person.here.make_key(&NewKey::master("the person's").with_password(PASSWORD)).await.unwrap();
        Self { token: made.api_key, acting_as, user: embedded.user.id, key: Some(made.key.id) }
    }

    async fn open(&self, at: SocketAddr, workspace: &str) -> Raw {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(self.acting_as.map(|named| ("parlance-act-as", named)));
        let mut socket = Raw::open_at(at, &format!("?workspace={workspace}"), &headers).await.unwrap();
        assert_eq!(socket.until("ready").await["data"]["user"]["id"], json!(self.user));
        socket
    }
}
