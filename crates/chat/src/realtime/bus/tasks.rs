//! The two tasks of a bus that goes through the store: one says what this node has to say, one hears the others.

use metrics::Counter;
use parlance_base::NodeId;
use parlance_store::{Announcements, News, Store};
use tokio::sync::mpsc;
use tracing::warn;

use super::{Heard, wire};
use crate::realtime::signal::Signal;

/// Signals that are said together: those that come while the ones before are on their way.
const TOGETHER: usize = 256;

pub(super) async fn publish(store: Store, node: NodeId, mut signals: mpsc::Receiver<Signal>, lost: Counter) {
    let mut together = Vec::new();
    while signals.recv_many(&mut together, TOGETHER).await > 0 {
        let texts = wire::encode(together.drain(..));
        if let Err(error) = store.announce(node, &texts).await {
            lost.increment(u64::try_from(texts.len()).unwrap_or(u64::MAX));
            warn!(%error, signals = texts.len(), "signals to other nodes are lost");
        }
    }
}

pub(super) async fn listen(mut announcements: Announcements, hear: mpsc::Sender<Heard>) {
    loop {
        let heard = match announcements.next().await {
            News::Lagged => vec![Heard::Lagged],
            News::Said(texts) => {
                texts.iter().filter_map(|text| wire::decode(text)).map(Heard::Signal).collect()
            }
        };
        for one in heard {
            if hear.send(one).await.is_err() {
                return;
            }
        }
    }
}
