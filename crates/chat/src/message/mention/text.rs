//! Whom a text mentions: `@handle`, and words for everybody. What stands in code is meant as it stands there. Pure.

use super::{Broadcast, MAX_MENTIONS};

/// The longest handle, in characters.
const MAX_HANDLE: usize = 32;

/// What a text says of whom it is for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// What may be handles, in order, each once: with the punctuation after it, and without.
    pub(super) handles: Vec<(String, String)>,
    pub(super) broadcast: Option<Broadcast>,
}

/// Whom this text mentions. Of handles, the first so many count.
pub(super) fn named(text: &str) -> Named {
    let mut named = Named::default();
    if !text.contains('@') {
        return named;
    }
    for plain in outside_code(text) {
        words(plain, &mut named);
    }
    named
}

/// The parts of the text that are not between backticks: one as well as three begin code, and the same number ends it.
fn outside_code(text: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find('`') {
        let (plain, code) = rest.split_at(at);
        let fence: &str = if code.starts_with("```") { "```" } else { "`" };
        let Some((_, inside)) = code.split_once(fence) else { break };
        match inside.split_once(fence) {
            Some((_, after)) => {
                parts.push(plain);
                rest = after;
            }
            // What does not end is no code.
            None => {
                parts.push(plain);
                rest = inside;
            }
        }
    }
    parts.push(rest);
    parts
}

fn words(text: &str, named: &mut Named) {
    let mut before = None;
    for (at, char) in text.char_indices() {
        let stands_alone =
            before.is_none_or(|char: char| !char.is_alphanumeric() && !['.', '_', '-'].contains(&char));
        if char == '@' && stands_alone {
            name(text.get(at + 1..).unwrap_or_default(), named);
        }
        before = Some(char);
    }
}

/// What follows an `@`.
fn name(text: &str, named: &mut Named) {
    let fits = |char: char| char.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&char);
    let end = text.find(|char| !fits(char)).unwrap_or(text.len());
    let (whole, rest) = text.split_at(end);
    let bare = whole.trim_end_matches(['.', '_', '-']);
    // What goes on in another alphabet is another word.
    if bare.len() > MAX_HANDLE || rest.starts_with(char::is_alphanumeric) {
        return;
    }
    let bare = bare.to_ascii_lowercase();
    let whole = if whole.len() > MAX_HANDLE { bare.clone() } else { whole.to_ascii_lowercase() };
    if let Some(broadcast) = Broadcast::ALL.into_iter().find(|broadcast| broadcast.as_str() == bare) {
        // The one that reaches more counts.
        if !named.broadcast.is_some_and(Broadcast::reaches_all) {
            named.broadcast = Some(broadcast);
        }
    } else if bare.len() > 1
        && named.handles.len() < MAX_MENTIONS
        && named.handles.iter().all(|(known, _)| *known != whole)
    {
        named.handles.push((whole, bare));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handles(text: &str) -> Vec<String> {
        named(text).handles.into_iter().map(|(_, bare)| bare).collect()
    }

    #[test]
    fn a_handle_is_what_stands_after_an_at_that_stands_alone() {
        for (text, expected) in [
            ("@ann", vec!["ann"]),
            ("Hello @Ann, and (@bob-2)!", vec!["ann", "bob-2"]),
            ("@ann. @ann... then @a.b_c-d's", vec!["ann", "ann", "a.b_c-d"]),
            ("mail ann@example.org or x.@ann", vec![]),
            ("@ @a @é @anné @日本", vec![]),
            ("日本@ann", vec![]),
            ("、@ann", vec!["ann"]),
            ("@@ann @ann@bob", vec!["ann", "ann"]),
            ("`@ann` @bob ```\n@cleo\n``` @dan", vec!["bob", "dan"]),
            ("an open ` and @ann", vec!["ann"]),
            ("```@ann``` `` @bob", vec!["bob"]),
        ] {
            let mut found = handles(text);
            let mut expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
            found.sort();
            found.dedup();
            expected.sort();
            expected.dedup();
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(named("@Ann. @ann.").handles, [("ann.".to_owned(), "ann".to_owned())]);
        assert_eq!(handles(&format!("@{}", "a".repeat(33))), Vec::<String>::new());
        assert_eq!(handles(&format!("@{}...", "a".repeat(32))), ["a".repeat(32)]);
    }

    #[test]
    fn words_for_everybody_are_no_handles() {
        for (text, expected) in [
            ("@here", Some(Broadcast::Here)),
            ("so, @Channel!", Some(Broadcast::Channel)),
            ("@everyone.", Some(Broadcast::Everyone)),
            ("@here and @channel", Some(Broadcast::Channel)),
            ("@channel and @here", Some(Broadcast::Channel)),
            ("@here-2 `@everyone`", None),
        ] {
            assert_eq!(named(text).broadcast, expected, "{text}");
        }
    }

    #[test]
    fn so_many_count_and_no_more() {
        let many: String = (0..100).map(|number| format!("@user{number} ")).collect();
        assert_eq!(handles(&many).len(), MAX_MENTIONS);
    }
}
