//! The installation's first user, who becomes its admin: one document with one possible id, so that of any number of
//! first registrations at the same time, on any number of nodes, exactly one wins.

use parlance_base::UserId;
use parlance_store::{Collection, Home, Stored};
use serde::{Deserialize, Serialize};

/// The only id in the collection.
pub(crate) const FOUNDER: &str = "founder";

/// Who came first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Founder {
    id: String,
    user_id: UserId,
}

/// Holds one document, once there is a user.
pub static FOUNDERS: Collection =
    Collection { name: "founders", home: Home::System, indexes: &[], fields: &[] };

impl Stored for Founder {
    const COLLECTION: &'static Collection = &FOUNDERS;
}

impl Founder {
    pub(crate) fn new(user_id: UserId) -> Self {
        Self { id: FOUNDER.to_owned(), user_id }
    }
}
