//! Addresses that are written so that machines do not see them, and models do.

/// Any of these makes a second look worth while.
const SIGNS: [&str; 9] = [
    " dot ", "dot]", "dot)", "[.]", "hxxp", "at]", "at)", " nukta ", "arobase",
];
const REPLACED: [(&str, &str); 18] = [
    (" [at] ", "@"),
    (" (at) ", "@"),
    ("[at]", "@"),
    ("(at)", "@"),
    (" at ", "@"),
    (" arobase ", "@"),
    ("[arobase]", "@"),
    (" dot ", "."),
    (" [dot] ", "."),
    (" (dot) ", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    (" nukta ", "."),
    (" point ", "."),
    ("[.]", "."),
    ("hxxps", "https"),
    ("hxxp", "http"),
    ("[:]", ":"),
];
/// No more of a text is rewritten.
const LONGEST: usize = 64 * 1024;

/// The text as somebody would read it aloud to another; `None` when nothing in it
/// asks for that.
pub(crate) fn plainer(text: &str) -> Option<String> {
    if text.len() > LONGEST || !SIGNS.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    let mut plain = text.to_lowercase();
    for (from, to) in REPLACED {
        plain = plain.replace(from, to);
    }
    Some(plain)
}
