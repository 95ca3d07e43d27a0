//! The text of a key: `key_<workspace id>_<secret>`, the secret being 32 random bytes in Base64 for URLs. It names its
//! workspace, since that is where it is looked for.
//!
//! Nobody can guess 256 random bits, so that a plain SHA-256 is enough to keep: there is nothing that a slow hash would have
//! to make up for.

use std::fmt;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use parlance_base::{Ids, KeyId, WorkspaceId};
use sha2::{Digest, Sha256};

use super::PREFIX;

/// A key as its holder has it.
pub(crate) struct ApiKey {
    pub(crate) workspace: WorkspaceId,
    text: String,
}

impl ApiKey {
    /// A new one.
    pub(super) fn new(ids: &Ids, workspace: WorkspaceId) -> Self {
        let text = format!("{PREFIX}{workspace}_{}", BASE64.encode(ids.random::<32>()));
        Self { workspace, text }
    }

    /// The key that this text is, if it is one by its form.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (workspace, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_whole = BASE64.decode(secret).is_ok_and(|bytes| bytes.len() == 32);
        let workspace = workspace.parse().ok().filter(|_| is_whole)?;
        Some(Self { workspace, text: text.to_owned() })
    }

    /// What is stored of it.
    pub(super) fn sha256(&self) -> String {
        BASE64.encode(self.digest())
    }

    /// The id that the key has because of its secret: nothing of the secret follows from it.
    pub(super) fn id(&self) -> KeyId {
        KeyId::derived(&["key", &self.sha256()])
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// The text, for its holder, once.
    pub(super) fn reveal(self) -> String {
        self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("workspace", &self.workspace).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parlance_base::SystemClock;

    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_never_shown() {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        let key = ApiKey::new(&ids, ids.next());
        let (workspace, id, sha256) = (key.workspace, key.id(), key.sha256());
        assert!(!format!("{key:?}").contains(&key.text[41..]));
        let text = key.reveal();
        assert_eq!(text.len(), 4 + 36 + 1 + 43);
        let read = ApiKey::read(&text).unwrap();
        assert_eq!((read.workspace, read.id(), read.sha256()), (workspace, id, sha256));
    }

    #[test]
    fn what_has_another_form_is_no_key() {
        let ids = Ids::new(Arc::new(SystemClock)).unwrap();
        let text = ApiKey::new(&ids, ids.next()).reveal();
        let last = &text[text.len() - 1..];
        for other in [
            String::new(),
            PREFIX.to_owned(),
            text[4..].to_owned(),
            text[..text.len() - 1].to_owned(),
            format!("{text}{last}"),
            format!("{text} "),
            text.to_uppercase(),
            text.replace('-', "."),
        ] {
            assert!(ApiKey::read(&other).is_none(), "{other}");
        }
    }
}
