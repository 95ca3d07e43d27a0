//! Tickets for sockets.

use axum::{
    Json,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use parlance_base::{Authenticate, Credential, Identify, UserId, WorkspaceId};
use parlance_edge::{ErrorBody, Failure, credentials, workspace_named};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Auth, Ticket};

/// What opens a socket.
#[derive(Serialize, ToSchema)]
pub(super) struct TicketBody {
    /// What the query of the socket's address says: `/api/chat/ws?ticket=…`. Good for one socket.
    ticket: String,
    /// How long it is good for, in seconds.
    expires_in: u64,
}

/// Who asks, and the workspace that they name: they need not name one.
pub(super) struct Asking {
    user: UserId,
    credential: Credential,
    workspace: Option<WorkspaceId>,
}

/// Makes a ticket that opens one socket. If `Parlance-Workspace` names a workspace, it opens sockets in that one only.
#[utoipa::path(
    post,
    path = "/tickets",
    tag = "auth",
    responses(
        (status = 201, body = TicketBody),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`csrf.refused`, `origin.refused`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
    )
)]
pub(super) async fn ticket(
    State(auth): State<Auth>,
    asking: Asking,
) -> Result<(StatusCode, Json<TicketBody>), Failure> {
    let Ticket { ticket, expires_in } = auth.ticket(asking.user, asking.credential, asking.workspace).await?;
    Ok((StatusCode::CREATED, Json(TicketBody { ticket, expires_in })))
}

impl FromRequestParts<Auth> for Asking {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, auth: &Auth) -> Result<Self, Failure> {
        if let Some(named) = workspace_named(parts) {
            let caller = auth.authenticate(credentials(parts), Some(&named), parts).await?;
            let (user, credential, workspace) = (caller.user, caller.credential, Some(caller.workspace));
            return Ok(Self { user, credential, workspace });
        }
        let identity = auth.identify(credentials(parts), parts).await?;
        Ok(Self { user: identity.user, credential: identity.credential, workspace: identity.workspace })
    }
}
