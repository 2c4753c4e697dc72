//! Names that say their value is a secret.

use crate::kind::Kind;

/// The words that name a secret, in lower case. Those of more than one part
/// stand in every spelling that occurs; the automaton ignores case.
#[rustfmt::skip]
pub(crate) const WORDS: &[(&str, Kind)] = &[
    ("password", Kind::Password), ("passwd", Kind::Password), ("passwort", Kind::Password),
    ("passphrase", Kind::Password), ("passcode", Kind::Password), ("pwd", Kind::Password),
    ("userpass", Kind::Password), ("db_pass", Kind::Password), ("dbpass", Kind::Password),
    ("nenosiri", Kind::Password), ("neno la siri", Kind::Password), ("neno siri", Kind::Password),
    ("neno_la_siri", Kind::Password), ("nywila", Kind::Password),
    ("mot de passe", Kind::Password), ("mot_de_passe", Kind::Password), ("mot-de-passe", Kind::Password),
    ("motdepasse", Kind::Password), ("mdp", Kind::Password),
    ("secret", Kind::Secret), ("secret key", Kind::Secret), ("secret_key", Kind::Secret),
    ("secret-key", Kind::Secret), ("secretkey", Kind::Secret), ("secret_access_key", Kind::Secret),
    ("secret access key", Kind::Secret), ("secretaccesskey", Kind::Secret), ("secret_token", Kind::Secret),
    ("token", Kind::Secret), ("token_secret", Kind::Secret), ("tokensecret", Kind::Secret),
    ("api key", Kind::Secret), ("api_key", Kind::Secret), ("api-key", Kind::Secret), ("apikey", Kind::Secret),
    ("access key", Kind::Secret), ("access_key", Kind::Secret), ("access-key", Kind::Secret), ("accesskey", Kind::Secret),
    ("auth_key", Kind::Secret), ("authkey", Kind::Secret), ("account_key", Kind::Secret), ("accountkey", Kind::Secret),
    ("signing_key", Kind::Secret), ("signingkey", Kind::Secret), ("signing key", Kind::Secret),
    ("encryption_key", Kind::Secret), ("encryptionkey", Kind::Secret), ("encryption key", Kind::Secret),
    ("private_key", Kind::Secret), ("privatekey", Kind::Secret),
    ("pass_key", Kind::Secret), ("passkey", Kind::Secret),
    ("consumer_key", Kind::Secret), ("consumerkey", Kind::Secret), ("consumer key", Kind::Secret),
    ("security_credential", Kind::Secret), ("securitycredential", Kind::Secret),
    ("cle api", Kind::Secret), ("clé api", Kind::Secret), ("cle_api", Kind::Secret),
    ("ufunguo wa api", Kind::Secret), ("jeton", Kind::Secret), ("tokeni", Kind::Secret),
    ("authorization", Kind::Authorization),
];

/// Words before `token` with which it is no secret: a place in a list.
const HARMLESS_TOKENS: &[&str] = &["page", "next", "continuation", "cursor", "sync", "delta"];

/// The kind of secret that a field of this name holds, if its name says so.
pub(crate) fn secret_named(name: &str) -> Option<Kind> {
    let plain = squeezed(name);
    let (word, kind) = WORDS
        .iter()
        .map(|(word, kind)| (squeezed(word), *kind))
        .find(|(word, _)| plain.ends_with(word.as_str()))?;
    let qualifier = plain.strip_suffix(word.as_str()).unwrap_or_default();
    let harmless = word == "token"
        && HARMLESS_TOKENS
            .iter()
            .any(|place| qualifier.contains(place));
    (!harmless).then_some(kind)
}

fn squeezed(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
