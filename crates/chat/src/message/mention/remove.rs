//! Takes mentions out of the store whose messages were cleared.

use parlance_base::Result;
use parlance_store::{Batch, MAX_OPS, Scope};
use parlance_stream::Entry;

use super::Mention;
use crate::message::body_of;

/// Takes the mentions by these messages out of the store.
pub(crate) async fn remove_mentions(scope: &Scope, messages: &[Entry]) -> Result<()> {
    let mut ids = Vec::new();
    for message in messages {
        let mentioned = body_of(message)?.mentions;
        ids.extend(mentioned.into_iter().map(|user| Mention::id_of(message.id, user)));
    }
    for some in ids.chunks(MAX_OPS) {
        // An earlier try may have taken some of them out.
        let mut batch = Batch::new();
        for mention in scope.get_many::<Mention>(some).await? {
            batch.delete::<Mention>(mention.id, []);
        }
        if !batch.is_empty() {
            scope.commit(batch).await?;
        }
    }
    Ok(())
}
