//! The fence between workspaces: what is not one's own is not there.

use parlance_base::{Ids, StreamId, SystemClock};
use parlance_client::{Error, InWorkspace, Position};

use super::{cast::Cast, check, stage::Stage, text};

pub(super) async fn fence(stage: &mut Stage, cast: &Cast) -> Result<(), String> {
    let ids = Ids::new(std::sync::Arc::new(SystemClock)).map_err(text)?;
    let theirs = refused(&cast.dan.here, cast.general).await?;
    let nobodys = refused(&cast.dan.here, ids.next()).await?;
    check(theirs == nobodys, || format!("{theirs:?} for Acme's group, {nobodys:?} for none"))?;
    let inside = cast.dan.here.client().in_workspace("acme");
    let outside = refused(&inside, cast.general).await?;
    check(outside.0 == 404, || format!("dan asks in Acme: {outside:?}"))?;
    let acme = &cast.acme[0].here;
    let added = acme.add_members(cast.general, &[cast.dan.id]).await.err().and_then(|error| error.status());
    check(added == Some(404), || format!("ann adds dan to General: {added:?}"))?;
    stage.step(
        "Other tenant",
        &format!("dan of Globex asks for General: {} {}, as for an id that nobody has", theirs.0, theirs.1),
    )
}

/// The status and the code with which the group's messages are refused.
async fn refused(here: &InWorkspace, group: StreamId) -> Result<(u16, String), String> {
    match here.messages(group, Position::Newest, 10).await {
        Err(Error::Api { status, code, .. }) => Ok((status, code)),
        Err(error) => Err(text(error)),
        Ok(_) => Err("another workspace's messages can be read".to_owned()),
    }
}
