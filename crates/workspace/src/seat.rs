//! Seats, per user: the workspaces they are in, and in how many they are full members. One seat of the license is theirs
//! while that is at least one, which the same batch counts.
//!
//! The document is the installation's, so a workspace's plan cannot look at it: it is read before, and what was read is
//! its guard. Where somebody else changed it meanwhile, the plan is made again.

use parlance_base::{Error, Kind, Result, Role, UserId, WorkspaceId};
use parlance_license::{Seats, SeatsRead};
use parlance_store::{Batch, Change, Collection, Field, Home, Stored};
use parlance_stream::View;
use serde::{Deserialize, Serialize};

use crate::member::Member;

/// How many workspaces a user may be in.
pub const MAX_WORKSPACES: usize = 1_000;

/// How many workspaces a user may be or have been in.
const MAX_EVER: usize = 10_000;

/// A user's workspaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seat {
    pub(crate) id: UserId,
    /// Those they are in, as whatever; in no order.
    pub(crate) workspaces: Vec<WorkspaceId>,
    /// Those that they were in, where something is still called after them.
    #[serde(default)]
    pub(crate) past: Vec<WorkspaceId>,
    /// In how many they are a full member.
    pub(crate) full: i64,
    /// Counts the changes.
    pub(crate) rev: i64,
}

const WORKSPACES: Field = Field::set_of("workspaces");
const PAST: Field = Field::set_of("past");
const FULL: Field = Field::int("full");
const REV: Field = Field::int("rev");

pub(crate) static SEAT: Collection =
    Collection { name: "seat", home: Home::Riding, indexes: &[], fields: &[WORKSPACES, PAST, FULL, REV] };

impl Stored for Seat {
    const COLLECTION: &'static Collection = &SEAT;
}

/// What a user has of a workspace, as far as seats go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Nothing.
    None,
    /// A guest's or an embedded user's, which is free.
    Guest,
    /// A full member's.
    Full,
}

/// What is known of a user's seat before a plan is made.
#[derive(Clone, Debug)]
pub(crate) struct SeatRead {
    pub(crate) user: UserId,
    pub(crate) seat: Option<Seat>,
    pub(crate) seats: SeatsRead,
}

impl Seat {
    fn is_filled(&self) -> bool {
        self.workspaces.len() >= MAX_WORKSPACES || self.workspaces.len() + self.past.len() >= MAX_EVER
    }

    /// Has the batch take the workspace, of which nothing is left, off the past of the user.
    pub(crate) fn forget(&self, batch: &mut Batch, workspace: WorkspaceId) {
        batch.update::<Self>(self.id, [], [PAST.exclude(workspace.to_string()), REV.grow(1)]);
    }
}

impl Part {
    pub(crate) fn of(member: Option<&Member>) -> Self {
        match member {
            Some(member) if member.is_active() && (member.embedded || member.role == Role::Guest) => {
                Self::Guest
            }
            Some(member) if member.is_active() => Self::Full,
            _ => Self::None,
        }
    }
}

impl SeatRead {
    /// Has the plan's batch turn the user's part of the workspace from one into the other, and count the seat.
    ///
    /// # Errors
    /// 402 `license.seat_limit` where it takes a seat and none is left; 409 `person.too_many_workspaces`.
    pub(crate) fn turn(
        &self,
        view: &mut View<'_>,
        workspace: WorkspaceId,
        from: Part,
        to: Part,
    ) -> Result<()> {
        if from == to {
            return Ok(());
        }
        let step = i64::from(to == Part::Full) - i64::from(from == Part::Full);
        let full = self.seat.as_ref().map_or(0, |seat| seat.full);
        match (full, full + step) {
            (0, 1) => {
                let (guard, change) = self.seats.take()?;
                view.update_if::<Seats>(Seats::ID, guard, [change]);
            }
            (1, 0) => view.update::<Seats>(Seats::ID, [Seats::release()]),
            _ => {}
        }
        self.write(view, workspace, from, to, step)
    }

    fn write(
        &self,
        view: &mut View<'_>,
        workspace: WorkspaceId,
        from: Part,
        to: Part,
        step: i64,
    ) -> Result<()> {
        let Some(seat) = &self.seat else {
            let (id, workspaces, past) = (self.user, vec![workspace], Vec::new());
            return view.insert(&Seat { id, workspaces, past, full: step, rev: 1 });
        };
        if from == Part::None && seat.is_filled() {
            let message = format!("a user can be in at most {MAX_WORKSPACES} workspaces");
            return Err(Error::new(Kind::Conflict, "person.too_many_workspaces", message));
        }
        let id = workspace.to_string();
        let in_or_out: Vec<Change> = match (from, to) {
            (Part::None, _) => vec![WORKSPACES.include(id.clone()), PAST.exclude(id)],
            (_, Part::None) => vec![WORKSPACES.exclude(id.clone()), PAST.include(id)],
            _ => Vec::new(),
        };
        let changes = in_or_out.into_iter().chain([FULL.grow(step), REV.grow(1)]);
        view.update_if::<Seat>(self.user, [REV.is(seat.rev)], changes);
        Ok(())
    }
}
