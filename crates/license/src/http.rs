//! `/api/license`: what is licensed, for everyone; its details, for those who run the installation.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use parlance_base::Identify;
use parlance_edge::{ErrorBody, Failure, Identified};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    gate::Gate,
    plan::{Feature, Plan},
};

/// What is licensed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = License)]
struct Status {
    /// The plan.
    plan: Plan,
    /// Whether it is the trial of a new installation.
    trial: bool,
    /// How many seats are used.
    seats_used: i64,
    /// How many days are left, the one that has begun included; null where it does not end.
    days_left: Option<u64>,
    /// For installation admins only.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

/// What only installation admins see.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LicenseDetails)]
struct Details {
    /// What the plan has beyond chat.
    features: Vec<Feature>,
    /// How many seats there are; null where there is no limit.
    seats: Option<i64>,
    /// When it ends, as RFC 3339; null where it does not.
    valid_until: Option<String>,
}

#[derive(Clone)]
struct Door {
    gate: Gate,
    host: Arc<dyn Identify>,
}

impl FromRef<Door> for Arc<dyn Identify> {
    fn from_ref(door: &Door) -> Self {
        Self::clone(&door.host)
    }
}

/// The routes of `/api/license`, to be nested there.
pub fn router(gate: Gate, host: Arc<dyn Identify>) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(status)).with_state(Door { gate, host })
}

/// What is licensed
#[utoipa::path(
    get,
    path = "/",
    tag = "license",
    responses(
        (status = 200, description = "what is licensed", body = Status),
        (status = 401, description = "nobody known is asking", body = ErrorBody),
    )
)]
async fn status(
    State(door): State<Door>,
    Identified(who): Identified,
) -> Result<axum::Json<Status>, Failure> {
    let (license, seats) = (door.gate.license(), door.gate.seats().await?);
    let details = who.is_installation_admin.then(|| Details {
        features: license.features(),
        seats: license.seats,
        valid_until: license.valid_until.map(|until| until.to_rfc3339()),
    });
    let (plan, trial, days_left) = (license.plan, license.is_trial, door.gate.days_left());
    Ok(axum::Json(Status { plan, trial, seats_used: seats.used, days_left, details }))
}
