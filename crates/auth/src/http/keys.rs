//! The API keys of a workspace, and the logins of embedded users.

use axum::{Json, extract::State, http::StatusCode};
use parlance_base::{KeyId, Scope};
use parlance_edge::{Authenticated, ErrorBody, Failure, Json as Body, Listing, PageQuery, Path, Query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::wire::SentFrom;
use crate::{Auth, EmbeddedLogin, EmbeddedView, KeyKind, KeyView, NewKey, Proof};

pub(super) fn router() -> OpenApiRouter<Auth> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(delete))
        .routes(routes!(login))
        .routes(routes!(logout))
}

/// A key that is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewKey)]
struct NewKeyBody {
    /// `master` or `scoped`.
    #[schema(value_type = String)]
    kind: KeyKind,
    /// What people call it, 1–80 characters; no other key's of the workspace.
    name: String,
    /// What a scoped key is held to: `chat.read`, `chat.send`, `groups.manage`, `members.invite`, `admin`; none for a master
    /// key.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
    /// For a master key and the scope `admin`, where the caller is signed in: their password.
    password: Option<String>,
    /// Where they have a second factor as well: the code of their authenticator app, or a recovery code.
    code: Option<String>,
}

/// An embedded user who is to be logged in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyLogin)]
struct LoginBody {
    /// How the application calls them, 1–128 characters.
    external_id: String,
    /// What they are called from now on, 1–80 characters.
    display_name: String,
    /// What their key is held to; any but `admin` (`chat.read`, `chat.send`).
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Vec<Scope>>,
}

/// An embedded user who is to be logged out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyLogout)]
struct LogoutBody {
    /// How the application calls them.
    external_id: String,
}

/// An API key.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
struct KeyBody {
    id: Uuid,
    /// `master` or `scoped`.
    #[schema(value_type = String)]
    kind: KeyKind,
    /// What people call it.
    name: String,
    /// Whose rights it acts with.
    user_id: Uuid,
    /// What it is held to; empty for a master key.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Scope>,
    /// Who made it.
    created_by: Uuid,
    /// When, RFC 3339.
    #[schema(format = DateTime)]
    created_at: String,
}

/// A new API key.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeKey)]
struct MadeBody {
    /// For the header `Authorization: Bearer …`. Told now and never again.
    api_key: String,
    #[serde(flatten)]
    key: KeyBody,
}

/// An embedded user with a new key.
#[derive(Serialize, ToSchema)]
#[schema(as = LoggedIn)]
struct LoggedInBody {
    /// The user's own. The one that they had before is out.
    api_key: String,
    /// Who they are.
    user: EmbeddedBody,
}

/// An embedded user.
#[derive(Serialize, ToSchema)]
#[schema(as = EmbeddedUser)]
struct EmbeddedBody {
    id: Uuid,
    /// How the application calls them.
    external_id: String,
    /// What they are called.
    display_name: String,
    /// What they are mentioned by.
    handle: String,
}

/// Make an API key. It acts with the rights that the caller has in the workspace, from day to day.
#[utoipa::path(
    post,
    path = "/keys",
    tag = "keys",
    request_body = NewKeyBody,
    responses(
        (status = 201, body = MadeBody),
        (status = 401, description = "`auth.second_factor_required`, `auth.invalid_code`", body = ErrorBody),
        (status = 403, description = "`workspace.insufficient_role`, `key.missing_scope`, `key.beyond_own`, `auth.sign_in_required`, `password.required`, `password.wrong`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
        (status = 409, description = "`key.name_taken`, `key.too_many`", body = ErrorBody),
        (status = 422, description = "`key.scopes`, `name.invalid`", body = ErrorBody),
        (status = 429, description = "`auth.too_many_attempts`", body = ErrorBody),
    )
)]
async fn make(
    State(auth): State<Auth>,
    Authenticated(caller): Authenticated,
    SentFrom(from): SentFrom,
    Body(body): Body<NewKeyBody>,
) -> Result<(StatusCode, Json<MadeBody>), Failure> {
    let NewKeyBody { kind, name, scopes, password, code } = body;
    let proof = password.map(|password| Proof { password, code });
    let new = NewKey { kind, name, scopes: scopes.into() };
    let (key, api_key) = auth.make_key(&caller, new, proof, from).await?;
    Ok((StatusCode::CREATED, Json(MadeBody { api_key, key: key.into() })))
}

