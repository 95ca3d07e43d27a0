//! Who calls, in the workspace that the path names.

use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::request::Parts,
};
use parlance_base::Caller;
use parlance_edge::{Failure, credentials};

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
