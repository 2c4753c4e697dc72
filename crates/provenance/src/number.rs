//! Numbers that name somebody or something: how they are written, and their one
//! form.

use crate::print::ValueKind;

/// No account has fewer digits, and no card or IBAN more.
pub(crate) const FEWEST_DIGITS: usize = 5;
pub(crate) const MOST_DIGITS: usize = 24;

/// Calling codes that numbers here begin with; longest first where it matters.
const CALLING_CODES: [&str; 64] = [
    "254", "255", "256", "250", "257", "251", "252", "253", "211", "249", "243", "242", "260",
    "263", "265", "258", "267", "264", "266", "268", "261", "230", "248", "269", "234", "233",
    "225", "221", "237", "229", "228", "226", "223", "227", "224", "231", "232", "220", "241",
    "240", "235", "236", "245", "238", "239", "244", "222", "212", "213", "216", "218", "262",
    "971", "966", "974", "91", "86", "44", "33", "49", "20", "27", "39", "1",
];

/// The one form of a run of digits: without leading zeros and, where it can be a
/// phone number, without the calling code. `0722…`, `+254722…`, `00254722…` and
/// `722…` meet.
pub(crate) fn normal(digits: &str) -> &str {
    let significant = digits.trim_start_matches('0');
    let significant = if significant.is_empty() {
        digits
    } else {
        significant
    };
    if !(11..=13).contains(&significant.len()) {
        return significant;
    }
    CALLING_CODES
        .iter()
        .filter_map(|code| significant.strip_prefix(code))
        .map(|rest| rest.strip_prefix('0').unwrap_or(rest))
        .find(|rest| (8..=10).contains(&rest.len()) && !rest.starts_with('0'))
        .unwrap_or(significant)
}

/// Whether it reads as a phone number.
pub(crate) fn kind(digits: &str, has_plus: bool) -> ValueKind {
    let is_phone = match digits.len() {
        9 => digits.starts_with('7') || digits.starts_with("11"),
        10 => digits.starts_with('0') && !digits.starts_with("00"),
        11..=15 => has_plus || normal(digits).len() < digits.trim_start_matches('0').len(),
        _ => false,
    };
    let is_short_international = has_plus && (8..=10).contains(&digits.len());
    if is_phone || is_short_international {
        ValueKind::Phone
    } else {
        ValueKind::Account
    }
}

/// What a word says when a number is read out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// A digit.
    Digit(u8),
    /// The next digit so many times.
    Times(usize),
}

/// A digit as a word of English, Swahili, French or Portuguese.
pub(crate) fn spoken(word: &[u8]) -> Option<Spoken> {
    if !(2..=7).contains(&word.len()) {
        return None;
    }
    let mut lower = [0_u8; 7];
    for (to, from) in lower.iter_mut().zip(word) {
        *to = from.to_ascii_lowercase();
    }
    let word = lower.get(..word.len())?;
    let digit = match word {
        b"zero" | b"sifuri" => b'0',
        b"one" | b"moja" | b"un" | b"um" => b'1',
        b"two" | b"mbili" | b"deux" | b"dois" => b'2',
        b"three" | b"tatu" | b"trois" => b'3',
        b"four" | b"nne" | b"quatre" | b"quatro" => b'4',
        b"five" | b"tano" | b"cinq" | b"cinco" => b'5',
        b"six" | b"sita" | b"seis" => b'6',
        b"seven" | b"saba" | b"sept" | b"sete" => b'7',
        b"eight" | b"nane" | b"huit" | b"oito" => b'8',
        b"nine" | b"tisa" | b"neuf" | b"nove" => b'9',
        b"double" => return Some(Spoken::Times(2)),
        b"triple" => return Some(Spoken::Times(3)),
        _ => return None,
    };
    Some(Spoken::Digit(digit))
}

/// Whether a token begins with a date, which names nobody.
pub(crate) fn is_date(token: &str) -> bool {
    let shape: Vec<u8> = token
        .bytes()
        .take(10)
        .map(|byte| if byte.is_ascii_digit() { b'9' } else { byte })
        .collect();
    matches!(
        shape.as_slice(),
        b"9999-99-99" | b"99-99-9999" | b"99/99/9999" | b"99.99.9999" | b"9999/99/99"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_phone_number_meet() {
        for form in [
            "0722123456",
            "254722123456",
            "00254722123456",
            "722123456",
            "2540722123456",
        ] {
            assert_eq!(normal(form), "722123456", "{form}");
        }
        assert_eq!(normal("256772123456"), "772123456");
        assert_eq!(normal("522533"), "522533");
        assert_eq!(normal("00000"), "00000");
    }

    #[test]
    fn phones_are_told_from_accounts() {
        assert_eq!(kind("0722123456", false), ValueKind::Phone);
        assert_eq!(kind("254722123456", true), ValueKind::Phone);
        assert_eq!(kind("254722123456", false), ValueKind::Phone);
        assert_eq!(kind("522533", false), ValueKind::Account);
        assert_eq!(kind("4111111111111111", false), ValueKind::Account);
    }

    #[test]
    fn dates_are_seen() {
        assert!(is_date("2026-11-22T10:14:00Z"));
        assert!(is_date("22/11/2026"));
        assert!(!is_date("0722-123-456"));
    }
}
