//! Rust text as a flat row of tokens, so that a rule sees what the compiler sees: no comment, no text in quotes.

use std::ops::Range;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

use crate::tree::File;

/// One word or sign of the language; `::` is one sign, and so is each end of a bracket.
pub(crate) struct Token {
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// The tokens of a Rust file. A doc comment comes as the attribute that it stands for, its text as one literal.
pub(crate) fn tokens(file: &File) -> Result<Vec<Token>, String> {
    let stream = file.text.parse().map_err(|error| format!("{} is not Rust: {error}", file.path))?;
    let mut tokens = Vec::new();
    flatten(stream, &mut tokens);
    Ok(tokens)
}

/// Text of the token `steps` after `index` (before it, if negative); empty beyond the ends.
pub(crate) fn text(tokens: &[Token], index: usize, steps: isize) -> &str {
    let index = index.checked_add_signed(steps);
    index.and_then(|index| tokens.get(index)).map_or("", |token| &token.text)
}

/// Whether a path into the crate of that name begins at `index`, or a `use` or `extern crate` of the whole.
pub(crate) fn names_crate(tokens: &[Token], index: usize, name: &str) -> bool {
    let text = |steps| text(tokens, index, steps);
    // `::name` is the crate as well, but not behind a word: `Engine::name`, `super::name`.
    let inner = text(-1) == "::" && text(-2) != "use" && text(-2).ends_with(char::is_alphanumeric);
    text(0) == name && !inner && (text(1) == "::" || ["use", "crate"].contains(&text(-1)))
}

/// Where the first function of that name stands, from its `fn` to the end of its body.
pub(crate) fn function(tokens: &[Token], name: &str) -> Option<Range<usize>> {
    let start =
        (0..tokens.len()).find(|&index| text(tokens, index, 0) == "fn" && text(tokens, index, 1) == name)?;
    let mut depth = 0_usize;
    for index in start..tokens.len() {
        match text(tokens, index, 0) {
            "{" => depth += 1,
            "}" if depth == 1 => return Some(start..index + 1),
            "}" => depth -= 1,
            _ => {}
        }
    }
    None
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                tokens.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
            }
            TokenTree::Punct(sign) if sign.as_char() == ':' && sign.spacing() == Spacing::Joint => {
                let second = trees.next_if(|next| next.to_string() == ":");
                tokens.push(Token { text: second.map_or(":", |_| "::").to_owned(), line });
            }
            other => tokens.push(Token { text: other.to_string(), line }),
        }
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn names_axum(text: &str) -> bool {
    let tokens = tokens(&File::new("crates/chat/src/x.rs", text)).unwrap_or_default();
    (0..tokens.len()).any(|index| names_crate(&tokens, index, "axum"))
}

#[test]
fn a_crate_is_named_by_a_path_or_a_use() {
    for text in [
        "use axum::Router;",
        "use axum as web;",
        "use ::axum::Router;",
        "use {std::fmt, axum::Router};",
        "pub(crate) fn f() -> axum::Router {}",
        "fn f(a: ::axum::Router) -> ::axum::Router {}",
        "extern crate axum;",
        "#[axum::debug_handler] fn f() {}",
        "fn f() { g!(a, axum::serve(b)) }",
    ] {
        assert!(names_axum(text), "{text}");
    }
}

#[test]
fn a_crate_is_not_named_by_a_comment_a_text_or_another_name() {
    for text in [
        "// use axum::Router;",
        "//! use axum::Router;\n/// [`axum::Router`]\nfn f() {}",
        "/* axum::Router /* axum::Router */ */",
        r##"fn f() { g("axum::Router", r#"axum::"Router""#, '"', 'a', "axum::Router") }"##,
        "use crate::axum::Router;",
        "mod axum; fn f(axum: u8) { axum.g() }",
        "use axum_extra::TypedHeader;",
        "fn f() { Engine::axum::<u8>() }",
    ] {
        assert!(!names_axum(text), "{text}");
    }
}

#[test]
fn a_text_that_is_not_rust_is_an_error_with_its_path() {
    assert!(tokens(&File::new("crates/chat/src/x.rs", "fn f( {")).is_err_and(|error| error.contains("x.rs")));
}
