//! Transactions that a node left open when it was killed. The server keeps them, and the documents they changed, for a
//! minute (`transactionLifetimeLimitSeconds`), and meanwhile nobody can change those. So whoever is kept from them looks for
//! transactions of ours in which nothing has been done for a while, and ends them. The server tells how long one has been idle in all, not since
//! when: one of many statements has paused between each two of them. So each is looked at twice.
//!
//! That is always safe: a transaction that is ended was not committed, and a node that lives begins it anew.

use std::{collections::HashMap, fmt, time::Duration};

use bson::{Binary, Bson, Document, doc};
use mongodb::{Database, error::Error};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};
use tracing::{info, warn};

/// How long a transaction has been idle, its pauses taken together, before it is looked at more closely.
const IDLE: Duration = Duration::from_secs(2);

/// A node that lives does not pause for so long between two statements, or can bear to begin anew.
const STILL: Duration = Duration::from_secs(1);

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
    looked: Mutex<Looked>,
}

/// When it was last looked, and what was seen then.
#[derive(Default)]
struct Looked {
    at: Option<Instant>,
    idle: HashMap<Binary, Seen>,
}

/// What a session has done so far, and since when no more than that.
struct Seen {
    transaction: i64,
    micros: i64,
    since: Instant,
}

impl Abandoned {
    pub(super) fn new(database: &Database, app_name: String) -> Self {
        let admin = database.client().database("admin");
        Self { admin, app_name, looked: Mutex::default() }
    }

    /// Ends those that there are, unless somebody has looked for them a moment ago or does now.
    pub(super) async fn end(&self) {
        let Ok(mut looked) = self.looked.try_lock() else { return };
        if looked.at.is_some_and(|at| at.elapsed() < EACH) {
            return;
        }
        match timeout(WITHIN, self.look(&mut looked.idle)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(ended)) => info!(ended, "transactions of a node that is gone were ended"),
            Ok(Err(error)) => warn!(error = %error.kind, "transactions left open cannot be looked for"),
            Err(_) => warn!("transactions left open could not be looked for in time"),
        }
        looked.at = Some(Instant::now());
    }

    /// Ends those that have done nothing since they were last looked at, and remembers the others.
    async fn look(&self, known: &mut HashMap<Binary, Seen>) -> Result<usize, Error> {
        let mut idle = HashMap::new();
        let mut over: Vec<Bson> = Vec::new();
        for (session, seen) in self.idle().await? {
            let before = known.remove(&session).filter(|before| before.did_as_much_as(&seen));
            let seen = before.unwrap_or(seen);
            if seen.since.elapsed() >= STILL {
                over.push(doc! { "id": session }.into());
            } else {
                idle.insert(session, seen);
            }
        }
        *known = idle;
        let count = over.len();
        if count > 0 {
            self.admin.run_command(doc! { "killSessions": over }).await?;
        }
        Ok(count)
    }

    /// The sessions of ours whose transactions are open, and wait.
    async fn idle(&self) -> Result<Vec<(Binary, Seen)>, Error> {
        let stages = [
            doc! { "$currentOp": { "idleSessions": true, "allUsers": false } },
            doc! { "$match": {
                "type": "idleSession",
                "appName": &self.app_name,
                "transaction.timeInactiveMicros": { "$gt": i64::try_from(IDLE.as_micros()).unwrap_or(i64::MAX) },
            } },
            doc! { "$limit": MOST },
            doc! { "$project": {
                "id": "$lsid.id",
                "transaction": { "$toLong": "$transaction.parameters.txnNumber" },
                "micros": { "$toLong": "$transaction.timeActiveMicros" },
            } },
        ];
        let mut found = self.admin.aggregate(stages).await?;
        let mut idle = Vec::new();
        while found.advance().await? {
            let session: Document = found.deserialize_current()?;
            let numbers = (session.get_i64("transaction"), session.get_i64("micros"));
            if let (Some(Bson::Binary(id)), (Ok(transaction), Ok(micros))) = (session.get("id"), numbers) {
                idle.push((id.clone(), Seen { transaction, micros, since: Instant::now() }));
            }
        }
        Ok(idle)
    }
}

impl Seen {
    const fn did_as_much_as(&self, other: &Self) -> bool {
        self.transaction == other.transaction && self.micros == other.micros
    }
}

impl fmt::Debug for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Abandoned").field("app_name", &self.app_name).finish_non_exhaustive()
    }
}
