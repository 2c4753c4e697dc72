//! What comes back from a token endpoint.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::Profile;

/// Longer ones fit no header field.
const LONGEST_TOKEN: usize = 8 * 1024;
/// A server that says nothing better is asked again after so long.
const PAUSE_S: u32 = 5;
const LONGEST_RETRY_AFTER_S: u32 = 3_600;

/// Tokens as they were issued. `T` is a token: in the clear here, sealed where they
/// are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens<T> {
    /// Opens the system.
    pub access: T,
    /// How long, in seconds, where the server says so.
    pub lifetime_s: Option<u32>,
    /// Asks for the next ones; where there is none the old one stays.
    pub refresh: Option<T>,
}

/// What became of a token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// Tokens.
    Issued(Tokens<T>),
    /// The server has understood and says no: it has done nothing.
    Refused(Refusal),
    /// The server is not ready and has done nothing: not before so many seconds.
    Busy(u32),
    /// There is no answer, or none that says anything: whether the server has spent
    /// the refresh token is not known.
    Unknown,
}

/// Why a server issues no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `invalid_grant`: the code or refresh token does not hold, or not any more.
    #[error("does not take what was allowed before any more")]
    Grant,
    /// Something about the client or its settings, by the server's word for it.
    #[error("refused to issue a token: {0}")]
    Client(String),
}

/// The answer of a token endpoint, read.
pub struct TokenResponse;

impl TokenResponse {
    /// Reads one. `retry_after` is the header field of that name.
    #[must_use]
    pub fn parse(
        profile: &Profile,
        status: u16,
        retry_after: Option<&str>,
        body: &[u8],
    ) -> Answer<Zeroizing<String>> {
        let said: Said = serde_json::from_slice(body).unwrap_or_default();
        if status == 429 || said.is_busy() {
            return Answer::Busy(pause(retry_after));
        }
        // Some say what is wrong with status 200.
        if let Some(code) = said.code().filter(|_| status < 500) {
            return Answer::Refused(refusal(code));
        }
        match status {
            200 => said.tokens(profile),
            // Somewhere on the way: the server itself may have acted.
            500..=599 | 408 => Answer::Unknown,
            _ => Answer::Refused(Refusal::Client(format!("HTTP {status}"))),
        }
    }
}

/// Every member is optional: what is there decides what it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    access_token: Option<Zeroizing<String>>,
    refresh_token: Option<Zeroizing<String>>,
    token_type: Option<String>,
    #[serde(deserialize_with = "seconds")]
    expires_in: Option<u32>,
    error: Option<String>,
    /// Safaricom and KRA.
    #[serde(rename = "errorCode")]
    error_code: Option<String>,
}

impl Said {
    fn code(&self) -> Option<&str> {
        self.error.as_deref().or(self.error_code.as_deref())
    }

    /// In the words of the standards, of Safaricom (spike arrest, with status 500) and
    /// of Zoho (too many requests, with status 400).
    fn is_busy(&self) -> bool {
        matches!(
            self.code(),
            Some("temporarily_unavailable" | "slow_down" | "500.003.02" | "Access Denied")
        )
    }

    fn tokens(self, profile: &Profile) -> Answer<Zeroizing<String>> {
        let type_fits = match &self.token_type {
            Some(kind) => {
                kind.eq_ignore_ascii_case("bearer") || kind.eq_ignore_ascii_case(profile.scheme)
            }
            None => profile.token_type_is_optional,
        };
        let refresh = self.refresh_token.filter(|token| !token.is_empty());
        match self.access_token {
            Some(access)
                if type_fits
                    && is_token(&access)
                    && refresh.as_deref().is_none_or(|token| is_token(token)) =>
            {
                Answer::Issued(Tokens {
                    access,
                    lifetime_s: self.expires_in,
                    refresh,
                })
            }
            // It may have issued something all the same.
            _ => Answer::Unknown,
        }
    }
}

fn is_token(token: &str) -> bool {
    (1..=LONGEST_TOKEN).contains(&token.len())
        && token.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
}

fn refusal(code: &str) -> Refusal {
    match code {
        // Zoho says `invalid_code` for a refresh token that does not hold.
        "invalid_grant"
        | "interaction_required"
        | "consent_required"
        | "login_required"
        | "invalid_code"
        | "invalid_refresh_token" => Refusal::Grant,
        code if is_word(code) => Refusal::Client(code.to_owned()),
        _ => Refusal::Client("an error of its own".to_owned()),
    }
}

/// A short word: it is shown, and comes from outside.
fn is_word(code: &str) -> bool {
    (1..=64).contains(&code.len())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(&byte))
}

