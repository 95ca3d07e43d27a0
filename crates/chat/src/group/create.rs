//! Makes a group, or finds the one that its maker, or its two people, have already.

use parlance_base::{Caller, Result, StreamId, UserId};
use parlance_stream::{Head, Plan, Read, Receipt, Step, View};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{DefaultRights, Details, Group, GroupHistory, GroupKind, Record, Visibility, newcomers};
use crate::{
    chat::{By, invalid},
    event, group,
    member::{self, Member, Person, Rights},
    outbox, permission,
};

const MAX_NAME: usize = 80;
const MAX_DESCRIPTION: usize = 1_000;
const MAX_MEMBERS: usize = 100;
const MAX_CLIENT_ID: usize = 64;

/// A group that is to be.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// A name of the maker's own, up to 64 characters: asking again under it answers the same group.
    pub client_id: Option<String>,
    /// What it is for.
    pub kind: GroupKind,
    /// Its name, 1–80 characters; none for a direct group.
    pub name: Option<String>,
    /// What it is about, up to 1,000 characters.
    pub description: Option<String>,
    /// Who may find and read it.
    #[serde(default)]
    pub visibility: Visibility,
    /// What those may who become members, where it is not what the kind gives them.
    #[serde(default)]
    pub default_rights: DefaultRights,
    /// How much new members see of what was said before.
    #[serde(default)]
    pub history: GroupHistory,
    /// Its first members beside the maker, up to 100.
    #[serde(default)]
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub member_ids: Vec<UserId>,
    /// For a record's group: what kind of object it is about, 1–64 characters.
    pub record_type: Option<String>,
    /// For a record's group: which object, 1–128 characters.
    pub record_id: Option<String>,
}

impl By {
    /// Makes the group; false where it was there already.
    ///
    /// # Errors
    /// 403 where the caller may not make such a group; 404 `user.not_found`, `group.not_found` for one that was deleted; 409 `member.too_many_groups`; 422 for what no group can be; 429 `rate.limited`.
    pub async fn create_group(&self, mut new: NewGroup) -> Result<(Group, bool)> {
        let record = Record::of(&new)?;
        if new.kind == GroupKind::Direct {
            let [other] = new.member_ids[..] else {
                return Err(invalid("group.not_two", "a direct group has exactly one other member"));
            };
            return self.direct(other).await;
        }
        self.chat.shared.pace.change_group(self.user())?;
        self.noted(None, permission::check_make(&self.caller, new.visibility))?;
        if let Some(record) = &record {
            new.name.get_or_insert_with(|| record.name());
        }
        check(&new)?;
        let (workspace, user) = (self.workspace().to_string(), self.user().to_string());
        let id = match (&record, &new.client_id) {
            (Some(record), _) => self.group_of_record(record).await?,
            (None, Some(client_id)) => StreamId::derived(&["group", &workspace, &user, client_id]),
            (None, None) => self.chat.shared.ids.next(),
        };
        let people = self.people(new.member_ids.iter().copied().chain([self.user()])).await?;
        let NewGroup { description, default_rights, history, .. } = new;
        let details = Details { description, default_rights, history, record, ..Details::default() };
        self.make(Create {
            id,
            kind: new.kind,
            name: new.name,
            visibility: new.visibility,
            details,
            people,
            caller: self.caller.clone(),
        })
        .await
    }

    /// The direct group with the other user; false where it was there already.
    ///
    /// # Errors
    /// 403 `workspace.insufficient_role` for guests; 422 `group.not_two` for oneself; 404 `user.not_found` for who is not of the
    /// workspace; 429 `rate.limited`.
    pub async fn direct(&self, other: UserId) -> Result<(Group, bool)> {
        self.chat.shared.pace.change_group(self.user())?;
        self.noted(None, permission::check_make(&self.caller, Visibility::Private))?;
        if other == self.user() {
            return Err(invalid("group.not_two", "a direct group is with somebody else"));
        }
        let mut between = vec![self.user(), other];
        between.sort();
        let mut parts = vec!["direct".to_owned(), self.workspace().to_string()];
        parts.extend(between.iter().map(ToString::to_string));
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let people = self.people(between.iter().copied()).await?;
        let details = Details { between, ..Details::default() };
        let (id, kind, visibility) = (StreamId::derived(&parts), GroupKind::Direct, Visibility::Private);
        self.make(Create { id, kind, name: None, visibility, details, people, caller: self.caller.clone() })
            .await
    }

