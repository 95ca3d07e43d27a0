//! `/me`: what callers have set for themselves in the workspace.

use axum::extract::State;
use parlance_edge::{Authenticated, Failure, Json};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::Door;
use crate::settings::{SettingsChange, SettingsView};

pub(super) fn router() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(get, change))
}

/// What the caller has set for themselves in the workspace.
#[utoipa::path(
    get,
    path = "/me",
    tag = "presence",
    responses(
        (status = 200, body = SettingsView),
    ),
)]
async fn get(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
) -> Result<axum::Json<SettingsView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).settings().await?))
}

/// Sets something otherwise for the caller in the workspace.
#[utoipa::path(
    patch,
    path = "/me",
    tag = "presence",
    request_body = SettingsChange,
    responses(
        (status = 200, body = SettingsView),
    ),
)]
async fn change(
    State(door): State<Door>,
    Authenticated(caller): Authenticated,
    Json(change): Json<SettingsChange>,
) -> Result<axum::Json<SettingsView>, Failure> {
    Ok(axum::Json(door.chat.by(&caller).change_settings(change).await?))
}
