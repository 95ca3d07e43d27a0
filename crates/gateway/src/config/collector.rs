//! Where traces are sent, and with what: the settings that begin with `otlp_`.

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use reqwest::Url;

use super::{Config, Hidden, Wrong};

/// Below the endpoint, as OTLP over HTTP has it.
const TRACES: [&str; 2] = ["v1", "traces"];

/// Nothing, where each of them is something by itself.
pub(super) fn alone(config: &Config) -> Result<(), Wrong> {
    if !(0.0..=1.0).contains(&config.otlp_sample) {
        return Err(Wrong::new(&["otlp_sample"], "otlp_sample is a share of all traces: from 0 to 1"));
    }
    config.otlp_endpoint.as_deref().map_or(Ok(()), |endpoint| traces_url(endpoint).map(drop))?;
    headers(config.otlp_headers.as_ref()).map(drop)
}

/// Where spans are posted to, with the collector at this endpoint.
///
/// # Errors
/// Where it is no address of HTTP, or holds what has no place in one that is shown.
pub(crate) fn traces_url(endpoint: &str) -> Result<Url, Wrong> {
    let wrong = |why| Wrong::new(&["otlp_endpoint"], format!("otlp_endpoint {why}"));
    let mut url = Url::parse(endpoint)
        .ok()
        .filter(|url| ["http", "https"].contains(&url.scheme()))
        .ok_or_else(|| wrong("is an address as http://127.0.0.1:4318"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a name or password: put what the collector asks for into otlp_headers"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("ends with its path"));
    }
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(TRACES);
    }
    Ok(url)
}

/// What is sent with the spans: `name=value`, with commas between, as `OTEL_EXPORTER_OTLP_HEADERS` elsewhere has it. A comma in
/// a value is written `%2C`.
///
/// # Errors
/// Which of them is none; not what it says.
pub(crate) fn headers(said: Option<&Hidden>) -> Result<HeaderMap, Wrong> {
    let Some(Hidden(said)) = said else { return Ok(HeaderMap::new()) };
    let parts = said.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
    let wrong = |number| {
        let reason = format!("otlp_headers: number {number} is not like name=value");
        Wrong::new(&["otlp_headers", "otlp_headers_file"], reason)
    };
    let header = |(at, part)| header(part).ok_or_else(|| wrong(at + 1));
    parts.enumerate().map(header).collect()
}

fn header(part: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = part.split_once('=')?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_path_is_put_below_the_endpoint() {
        for (endpoint, url) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/traces"),
            ("https://example.com/otlp", "https://example.com/otlp/v1/traces"),
        ] {
            assert_eq!(traces_url(endpoint).unwrap().as_str(), url);
        }
        for endpoint in ["", "127.0.0.1:4318", "grpc://here", "http://me:hush@here", "http://here/?key=hush"]
        {
            let error = traces_url(endpoint).unwrap_err().reason;
            assert!(error.contains("otlp_endpoint") && !error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn headers_are_named_and_never_shown() {
        let read = |text: &str| headers(Some(&Hidden(text.to_owned())));
        let found = read("authorization=Bearer%20hush==, x-tenant = acme%2C inc\n").unwrap();
        assert_eq!(found["authorization"], "Bearer hush==");
        assert_eq!(found["x-tenant"], "acme, inc");
        assert!(!format!("{found:?}").contains("hush"));
        for text in ["authorization", "a=b,hush", "a b=hush", "a=hush%0a"] {
            let error = read(text).unwrap_err().reason;
            assert!(error.contains("otlp_headers: number ") && !error.contains("hush"), "{error}");
        }
        assert!(headers(None).unwrap().is_empty());
    }
}
