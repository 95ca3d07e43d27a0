//! Making a workspace: its stream, its place in the list, and its first owner, in one step.

use parlance_base::{Error, Kind, Result, Role, UserId, WorkspaceId};
use parlance_stream::{Head, Plan, Read, Step, View};

use super::add::{member_of, no_such_person};
use crate::{
    event::Event,
    member::Member,
    name::{DisplayName, Slug},
    people::Person,
    retry,
    seat::{Part, SeatRead},
    settings::Settings,
    words,
    workspace::{Details, Workspace, stream},
    workspaces::{Made, Workspaces},
};

impl Workspaces {
    /// Makes a workspace whose owner is `creator`. Where they made one with this slug before, and still are in it, that is
    /// the answer.
    ///
    /// # Errors
    /// 409 `workspace.slug_taken`; 402 `license.seat_limit`; 404 `person.not_found` where nobody wrote the creator to
    /// [`people`](Self::people).
    pub async fn create(&self, creator: UserId, name: DisplayName, slug: Slug) -> Result<Made<Workspace>> {
        let person = self.people().get(creator).await?.ok_or_else(no_such_person)?;
        let id: WorkspaceId = self.ids().next();
        let name = name.into_string();
        retry::while_conflicting(|| self.try_create(id, &person, &name, &slug)).await
    }

    async fn try_create(
        &self,
        id: WorkspaceId,
        person: &Person,
        name: &str,
        slug: &Slug,
    ) -> Result<Made<Workspace>> {
        if let Some(known) = self.by_slug(slug.as_str()).await? {
            let is_theirs = known.created_by == person.id && self.role_of(known.id, person.id).await.is_ok();
            return if is_theirs { Ok(Made::Existing(known)) } else { Err(slug_taken(slug)) };
        }
        let owner = self.member_to_be(id, person, Role::Owner, None, None).await?;
        let seat = self.seat_of(person.id).await?;
        let plan = Found { id, name: name.to_owned(), slug: slug.as_str().to_owned(), owner, seat };
        self.submit(id, person.id, plan).await?;
        let made = self.by_slug(slug.as_str()).await?;
        made.map(Made::New)
            .ok_or_else(|| Error::unavailable("store.unknown", "the workspace cannot be seen yet"))
    }
}

/// 409 `workspace.slug_taken`.
pub(super) fn slug_taken(slug: &Slug) -> Error {
    let message = format!("another workspace is called {}", slug.as_str());
    Error::new(Kind::Conflict, "workspace.slug_taken", message)
}

struct Found {
    id: WorkspaceId,
    name: String,
    slug: String,
    owner: Member,
    seat: SeatRead,
}

impl Plan for Found {
    fn reads(&self) -> Vec<Read> {
        let words = words::reads(self.owner.id, &self.owner.words);
        words.into_iter().chain([Read::of::<Member>(self.owner.id)]).collect()
    }

    fn plan(&mut self, view: &mut View<'_>) -> Result<Step> {
        let (id, slug, name) = (self.id, self.slug.clone(), self.name.clone());
        let (created_by, created_at) = (self.owner.id, view.now());
        let mut head = Head::new(stream(id), "workspace", created_at);
        head.name = Some(name.clone());
        Details { slug: slug.clone(), owners: 1, settings: Settings::default() }.into_head(&mut head);
        view.put_head(head);
        view.insert(&Workspace {
            id,
            slug,
            name,
            created_by,
            created_at,
            deleted_at: None,
            settings: Settings::default(),
        })?;
        view.put(&member_of(&self.owner, view))?;
        words::turn(view, created_by, &[], &self.owner.words)?;
        self.seat.turn(view, id, Part::None, Part::Full)?;
        Ok(Event::MemberJoined { user_id: created_by, role: Role::Owner }.append())
    }
}
