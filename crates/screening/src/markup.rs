//! Where HTML and Markdown hold text that is not shown.

use crate::scan;
use crate::screening::Hiding;

/// Hidden stretches of a text at most.
const MOST: usize = 128;
/// How far an element that is not shown may reach.
const REACH: usize = 4096;

/// A stretch that a reader of the rendered text does not see.
pub(crate) type Stretch = (usize, usize, Hiding);

/// Styles and attributes of elements that are not shown, without white space.
const UNSEEN: [&str; 9] = [
    "display:none",
    "visibility:hidden",
    "font-size:0",
    "font-size:1px",
    "opacity:0",
    "color:white",
    "color:#fff",
    "color:transparent",
    "left:-9999",
];

/// The stretches in rising order.
pub(crate) fn unseen(text: &str) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut rest = 0;
    while stretches.len() < MOST {
        let Some(start) = scan::either(text.as_bytes(), rest, b'<', b'[') else {
            break;
        };
        rest = match stretch(text, start) {
            Some((end, hiding)) => {
                stretches.push((start, end, hiding));
                end
            }
            None => start + 1,
        };
    }
    stretches
}

fn stretch(text: &str, start: usize) -> Option<(usize, Hiding)> {
    let here = text.get(start..)?;
    if here.starts_with("<!--") {
        let end = here.find("-->").map_or(here.len(), |it| it + 3);
        return Some((start + end, Hiding::Comment));
    }
    if here.starts_with("[//]: #") || here.starts_with("[comment]: #") {
        let end = here.find('\n').unwrap_or(here.len());
        return Some((start + end, Hiding::Comment));
    }
    element(here).map(|end| (start + end, Hiding::Markup))
}

/// Where an element that is not shown ends, if one begins here.
fn element(here: &str) -> Option<usize> {
    let name = here.strip_prefix('<')?;
    if !name.bytes().next()?.is_ascii_alphabetic() {
        return None;
    }
    // Up to the next tag at most, so that no byte is looked at for several.
    let head = here
        .bytes()
        .skip(1)
        .take(512)
        .position(|byte| matches!(byte, b'>' | b'<'))
        .map(|it| it + 1)
        .filter(|it| here.as_bytes().get(*it) == Some(&b'>'))?;
    let tag: String = here
        .get(..head)?
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if !tag.contains("style=") || !UNSEEN.iter().any(|style| tag.contains(style)) {
        return None;
    }
    let mut reach = here.len().min(REACH);
    while !here.is_char_boundary(reach) {
        reach -= 1;
    }
    let close = here
        .as_bytes()
        .get(head..reach)?
        .windows(2)
        .position(|pair| pair == b"</")
        .unwrap_or(reach - head);
    Some(
        (head + close..reach)
            .find(|it| here.is_char_boundary(*it))
            .unwrap_or(reach),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_unseen_elements_are_found() {
        for (text, expected) in [
            ("a <!-- b --> c", Some((2, 12, Hiding::Comment))),
            ("a <!-- b", Some((2, 8, Hiding::Comment))),
            (
                "<p style=\"Display: none\">b</p>",
                Some((0, 26, Hiding::Markup)),
            ),
            ("<p style=\"color: red\">b</p>", None),
            ("[//]: # (b)\nc", Some((0, 11, Hiding::Comment))),
            ("a < b", None),
        ] {
            assert_eq!(unseen(text).first().copied(), expected, "{text}");
        }
    }
}
