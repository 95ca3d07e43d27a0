//! Who calls, in the workspace that the path names.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use parlance_base::{Caller, Result as Checked};
use parlance_edge::{Failure, check_signed_in, credentials};

use super::Door;
use crate::permission::workspace_not_found;

/// The caller, in the workspace whose id or slug is the path's `id`.
pub(super) struct Inside(pub(super) Caller);

impl FromRequestParts<Door> for Inside {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Failure> {
        let path = RawPathParams::from_request_parts(parts, door).await.map_err(|_| workspace_not_found())?;
        let named = path.iter().find(|(name, _)| *name == "id").map(|(_, value)| value);
        Ok(Self(door.authenticate.authenticate(credentials(parts), named, parts).await?))
    }
}

/// Nothing, where the caller signed in: for what is a person's own in a workspace.
///
/// # Errors
/// 403 `auth.sign_in_required`.
pub(super) fn must_be_own(door: &Door, caller: &Caller) -> Checked<()> {
    door.workspaces.noted(caller, None, check_signed_in(caller.credential, caller.grant))
}
