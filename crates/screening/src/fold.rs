//! How single characters read: case, accents, width, look-alikes.

use unicode_normalization::char::decompose_compatible;

/// What a character is to the reader of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Part of a word.
    Letter,
    /// A digit of any script.
    Digit,
    /// White space.
    Space,
    /// A line break.
    Line,
    /// Ends a sentence.
    Stop,
    /// Seen by nobody; words go on over it.
    Invisible,
    /// An accent or vowel point that is left out.
    Mark,
    /// A tag character.
    Tag,
    /// A variation selector.
    Selector,
    /// Anything else.
    Sign,
}

/// What `c`, which is not ASCII, is.
pub(crate) fn kind(c: char) -> Kind {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
        // Ethiopic separates words with a sign of its own.
        | '\u{1361}' => Kind::Space,
        '\u{85}' | '\u{2028}' | '\u{2029}' => Kind::Line,
        '\u{964}' | '\u{965}' | '\u{1362}' | '\u{1367}' | '\u{61f}' | '\u{3002}' | '\u{ff01}' | '\u{ff1f}' => Kind::Stop,
        '\u{e0001}' | '\u{e0020}'..='\u{e007f}' => Kind::Tag,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Kind::Selector,
        _ if is_invisible(c) => Kind::Invisible,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}'
        | '\u{6d6}'..='\u{6ed}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{93c}' => Kind::Mark,
        '\u{900}'..='\u{963}' | '\u{970}'..='\u{97f}' => Kind::Letter,
        _ if c.is_numeric() => Kind::Digit,
        _ if c.is_alphabetic() => Kind::Letter,
        _ if c.is_whitespace() => Kind::Space,
        _ => Kind::Sign,
    }
}

/// Characters without an own appearance that nothing ordinary needs within a word
/// of the scripts read here, or that turn the direction of what follows.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
    )
}

/// Gives what a letter or digit reads as, in lower case and without accents: mostly
/// one character. Says whether a letter of another script passed for a Latin one.
pub(crate) fn letter(c: char, mut push: impl FnMut(char)) -> bool {
    // Most letters of these scripts stand for themselves.
    if matches!(c, '\u{627}'..='\u{64a}' | '\u{904}'..='\u{957}' | '\u{1200}'..='\u{135a}') {
        push(c);
        return false;
    }
    let mut looks_alike = false;
    for lower in c.to_lowercase() {
        decompose_compatible(lower, |part| {
            if kind_of_part(part) {
                let (read, other) = plain(part);
                looks_alike |= other;
                push(read.to_ascii_lowercase());
            }
        });
    }
    looks_alike
}

fn kind_of_part(part: char) -> bool {
    part.is_ascii_alphanumeric()
        || (!part.is_ascii() && matches!(kind(part), Kind::Letter | Kind::Digit))
}

/// The Latin letter that `c` passes for, and whether it comes from another script.
fn plain(c: char) -> (char, bool) {
    let read = match c {
        'а' | 'α' | 'ɑ' | 'ａ' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' | 'є' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' | 'н' => 'h',
        'і' | 'ι' | 'ӏ' | 'ɪ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ⅼ' | 'ʟ' => 'l',
        'м' => 'm',
        'п' | 'η' | 'ո' => 'n',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ц' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        // Letters of Latin spellings that do not decompose.
        'ø' => return ('o', false),
        'ł' => return ('l', false),
        'đ' | 'ɗ' => return ('d', false),
        'ɓ' => return ('b', false),
        'ƙ' => return ('k', false),
        'ƴ' => return ('y', false),
        'ı' => return ('i', false),
        // Arabic letters that spellings mix.
        'أ' | 'إ' | 'آ' | 'ٱ' => return ('ا', false),
        'ى' => return ('ي', false),
        'ة' => return ('ه', false),
        other => return (other, false),
    };
    (read, true)
}
