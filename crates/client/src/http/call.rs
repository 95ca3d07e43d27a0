//! One request and its answer: how they are put together, read with a bound, and told from a refusal.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use reqwest::Url;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::Error;

/// No answer is read further.
const MOST_BYTES: usize = 16 << 20;
const WORKSPACE: HeaderName = HeaderName::from_static("parlance-workspace");

/// A request that can be made, again if need be.
#[derive(Clone, Debug)]
pub(super) struct Call {
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    within: Option<Duration>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Deserialize)]
struct ErrorDetail {
    code: String,
    #[serde(default)]
    message: String,
    request_id: Option<String>,
}

impl Call {
    /// A request for this path, which may have a query.
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        let (query, headers) = (Vec::new(), HeaderMap::new());
        Self { method, path: path.into(), query, headers, body: None, within: None }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(super) fn verbatim(request: http::Request<Vec<u8>>) -> Self {
        let (parts, body) = request.into_parts();
        let call = Self::new(parts.method, parts.uri.to_string());
        Self { headers: parts.headers, body: (!body.is_empty()).then_some(body), ..call }
    }

    pub(super) fn json(mut self, body: &(impl Serialize + ?Sized)) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Unsendable(error.to_string()))?;
        self.body = Some(body);
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(self)
    }

    pub(super) fn query(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }

    pub(super) fn in_workspace(mut self, named: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(named);
        let value = value.map_err(|_| Error::Unsendable("this names no workspace".to_owned()))?;
        self.headers.insert(WORKSPACE, value);
        Ok(self)
    }

    /// How long the answer may take, where that is not what it is for all calls.
    pub(super) const fn within(mut self, within: Duration) -> Self {
        self.within = Some(within);
        self
    }

    pub(super) fn request(self, base: &Url) -> Result<reqwest::Request, Error> {
        let mut request = reqwest::Request::new(self.method, url(base, &self.path, &self.query)?);
        *request.headers_mut() = self.headers;
        *request.body_mut() = self.body.map(Into::into);
        *request.timeout_mut() = self.within;
        Ok(request)
    }
}

/// The address of a path under the server's.
pub(crate) fn url(base: &Url, path: &str, query: &[(&str, String)]) -> Result<Url, Error> {
    let base = base.as_str().trim_end_matches('/');
    let unsendable = || Error::Unsendable("a path begins with a slash".to_owned());
    if !path.starts_with('/') {
        return Err(unsendable());
    }
    let mut url = Url::parse(&format!("{base}{path}")).map_err(|_| unsendable())?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

impl Answer {
    pub(super) async fn of(mut response: reqwest::Response) -> Result<Self, Error> {
        let too_long = || Error::Unreadable(format!("it has more than {MOST_BYTES} bytes"));
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len().saturating_add(chunk.len()) > MOST_BYTES {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, headers, body })
    }

    /// The body as JSON, as a text where it is none, null where there is nothing.
    pub(super) fn value(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        let text = || Value::String(String::from_utf8_lossy(&self.body).into_owned());
        serde_json::from_slice(&self.body).unwrap_or_else(|_| text())
    }

    /// What the server says, or why it refuses.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.status.is_success() {
            return Err(refused(self.status, &self.headers, &self.body));
        }
        let body = if self.body.is_empty() { b"null" } else { self.body.as_slice() };
        serde_json::from_slice(body).map_err(|error| Error::Unreadable(error.to_string()))
    }

    pub(super) fn is_expired_token(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
            && refused(self.status, &self.headers, &self.body).code() == Some("auth.token_expired")
    }
}

/// What an answer that is no success says, also where a proxy gave it.
pub(crate) fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
    let detail = serde_json::from_slice::<ErrorBody>(body).ok().map(|body| body.error);
    let detail = detail.unwrap_or_else(|| ErrorDetail {
        code: format!("http.{}", status.as_u16()),
        message: status.canonical_reason().unwrap_or_default().to_lowercase(),
        request_id: None,
    });
    Error::Api {
        status: status.as_u16(),
        code: detail.code,
        message: detail.message,
        request_id: detail.request_id.or_else(|| text("x-request-id")),
        retry_after: text("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_goes_under_the_servers_address() {
        let base = Url::parse("http://chat/under/").unwrap();
        let query = [("limit", "5".to_owned()), ("after", "a b&c".to_owned())];
        let url = url(&base, "/api/chat/groups", &query).unwrap();
        assert_eq!(url.as_str(), "http://chat/under/api/chat/groups?limit=5&after=a+b%26c");
        assert!(super::url(&base, "evil.example", &[]).is_err());
    }

    #[test]
    fn a_refusal_is_read_with_all_it_says() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("2"));
        let body = br#"{"error":{"code":"rate.limited","message":"too fast","request_id":"r1","more":1}}"#;
        let Error::Api { status, code, message, request_id, retry_after } =
            refused(StatusCode::TOO_MANY_REQUESTS, &headers, body)
        else {
            panic!("not a refusal")
        };
        assert_eq!((status, code.as_str(), message.as_str()), (429, "rate.limited", "too fast"));
        assert_eq!((request_id.as_deref(), retry_after), (Some("r1"), Some(Duration::from_secs(2))));
    }

    #[test]
    fn what_a_proxy_says_is_a_refusal_too() {
        let error = refused(StatusCode::BAD_GATEWAY, &HeaderMap::new(), b"<html>");
        assert_eq!((error.code(), error.will_pass()), (Some("http.502"), true));
    }
}
