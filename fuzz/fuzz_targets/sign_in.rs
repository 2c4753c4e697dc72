//! Nothing that somebody types panics; what is taken has one form.
#![no_main]

use lango_sign_in::{Email, OneTimeCode, Password, PasswordHash, PhoneNumber, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()), Ok(email));
    }
    if let Ok(number) = PhoneNumber::parse(text) {
        assert!((8..=15).contains(&number.digits().len()));
        assert_eq!(PhoneNumber::parse(number.as_str()), Ok(number));
    }
    if let Some(code) = OneTimeCode::parse(text) {
        assert!(code.expose().len() == 6);
    }
    if let Ok(hash) = text.parse::<PasswordHash>() {
        assert_eq!(hash.to_string(), text);
    }
    let password = Password::new(text.to_owned());
    let _ = Policy::default().check(&password);
});
