//! Check digits and dates.

/// ISO/IEC 7812-1, annex B. A number of one repeated digit does not pass.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let doubled = u32::from(*digit) * (1 + (place as u32 & 1));
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| Some(digit) != digits.first())
}

/// Verhoeff's check over all digits, by the dihedral group of order ten.
pub(crate) fn verhoeff(digits: &[u8]) -> bool {
    let permuted = |place: usize, digit: u8| -> u8 {
        let mut digit = digit;
        for _ in 0..place % 8 {
            digit = *[1_u8, 5, 7, 6, 2, 8, 3, 0, 9, 4]
                .get(usize::from(digit))
                .unwrap_or(&0);
        }
        digit
    };
    let product = |one: u8, two: u8| -> u8 {
        match (one < 5, two < 5) {
            (true, true) => (one + two) % 5,
            (true, false) => (one + two - 5) % 5 + 5,
            (false, true) => (one - 5 + 5 - two) % 5 + 5,
            (false, false) => (one + 5 - two) % 5,
        }
    };
    digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |check, (place, digit)| {
            product(check, permuted(place, *digit))
        })
        == 0
}

/// ISO 7064 MOD 97-10 over an IBAN with its first four characters at the end.
pub(crate) fn mod_97(characters: &[u8]) -> bool {
    let (head, tail) = characters.split_at(characters.len().min(4));
    let rest = tail
        .iter()
        .chain(head)
        .fold(0_u32, |rest, byte| match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            _ => (rest * 100 + u32::from(byte.to_ascii_uppercase().wrapping_sub(b'A')) + 10) % 97,
        });
    rest == 1
}

/// The number that some digits write.
pub(crate) fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .take(9)
        .fold(0, |number, digit| number * 10 + u32::from(*digit))
}

/// Whether there is such a day.
pub(crate) const fn is_day(year: u32, month: u32, day: u32) -> bool {
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    };
    day >= 1 && day <= last
}

/// Whether someone who has a card may have been born in that year.
pub(crate) const fn is_birth_year(year: u32) -> bool {
    year >= 1900 && year <= 2015
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    #[test]
    fn the_facts_vectors_pass_and_their_neighbours_do_not() {
        assert!(luhn(&digits("9001015009086")));
        assert!(!luhn(&digits("9001015009087")));
        assert!(verhoeff(&digits("234123412346")));
        assert!(!verhoeff(&digits("234123412347")));
        assert!(!verhoeff(&digits("324123412346")), "a transposition");
        assert!(mod_97(b"GB82WEST12345698765432"));
        assert!(!mod_97(b"GB82WEST12345698765433"));
    }

    #[test]
    fn days_exist() {
        assert!(is_day(2000, 2, 29) && is_day(1990, 12, 31));
        assert!(!is_day(1999, 2, 29) && !is_day(1990, 4, 31) && !is_day(1990, 13, 1));
        assert!(!is_day(1990, 1, 0));
    }
}