    async fn make(&self, create: Create) -> Result<(Group, bool)> {
        let id = create.id;
        let receipt = self.submit_held(id, create).await?;
        let made = matches!(receipt, Receipt::Appended(_));
        if made {
            self.chat.shared.jobs.wake();
        }
        Ok((self.known_group(id).await?, made))
    }
}

fn check(new: &NewGroup) -> Result<()> {
    super::update::check_name(new.name.as_deref().unwrap_or_default(), MAX_NAME)?;
    super::update::check_description(new.description.as_deref().unwrap_or_default(), MAX_DESCRIPTION)?;
    newcomers::check(new.visibility, new.history)?;
    if new.member_ids.len() > MAX_MEMBERS {
        return Err(invalid("group.too_many_members", format!("at most {MAX_MEMBERS} first members")));
    }
    match &new.client_id {
        Some(id) if id.is_empty() || id.chars().count() > MAX_CLIENT_ID => {
            Err(invalid("request.client_id", format!("a client_id has 1–{MAX_CLIENT_ID} characters")))
        }
        _ => Ok(()),
    }
}

struct Create {
    id: StreamId,
    kind: GroupKind,
    name: Option<String>,
    visibility: Visibility,
    details: Details,
    people: Vec<Person>,
    caller: Caller,
}

impl Plan for Create {
    fn reads(&self) -> Vec<Read> {
        self.people.iter().map(|person| Read::of::<Member>(Member::id_of(self.id, person.user))).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let mut people: Vec<&Person> = self.people.iter().collect();
        if let Some(head) = view.head() {
            if !group::exists(head) {
                return Err(group::not_found());
            }
            people = self.returning(view)?;
            if people.is_empty() {
                return Ok(Step::Nothing);
            }
        }
        let begin =
            |person: &Person| Member::beginning(view, self.id, person.clone(), self.rights(person.user));
        let members = people.into_iter().map(begin).collect::<Result<Vec<Member>>>()?;
        member::begin(view, &members)?;
        let head = match view.head().cloned() {
            Some(mut head) => {
                group::count_members(&mut head, i64::try_from(members.len()).unwrap_or(0));
                head
            }
            None => self.head(view, members.len()),
        };
        view.put_head(head);
        let users = members.iter().map(|member| member.user_id).collect();
        view.insert(&outbox::membership_changed(view, self.caller.workspace, self.id, users))?;
        Ok(event::members(view, event::MEMBER_ADDED, &members))
    }
}

impl Create {
    /// Those of a direct group that there is who were gone from the workspace, and from the group with it.
    fn returning(&self, view: &View<'_>) -> Result<Vec<&Person>> {
        let mut returning = Vec::new();
        for person in self.people.iter().filter(|_| self.kind == GroupKind::Direct) {
            let held = view.get::<Member>(Member::id_of(self.id, person.user))?;
            if held.is_none_or(|member| !member.active) {
                returning.push(person);
            }
        }
        Ok(returning)
    }

    fn rights(&self, user: UserId) -> Rights {
        if user == self.caller.user && self.kind != GroupKind::Direct {
            Rights::ALL
        } else {
            self.details.default_rights.within(self.kind)
        }
    }

    fn head(&self, view: &View<'_>, members: usize) -> Head {
        let mut head = Head::new(self.id, self.kind.as_str(), view.now());
        head.name.clone_from(&self.name);
        head.visibility = self.visibility.as_str().to_owned();
        let details = Details {
            created_by: Some(self.caller.user),
            created_at: view.now(),
            members: i64::try_from(members).unwrap_or(i64::MAX),
            owners: i64::from(self.kind != GroupKind::Direct),
            ..self.details.clone()
        };
        head.details = json!(details);
        head
    }
}
