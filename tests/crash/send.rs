//! Those who send: under names of their own until it is settled, or without a name, once.

use std::time::Duration;

use http::Method;
use parlance_base::{EntryId, StreamId};
use parlance_client::{InWorkspace, NewMessage};
use parlance_gateway::rehearsal::{Door, Ledger, MARK, Promise};
use serde_json::{Value, json};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// What the sender without names waits for after an error, which it does not know the meaning of.
const PAUSE: Duration = Duration::from_millis(20);

/// Sends until told to stop, each message until it is stored.
pub(crate) async fn named(
    name: String,
    door: Door,
    group: StreamId,
    ledger: Ledger,
    stop: CancellationToken,
) -> Result<(), String> {
    for number in 0.. {
        if stop.is_cancelled() {
            break;
        }
        let content = format!("{name} {number}");
        let mut message = NewMessage::text(&content).named(&content);
        message.metadata = Some(json!({ MARK: content }));
        let sent = door.send(group, message).await;
        let sent = sent.map_err(|error| format!("{content} is not settled: {error}"))?;
        ledger.write(Promise { group, seq: sent.seq(), id: sent.id(), content });
    }
    Ok(())
}

/// Sends until told to stop, each message once and without a name: what is not acknowledged may be there or not.
pub(crate) async fn nameless(
    here: InWorkspace,
    group: StreamId,
    ledger: Ledger,
    stop: CancellationToken,
) -> Result<(), String> {
    let path = format!("/api/chat/groups/{group}/messages");
    for number in 0.. {
        if stop.is_cancelled() {
            break;
        }
        let content = format!("nameless {number}");
        let body = json!({ "content": content, "metadata": { MARK: content } });
        match here.request(Method::POST, &path, Some(&body)).await {
            Ok((status, _, answer)) if status.is_success() => {
                let id = answer.get("id").and_then(Value::as_str).and_then(|id| id.parse::<EntryId>().ok());
                let id = id.ok_or("an acknowledged message has no id")?;
                let seq =
                    answer.get("seq").and_then(Value::as_u64).ok_or("an acknowledged message has no seq")?;
                ledger.write(Promise { group, seq, id, content });
            }
            Ok((status, _, answer)) if status != 503 => return Err(format!("{status}: {answer}")),
            _ => sleep(PAUSE).await,
        }
    }
    Ok(())
}
