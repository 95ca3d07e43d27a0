//! What a text shows. Some characters hide in a text or turn what stands around it about, so that two names look alike, or a
//! name writes into the line that it is shown in.

/// Joins two emoji into one.
const JOINER: char = '\u{200d}';

/// The text without control characters, and without those that cannot be seen or change the direction of what follows
/// (Unicode's marks, embeddings, overrides and isolates). Joiners stay between emoji, which are others without them.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let around = [kept.chars().next_back(), chars.peek().copied()];
        let joins = char == JOINER && around.into_iter().all(|char| char.is_some_and(is_of_emoji));
        if joins || !is_hidden(char) {
            kept.push(char);
        }
    }
    kept
}

fn is_hidden(char: char) -> bool {
    let is_invisible = matches!(
        char,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    is_invisible || char.is_control()
}

/// Whether emoji are made of it, by the blocks that they are in: symbols, pictures, skin tones, and what asks for a picture.
const fn is_of_emoji(char: char) -> bool {
    matches!(char, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_or_turns_the_text_about_is_left_out() {
        for hidden in ["\u{0}", "\n", "\u{200b}", "\u{200c}", "\u{200d}", "\u{200f}", "\u{202a}", "\u{202e}"]
        {
            assert_eq!(visible(&format!("An{hidden}n")), "Ann", "{hidden:?}");
        }
        for hidden in ["\u{2060}", "\u{2066}", "\u{2069}", "\u{feff}", "\u{61c}", "\u{2028}"] {
            assert_eq!(visible(&format!("{hidden}Ann{hidden}")), "Ann", "{hidden:?}");
        }
        for text in ["Ünal Öz", "日本語", "דוד", "علي", "a\u{301}"] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn emoji_are_as_they_were_and_their_joiners_join_nothing_else() {
        for text in [
            "👩\u{200d}👩\u{200d}👧 family",
            "🏳\u{fe0f}\u{200d}🌈",
            "👩🏽\u{200d}⚕\u{fe0f}",
            "🧔🏿\u{200d}♂\u{fe0f}",
        ] {
            assert_eq!(visible(text), text);
        }
        for (text, shown) in [
            ("👩\u{200d}", "👩"),
            ("\u{200d}👩", "👩"),
            ("👩\u{200d}a", "👩a"),
            ("a\u{200d}👩", "a👩"),
            ("👩\u{200d}\u{200d}👧", "👩\u{200d}👧"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }
}
