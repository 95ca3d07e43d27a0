//! Around every request: where it came from, how long it took, a line in the log, one more in the metrics, and a span. Only the route's template is
//! told there, never the address itself: addresses can hold what is secret.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use parlance_auth::ClientAddress;
use tokio::time::Instant;
use tracing::{Instrument as _, debug, warn};

use crate::{listen::Peer, measure::Requests, traces};

/// The proxies whose word is believed.
#[derive(Clone, Debug)]
pub(crate) struct Proxies(Arc<[IpAddr]>);

pub(crate) async fn access(
    State((proxies, requests)): State<(Proxies, Requests)>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    if let Some(peer) = peer {
        let address = proxies.client(peer, request.headers());
        request.extensions_mut().insert(ClientAddress(address));
    }
    let (method, route) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    let route = route.as_ref().map(MatchedPath::as_str);
    // Anybody else could have everything of theirs traced.
    let headers = peer.is_some_and(|peer| proxies.trust(peer)).then(|| request.headers());
    let span = traces::request(&method, route, headers);
    let start = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    traces::answered(&span, response.status());
    let route = route.unwrap_or("none");
    let seconds = start.elapsed().as_secs_f64();
    requests.answered(&method, route, response.status(), seconds);
    let (status, duration_ms) = (response.status().as_u16(), seconds * 1_000.0);
    let id = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    if response.status().is_server_error() {
        warn!(%method, route, status, duration_ms, request.id = id, "answered");
    } else {
        debug!(%method, route, status, duration_ms, request.id = id, "answered");
    }
    response
}

impl Proxies {
    pub(crate) fn new(addresses: &[IpAddr]) -> Self {
        Self(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    fn trust(&self, peer: IpAddr) -> bool {
        self.0.contains(&peer)
    }

    /// Who sent the request: the last address in `X-Forwarded-For` that is no proxy of ours, if one of them says so.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all("x-forwarded-for").iter();
        let named: Vec<_> = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).collect();
        let mut client = peer;
        for name in named.into_iter().rev() {
            match address(name) {
                Some(name) if self.trust(client) => client = name,
                _ => break,
            }
        }
        client
    }
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(name: &[u8]) -> Option<IpAddr> {
    let name = std::str::from_utf8(name).ok()?.trim();
    let bare = || name.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || Some(name.parse::<SocketAddr>().ok()?.ip());
    name.parse().ok().or_else(bare).or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&'static str]) -> String {
        let proxies = Proxies::new(&["10.0.0.1", "::ffff:10.0.0.2"].map(|proxy| proxy.parse().unwrap()));
        let lines = forwarded.iter().map(|line| ("x-forwarded-for".parse().unwrap(), line.parse().unwrap()));
        proxies.client(peer.parse().unwrap(), &lines.collect()).to_string()
    }

    #[test]
    fn what_a_trusted_proxy_says_is_believed() {
        assert_eq!(client("10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.1, 192.0.2.7, 10.0.0.2"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.1", "192.0.2.7,10.0.0.2"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        for (name, address) in [
            ("192.0.2.7:51234", "192.0.2.7"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
        ] {
            assert_eq!(client("10.0.0.1", &[name]), address);
        }
    }

    #[test]
    fn what_anybody_else_says_is_not() {
        assert_eq!(client("192.0.2.9", &["192.0.2.7"]), "192.0.2.9");
        assert_eq!(client("10.0.0.1", &["192.0.2.7, nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["nonsense, 192.0.2.7"]), "192.0.2.7");
    }
}
