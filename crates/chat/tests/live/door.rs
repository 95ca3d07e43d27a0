//! Takes connections as a host does that lets entries be sent past sockets which wait, and counts those.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use axum::{
    Extension, Router,
    extract::{ConnectInfo, Request, connect_info::Connected},
    middleware::{Next, from_fn},
    response::Response,
    serve::{IncomingStream, Listener},
};
use parlance_chat::realtime::{Carry, Plain, Wire};
use tokio::net::{TcpListener, TcpStream};

/// How many entries were sent past sockets.
#[derive(Clone, Debug, Default)]
pub(super) struct Past(Arc<AtomicUsize>);

pub(super) struct Door(pub(super) TcpListener);

#[derive(Clone)]
pub(super) struct Came(Wire);

struct Counting {
    wire: Wire,
    past: Past,
}

impl Past {
    pub(super) fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Carry for Counting {
    fn carry(&self, bytes: &[u8]) -> io::Result<usize> {
        let carried = self.wire.0.carry(bytes)?;
        self.past.0.fetch_add(1, Relaxed);
        Ok(carried)
    }
}

impl Listener for Door {
    type Io = Plain;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Plain, SocketAddr) {
        let (stream, peer): (TcpStream, _) = Listener::accept(&mut self.0).await;
        (Plain::new(stream), peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Door>> for Came {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(stream.io().wire())
    }
}

/// The routes, whose requests know what they came over.
pub(super) fn told_of_their_wires(router: Router, past: Past) -> Router {
    router.layer(from_fn(tell)).layer(Extension(past))
}

async fn tell(
    ConnectInfo(Came(wire)): ConnectInfo<Came>,
    Extension(past): Extension<Past>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(Wire(Arc::new(Counting { wire, past })));
    next.run(request).await
}
