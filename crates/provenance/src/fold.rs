//! One form of a text: what is invisible goes, what looks alike meets.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

/// The text with compatibility forms, digits of other scripts and invisible
/// characters made plain. Ordinary text stays as it is, without a copy.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.nfkc()
            .filter(|character| !is_invisible(*character))
            .map(digit)
            .collect(),
    )
}

/// The text with letters of other scripts that look like Latin ones as those;
/// `None` when there are none.
pub(crate) fn look_alike(text: &str) -> Option<String> {
    if text.is_ascii() || !text.chars().any(|it| latin(it).is_some()) {
        return None;
    }
    Some(text.chars().map(|it| latin(it).unwrap_or(it)).collect())
}

/// ASCII, and the composed letters of European and African languages.
fn is_plain(character: char) -> bool {
    character.is_ascii() || matches!(character, '\u{c0}'..='\u{24f}')
}

fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Decimal digits of the scripts of our languages as ASCII.
fn digit(character: char) -> char {
    let zero = match character {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{7c0}'..='\u{7c9}' => 0x7c0,
        '\u{966}'..='\u{96f}' => 0x966,
        '\u{9e6}'..='\u{9ef}' => 0x9e6,
        // Ethiopic digits begin with one.
        '\u{1369}'..='\u{1371}' => 0x1368,
        // Dashes join groups of digits as the hyphen does.
        '\u{2010}'..='\u{2015}' | '\u{2212}' => return '-',
        _ => return character,
    };
    char::from_digit(u32::from(character) - zero, 10).unwrap_or(character)
}

fn latin(character: char) -> Option<char> {
    Some(match character {
        'а' | 'α' => 'a',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'һ' => 'h',
        'і' | 'ι' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ⅼ' | 'ӏ' => 'l',
        'м' => 'm',
        'ո' | 'η' => 'n',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'ս' | 'υ' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'А' | 'Α' => 'A',
        'В' | 'Β' => 'B',
        'С' => 'C',
        'Е' | 'Ε' => 'E',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' => 'I',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'О' | 'Ο' => 'O',
        'Р' | 'Ρ' => 'P',
        'Т' | 'Τ' => 'T',
        'Х' | 'Χ' => 'X',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_number_is_one() {
        assert_eq!(plain("٥٢٢٥٣٣"), "522533");
        assert_eq!(plain("5\u{200b}2\u{2060}2533"), "522533");
        assert_eq!(plain("５２２５３３"), "522533");
        assert_eq!(plain("0722\u{a0}123\u{2011}456"), "0722 123-456");
        assert!(matches!(plain("Où est-ce ?"), Cow::Borrowed(_)));
    }

    #[test]
    fn letters_of_other_scripts_meet() {
        assert_eq!(look_alike("раураl.com").as_deref(), Some("paypal.com"));
        assert_eq!(look_alike("paypal.com"), None);
        assert_eq!(look_alike("élève"), None);
    }
}