/// List the API keys of the workspace, without those of embedded users.
#[utoipa::path(
    get,
    path = "/keys",
    tag = "keys",
    params(PageQuery),
    responses(
        (status = 200, description = "by name", body = Listing<KeyBody>),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`workspace.insufficient_role`, `key.missing_scope`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
    )
)]
async fn list(
    State(auth): State<Auth>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<Json<Listing<KeyBody>>, Failure> {
    let (after, limit) = (page.after()?, page.limit()?);
    let keys = auth.keys(&caller, after, limit + 1).await?.into_iter().map(KeyBody::from).collect();
    Ok(Json(Listing::cut(keys, limit, |key| key.name.clone())))
}

/// Delete an API key. Connections that came by it are closed.
#[utoipa::path(
    delete,
    path = "/keys/{id}",
    tag = "keys",
    params(("id" = String, Path)),
    responses(
        (status = 204),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`workspace.insufficient_role`, `key.missing_scope`", body = ErrorBody),
        (status = 404, description = "`key.not_found`, `workspace.not_found`", body = ErrorBody),
    )
)]
async fn delete(
    State(auth): State<Auth>,
    Authenticated(caller): Authenticated,
    Path(id): Path<KeyId>,
) -> Result<StatusCode, Failure> {
    auth.delete_key(&caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Log an embedded user in: makes them where there is none, calls them so, and replaces their key.
#[utoipa::path(
    post,
    path = "/keys/login",
    tag = "keys",
    request_body = LoginBody,
    responses(
        (status = 200, body = LoggedInBody),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`key.not_master`", body = ErrorBody),
        (status = 404, description = "`workspace.not_found`", body = ErrorBody),
        (status = 422, description = "`user.invalid_external_id`, `name.invalid`, `key.scopes`", body = ErrorBody),
    )
)]
async fn login(
    State(auth): State<Auth>,
    Authenticated(caller): Authenticated,
    Body(body): Body<LoginBody>,
) -> Result<Json<LoggedInBody>, Failure> {
    let LoginBody { external_id, display_name, scopes } = body;
    let login = EmbeddedLogin { external_id, display_name, scopes: scopes.map(Into::into) };
    let (user, api_key) = auth.key_login(&caller, login).await?;
    Ok(Json(LoggedInBody { api_key, user: user.into() }))
}

/// Log an embedded user out: ends their key.
#[utoipa::path(
    post,
    path = "/keys/logout",
    tag = "keys",
    request_body = LogoutBody,
    responses(
        (status = 204),
        (status = 401, body = ErrorBody),
        (status = 403, description = "`key.not_master`", body = ErrorBody),
        (status = 404, description = "`user.not_found`, `workspace.not_found`", body = ErrorBody),
    )
)]
async fn logout(
    State(auth): State<Auth>,
    Authenticated(caller): Authenticated,
    Body(body): Body<LogoutBody>,
) -> Result<StatusCode, Failure> {
    auth.key_logout(&caller, &body.external_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<KeyView> for KeyBody {
    fn from(key: KeyView) -> Self {
        Self {
            id: key.id.uuid(),
            kind: key.kind,
            name: key.name,
            user_id: key.user_id.uuid(),
            scopes: key.scopes.into(),
            created_by: key.created_by.uuid(),
            created_at: key.created_at.to_rfc3339(),
        }
    }
}

impl From<EmbeddedView> for EmbeddedBody {
    fn from(user: EmbeddedView) -> Self {
        let EmbeddedView { id, external_id, display_name, handle } = user;
        Self { id: id.uuid(), external_id, display_name, handle }
    }
}
