//! What authorization servers do differently, as data.

use serde::{Deserialize, Serialize};

/// The rules of one kind of authorization server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// The header field that carries the access token.
    pub header: &'static str,
    /// The word before it.
    pub scheme: &'static str,
    /// How a token is asked for.
    pub form: RequestForm,
    /// How long a token is good for where the server does not say.
    pub lifetime_s: u32,
    /// A token is not used in its last seconds.
    pub margin_s: u32,
    /// How many tokens may be asked for, and in which time.
    pub window: Window,
    /// What goes into the authorization request besides.
    pub authorization_parameters: &'static [(&'static str, &'static str)],
    /// Whether an answer without `token_type` is taken for a bearer token.
    pub token_type_is_optional: bool,
}

/// A bound on token requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// So many.
    pub requests: u32,
    /// In so many seconds.
    pub seconds: u32,
}

/// How a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestForm {
    /// RFC 6749: a form, posted.
    Post,
    /// `GET` with the grant in the query and the client in `Authorization`.
    Get,
}

/// Names a profile, in settings and in what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileName {
    /// RFC 6749, and nothing known beyond it.
    #[default]
    Standard,
    /// Safaricom Daraja: a new token ends the one before it.
    Daraja,
    /// KRA GavaConnect.
    Kra,
    /// Microsoft Entra.
    Microsoft,
    /// Sage Accounting: access for five minutes, refresh tokens used once.
    Sage,
    /// Zoho: ten access tokens in ten minutes, and a scheme of its own.
    Zoho,
}

const STANDARD: Profile = Profile {
    header: "authorization",
    scheme: "Bearer",
    form: RequestForm::Post,
    lifetime_s: 300,
    margin_s: 30,
    window: Window {
        requests: 20,
        seconds: 600,
    },
    authorization_parameters: &[],
    token_type_is_optional: false,
};

const DARAJA: Profile = Profile {
    form: RequestForm::Get,
    lifetime_s: 3_599,
    token_type_is_optional: true,
    ..STANDARD
};

impl ProfileName {
    /// The rules.
    #[must_use]
    pub const fn profile(self) -> Profile {
        match self {
            Self::Standard => STANDARD,
            Self::Daraja | Self::Kra => DARAJA,
            Self::Microsoft => Profile {
                lifetime_s: 3_599,
                ..STANDARD
            },
            Self::Sage => Profile {
                authorization_parameters: &[("filter", "apiv3.1")],
                ..STANDARD
            },
            Self::Zoho => Profile {
                scheme: "Zoho-oauthtoken",
                lifetime_s: 3_600,
                // One is left for whoever looks at the account by hand.
                window: Window {
                    requests: 9,
                    seconds: 600,
                },
                // Without them there is no refresh token.
                authorization_parameters: &[("access_type", "offline"), ("prompt", "consent")],
                token_type_is_optional: true,
                ..STANDARD
            },
        }
    }
}

impl Profile {
    /// The milliseconds before its end in which a token of this lifetime is not used:
    /// a short-lived one must be usable at all.
    #[must_use]
    pub fn margin_ms(&self, lifetime_ms: i64) -> i64 {
        (i64::from(self.margin_s) * 1_000).min(lifetime_ms / 4)
    }

    /// The header field's value.
    #[must_use]
    pub fn credential(&self, access_token: &str) -> zeroize::Zeroizing<String> {
        zeroize::Zeroizing::new(format!("{} {access_token}", self.scheme))
    }
}
