//! Who calls, as the host says.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderName, header, request::Parts},
};
use parlance_base::{
    Authenticate, Caller, Credential, Credentials, Error, Grant, Identify, Identity, Kind, Result as Checked,
};

use crate::Failure;

const WORKSPACE: HeaderName = HeaderName::from_static("parlance-workspace");

/// The caller of a request that is about a workspace.
#[derive(Clone, Debug)]
pub struct Authenticated(pub Caller);

/// The user behind a request that is about no workspace.
#[derive(Clone, Debug)]
pub struct Identified(pub Identity);

/// The user who sends the request by a sign-in of theirs: for what is a person's own and no API key's business.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Identity);

impl<S> FromRequestParts<S> for Authenticated
where
    S: Send + Sync,
    Arc<dyn Authenticate>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let host: Arc<dyn Authenticate> = FromRef::from_ref(state);
        Ok(Self(host.authenticate(credentials(parts), workspace_named(parts).as_deref(), parts).await?))
    }
}

impl<S> FromRequestParts<S> for Identified
where
    S: Send + Sync,
    Arc<dyn Identify>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let host: Arc<dyn Identify> = FromRef::from_ref(state);
        Ok(Self(host.identify(credentials(parts), parts).await?))
    }
}

impl<S> FromRequestParts<S> for SignedIn
where
    S: Send + Sync,
    Arc<dyn Identify>: FromRef<S>,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Identified(identity) = Identified::from_request_parts(parts, state).await?;
        check_signed_in(identity.credential, identity.grant)?;
        Ok(Self(identity))
    }
}

/// Nothing, where this is the proof of a sign-in.
///
/// # Errors
/// 403 `auth.sign_in_required`.
pub fn check_signed_in(credential: Credential, grant: Grant) -> Checked<()> {
    match (credential, grant) {
        (Credential::SignIn(_), Grant::Full) => Ok(()),
        _ => Err(Error::new(Kind::Forbidden, "auth.sign_in_required", "an API key may not do this: sign in")),
    }
}

/// Where the proof of an ordinary request is: in its `Authorization` header, else in its cookie.
#[must_use]
pub fn credentials(parts: &Parts) -> Credentials<'_> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        return Credentials::Header;
    }
    Credentials::Cookie { origin: parts.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) }
}

/// The workspace that the request names, by id or slug: in the header `Parlance-Workspace`, else in the query.
#[must_use]
pub fn workspace_named(parts: &Parts) -> Option<String> {
    if let Some(named) = parts.headers.get(WORKSPACE) {
        return Some(named.to_str().unwrap_or_default().to_owned());
    }
    #[derive(serde::Deserialize)]
    struct Named {
        workspace: Option<String>,
    }
    let query = axum::extract::Query::<Named>::try_from_uri(&parts.uri).ok()?;
    query.0.workspace
}
