//! What identifies people and businesses in Kenya, made up.

use super::{
    dice::Dice,
    words::{FIRST_NAMES, LAST_NAMES},
};

const DIGITS: &str = "0123456789";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LETTERS_AND_DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// First and last name.
pub(crate) fn name(dice: &mut Dice) -> (&'static str, &'static str) {
    (dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES))
}

/// A mobile number as people write it: `+2547…` or `07…`.
pub(crate) fn phone(dice: &mut Dice) -> String {
    let prefix = if dice.chance(70) { "+254" } else { "0" };
    let network = dice.pick(&["70", "71", "72", "74", "79", "11"]);
    format!("{prefix}{network}{}", dice.text(DIGITS, 7))
}

/// A tax number (KRA PIN): `A` for people, `P` for companies.
pub(crate) fn kra_pin(dice: &mut Dice, kind: char) -> String {
    format!("{kind}{}{}", dice.text(DIGITS, 9), dice.text(LETTERS, 1))
}

/// A national identity number.
pub(crate) fn national_id(dice: &mut Dice) -> String {
    dice.between(20_000_000, 41_000_000).to_string()
}

/// An M-Pesa confirmation code. The first three characters are year, month and
/// day (`T` is 2025).
pub(crate) fn mpesa_code(dice: &mut Dice, year: i32, month: u32, day: u32) -> String {
    let letter = |offset: u32| char::from_u32('A' as u32 + offset).unwrap_or('A');
    let year = letter(u32::try_from(year - 2006).unwrap_or(0) % 26);
    let month = letter(month - 1);
    let day = char::from_digit(day, 36)
        .unwrap_or('1')
        .to_ascii_uppercase();
    format!("{year}{month}{day}{}", dice.text(LETTERS_AND_DIGITS, 7))
}
