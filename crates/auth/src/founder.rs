//! The installation's first user, who becomes its admin, and how many admins there are: one document with one possible id,
//! so that of any number of first registrations at the same time, on any number of nodes, exactly one wins, and so that of
//! two admins who go at the same time one stays.

use parlance_base::UserId;
use parlance_store::{Batch, Collection, Field, Home, Stored};
use serde::{Deserialize, Serialize};

/// The only id in the collection.
pub(crate) const FOUNDER: &str = "founder";

/// Who came first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Founder {
    id: String,
    user_id: UserId,
    /// How many active users run the installation.
    admins: i64,
}

const ADMINS: Field = Field::int("admins");

/// Holds one document, once there is a user.
pub static FOUNDERS: Collection =
    Collection { name: "founders", home: Home::System, indexes: &[], fields: &[ADMINS] };

impl Stored for Founder {
    const COLLECTION: &'static Collection = &FOUNDERS;
}

impl Founder {
    pub(crate) fn new(user_id: UserId) -> Self {
        Self { id: FOUNDER.to_owned(), user_id, admins: 1 }
    }
}

/// Counts one admin more in the batch that makes them one.
pub(crate) fn one_admin_more(batch: &mut Batch) {
    batch.update::<Founder>(FOUNDER, [], [ADMINS.grow(1)]);
}

/// Counts one admin fewer in the batch that ends one, which fails with a conflict at this change where it is the last.
pub(crate) fn one_admin_fewer(batch: &mut Batch) {
    batch.update::<Founder>(FOUNDER, [ADMINS.above(1)], [ADMINS.grow(-1)]);
}
