//! What is stored of one-time secrets.

use parlance_auth::ONE_TIME_SECRETS;
use parlance_store::{Collection, Field, Find, Stored};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::support::World;

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Secret(Value);

impl Stored for Secret {
    const COLLECTION: &'static Collection = &ONE_TIME_SECRETS;
}

/// All that is stored of the user's.
pub(crate) async fn of(world: &World, user: impl ToString) -> Vec<Value> {
    let all = Find::new([Field::text("user_id").is(user.to_string())]).limit(1_000);
    let all = world.store.system().find::<Secret>(all).await.unwrap();
    all.into_iter().map(|Secret(secret)| secret).collect()
}
