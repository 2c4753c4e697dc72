//! Where the database is and how to sign in.

use lango_connector_database::{Hyperdrive, LoginKey, Server, Tls, text_without_zero};
use lango_connector_kit::{CredentialError, Credentials};
use lango_egress::Egress;

/// The credentials, read into what they mean. Borrowed, so that the runtime
/// alone owns the plaintext.
pub(crate) struct Settings<'a> {
    pub(crate) server: Server,
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    /// The operator's way to it.
    pub(crate) binding: Option<Hyperdrive>,
}

impl<'a> Settings<'a> {
    /// Reads them. Names the first field that does not fit and never its value.
    pub(crate) fn parse(
        credentials: &'a Credentials,
        egress: &Egress,
    ) -> Result<Self, CredentialError> {
        Ok(Self {
            server: Server::parse(credentials, egress)?,
            database: text_without_zero(credentials, "database")?,
            user: text_without_zero(credentials, "user")?,
            password: text_without_zero(credentials, "password")?,
            binding: None,
        })
    }

    /// The same by a binding.
    pub(crate) fn by(self, binding: Option<Hyperdrive>) -> Self {
        Self { binding, ..self }
    }

    /// Which logins are the same.
    pub(crate) fn key(&self) -> LoginKey {
        let host = self.server.destination.host().to_string();
        let tls = match self.server.tls {
            Tls::Require => "require",
            Tls::Prefer => "prefer",
            Tls::Disable => "disable",
        };
        LoginKey::of(&[&host, tls, self.user, self.password, self.database])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_egress::Networks;
    use lango_vault::Secret;

    fn credentials(changed: &str, value: &str) -> Credentials {
        [
            ("host", "fd12::1"),
            ("port", "5432"),
            ("database", "shop"),
            ("user", "reader"),
            ("password", "hunter2"),
            ("tls", "require"),
        ]
        .into_iter()
        .map(|(name, default)| {
            let value = if name == changed { value } else { default };
            (name.to_owned(), Secret::new(value.to_owned()))
        })
        .collect()
    }

    fn egress() -> Egress {
        Egress::of_operator(Networks::parse("fd12::/16", "private").unwrap())
    }

    #[test]
    fn reads_what_fits() {
        let credentials = credentials("", "");
        let settings = Settings::parse(&credentials, &egress()).ok().unwrap();
        let host = settings.server.destination.host().to_string();
        assert_eq!(host, "[fd12::1]:5432");
        assert_eq!((settings.database, settings.user), ("shop", "reader"));
        assert_eq!(settings.server.tls, Tls::Require);
    }

    #[test]
    fn another_password_is_another_login() {
        let keys = ["", "password", "user", "database", "tls"].map(|changed| {
            let value = if changed == "tls" { "disable" } else { "other" };
            let credentials = credentials(changed, value);
            Settings::parse(&credentials, &egress()).ok().unwrap().key()
        });
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key));
        }
    }

    #[test]
    fn names_the_field_that_does_not() {
        for (field, value) in [
            ("host", "localhost"),
            ("port", "0"),
            ("database", "a\0b"),
            ("user", "a\0b"),
            ("password", "a\0b"),
            ("tls", "verify-full"),
        ] {
            let error = Settings::parse(&credentials(field, value), &egress())
                .err()
                .unwrap();
            assert_eq!(error.field, field, "{value:?}");
        }
    }
}
