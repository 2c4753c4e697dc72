//! Passwords of platform admins.

use lango_audit_log::Layer;
use lango_sign_in::{Cost, Email, Library, Password, Policy, hash};
use zeroize::Zeroizing;

use crate::{clock, denial::Denial, gateway::Gateway};

/// The hash of a password that fits the rules.
pub(super) fn hashed(gateway: &Gateway, password: Zeroizing<String>) -> Result<String, Denial> {
    let password = Password::new(password.as_str().to_owned());
    Policy::default().check(&password).map_err(|refusal| {
        let detail = format!("{refusal}.");
        Denial::new(Layer::Screening, "password", 422, detail)
    })?;
    let mut salt = lango_sign_in::Salt::default();
    clock::fill(&mut salt)?;
    Ok(String::from(hash(
        &mut Library,
        &password,
        cost(gateway),
        salt,
    )))
}

/// An email address in its one form.
pub(super) fn checked_email(text: &str) -> Result<String, Denial> {
    Email::parse(text)
        .map(String::from)
        .map_err(|error| Denial::new(Layer::Screening, "email", 422, format!("email: {error}.")))
}

fn cost(_gateway: &Gateway) -> Cost {
    Cost::DEFAULT
}
