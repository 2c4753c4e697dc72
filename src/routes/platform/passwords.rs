//! Passwords of platform admins.

use lango_audit_log::Layer;
use lango_sign_in::{Email, Library, Password, Policy, hash};

use crate::{clock, denial::Denial, gateway::Gateway};

/// The hash of a password that fits the rules.
pub(super) fn hashed(gateway: &Gateway, password: &Password) -> Result<String, Denial> {
    Policy::default().check(password).map_err(|refusal| {
        let detail = format!("Choose another password: {refusal}.");
        Denial::new(Layer::Screening, "password", 422, detail)
    })?;
    let cost = gateway.settings.sign_in.cost;
    Ok(hash(&mut Library, password, cost, salt()?).to_string())
}

/// Fresh random bytes for a hash.
pub(super) fn salt() -> Result<lango_sign_in::Salt, Denial> {
    let mut salt = lango_sign_in::Salt::default();
    clock::fill(&mut salt)?;
    Ok(salt)
}

/// An email address in its one form.
pub(super) fn checked_email(text: &str) -> Result<String, Denial> {
    Email::parse(text).map(String::from).map_err(|error| {
        Denial::new(
            Layer::Screening,
            "email",
            422,
            format!("Correct email: {error}."),
        )
    })
}
