//! The words that members are found by: those of their display name, their handle and the local part of their address,
//! without case and accents. Written by the plans that change what they are made of.

use parlance_base::{Result, UserId};
use parlance_store::{Collection, Home, Stored};
use parlance_stream::{Read, View};
use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// How many words a member is found by.
const MAX_WORDS: usize = 24;

/// How many characters of a word count.
const MAX_LENGTH: usize = 40;

/// A word, by which a member is found. Its id is the word, a space and the user: so the words that begin alike follow
/// each other, each with its users in one order, and the pages of a search are ranges of ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) id: String,
    pub(crate) user_id: UserId,
}

pub(crate) static WORDS: Collection =
    Collection { name: "directory_words", home: Home::Workspace, indexes: &[], fields: &[] };

impl Stored for Word {
    const COLLECTION: &'static Collection = &WORDS;
}

impl Word {
    pub(crate) fn new(word: &str, user_id: UserId) -> Self {
        Self { id: format!("{word} {user_id}"), user_id }
    }

    /// The word itself.
    pub(crate) fn word(&self) -> &str {
        self.id.split(' ').next().unwrap_or_default()
    }
}

/// The words of a text, each once, in order: without case, accents and anything but letters and digits.
pub(crate) fn folded(text: &str) -> Vec<String> {
    let bare: String = text.nfkd().filter(|char| !is_combining_mark(*char)).collect();
    let lower = bare.to_lowercase();
    let words = lower.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.map(|word| word.chars().take(MAX_LENGTH).collect()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The words that somebody of these names is found by.
pub(crate) fn of(display_name: &str, handle: &str, email: &str) -> Vec<String> {
    let local = email.split('@').next().unwrap_or_default();
    let mut words = folded(&format!("{display_name} {handle} {local}"));
    words.truncate(MAX_WORDS);
    words
}

/// What a plan that changes a member's words looks at.
pub(crate) fn reads<'a>(user: UserId, words: impl IntoIterator<Item = &'a String>) -> Vec<Read> {
    words.into_iter().map(|word| Read::of::<Word>(Word::new(word, user).id)).collect()
}

/// Has the user be found by these words and no longer by those.
pub(crate) fn turn(view: &mut View<'_>, user: UserId, was: &[String], is: &[String]) -> Result<()> {
    for gone in was.iter().filter(|word| !is.contains(word)) {
        view.remove::<Word>(Word::new(gone, user).id)?;
    }
    is.iter().filter(|word| !was.contains(word)).try_for_each(|new| view.put(&Word::new(new, user)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_no_case_no_accents_and_no_punctuation() {
        for (text, words) in [
            ("Ünal  Öz-Schmidt", vec!["oz", "schmidt", "unal"]),
            ("ÉLODIE élodie", vec!["elodie"]),
            ("李小龍 Ｂｒｕｃｅ", vec!["bruce", "李小龍"]),
            ("a.lima+x@", vec!["a", "lima", "x"]),
            ("!? ", vec![]),
        ] {
            assert_eq!(folded(text), words, "{text}");
        }
        assert_eq!(of("Ana Lima", "al", "ana.l@example.org"), ["al", "ana", "l", "lima"]);
    }

    #[test]
    fn words_have_bounds() {
        let many: String = (0..100).map(|number| format!("w{number} ")).collect();
        assert_eq!(of(&many, "", "").len(), MAX_WORDS);
        assert_eq!(folded(&"ä".repeat(90)), ["a".repeat(MAX_LENGTH)]);
    }
}
