//! The deployment's settings and signing keys: read once per isolate.

use std::{cell::OnceCell, rc::Rc};

use lango_identity::{Audience, SigningKeys};
use worker::Env;

use crate::layers::transport::{Plaintext, TransportRules};

/// What an operator has configured.
pub(crate) struct Settings {
    /// `iss` and `aud` of tokens.
    pub(crate) audience: Audience,
    /// The keys that sign and verify tokens.
    pub(crate) signing_keys: SigningKeys,
    /// How requests may arrive.
    pub(crate) transport: TransportRules,
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
        Ok(Self {
            audience: Audience {
                issuer: required(env, "LANGO_ISSUER")?,
                audience: required(env, "LANGO_AUDIENCE")?,
            },
            signing_keys: SigningKeys::parse(&signing_keys)
                .map_err(|error| format!("LANGO_SIGNING_KEYS: {error}"))?,
            transport: transport_rules(env)?,
        })
    }
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
