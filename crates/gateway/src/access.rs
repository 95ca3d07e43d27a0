//! Around every request: where it came from, how long it took, and a line in the log. Only the route's template is
//! logged, never the address itself: addresses can hold what is secret.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use parlance_auth::ClientAddress;
use tokio::time::Instant;
use tracing::{debug, warn};

use crate::listen::Peer;

/// The proxies whose word is believed.
#[derive(Clone, Debug)]
pub(crate) struct Proxies(pub(crate) Arc<[IpAddr]>);

pub(crate) async fn access(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    if let Some(peer) = peer {
        let address = proxies.client(peer, request.headers());
        request.extensions_mut().insert(ClientAddress(address));
    }
    let (method, route) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    let start = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let (status, duration_ms) = (response.status().as_u16(), start.elapsed().as_secs_f64() * 1_000.0);
    let id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    if response.status().is_server_error() {
        warn!(%method, route, status, duration_ms, request.id = id, "answered");
    } else {
        debug!(%method, route, status, duration_ms, request.id = id, "answered");
    }
    response
}

impl Proxies {
    /// Who sent the request: the last address in `X-Forwarded-For` that is no proxy of ours, if one of them says so.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let named: Vec<_> = lines.flat_map(|line| line.split(',')).map(|name| name.trim().parse()).collect();
        let mut client = peer;
        for name in named.into_iter().rev() {
            match name {
                Ok(name) if self.0.contains(&client) => client = IpAddr::to_canonical(&name),
                _ => break,
            }
        }
        client
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&'static str]) -> String {
        let proxies = Proxies(["10.0.0.1", "10.0.0.2"].map(|proxy| proxy.parse().unwrap()).into());
        let lines = forwarded.iter().map(|line| ("x-forwarded-for".parse().unwrap(), line.parse().unwrap()));
        proxies.client(peer.parse().unwrap(), &lines.collect()).to_string()
    }

    #[test]
    fn what_a_trusted_proxy_says_is_believed() {
        assert_eq!(client("10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.1, 192.0.2.7, 10.0.0.2"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.1", "192.0.2.7,10.0.0.2"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_anybody_else_says_is_not() {
        assert_eq!(client("192.0.2.9", &["192.0.2.7"]), "192.0.2.9");
        assert_eq!(client("10.0.0.1", &["192.0.2.7, nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["nonsense, 192.0.2.7"]), "192.0.2.7");
    }
}
