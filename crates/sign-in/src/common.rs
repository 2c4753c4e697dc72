//! The commonest passwords, and what people make of them.
//!
//! The list is that of zxcvbn 4.4.2 (Dan Wheeler and Dropbox, Inc., MIT licence):
//! the 30,000 most frequent passwords of the leaks that it counted, sorted here. It is
//! searched where it lies: nothing is built when the gateway starts.

use zeroize::Zeroizing;

const LIST: &str = include_str!("../common_passwords.txt");

/// A core of fewer letters says nothing by itself.
const SHORTEST_CORE: usize = 4;

/// Whether a password is on the list, or is a word of it with the usual trimmings:
/// capitals, digits for letters, digits and signs at its ends, or itself again.
pub(crate) fn is_common(password: &str) -> bool {
    let lower = Zeroizing::new(password.to_lowercase());
    let unit = repeated_unit(&lower);
    if unit.chars().count() < SHORTEST_CORE {
        return true;
    }
    [lower.as_str(), unit].into_iter().any(|text| {
        let plain = Zeroizing::new(text.chars().map(letter_for).collect::<String>());
        is_listed(text)
            || is_listed(&plain)
            || is_listed_core(text)
            || is_listed_core(&plain)
            || is_a_run(text)
    })
}

/// Without the digits and signs at both ends.
fn is_listed_core(text: &str) -> bool {
    let core = text.trim_matches(|character: char| !character.is_alphabetic());
    // `correct7horse` keeps its 7: only ends are trimmed.
    core.chars().count() >= SHORTEST_CORE && is_listed(core)
}

/// The shortest text that the whole is a repetition of: `abcabc` → `abc`.
fn repeated_unit(text: &str) -> &str {
    let ends = text.char_indices().skip(1).map(|(place, _)| place);
    for end in ends {
        if end > text.len() / 2 {
            break;
        }
        let (unit, rest) = text.split_at(end);
        if text.len().is_multiple_of(end)
            && rest.as_bytes().chunks(end).all(|it| it == unit.as_bytes())
        {
            return unit;
        }
    }
    text
}

/// Whether each character follows the one before it, as in `123456789012` or
/// `mnbvcxz…` backwards.
fn is_a_run(text: &str) -> bool {
    const ORDERS: [&str; 3] = [
        "01234567890123456789012345678901234567890",
        "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
        "qwertyuiopasdfghjklzxcvbnmqwertyuiopasdfghjklzxcvbnm",
    ];
    let backwards = Zeroizing::new(text.chars().rev().collect::<String>());
    ORDERS
        .iter()
        .any(|order| order.contains(text) || order.contains(backwards.as_str()))
}

/// What a digit or a sign stands for in the middle of a word.
fn letter_for(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Binary search over the sorted lines.
fn is_listed(text: &str) -> bool {
    let (mut low, mut high) = (0, LIST.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let before = LIST.get(..middle).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |place| place + 1);
        let rest = LIST.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        match line.as_bytes().cmp(text.as_bytes()) {
            core::cmp::Ordering::Equal => return !line.is_empty(),
            core::cmp::Ordering::Less => low = start + line.len() + 1,
            core::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_list_is_sorted_ascii_and_each_line_is_found() {
        let lines: Vec<_> = LIST.lines().collect();
        assert!(lines.len() >= 29_000, "{}", lines.len());
        assert!(lines.is_sorted() && LIST.is_ascii());
        for line in lines {
            assert!(is_listed(line), "{line}");
        }
    }

    #[test]
    fn the_usual_trimmings_do_not_help() {
        for password in [
            "password1234",
            "Password123!",
            "P@ssw0rd2026",
            "!!dragon!!2026",
            "qwertyuiop123",
            "passwordpassword",
            "aaaaaaaaaaaaaa",
            "abcabcabcabcabc",
            "123456789012",
            "210987654321",
            "abcdefghijklmn",
            "letmein!!!!!!!",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn words_together_are_not_one_word() {
        for password in [
            "correct horse battery",
            "tano mbili ndovu",
            "dragonsleepsinbathtubs",
            "x9v-kk27-qq01z",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC*") {
            let _ = is_common(&text);
        }

        #[test]
        fn a_listed_word_with_digits_is_common(index: prop::sample::Index, number in 0_u32..10_000) {
            let lines: Vec<_> = LIST.lines().filter(|it| it.bytes().all(|b| b.is_ascii_alphabetic())).collect();
            let word = index.get(&lines);
            let password = format!("{word}{number}");
            prop_assert!(is_common(&password));
        }
    }
}
