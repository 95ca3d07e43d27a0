//! A client that means one workspace.

use http::{HeaderMap, Method, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Client, call::Call};
use crate::Error;

/// A client's handle for one workspace. Cheap to clone.
#[derive(Clone, Debug)]
pub struct InWorkspace {
    client: Client,
    named: String,
}

impl InWorkspace {
    pub(super) const fn new(client: Client, named: String) -> Self {
        Self { client, named }
    }

    /// The client.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The workspace's id or slug, as it was given.
    #[must_use]
    pub fn named(&self) -> &str {
        &self.named
    }

    /// As [`Client::request`], naming the workspace.
    ///
    /// # Errors
    /// As there.
    pub async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, HeaderMap, Value), Error> {
        let call = Call::new(method, path).in_workspace(&self.named)?;
        let call = if let Some(body) = body { call.json(body)? } else { call };
        self.client.request_as(call).await
    }

    pub(super) async fn call<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        self.client.call(call.in_workspace(&self.named)?).await
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: String) -> Result<T, Error> {
        self.call(Call::get(path)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: String,
        body: &(impl Serialize + ?Sized + Sync),
    ) -> Result<T, Error> {
        self.call(Call::post(path).json(body)?).await
    }

    pub(super) async fn patch<T: DeserializeOwned>(
        &self,
        path: String,
        body: &(impl Serialize + ?Sized + Sync),
    ) -> Result<T, Error> {
        self.call(Call::patch(path).json(body)?).await
    }

    pub(super) async fn delete(&self, path: String) -> Result<(), Error> {
        self.call(Call::delete(path)).await
    }
}
