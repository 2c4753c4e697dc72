//! Where the database is and how to sign in.

use lango_connector_database::{LoginKey, Server, Tls, text_without_zero};
use lango_connector_kit::{CredentialError, Credentials};
use lango_egress::Egress;
use lango_vault::Secret;

/// The credentials, read into what they mean. Borrowed, so that the runtime
/// alone owns the plaintext.
pub(crate) struct Settings<'a> {
    pub(crate) server: Server,
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
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
        })
    }

    /// Which logins are the same as one with these.
    pub(crate) fn key(&self) -> LoginKey {
        let tls = match self.server.tls {
            Tls::Require => "require",
            Tls::Prefer => "prefer",
            Tls::Disable => "disable",
        };
        let host = self.server.destination.host().to_string();
        LoginKey::of(&[&host, tls, self.user, self.password, self.database])
    }
}

/// Who signs in, to what, and how.
#[derive(Clone, Copy)]
pub(crate) struct Who<'a> {
    pub(crate) database: &'a str,
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) tls: Tls,
}

/// [`Settings`] that a login keeps: to stop a statement takes a second connection, which
/// signs in as the first did.
pub(crate) struct Kept {
    pub(crate) server: Server,
    database: String,
    user: String,
    password: Secret,
}

impl From<&Settings<'_>> for Kept {
    fn from(settings: &Settings<'_>) -> Self {
        Self {
            server: settings.server.clone(),
            database: settings.database.to_owned(),
            user: settings.user.to_owned(),
            password: Secret::new(settings.password.to_owned()),
        }
    }
}

impl Kept {
    /// What it takes to sign in.
    pub(crate) fn who(&self) -> Who<'_> {
        Who {
            database: &self.database,
            user: &self.user,
            password: self.password.expose(),
            tls: self.server.tls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_egress::Networks;

    fn credentials(changed: &str, value: &str) -> Credentials {
        [
            ("host", "fd12::1"),
            ("port", "3306"),
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
        assert_eq!(host, "[fd12::1]:3306");
        assert_eq!((settings.database, settings.user), ("shop", "reader"));
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

    #[test]
    fn every_part_of_a_login_counts() {
        let key = |changed: &str, value: &str| {
            let credentials = credentials(changed, value);
            Settings::parse(&credentials, &egress()).ok().unwrap().key()
        };
        for (field, value) in [
            ("host", "fd12::2"),
            ("port", "3307"),
            ("database", "other"),
            ("user", "other"),
            ("password", "other"),
            ("tls", "prefer"),
        ] {
            assert_ne!(key(field, value), key("", ""), "{field}");
        }
    }
}
