//! What workspaces and members may be called: parsed once, at the edge, and trusted inside.

use parlance_base::{Error, Kind, Result, UserId};

use crate::visible::visible;

/// The longest name, in characters.
const MAX_NAME: usize = 80;

/// The shortest and the longest handle, in characters.
const HANDLE: std::ops::RangeInclusive<usize> = 2..=32;

/// Slugs that addresses or mentions mean something else by.
const RESERVED: [&str; 20] = [
    "admin",
    "api",
    "app",
    "auth",
    "chat",
    "docs",
    "health",
    "help",
    "hooks",
    "invite",
    "license",
    "login",
    "me",
    "metrics",
    "new",
    "parlance",
    "static",
    "system",
    "workspace",
    "workspaces",
];

/// What an `@` before it means everybody by: nobody's handle.
const EVERYBODY: [&str; 3] = ["here", "channel", "everyone"];

/// What people call a workspace or a member: 1–80 characters on one line, without space around them, all of them
/// [visible](visible()).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

/// What a workspace is called in addresses: `[a-z0-9-]{2,40}`, not reserved, and not to be mistaken for an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

/// What a member is mentioned by: `[a-z0-9._-]{2,32}`, but for the words that mean everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle(String);

impl DisplayName {
    /// The name, without the space around it.
    ///
    /// # Errors
    /// 422 `name.invalid`.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.trim();
        if (1..=MAX_NAME).contains(&name.chars().count()) && visible(name) == name {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::new(
            Kind::Invalid,
            "name.invalid",
            format!("a name has 1–{MAX_NAME} characters that can be seen, on one line"),
        ))
    }

    /// The nearest name to this one, for what was not said to be a name here.
    pub(crate) fn near(text: &str) -> Self {
        let kept: String = visible(text).trim().chars().take(MAX_NAME).collect();
        // What was cut may have joined what is left to something.
        let kept = visible(kept.trim());
        Self(if kept.is_empty() { "?".to_owned() } else { kept })
    }

    /// The name.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Slug {
    /// The slug.
    ///
    /// # Errors
    /// 422 `slug.invalid` or `slug.reserved`.
    pub fn parse(text: &str) -> Result<Self> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(2..=40).contains(&text.len()) || !text.bytes().all(fits) {
            return Err(Error::new(Kind::Invalid, "slug.invalid", "a slug is [a-z0-9-]{2,40}"));
        }
        // An id names the workspace that has it, whatever another one is called.
        if RESERVED.contains(&text) || text.parse::<UserId>().is_ok() {
            return Err(Error::new(Kind::Invalid, "slug.reserved", "this slug is reserved"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The slug.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Handle {
    /// The handle.
    ///
    /// # Errors
    /// 422 `handle.invalid` or `handle.reserved`.
    pub fn parse(text: &str) -> Result<Self> {
        if EVERYBODY.contains(&text) {
            return Err(Error::new(Kind::Invalid, "handle.reserved", "this handle means everybody"));
        }
        if HANDLE.contains(&text.len()) && text.chars().all(is_of_handle) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::new(Kind::Invalid, "handle.invalid", "a handle is [a-z0-9._-]{2,32}"))
    }

    /// The nearest handle to this text.
    pub(crate) fn near(text: &str) -> Self {
        let lower = text.to_lowercase();
        let fitting = lower.chars().map(|char| if is_of_handle(char) { char } else { '-' });
        let kept: String = fitting.take(*HANDLE.end()).collect();
        let kept = kept.trim_matches('-');
        let is_none = kept.len() < *HANDLE.start() || EVERYBODY.contains(&kept);
        Self(if is_none { "member" } else { kept }.to_owned())
    }

    /// This handle and others like it, in the order of preference.
    pub(crate) fn alternatives(&self, random: [u8; 3]) -> Vec<String> {
        let with = |suffix: String| {
            let kept: String = self.0.chars().take(HANDLE.end() - suffix.len()).collect();
            format!("{kept}{suffix}")
        };
        let [a, b, c] = random;
        let numbered = (2..=20).map(|number| with(number.to_string()));
        [self.0.clone()]
            .into_iter()
            .chain(numbered)
            .chain([with(format!("-{a:02x}{b:02x}{c:02x}"))])
            .collect()
    }

    /// The handle.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_of_handle(char: char) -> bool {
    char.is_ascii_lowercase() || char.is_ascii_digit() || ['.', '_', '-'].contains(&char)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T: std::fmt::Debug>(refused: Result<T>) -> &'static str {
        refused.unwrap_err().code()
    }

    #[test]
    fn names_have_one_to_eighty_characters_on_one_line() {
        assert_eq!(DisplayName::parse("  Ana  ").unwrap().into_string(), "Ana");
        assert!(DisplayName::parse(&"ä".repeat(80)).is_ok());
        for text in ["", "   ", "a\nb", "\u{0}", "Ann\u{202e}", "An\u{200b}n", &"a".repeat(81)] {
            assert_eq!(code(DisplayName::parse(text)), "name.invalid", "{text:?}");
        }
        assert_eq!(DisplayName::near(" a\nb ").into_string(), "ab");
        assert_eq!(DisplayName::near("\n").into_string(), "?");
        assert_eq!(DisplayName::near("Ann\u{202e}\u{200d}").into_string(), "Ann");
        let pair = format!("{}👩\u{200d}👧", "x".repeat(78));
        assert!(DisplayName::parse(&pair).is_err());
        assert!(DisplayName::parse(&DisplayName::near(&pair).into_string()).is_ok());
        assert!(DisplayName::parse(&DisplayName::near(&"x ".repeat(90)).into_string()).is_ok());
    }

    #[test]
    fn slugs_are_short_lower_case_not_reserved_and_no_id() {
        for text in ["ab", "acme-2", &"a".repeat(40), "0-"] {
            assert!(Slug::parse(text).is_ok(), "{text}");
        }
        for text in ["", "a", "Acme", "a b", "a_b", "ä-ä", &"a".repeat(41)] {
            assert_eq!(code(Slug::parse(text)), "slug.invalid", "{text}");
        }
        for text in ["api", "me", "0192d3a4-5b6c-7d8e-9f00-112233445566"] {
            assert_eq!(code(Slug::parse(text)), "slug.reserved", "{text}");
        }
    }

    #[test]
    fn handles_are_short_and_lower_case() {
        for text in ["ab", "a.b_c-d", &"9".repeat(32)] {
            assert!(Handle::parse(text).is_ok(), "{text}");
        }
        for text in ["", "a", "Ana", "a b", "@ana", "~ab", "ünal", &"a".repeat(33)] {
            assert_eq!(code(Handle::parse(text)), "handle.invalid", "{text}");
        }
    }

    #[test]
    fn whatever_is_wished_for_comes_near_a_handle() {
        for (wish, handle) in
            [("Ana.Lima", "ana.lima"), ("Ünal Öz", "nal--z"), ("", "member"), ("x", "member")]
        {
            assert_eq!(Handle::near(wish).as_str(), handle);
        }
        for wish in ["a", "ana", "日本語", &"long".repeat(20)] {
            for handle in Handle::near(wish).alternatives([0, 1, 255]) {
                assert!(Handle::parse(&handle).is_ok(), "{handle}");
            }
        }
    }
}
