//! Transactions that a node left open when it was killed. The server keeps them, and the documents they changed, for a
//! minute (`transactionLifetimeLimitSeconds`), and meanwhile nobody can change those. So whoever is kept from them looks for
//! transactions of ours in which nothing has been done for a while, and ends them.
//!
//! That is always safe: a transaction that is ended was not committed, and a node that lives begins it anew.

use std::{fmt, time::Duration};

use bson::{Bson, Document, doc};
use mongodb::{Database, error::Error};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use tracing::{info, warn};

/// A node that lives does not pause for so long between two statements, or can bear to begin anew.
const IDLE: Duration = Duration::from_secs(2);

/// How often a node looks at most.
const EACH: Duration = Duration::from_millis(500);

/// How long looking may take.
const WITHIN: Duration = Duration::from_secs(2);

/// How many are ended at once.
const MOST: i32 = 1_000;

pub(super) struct Abandoned {
    admin: Database,
    /// What our connections are called, on every node.
    app_name: String,
    looked: Mutex<Option<Instant>>,
}

impl Abandoned {
    pub(super) fn new(database: &Database, app_name: String) -> Self {
        let admin = database.client().database("admin");
        Self { admin, app_name, looked: Mutex::new(None) }
    }

    /// Ends those that there are, unless somebody has looked for them a moment ago or does now.
    pub(super) async fn end(&self) {
        let Ok(mut looked) = self.looked.try_lock() else { return };
        if looked.is_some_and(|at| at.elapsed() < EACH) {
            return;
        }
        match timeout(WITHIN, self.look()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(ended)) => info!(ended, "transactions of a node that is gone were ended"),
            Ok(Err(error)) => warn!(error = %error.kind, "transactions left open cannot be looked for"),
            Err(_) => warn!("transactions left open could not be looked for in time"),
        }
        *looked = Some(Instant::now());
    }

    async fn look(&self) -> Result<usize, Error> {
        let stages = [
            doc! { "$currentOp": { "idleSessions": true, "allUsers": false } },
            doc! { "$match": {
                "type": "idleSession",
                "appName": &self.app_name,
                "transaction.timeInactiveMicros": { "$gt": i64::try_from(IDLE.as_micros()).unwrap_or(i64::MAX) },
            } },
            doc! { "$limit": MOST },
            doc! { "$project": { "id": "$lsid.id" } },
        ];
        let mut found = self.admin.aggregate(stages).await?;
        let mut sessions: Vec<Bson> = Vec::new();
        while found.advance().await? {
            let session: Document = found.deserialize_current()?;
            sessions.extend(session.get("id").map(|id| doc! { "id": id.clone() }.into()));
        }
        let count = sessions.len();
        if count > 0 {
            self.admin.run_command(doc! { "killSessions": sessions }).await?;
        }
        Ok(count)
    }
}

impl fmt::Debug for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Abandoned").field("app_name", &self.app_name).finish_non_exhaustive()
    }
}
