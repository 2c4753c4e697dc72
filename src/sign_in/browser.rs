//! A browser's session: a cookie that scripts cannot read and other sites cannot send.
//!
//! It holds a signed statement that names a session of the store, so that it ends
//! with it. `SameSite=Strict`: it comes with requests of this site's own pages alone.
//! A page that another site leads to is loaded once more, from here
//! (`routes/oauth/authorize.rs`).

use lango_identity::{SigningKeys, VerifiedSession};
use lango_oauth::Site;
use worker::Response;

use super::{
    proof::Proven,
    session::{Begun, begin_for_browser},
};
use crate::{clock, denial::Denial, gateway::Gateway};

/// Browsers bind a `__Host-` cookie to https, this host and no path. On loopback
/// there is no https to bind it to.
const SECURE_NAME: &str = "__Host-lango_session";
const LOOPBACK_NAME: &str = "lango_session";

/// A cookie that an answer is to bring.
pub(crate) struct Cookie(String);

/// Begins a session for whoever has proven who they are, and gives its cookie.
pub(crate) async fn begin(
    gateway: &Gateway,
    site: &Site,
    proven: &Proven,
) -> Result<(Begun, Cookie), Denial> {
    let begun = begin_for_browser(gateway, proven).await?;
    let statement = gateway
        .settings
        .signing_keys()
        .issue_session(
            site.issuer(),
            proven.scope(),
            proven.kind().principal(),
            proven.principal(),
            &begun.session,
            begun.expires_at,
        )
        .map_err(|error| Denial::internal(error.to_string()))?;
    let seconds = begun.expires_at - clock::now_seconds();
    let cookie = Cookie::new(site, statement.expose(), seconds);
    Ok((begun, cookie))
}

impl Cookie {
    /// Takes the cookie away.
    pub(crate) fn none(site: &Site) -> Self {
        Self::new(site, "", 0)
    }

    /// Puts it into an answer.
    pub(crate) fn set(&self, response: &Response) -> Result<(), Denial> {
        response
            .headers()
            .append("Set-Cookie", &self.0)
            .map_err(|error| Denial::internal(error.to_string()))
    }

    fn new(site: &Site, value: &str, seconds: i64) -> Self {
        let (name, secure) = name(site);
        Self(format!(
            "{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        ))
    }
}

/// The session that a request's cookies name, if one of them is signed here. Whether
/// it is in force is for the store to say.
pub(crate) fn named(
    keys: &SigningKeys,
    site: &Site,
    cookies: Option<&str>,
    now: i64,
) -> Option<VerifiedSession> {
    let text = cookie(site, cookies)?;
    keys.verify_session(site.issuer(), text, now).ok()
}

/// The cookie's text.
pub(crate) fn cookie<'a>(site: &Site, cookies: Option<&'a str>) -> Option<&'a str> {
    let (name, _) = name(site);
    cookies?
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}

fn name(site: &Site) -> (&'static str, &'static str) {
    if site.is_secure() {
        (SECURE_NAME, "; Secure")
    } else {
        (LOOPBACK_NAME, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others_and_a_plain_one_is_not_taken_over_https() {
        let (secure, own) = (
            Site::parse("https://gate.example").unwrap(),
            Site::parse("http://127.0.0.1:8787").unwrap(),
        );
        let cookies = "a=1; __Host-lango_session=s.e.c;lango_session=o.w.n";
        assert_eq!(cookie(&secure, Some(cookies)), Some("s.e.c"));
        assert_eq!(cookie(&own, Some(cookies)), Some("o.w.n"));
        assert_eq!(cookie(&secure, Some("lango_session=o.w.n")), None);
        assert_eq!(cookie(&own, None), None);
    }
}
