//! What an operator configures of signing in.

use lango_identity::GatewayKey;
use lango_sign_in::{AccountKey, CodeKey, Cost, CsrfKey};

use super::whatsapp::WhatsApp;

/// The cost of hashes, the keys of codes and tokens, and what carries a code.
pub(crate) struct SignInConfiguration {
    /// Of bcrypt.
    pub(crate) cost: Cost,
    /// Names the guards of accounts.
    pub(crate) accounts: AccountKey,
    /// Hashes one-time codes.
    pub(crate) codes: CodeKey,
    /// Binds changes by a page to its session.
    pub(crate) csrf: CsrfKey,
    /// What carries one-time codes.
    pub(crate) carrier: Carrier,
}

/// How a one-time code reaches a telephone.
pub(crate) enum Carrier {
    /// By WhatsApp's Cloud API.
    WhatsApp(WhatsApp),
    /// On a developer's own machine: it is printed on the console.
    Console,
    /// Not at all.
    Nobody,
}

impl SignInConfiguration {
    /// Reads the settings. `variable` gives one by its name; `is_own_machine` says
    /// that the deployment serves loopback alone.
    ///
    /// # Errors
    /// One sentence for the operator's log.
    pub(crate) fn read(
        variable: impl Fn(&str) -> Option<String>,
        key: &GatewayKey,
        is_own_machine: bool,
    ) -> Result<Self, String> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let cost = match given("LANGO_BCRYPT_COST") {
            None => Cost::DEFAULT,
            Some(text) => text
                .parse()
                .ok()
                .and_then(|cost| Cost::new(cost).ok())
                .ok_or("LANGO_BCRYPT_COST must be a number from 10 to 15")?,
        };
        let whatsapp = WhatsApp::read(&given, is_own_machine)?;
        let carrier = match whatsapp {
            Some(whatsapp) => Carrier::WhatsApp(whatsapp),
            None if is_own_machine => Carrier::Console,
            None => Carrier::Nobody,
        };
        Ok(Self {
            cost,
            accounts: AccountKey::new(key.derive(AccountKey::LABEL)),
            codes: CodeKey::new(key.derive(CodeKey::LABEL)),
            csrf: CsrfKey::new(key.derive(CsrfKey::LABEL)),
            carrier,
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;

    fn read(variables: &[(&str, &str)], own: bool) -> Result<SignInConfiguration, String> {
        let key = GatewayKey::parse(&URL_SAFE_NO_PAD.encode([1; 32])).unwrap();
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        SignInConfiguration::read(variable, &key, own)
    }

    #[test]
    fn the_cost_is_checked_at_the_start() {
        assert!(read(&[], false).unwrap().cost == Cost::DEFAULT);
        let ten = read(&[("LANGO_BCRYPT_COST", "10")], false).unwrap();
        assert!(ten.cost == Cost::new(10).unwrap());
        for refused in ["9", "16", "twelve", "-1"] {
            assert!(read(&[("LANGO_BCRYPT_COST", refused)], false).is_err());
        }
    }

    #[test]
    fn codes_are_carried_by_whatsapp_or_shown_to_a_developer_or_not_made() {
        assert!(matches!(read(&[], true).unwrap().carrier, Carrier::Console));
        assert!(matches!(read(&[], false).unwrap().carrier, Carrier::Nobody));
        let whole = [
            ("LANGO_WHATSAPP_TOKEN", "token"),
            ("LANGO_WHATSAPP_PHONE_NUMBER_ID", "1234567890"),
            ("LANGO_WHATSAPP_TEMPLATE", "lango_code"),
        ];
        let read_whole = read(&whole, false).unwrap();
        assert!(matches!(read_whole.carrier, Carrier::WhatsApp(_)));
        for missing in 0..whole.len() {
            let mut some = whole.to_vec();
            some.remove(missing);
            assert!(
                read(&some, false).is_err(),
                "half a configuration is a mistake"
            );
        }
    }
}
