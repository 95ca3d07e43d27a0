//! Signals as the short texts that nodes exchange, of this release and others: what is not understood is passed over.

use std::collections::BTreeMap;

use parlance_base::{KeyId, NodeId, Revocation, Role, SignInId, StreamId, UserId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::realtime::{PresenceStatus, Sightings, StreamKey, signal::Signal};

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Wire {
    Hint { workspace: WorkspaceId, stream: StreamId, seq: u64 },
    Gained { workspace: WorkspaceId, stream: StreamId, user: UserId },
    Volatile { workspace: WorkspaceId, stream: StreamId, except: Option<UserId>, frame: String },
    Sighted { node: NodeId, workspace: WorkspaceId, users: Vec<(UserId, PresenceStatus)> },
    SignInRevoked { sign_in: SignInId },
    KeyRevoked { key: KeyId },
    UserRevoked { user: UserId },
    MemberRevoked { workspace: WorkspaceId, user: UserId },
    RoleRevoked { workspace: WorkspaceId, user: UserId, role: Role },
    WorkspaceRevoked { workspace: WorkspaceId },
}

/// The texts of these signals. Of several hints about one stream the last is enough.
pub(super) fn encode(signals: impl Iterator<Item = Signal>) -> Vec<String> {
    let mut hints = BTreeMap::new();
    let mut texts = Vec::new();
    for signal in signals {
        match signal {
            Signal::Hint(key, seq) => {
                let last = hints.entry(key).or_insert(seq);
                *last = seq.max(*last);
            }
            signal => texts.push(text(signal)),
        }
    }
    texts.extend(hints.into_iter().map(|(key, seq)| text(Signal::Hint(key, seq))));
    texts
}

pub(super) fn decode(text: &str) -> Option<Signal> {
    serde_json::from_str::<Wire>(text).ok().map(Signal::from)
}

fn text(signal: Signal) -> String {
    // Nothing in a signal can fail to encode.
    serde_json::to_string(&Wire::from(signal)).unwrap_or_default()
}

impl From<Signal> for Wire {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Hint(StreamKey { workspace, stream }, seq) => Self::Hint { workspace, stream, seq },
            Signal::Gained(StreamKey { workspace, stream }, user) => Self::Gained { workspace, stream, user },
            Signal::Volatile(StreamKey { workspace, stream }, except, frame) => {
                Self::Volatile { workspace, stream, except, frame: frame.text().to_owned() }
            }
            Signal::Sighted(node, Sightings { workspace, users }) => Self::Sighted { node, workspace, users },
            Signal::Revoked(Revocation::SignIn(sign_in)) => Self::SignInRevoked { sign_in },
            Signal::Revoked(Revocation::Key(key)) => Self::KeyRevoked { key },
            Signal::Revoked(Revocation::User(user)) => Self::UserRevoked { user },
            Signal::Revoked(Revocation::Member(workspace, user)) => Self::MemberRevoked { workspace, user },
            Signal::Revoked(Revocation::Role(workspace, user, role)) => {
                Self::RoleRevoked { workspace, user, role }
            }
            Signal::Revoked(Revocation::Workspace(workspace)) => Self::WorkspaceRevoked { workspace },
        }
    }
}

impl From<Wire> for Signal {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Hint { workspace, stream, seq } => Self::Hint(StreamKey { workspace, stream }, seq),
            Wire::Gained { workspace, stream, user } => Self::Gained(StreamKey { workspace, stream }, user),
            Wire::Volatile { workspace, stream, except, frame } => {
                Self::Volatile(StreamKey { workspace, stream }, except, frame.into())
            }
            Wire::Sighted { node, workspace, users } => Self::Sighted(node, Sightings { workspace, users }),
            Wire::SignInRevoked { sign_in } => Self::Revoked(Revocation::SignIn(sign_in)),
            Wire::KeyRevoked { key } => Self::Revoked(Revocation::Key(key)),
            Wire::UserRevoked { user } => Self::Revoked(Revocation::User(user)),
            Wire::MemberRevoked { workspace, user } => Self::Revoked(Revocation::Member(workspace, user)),
            Wire::RoleRevoked { workspace, user, role } => {
                Self::Revoked(Revocation::Role(workspace, user, role))
            }
            Wire::WorkspaceRevoked { workspace } => Self::Revoked(Revocation::Workspace(workspace)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> StreamKey {
        StreamKey { workspace: WorkspaceId::derived(&["acme"]), stream: StreamId::derived(&[name]) }
    }

    #[test]
    fn a_signal_written_and_read_again_is_the_same() {
        let (user, workspace) = (UserId::derived(&["me"]), WorkspaceId::derived(&["acme"]));
        let revocations = [
            Revocation::SignIn(SignInId::derived(&["phone"])),
            Revocation::Key(KeyId::derived(&["key"])),
            Revocation::User(user),
            Revocation::Member(workspace, user),
            Revocation::Role(workspace, user, Role::Guest),
            Revocation::Workspace(workspace),
        ];
        let others = [
            Signal::Hint(key("group"), u64::MAX),
            Signal::Gained(key("group"), user),
            Signal::Volatile(key("group"), Some(user), r#"{"type":"typing"}"#.to_owned().into()),
            Signal::Volatile(key("group"), None, String::new().into()),
            Signal::Sighted(
                NodeId::derived(&["node"]),
                Sightings { workspace, users: vec![(user, PresenceStatus::Away)] },
            ),
        ];
        for signal in revocations.map(Signal::Revoked).into_iter().chain(others) {
            assert_eq!(decode(&text(signal.clone())), Some(signal));
        }
    }

    #[test]
    fn of_several_hints_the_furthest_is_said() {
        let hints = [("a", 3), ("b", 1), ("a", 5), ("a", 4)].map(|(name, seq)| Signal::Hint(key(name), seq));
        let mut said: Vec<_> = encode(hints.into_iter()).iter().filter_map(|text| decode(text)).collect();
        said.sort_by_key(|signal| if let Signal::Hint(_, seq) = signal { *seq } else { 0 });
        assert_eq!(said, [Signal::Hint(key("b"), 1), Signal::Hint(key("a"), 5)]);
    }

    #[test]
    fn what_is_not_understood_is_passed_over() {
        for text in ["", "{}", r#"{"type":"party"}"#, r#"{"type":"user_revoked","user":"me"}"#] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
