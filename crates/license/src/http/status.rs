//! `GET /api/license`.

use axum::extract::State;
use parlance_base::Result;
use parlance_edge::{ErrorBody, Failure, Identified};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Door, runs_installation};
use crate::{
    gate::Gate,
    license::{State as LicenseState, Warning},
    plan::{Feature, Plan},
};

/// What is licensed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = License)]
pub(super) struct Status {
    /// The plan.
    plan: Plan,
    /// Whether it is the trial of a new installation.
    trial: bool,
    /// How many seats are used.
    seats_used: i64,
    /// How many days are left, the one that has begun included; null where it does not end, or has.
    days_left: Option<u64>,
    /// For installation admins only.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

/// What only installation admins see.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LicenseDetails)]
struct Details {
    /// How it stands with it.
    state: LicenseState,
    /// Whom the key was issued to; null without a key, as is the next.
    org: Option<String>,
    /// The id of the license.
    lid: Option<String>,
    /// What there is beyond chat.
    features: Vec<Feature>,
    /// How many seats there are; null where there is no limit.
    seats: Option<i64>,
    /// When it ends, or ended, as RFC 3339; null where it does not.
    #[schema(format = DateTime)]
    valid_until: Option<String>,
    /// Until when everything goes on after that; null without a key.
    #[schema(format = DateTime)]
    grace_until: Option<String>,
    /// What to know and to do something about.
    warnings: Vec<Warning>,
}

impl Status {
    /// The status, in full or without the details.
    pub(super) async fn of(gate: &Gate, in_full: bool) -> Result<Self> {
        let (license, seats_used) = (gate.license(), gate.seats().await?.used);
        let details = in_full.then(|| Details::of(gate, seats_used));
        let trial = license.state == LicenseState::Trial;
        Ok(Self { plan: license.plan, trial, seats_used, days_left: gate.days_left(), details })
    }
}

impl Details {
    fn of(gate: &Gate, seats_used: i64) -> Self {
        let (license, key) = (gate.license(), gate.key());
        let (org, lid) = key.map(|key| (key.org, key.lid)).unzip();
        Self {
            state: license.state,
            org,
            lid,
            features: license.features.iter().collect(),
            seats: license.seats,
            valid_until: license.valid_until.map(|until| until.to_rfc3339()),
            grace_until: license.grace_until.map(|until| until.to_rfc3339()),
            warnings: gate.warnings(seats_used),
        }
    }
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
pub(super) async fn status(
    State(door): State<Door>,
    Identified(who): Identified,
) -> Result<axum::Json<Status>, Failure> {
    Ok(axum::Json(Status::of(&door.gate, runs_installation(&who)).await?))
}