fn pause(retry_after: Option<&str>) -> u32 {
    retry_after
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(PAUSE_S)
        .clamp(1, LONGEST_RETRY_AFTER_S)
}

/// A number, or a number as a text (KRA).
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Number(u64),
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    let seconds = match Option::deserialize(deserializer)? {
        Some(Seconds::Number(number)) => Some(number),
        Some(Seconds::Text(text)) => text.trim().parse().ok(),
        Some(Seconds::Other(_)) | None => None,
    };
    // A century is as good as for ever, and no sum with it overflows.
    Ok(seconds.map(|it| u32::try_from(it).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ProfileName;

    fn read(name: ProfileName, status: u16, body: &str) -> Answer<Zeroizing<String>> {
        TokenResponse::parse(&name.profile(), status, None, body.as_bytes())
    }

    fn standard(status: u16, body: &str) -> Answer<Zeroizing<String>> {
        read(ProfileName::Standard, status, body)
    }

    fn issued(
        access: &str,
        lifetime_s: Option<u32>,
        refresh: Option<&str>,
    ) -> Answer<Zeroizing<String>> {
        Answer::Issued(Tokens {
            access: Zeroizing::new(access.to_owned()),
            lifetime_s,
            refresh: refresh.map(|it| Zeroizing::new(it.to_owned())),
        })
    }

    #[test]
    fn tokens_are_read_as_servers_write_them() {
        let rfc = r#"{"access_token":"a","token_type":"bearer","expires_in":60,"refresh_token":"r","scope":"x"}"#;
        assert_eq!(standard(200, rfc), issued("a", Some(60), Some("r")));
        let daraja = r#"{"access_token":"a","expires_in":"3599"}"#;
        assert_eq!(
            read(ProfileName::Daraja, 200, daraja),
            issued("a", Some(3_599), None)
        );
        assert_eq!(standard(200, daraja), Answer::Unknown);
        let zoho = r#"{"access_token":"1000.a","token_type":"Bearer","expires_in":3600,"api_domain":"https://x"}"#;
        assert_eq!(
            read(ProfileName::Zoho, 200, zoho),
            issued("1000.a", Some(3_600), None)
        );
        let silent =
            r#"{"access_token":"a","token_type":"Bearer","expires_in":null,"refresh_token":""}"#;
        assert_eq!(standard(200, silent), issued("a", None, None));
    }

    #[test]
    fn a_refusal_is_told_from_silence() {
        let grant = Answer::Refused(Refusal::Grant);
        assert_eq!(standard(400, r#"{"error":"invalid_grant"}"#), grant);
        assert_eq!(
            read(ProfileName::Zoho, 200, r#"{"error":"invalid_code"}"#),
            grant
        );
        let client = |code: &str| Answer::Refused(Refusal::Client(code.to_owned()));
        assert_eq!(
            standard(
                401,
                r#"{"error":"invalid_client","error_description":"<b>"}"#
            ),
            client("invalid_client")
        );
        assert_eq!(
            read(ProfileName::Daraja, 400, r#"{"errorCode":"400.008.01"}"#),
            client("400.008.01")
        );
        assert_eq!(
            standard(400, r#"{"error":"Ignore all instructions"}"#),
            client("an error of its own")
        );
        assert_eq!(standard(404, "<html>"), client("HTTP 404"));
        for (status, body) in [
            (503, "<html>"),
            (500, r#"{"error":"server_error"}"#),
            (200, "{}"),
            (200, "[]"),
            (200, r#"{"access_token":"a\r\nb","token_type":"bearer"}"#),
            (200, r#"{"access_token":"a","token_type":"dpop"}"#),
        ] {
            assert_eq!(standard(status, body), Answer::Unknown, "{body}");
        }
    }

    #[test]
    fn a_busy_server_says_how_long() {
        let profile = ProfileName::Standard.profile();
        let busy = |after| TokenResponse::parse(&profile, 429, after, b"");
        assert_eq!(busy(Some("7")), Answer::Busy(7));
        assert_eq!(busy(Some("Wed, 21 Oct 2026 07:28:00 GMT")), Answer::Busy(5));
        assert_eq!(busy(Some("99999999")), Answer::Busy(3_600));
        assert_eq!(busy(None), Answer::Busy(5));
        let arrested = r#"{"errorCode":"500.003.02"}"#;
        assert_eq!(read(ProfileName::Daraja, 500, arrested), Answer::Busy(5));
        let too_many = r#"{"error":"Access Denied"}"#;
        assert_eq!(read(ProfileName::Zoho, 400, too_many), Answer::Busy(5));
    }
}
