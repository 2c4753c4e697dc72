//! The deployment's settings and signing keys: read once per isolate.

use std::{cell::OnceCell, rc::Rc};

use lango_identity::{Audience, DevelopmentSignIn, GatewayKey, SigningKeys};
use lango_oauth::Site;
use worker::Env;

use crate::layers::transport::{Plaintext, TransportRules};

/// What an operator has configured.
pub(crate) struct Settings {
    /// `iss` and `aud` of tokens.
    pub(crate) audience: Audience,
    /// The keys that sign and verify tokens.
    pub(crate) signing_keys: SigningKeys,
    /// The root of the keys that never leave the gateway.
    #[allow(
        dead_code,
        reason = "one-time codes and sealed signing keys derive from it"
    )]
    pub(crate) gateway_key: GatewayKey,
    /// How requests may arrive.
    pub(crate) transport: TransportRules,
    /// Where clients reach the deployment; on loopback each request says it.
    public_site: Option<Site>,
    /// What a developer's own machine may do, and no other deployment.
    pub(crate) development: Development,
}

/// Settings that make the gateway refuse to start unless it serves loopback alone.
#[derive(Default)]
pub(crate) struct Development {
    /// Anybody is signed in as any user whom they choose.
    pub(crate) sign_in: Option<DevelopmentSignIn>,
    /// An origin whose client metadata documents come from a binding of the
    /// runtime's, without a network.
    pub(crate) client_origin: Option<String>,
}

thread_local! {
    // An isolate has one environment for its whole life.
    static SETTINGS: OnceCell<Rc<Settings>> = const { OnceCell::new() };
}

impl Settings {
    /// The settings of this isolate.
    ///
    /// # Errors
    /// One sentence for the operator's log, which names the setting to change.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, String> {
        SETTINGS.with(|cell| {
            if let Some(settings) = cell.get() {
                return Ok(Rc::clone(settings));
            }
            let settings = Rc::new(Self::read(env)?);
            Ok(Rc::clone(cell.get_or_init(|| settings)))
        })
    }

    fn read(env: &Env) -> Result<Self, String> {
        let signing_keys = env
            .secret("LANGO_SIGNING_KEYS")
            .map_err(|_| "LANGO_SIGNING_KEYS is not set".to_owned())?
            .to_string();
        let gateway_key = env
            .secret("LANGO_GATEWAY_KEY")
            .map_err(|_| "LANGO_GATEWAY_KEY is not set".to_owned())?
            .to_string();
        let transport = transport_rules(env)?;
        Ok(Self {
            public_site: public_site(env)?,
            development: Development::parse(
                optional(env, "LANGO_DEVELOPMENT_SIGN_IN"),
                optional(env, "LANGO_DEVELOPMENT_CLIENT_ORIGIN"),
                transport.plaintext,
            )?,
            audience: Audience {
                issuer: required(env, "LANGO_ISSUER")?,
                audience: required(env, "LANGO_AUDIENCE")?,
            },
            signing_keys: SigningKeys::parse(&signing_keys)
                .map_err(|error| format!("LANGO_SIGNING_KEYS: {error}"))?,
            gateway_key: GatewayKey::parse(&gateway_key)
                .map_err(|error| format!("LANGO_GATEWAY_KEY: {error}"))?,
            transport,
        })
    }

    /// The deployment's identity as the requester sees it: what is configured, or,
    /// on loopback alone, the name under which it was reached. `None` when it has
    /// none, and then it neither signs anybody in nor says where that is done.
    pub(crate) fn site(&self, reached_at: &str) -> Option<Site> {
        match &self.public_site {
            Some(site) => Some(site.clone()),
            None if self.transport.plaintext == Plaintext::Loopback => Site::parse(reached_at).ok(),
            None => None,
        }
    }
}

impl Development {
    fn parse(
        sign_in: Option<String>,
        client_origin: Option<String>,
        plaintext: Plaintext,
    ) -> Result<Self, String> {
        let sign_in = match sign_in.as_deref() {
            None | Some("") => None,
            Some("demo") => Some(DevelopmentSignIn::on_loopback()),
            Some(_) => return Err("LANGO_DEVELOPMENT_SIGN_IN must be demo or empty".to_owned()),
        };
        let client_origin = client_origin.filter(|origin| !origin.is_empty());
        let is_any = sign_in.is_some() || client_origin.is_some();
        if is_any && plaintext != Plaintext::Loopback {
            let reason = "LANGO_DEVELOPMENT_… settings need LANGO_PLAINTEXT=loopback";
            return Err(reason.to_owned());
        }
        Ok(Self {
            sign_in,
            client_origin,
        })
    }
}

fn public_site(env: &Env) -> Result<Option<Site>, String> {
    optional(env, "LANGO_PUBLIC_ORIGIN")
        .filter(|origin| !origin.is_empty())
        .map(|origin| Site::parse(&origin).map_err(|error| format!("LANGO_PUBLIC_ORIGIN: {error}")))
        .transpose()
}

fn transport_rules(env: &Env) -> Result<TransportRules, String> {
    let plaintext = match optional(env, "LANGO_PLAINTEXT").as_deref() {
        None | Some("" | "refuse") => Plaintext::Refuse,
        Some("loopback") => Plaintext::Loopback,
        Some(_) => return Err("LANGO_PLAINTEXT must be refuse or loopback".to_owned()),
    };
    let public_origin = optional(env, "LANGO_PUBLIC_ORIGIN").filter(|origin| !origin.is_empty());
    let allowed = optional(env, "LANGO_ALLOWED_ORIGINS").unwrap_or_default();
    let listed = allowed
        .split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty());
    Ok(TransportRules {
        plaintext,
        allowed_origins: public_origin
            .into_iter()
            .chain(listed.map(str::to_owned))
            .collect(),
    })
}

fn required(env: &Env, name: &str) -> Result<String, String> {
    optional(env, name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| format!("{name} is not set"))
}

fn optional(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_settings_need_loopback() {
        let parse = |sign_in: &str, origin: &str, plaintext| {
            Development::parse(Some(sign_in.into()), Some(origin.into()), plaintext)
        };
        let demo = parse("demo", "https://assistant.test", Plaintext::Loopback).unwrap();
        assert!(demo.sign_in.is_some() && demo.client_origin.is_some());
        for (sign_in, origin) in [("demo", ""), ("", "https://assistant.test")] {
            assert!(
                parse(sign_in, origin, Plaintext::Refuse).is_err(),
                "{sign_in}{origin}"
            );
        }
        assert!(parse("yes", "", Plaintext::Loopback).is_err());
        let none = parse("", "", Plaintext::Refuse).unwrap();
        assert!(none.sign_in.is_none() && none.client_origin.is_none());
        assert!(Development::parse(None, None, Plaintext::Refuse).is_ok());
    }
}
