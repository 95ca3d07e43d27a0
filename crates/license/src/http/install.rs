//! `POST /api/license`.

use axum::extract::State;
use parlance_base::{Error, Kind};
use parlance_edge::{ErrorBody, Failure, Identified, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Door, runs_installation, status::Status};
use crate::install::{Installer, Outcome};

/// A key to install.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InstallKey {
    /// The text of the key.
    #[schema(max_length = 4096)]
    key: String,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LicenseInstalled)]
pub(super) struct Installed {
    /// What came of it.
    outcome: Outcome,
    /// The id of the license in whose place it came.
    replaced: Option<String>,
    /// What is licensed now.
    license: Status,
}

/// Installs a license key
///
/// The key that was installed last counts: at once on the node that answers, within five seconds on all others. Installing
/// the same one again changes nothing.
#[utoipa::path(
    post,
    path = "/",
    tag = "license",
    request_body = InstallKey,
    responses(
        (status = 200, description = "the key counts", body = Installed),
        (status = 400, description = "the body cannot be read", body = ErrorBody),
        (status = 401, description = "nobody known is asking", body = ErrorBody),
        (status = 403, description = "`license.not_admin`: who asks does not run the installation", body = ErrorBody),
        (status = 422, description = "`license.key_malformed`, `license.key_untrusted`, `license.key_unreadable`, \
            `license.key_not_yet_valid`, `license.key_expired`, `license.no_issuer`: it cannot be installed; or the \
            body is another one", body = ErrorBody),
        (status = 503, description = "the store is out of reach", body = ErrorBody),
    )
)]
pub(super) async fn install(
    State(door): State<Door>,
    Identified(who): Identified,
    Json(body): Json<InstallKey>,
) -> Result<axum::Json<Installed>, Failure> {
    if !runs_installation(&who) {
        return Err(not_admin().into());
    }
    let installed = door.gate.install(&body.key, Installer::Admin(who.user)).await?;
    let license = Status::of(&door.gate, true).await?;
    Ok(axum::Json(Installed { outcome: installed.outcome, replaced: installed.replaced, license }))
}

fn not_admin() -> Error {
    Error::new(Kind::Forbidden, "license.not_admin", "only an admin of the installation may install a key")
}
