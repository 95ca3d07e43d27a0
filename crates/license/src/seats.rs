//! The counter of seats: one for the installation. A seat is a distinct active full user, in however many workspaces.
//!
//! Who knows the users (crate workspace) raises it when a user becomes a full member somewhere for the first time and
//! lowers it when they are one nowhere any more, in the very batch that makes it so.

use parlance_base::{Error, Kind, Result};
use parlance_store::{Change, Collection, Cond, Field, Home, Stored};
use serde::{Deserialize, Serialize};

/// How many seats are used. The one document with the id [`Seats::ID`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seats {
    /// [`Seats::ID`].
    pub id: String,
    /// How many.
    pub used: i64,
}

/// The counter as it was read, with the limit it is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatsRead {
    /// How many were used.
    pub used: i64,
    /// How many there are; none where there is no limit.
    pub limit: Option<i64>,
}

const USED: Field = Field::int("used");

pub(crate) static SEATS: Collection =
    Collection { name: "seats", home: Home::Riding, indexes: &[], fields: &[USED] };

impl Stored for Seats {
    const COLLECTION: &'static Collection = &SEATS;
}

impl Seats {
    /// The id of the one counter.
    pub const ID: &'static str = "seats";

    pub(crate) fn none_used() -> Self {
        Self { id: Self::ID.to_owned(), used: 0 }
    }

    /// What gives a seat back.
    #[must_use]
    pub fn release() -> Change {
        USED.grow(-1)
    }
}

impl SeatsRead {
    /// What takes a seat: a guard that fails where the last one went meanwhile, and the change.
    ///
    /// # Errors
    /// 402 `license.seat_limit` where there was none left.
    pub fn take(&self) -> Result<(Option<Cond>, Change)> {
        match self.limit {
            Some(limit) if self.used >= limit => {
                let message = format!("all {limit} seats of the license are used");
                Err(Error::new(Kind::Payment, "license.seat_limit", message))
            }
            limit => Ok((limit.map(|limit| USED.below(limit)), USED.grow(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_taken_under_the_limit_and_refused_at_and_over_it() {
        let read = |used, limit| SeatsRead { used, limit };
        assert!(matches!(
            read(24, Some(25)).take().unwrap(),
            (Some(Cond::Lt(USED, _)), Change::Inc(USED, 1))
        ));
        assert!(matches!(read(1_000, None).take().unwrap(), (None, Change::Inc(USED, 1))));
        for used in [25, 26, 1_000] {
            let refused = read(used, Some(25)).take().unwrap_err();
            assert_eq!((refused.kind(), refused.code()), (Kind::Payment, "license.seat_limit"));
        }
    }
}
