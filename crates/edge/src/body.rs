//! Extractors whose rejections have the one error shape. Types name their fields with `deny_unknown_fields`.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{Uri, header, request::Parts},
};
use parlance_base::{Error, Kind};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::{Failure, rejection};

/// How long a body may take to arrive.
const WITHIN: Duration = Duration::from_secs(10);

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A body that is no JSON, as it came.
#[derive(Debug)]
pub struct Raw(pub Bytes);

/// The query string, but for `workspace`, which any request may name its workspace by.
#[derive(Debug)]
pub struct Query<T>(pub T);

/// The variable parts of the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            let message = "the body must be JSON, with Content-Type: application/json";
            return Err(Error::new(Kind::Malformed, "request.malformed", message).into());
        }
        let bytes = arrived(request, state).await?;
        // Serde would take a list for an object, its elements for the fields in their order.
        if bytes.trim_ascii_start().first() == Some(&b'[') {
            return Err(Error::new(Kind::Invalid, "request.invalid", "the body must be a JSON object").into());
        }
        Ok(Self(serde_json::from_slice(&bytes).map_err(|error| rejection::of_json(&error))?))
    }
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        Ok(Self(arrived(request, state).await?))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let query = axum::extract::Query::<T>::try_from_uri(&without_workspace(&parts.uri)?);
        Ok(Self(query.map_err(|error| rejection::of_query(error.body_text()))?.0))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let malformed =
            |_| Error::new(Kind::Malformed, "request.malformed_id", "an id in the path is not one");
        Ok(Self(path.map_err(malformed)?.0))
    }
}

async fn arrived<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    let arriving = timeout(WITHIN, Bytes::from_request(request, state)).await;
    arriving.map_err(|_| late())?.map_err(|error| rejection::of_bytes(&error))
}

fn late() -> Error {
    Error::new(Kind::Malformed, "request.malformed", "the body did not arrive in time")
}

fn without_workspace(uri: &Uri) -> Result<Uri, Failure> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let rest: Vec<_> = pairs.filter(|pair| pair.split('=').next() != Some("workspace")).collect();
    let malformed = |_| Error::new(Kind::Malformed, "request.malformed", "the query cannot be read");
    Ok(format!("/?{}", rest.join("&")).parse().map_err(malformed)?)
}
