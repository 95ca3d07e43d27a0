//! Avatars: the picture that a user shows to those who share a workspace with them.
//!
//! The user's document says which picture they have, the picture itself lies apart, and one batch changes both. Its name is a
//! hash of it, so that whoever has seen a picture knows it again.

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use parlance_base::{Error, Identity, Kind, Result, UserId};
use parlance_store::{Batch, Collection, CommitError, Field, Home, Stored};
use parlance_workspace::permission::{Action, check_scope};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Auth, UserView, sign_in,
    user::{self, State, User},
};

/// How many bytes a picture has at most; in base64 they fit a document.
pub const MOST_AVATAR_BYTES: usize = 256 * 1_024;

/// How often others may change it in between.
const ATTEMPTS: usize = 5;

/// A user's picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avatar {
    /// Whose.
    id: UserId,
    /// What the picture is called.
    pub revision: String,
    /// What it is: a picture that cannot hold scripts.
    pub format: AvatarFormat,
    /// The picture.
    #[serde(with = "base64_text")]
    pub bytes: Vec<u8>,
}

/// What pictures can be. Never SVG, which is a document that can do things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AvatarFormat {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
}

const REVISION: Field = Field::text("revision");
const FORMAT: Field = Field::text("format");
const BYTES: Field = Field::text("bytes");

/// The pictures of those who have one.
pub static AVATARS: Collection =
    Collection { name: "avatars", home: Home::System, indexes: &[], fields: &[REVISION, FORMAT, BYTES] };

impl Stored for Avatar {
    const COLLECTION: &'static Collection = &AVATARS;
}

impl Auth {
    /// Gives the user this picture; of two at once one stays.
    ///
    /// # Errors
    /// 422 `avatar.unsupported` for what is no PNG, JPEG, WebP or GIF, or more than 256 KiB; 401 `auth.sign_in_ended` where
    /// the user is gone; 503 while the store is out of reach.
    pub async fn put_avatar(&self, user: UserId, bytes: Vec<u8>) -> Result<UserView> {
        let avatar = Avatar::read(user, bytes)?;
        for _ in 0..ATTEMPTS {
            let is_there = self.core.system.get::<Avatar>(user).await?.is_some();
            let mut batch = Batch::new();
            batch.update::<User>(user, [State::Active.cond()], [user::AVATAR.set(avatar.revision.as_str())]);
            match is_there {
                true => batch.update::<Avatar>(user, [], avatar.changes()),
                false => batch.insert(&avatar),
            };
            match self.core.system.commit(batch).await {
                Ok(()) => return self.me(user).await,
                Err(CommitError::Conflict(0) | CommitError::Missing(0)) => return Err(sign_in::ended()),
                // Another one came or went, or this one came and nobody knows: doing it again tells.
                Err(CommitError::Missing(_) | CommitError::Duplicate(..) | CommitError::Unknown) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::unavailable("avatar.contested", "the avatar is being changed elsewhere, try again"))
    }

    /// Takes the user's picture away, if there is one.
    ///
    /// # Errors
    /// 503 while the store is out of reach.
    pub async fn remove_avatar(&self, user: UserId) -> Result<()> {
        let mut batch = Batch::new();
        batch.update::<User>(user, [], [user::AVATAR.unset()]).delete::<Avatar>(user, []);
        match self.core.system.commit(batch).await {
            Ok(()) | Err(CommitError::Missing(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The picture of a user, for somebody who shares a workspace with them: for an API key, its own one.
    ///
    /// # Errors
    /// 403 `key.missing_scope`; 404 `avatar.not_found` where they share none, or there is no picture; 503 while the store is
    /// out of reach.
    pub async fn avatar(&self, viewer: &Identity, of: UserId) -> Result<Avatar> {
        check_scope(Action::WorkspaceView, viewer.grant)?;
        let not_found = || Error::new(Kind::NotFound, "avatar.not_found", "there is no such avatar");
        let workspaces = &self.core.workspaces;
        let is_shared = match viewer.workspace {
            Some(only) => workspaces.present(only, of).await?.is_some(),
            None => workspaces.share_one(viewer.user, of).await?,
        };
        if !is_shared {
            return Err(not_found());
        }
        self.core.system.get(of).await?.ok_or_else(not_found)
    }
}

impl Avatar {
    fn read(user: UserId, bytes: Vec<u8>) -> Result<Self> {
        let format =
            AvatarFormat::of(&bytes).filter(|_| bytes.len() <= MOST_AVATAR_BYTES).ok_or_else(|| {
                Error::new(
                    Kind::Invalid,
                    "avatar.unsupported",
                    "an avatar is a PNG, JPEG, WebP or GIF of at most 256 KiB",
                )
            })?;
        let hash = Sha256::digest(&bytes);
        let revision = BASE64_URL_SAFE_NO_PAD.encode(hash.first_chunk::<16>().unwrap_or(&[0; 16]));
        Ok(Self { id: user, revision, format, bytes })
    }

    fn changes(&self) -> [parlance_store::Change; 3] {
        [
            REVISION.set(self.revision.as_str()),
            FORMAT.set(self.format.as_str()),
            BYTES.set(BASE64_STANDARD.encode(&self.bytes)),
        ]
    }
}

impl AvatarFormat {
    /// What these bytes begin like.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// The format as it is stored.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }

    /// What browsers call it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

/// Bytes as base64 text, which both engines hold alike.
mod base64_text {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map_err(|_| D::Error::custom("no base64"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_known_by_how_it_begins() {
        let of = |bytes: &[u8]| AvatarFormat::of(bytes);
        assert_eq!(of(b"\x89PNG\r\n\x1a\n rest"), Some(AvatarFormat::Png));
        assert_eq!(of(b"\xff\xd8\xff\xe0"), Some(AvatarFormat::Jpeg));
        assert_eq!(of(b"RIFF\x01\x02\x03\x04WEBPVP8 "), Some(AvatarFormat::Webp));
        assert_eq!([of(b"GIF89a"), of(b"GIF87a")], [Some(AvatarFormat::Gif); 2]);
        for bytes in [&b""[..], b"\x89PNG", b"<svg xmlns='x'/>", b"<?xml", b"RIFF1234WAVE", b"GIF88a", b"BM"]
        {
            assert_eq!(of(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_format_is_stored_as_finds_and_changes_write_it() {
        for format in [AvatarFormat::Png, AvatarFormat::Jpeg, AvatarFormat::Webp, AvatarFormat::Gif] {
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
        }
    }

    #[test]
    fn the_largest_picture_fits_a_document() {
        let bytes = [b"GIF89a".as_slice(), &vec![0xff; MOST_AVATAR_BYTES - 6]].concat();
        let avatar = Avatar::read(UserId::derived(&["ann"]), bytes).unwrap();
        assert!(serde_json::to_string(&avatar).unwrap().len() < parlance_store::MAX_SIZE / 2);
        let larger = [b"GIF89a".as_slice(), &vec![0xff; MOST_AVATAR_BYTES - 5]].concat();
        assert_eq!(Avatar::read(UserId::derived(&["ann"]), larger).unwrap_err().code(), "avatar.unsupported");
    }
}
