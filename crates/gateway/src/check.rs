//! Whether a store holds what it should, and agrees with itself.

use std::collections::HashSet;

use parlance_base::{Result, StreamId, WorkspaceId};
use parlance_store::{Find, Findings, Home, ID, Place, Store};
use parlance_stream::Head;
use parlance_workspace::{Workspace, all_workspaces};

use crate::transfer;

/// How many documents are read at once.
const AT_ONCE: usize = 1_000;

/// Looks over all that is stored, and notes what is wrong. What is changed meanwhile may be noted too.
///
/// # Errors
/// `store.unavailable` while the store is out of reach.
pub(crate) async fn check(store: &Store, findings: &mut Findings) -> Result<()> {
    if transfer::is_unfinished(&store.system()).await? {
        findings.wrong("an import has begun and not ended");
    }
    let mut snapshot = store.snapshot().await?;
    let damage = snapshot.inspect(store.collections()).await?;
    drop(snapshot);
    damage.into_iter().for_each(|wrong| findings.wrong(wrong));
    match agree(store, findings).await {
        // What can be read no further was found damaged above.
        Err(error) if error.code() == "store.damaged" => {
            findings.wrong("the database is damaged: restore a backup that was made before");
            Ok(())
        }
        agreed => agreed,
    }
}

/// Whether the documents agree with each other.
async fn agree(store: &Store, findings: &mut Findings) -> Result<()> {
    let mut known = HashSet::new();
    let mut last = None;
    loop {
        let page = all_workspaces(&store.system(), last, AT_ONCE).await?;
        for workspace in &page {
            known.insert(workspace.id);
            // What is left of a deleted one is on its way out.
            if workspace.deleted_at.is_none() {
                check_workspace(store, workspace, findings).await?;
            }
        }
        last = page.last().map(|workspace| workspace.id);
        if page.len() < AT_ONCE {
            break;
        }
    }
    parlance_workspace::check_seats(store, findings).await?;
    check_for_strays(store, &known, findings).await
}

async fn check_workspace(store: &Store, workspace: &Workspace, findings: &mut Findings) -> Result<()> {
    parlance_workspace::check(store, workspace, findings).await?;
    let scope = store.workspace(workspace.id);
    let mut last: Option<StreamId> = None;
    loop {
        let after = last.map(|stream| ID.above(stream.to_string()));
        let heads: Vec<Head> = scope.find(Find::new(after).ascending(ID).limit(AT_ONCE)).await?;
        for head in &heads {
            parlance_stream::check(&scope, head, findings).await?;
            parlance_chat::check_group(&scope, head, findings).await?;
        }
        findings.looked(heads.len());
        last = heads.last().map(|head| head.id);
        if heads.len() < AT_ONCE {
            break;
        }
    }
    parlance_stream::check_for_strays(&scope, findings).await?;
    parlance_chat::check_for_strays(&scope, findings).await
}

/// Notes documents of workspaces that there are not.
async fn check_for_strays(
    store: &Store,
    known: &HashSet<WorkspaceId>,
    findings: &mut Findings,
) -> Result<()> {
    let mut snapshot = store.snapshot().await?;
    let of_workspaces = store.collections().iter().filter(|collection| collection.home == Home::Workspace);
    for collection in of_workspaces {
        let mut after = None;
        while let Some(row) = snapshot.walk(collection, after.take(), 1).await?.first() {
            let Some(workspace) = row.workspace else { break };
            findings.expect(known.contains(&workspace), || {
                format!("{}: documents of {workspace}, which is no workspace", collection.name)
            });
            after = Some(Place::behind(workspace));
        }
    }
    Ok(())
}
