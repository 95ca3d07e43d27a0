//! Passwords that are tried first: what is made of the commonest words, of keys that lie beside one another, and of what is
//! repeated.
//!
//! Long passwords that leaked in numbers are made of few parts: a word or two of a short list, a walk over the keyboard, a
//! row of digits, a year or an exclamation mark at the end, often twice the same. So what is refused here is a rule over a
//! list of words and not a list of passwords: it covers many times the 3,000 passwords of 12 characters and more that are
//! commonest, in a few kilobytes. It was not held against a list of leaked passwords: those made otherwise pass.

/// The words, one a line, in lower case and without digits for letters.
const WORDS: &str = include_str!("guessable.txt");

/// Keys, letters and digits in the orders in which they are typed without thinking.
const ROWS: [&str; 10] = [
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "qwertzuiopü",
    "azertyuiopqsdfghjklmwxcvbn",
];

/// How many of the words a password may hold, nothing else being in it, and still count as common.
const MOST_WORDS: usize = 2;

/// The shortest run along a row, or of one character, that makes a password no better. There may be any number of them.
const SHORTEST_RUN: usize = 3;

/// How many digits and signs at the end make it no better, as in `…2024!`.
const TAIL: usize = 6;

/// Whether a password of the permitted length is one of those that are tried first.
pub(super) fn is_guessable(password: &str) -> bool {
    let plain: Vec<char> = password.to_lowercase().chars().filter(|char| !is_gap(*char)).collect();
    let once = unit(&plain);
    once.len() <= SHORTEST_RUN || is_made_of(&plain, MOST_WORDS) || is_made_of(once, MOST_WORDS)
}

/// What people put between the parts.
fn is_gap(char: char) -> bool {
    matches!(char, ' ' | '-' | '_' | '.')
}

/// What the text repeats: itself, where it repeats nothing.
fn unit(text: &[char]) -> &[char] {
    let halves = 1..=text.len() / 2;
    let repeats = |length: &usize| text.iter().zip(text.iter().skip(*length)).all(|(one, next)| one == next);
    let length = halves.into_iter().find(repeats).unwrap_or(text.len());
    text.get(..length).unwrap_or(text)
}

/// The letter that a digit or sign stands for in disguised words.
const fn spelled(char: char) -> char {
    match char {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        char => char,
    }
}

/// Whether the text, less its tail, is runs and at most so many words, one after the other.
fn is_made_of(text: &[char], words: usize) -> bool {
    if text.len() <= TAIL && text.iter().all(|char| !char.is_alphabetic()) {
        return true;
    }
    let after = |length: usize| text.get(length..).unwrap_or_default();
    let run = run(text);
    if run >= SHORTEST_RUN && is_made_of(after(run), words) {
        return true;
    }
    let Some(fewer) = words.checked_sub(1) else { return false };
    let mut begun = WORDS.lines().filter(|word| begins(text, word));
    begun.any(|word| is_made_of(after(word.chars().count()), fewer))
}

fn begins(text: &[char], word: &str) -> bool {
    let mut text = text.iter();
    word.chars().all(|letter| text.next().is_some_and(|char| *char == letter || spelled(*char) == letter))
}

/// How far the text runs along a row, forth or back, or repeats its first character.
fn run(text: &[char]) -> usize {
    let same = text.iter().take_while(|char| Some(*char) == text.first()).count();
    let along = |row: &str| {
        let forth: Vec<char> = row.chars().collect();
        let back: Vec<char> = row.chars().rev().collect();
        longest(text, &forth).max(longest(text, &back))
    };
    ROWS.into_iter().map(along).max().unwrap_or(0).max(same)
}

/// How far the text runs along the row from wherever it begins there, and over its end to its beginning.
fn longest(text: &[char], row: &[char]) -> usize {
    let starts = (0..row.len()).filter(|start| row.get(*start) == text.first());
    let from = |start: usize| {
        let row = row.iter().cycle().skip(start);
        text.iter().zip(row).take_while(|(one, other)| one == other).count()
    };
    starts.map(from).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaked_most_often_is_guessable() {
        for password in [
            "passwordpassword",
            "password1234",
            "Password12345!",
            "P@ssw0rd1234",
            "1234567890123",
            "123456789012345",
            "qwertyuiop123",
            "qwertyuiopasdfghjkl",
            "1qaz2wsx3edc",
            "1q2w3e4r5t6y",
            "qazwsxedcrfv",
            "111111111111",
            "aaaaaaaaaaaa",
            "abcdefghijkl",
            "abc123abc123",
            "qwerty123456",
            "iloveyou1234",
            "administrator",
            "unbelievable",
            "sunshine2024!",
            "letmein-letmein",
            "monkey dragon 99",
            "zaq12wsxzaq12wsx",
            "987654321987654321",
            "correcthorsebatterystaple",
            "Summer2024Summer2024",
            "parlance2026!",
            "7777777777777",
            "qwertyqwerty12",
            "123qweasdzxc",
            "P4$$w0rd!!!!",
        ] {
            assert!(is_guessable(password), "{password}");
        }
    }

    #[test]
    fn what_somebody_thought_of_is_not() {
        for password in [
            "correct horse battery",
            "staple horse battery",
            "no password of anybody",
            "at least 12 characters",
            "a password: Zm9vYmFyYmF6",
            "incorrect horse battery",
            "éèêëēėęéèêëē",
            "xkQ7!vbn2Lpz",
            "blue water horse",
            "the rain in Spain stays",
            "4f8a1c9e02b7d635aa10ce44",
            "мой пароль длинный",
        ] {
            assert!(!is_guessable(password), "{password}");
        }
    }

    #[test]
    fn more_than_three_thousand_are_refused() {
        let words: Vec<_> = WORDS.lines().collect();
        let pairs = words.iter().flat_map(|one| words.iter().map(move |other| format!("{one}{other}")));
        let long: std::collections::BTreeSet<_> = pairs.filter(|pair| pair.chars().count() >= 12).collect();
        assert!(long.len() > 3_000 && long.iter().step_by(997).all(|pair| is_guessable(pair)));
    }

    #[test]
    fn the_list_is_as_the_rule_reads_it() {
        for word in WORDS.lines() {
            assert!(word.len() >= 3 && word.chars().all(|char| char.is_ascii_lowercase()), "{word:?}");
        }
    }

    #[test]
    fn the_longest_passwords_are_looked_at_too() {
        assert!(is_guessable(&"a".repeat(256)) && is_guessable(&"ab".repeat(128)));
        assert!(is_guessable(&"qwertyuiop".repeat(25)) && is_guessable(&"1234567890abc".repeat(19)));
        assert!(!is_guessable(&format!("{}ü", "love".repeat(60))));
    }
}
