//! The deployment's settings and signing keys: read once per isolate.

use std::{cell::OnceCell, rc::Rc};

use lango_identity::{
    Audience, DevelopmentSignIn, GatewayKey, RingSeal, SigningKeys, SigningRing, TenantScope,
};
use lango_metrics::ScrapeToken;
use lango_oauth::Site;
use lango_provenance::PrintKey;
use worker::{Context, Env, console_error};
use zeroize::Zeroizing;

use crate::{
    denial::Denial,
    layers::transport::{Plaintext, TransportRules},
    sign_in::configuration::SignInConfiguration,
    state::{
        signing_keys::{Due, KeyCell},
        tenant_keys::{self, TenantSeal},
    },
};

/// What an operator has configured.
pub(crate) struct Settings {
    /// `iss` and `aud` of tokens.
    pub(crate) audience: Audience,
    /// How people sign in.
    pub(crate) sign_in: SignInConfiguration,
    /// The keys that sign and verify tokens, as this isolate has read them.
    keys: KeyCell,
    /// How requests may arrive.
    pub(crate) transport: TransportRules,
    /// Who says where a request came from.
    pub(crate) client_address: ClientAddress,
    /// How many requests a minute may fail to show who they come from, from one address,
    /// where the platform counts none.
    pub(crate) failures_per_minute: u32,
    /// Where clients reach the deployment; on loopback each request says it.
    public_site: Option<Site>,
    /// What a developer's own machine may do, and no other deployment.
    pub(crate) development: Development,
    /// Who may read the numbers of the deployment.
    pub(crate) metrics: Scraping,
    /// The root of the keys that never leave the gateway.
    gateway_key: GatewayKey,
}

/// Who may read the numbers of the deployment, and what they see.
#[derive(Default)]
pub(crate) struct Scraping {
    /// What they show; nobody may where there is none.
    pub(crate) token: Option<ScrapeToken>,
    /// Whether tenants are named.
    pub(crate) names_tenants: bool,
}

/// Settings that make the gateway refuse to start unless it serves loopback alone.
#[derive(Default)]
pub(crate) struct Development {
    /// Anybody is signed in as any user whom they choose.
    pub(crate) sign_in: Option<DevelopmentSignIn>,
    /// An origin whose client metadata documents come from a binding of the
    /// runtime's, without a network.
    pub(crate) client_origin: Option<String>,
    /// An origin whose webhooks go to a binding of the runtime's, without a network.
    pub(crate) webhook_origin: Option<String>,
    /// Gates are told of no change: only the age of what they know bounds it.
    pub(crate) cut_pushes: bool,
    /// A closed tenant is erased after so many milliseconds, whatever its settings say.
    pub(crate) erase_after_ms: Option<i64>,
}

/// Who says where a request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientAddress {
    /// The runtime, of the socket: nothing stands before it.
    Socket,
    /// Whatever stands before it, in this header field, which it overwrites.
    Field(String),
}

impl ClientAddress {
    fn parse(text: Option<&str>) -> Result<Self, String> {
        match text {
            None | Some("" | "cloudflare") => Ok(Self::Field("CF-Connecting-IP".to_owned())),
            Some("socket") => Ok(Self::Socket),
            Some(other) => match other.strip_prefix("header:") {
                Some(name) if !name.is_empty() && name.bytes().all(is_token) => {
                    Ok(Self::Field(name.to_owned()))
                }
                _ => {
                    Err("LANGO_CLIENT_ADDRESS must be cloudflare, socket or header:NAME".to_owned())
                }
            },
        }
    }
}

/// RFC 9110 §5.6.2, as far as names of fields use it.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

thread_local! {
    // An isolate has one environment for its whole life.
    static SETTINGS: OnceCell<Rc<Settings>> = const { OnceCell::new() };
}

impl Settings {
    /// The settings of this isolate, with signing keys that are not too old.
    ///
    /// # Errors
    /// A denial whose reason names the setting to change, or says that the store
    /// did not answer.
    pub(crate) async fn of(env: &Env, context: &Context) -> Result<Rc<Self>, Denial> {
        let Some(settings) = SETTINGS.with(|cell| cell.get().map(Rc::clone)) else {
            let settings = Rc::new(Self::read(env).await?);
            return Ok(SETTINGS.with(|cell| Rc::clone(cell.get_or_init(|| settings))));
        };
        match settings.keys.due() {
            Due::Nothing => {}
            Due::First => settings.keys.read_again(env).await?,
            Due::Behind => {
                let (env, settings) = (env.clone(), Rc::clone(&settings));
                context.wait_until(async move {
                    if let Err(denial) = settings.keys.read_again(&env).await {
                        console_error!("{}", denial.internal.unwrap_or_default());
                    }
                });
            }
        }
        Ok(settings)
    }

    async fn read(env: &Env) -> Result<Self, Denial> {
        let plain = Plain::read(env).map_err(Denial::internal)?;
        let seal = RingSeal::of(&plain.gateway_key);
        Ok(Self {
            keys: KeyCell::read(env, plain.signing_keys, seal).await?,
            audience: plain.audience,
            sign_in: plain.sign_in,
            transport: plain.transport,
            client_address: plain.client_address,
            failures_per_minute: plain.failures_per_minute,
            public_site: plain.public_site,
            development: plain.development,
            metrics: plain.metrics,
            gateway_key: plain.gateway_key,
        })
    }

    /// What the texts of a tenant are sealed with.
    pub(crate) fn tenant_seal(&self, scope: &TenantScope) -> TenantSeal {
        TenantSeal::of(&self.gateway_key, scope)
    }

    /// What the fingerprints of a tenant are made under.
    pub(crate) fn print_key(&self, scope: &TenantScope) -> PrintKey {
        tenant_keys::print_key(&self.gateway_key, scope)
    }

    /// The keys that sign and verify tokens now.
    pub(crate) fn signing_keys(&self) -> Rc<SigningKeys> {
        self.keys.keys()
    }

    /// The signing keys with their times, and how they are read again.
    pub(crate) fn key_cell(&self) -> &KeyCell {
        &self.keys
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

const FAILURES: &str = "LANGO_FAILURES_PER_MINUTE";
/// As the binding in `wrangler.toml` has it.
const DEFAULT_FAILURES: u32 = 600;

fn failures_per_minute(text: Option<&str>) -> Result<u32, String> {
    match text.unwrap_or_default() {
        "" => Ok(DEFAULT_FAILURES),
        text => text
            .parse()
            .ok()
            .filter(|limit| *limit > 0)
            .ok_or_else(|| format!("{FAILURES} must be a number above 0")),
    }
}

/// What stands in the environment.
struct Plain {
    audience: Audience,
    signing_keys: SigningRing,
    gateway_key: GatewayKey,
    sign_in: SignInConfiguration,
    transport: TransportRules,
    client_address: ClientAddress,
    failures_per_minute: u32,
    public_site: Option<Site>,
    development: Development,
    metrics: Scraping,
}

impl Plain {
    /// The error is one sentence for the operator's log, which names the setting to
    /// change.
    fn read(env: &Env) -> Result<Self, String> {
        let transport = transport_rules(env)?;
        let gateway_key = GatewayKey::parse(&secret(env, "LANGO_GATEWAY_KEY")?)
            .map_err(|error| format!("LANGO_GATEWAY_KEY: {error}"))?;
        Ok(Self {
            sign_in: SignInConfiguration::read(
                |name| optional(env, name),
                &gateway_key,
                transport.plaintext == Plaintext::Loopback,
            )?,
            audience: Audience {
                issuer: required(env, "LANGO_ISSUER")?,
                audience: required(env, "LANGO_AUDIENCE")?,
            },
            signing_keys: SigningRing::of_secret(&secret(env, "LANGO_SIGNING_KEYS")?)
                .map_err(|error| format!("LANGO_SIGNING_KEYS: {error}"))?,
            gateway_key,
            public_site: public_site(env)?,
            metrics: Scraping::parse(|name| optional(env, name))?,
            development: Development::parse(|name| optional(env, name), transport.plaintext)?,
            client_address: ClientAddress::parse(optional(env, "LANGO_CLIENT_ADDRESS").as_deref())?,
            failures_per_minute: failures_per_minute(optional(env, FAILURES).as_deref())?,
            transport,
        })
    }
}

impl Scraping {
    fn parse(read: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let given = |name| read(name).filter(|value| !value.is_empty());
        let token = given("LANGO_METRICS_TOKEN")
            .map(|text| ScrapeToken::parse(&text))
            .transpose()
            .map_err(|error| format!("LANGO_METRICS_TOKEN {error}"))?;
        let names_tenants = match given("LANGO_METRICS_TENANTS").as_deref() {
            None => false,
            Some("yes") => true,
            Some(_) => return Err("LANGO_METRICS_TENANTS must be yes or empty".to_owned()),
        };
        Ok(Self {
            token,
            names_tenants,
        })
    }
}

impl Development {
    fn parse(read: impl Fn(&str) -> Option<String>, plaintext: Plaintext) -> Result<Self, String> {
        let given = |name| read(name).filter(|value| !value.is_empty());
        let sign_in = match given("LANGO_DEVELOPMENT_SIGN_IN").as_deref() {
            None => None,
            Some("demo") => Some(DevelopmentSignIn::on_loopback()),
            Some(_) => return Err("LANGO_DEVELOPMENT_SIGN_IN must be demo or empty".to_owned()),
        };
        let cut_pushes = match given("LANGO_DEVELOPMENT_CUT_PUSHES").as_deref() {
            None => false,
            Some("yes") => true,
            Some(_) => return Err("LANGO_DEVELOPMENT_CUT_PUSHES must be yes or empty".to_owned()),
        };
        let erase_after_ms = given("LANGO_DEVELOPMENT_ERASE_AFTER_MS")
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| "LANGO_DEVELOPMENT_ERASE_AFTER_MS must be a number".to_owned())?;
        let client_origin = given("LANGO_DEVELOPMENT_CLIENT_ORIGIN");
        let webhook_origin = given("LANGO_DEVELOPMENT_WEBHOOK_ORIGIN");
        let is_any = sign_in.is_some()
            || client_origin.is_some()
            || webhook_origin.is_some()
            || cut_pushes
            || erase_after_ms.is_some();
        if is_any && plaintext != Plaintext::Loopback {
            let reason = "LANGO_DEVELOPMENT_… settings need LANGO_PLAINTEXT=loopback";
            return Err(reason.to_owned());
        }
        Ok(Self {
            sign_in,
            client_origin,
            webhook_origin,
            cut_pushes,
            erase_after_ms,
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

fn secret(env: &Env, name: &str) -> Result<Zeroizing<String>, String> {
    env.secret(name)
        .map(|secret| Zeroizing::new(secret.to_string()))
        .map_err(|_| format!("{name} is not set"))
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
        let parse = |name: &'static str, value: &'static str, plaintext| {
            let read = |asked: &str| (asked == name).then(|| value.to_owned());
            Development::parse(read, plaintext)
        };
        let settings = [
            ("LANGO_DEVELOPMENT_SIGN_IN", "demo"),
            ("LANGO_DEVELOPMENT_CLIENT_ORIGIN", "https://assistant.test"),
            ("LANGO_DEVELOPMENT_WEBHOOK_ORIGIN", "https://receiver.test"),
            ("LANGO_DEVELOPMENT_CUT_PUSHES", "yes"),
        ];
        for (name, value) in settings {
            assert!(parse(name, value, Plaintext::Loopback).is_ok(), "{name}");
            assert!(parse(name, value, Plaintext::Refuse).is_err(), "{name}");
            assert!(parse(name, "", Plaintext::Refuse).is_ok(), "{name}");
        }
        assert!(parse("LANGO_DEVELOPMENT_SIGN_IN", "yes", Plaintext::Loopback).is_err());
        assert!(parse("LANGO_DEVELOPMENT_CUT_PUSHES", "1", Plaintext::Loopback).is_err());
        let none = Development::parse(|_| None, Plaintext::Refuse).unwrap();
        assert!(none.sign_in.is_none() && none.client_origin.is_none() && !none.cut_pushes);
    }

    #[test]
    fn an_operator_says_who_tells_where_requests_come_from() {
        let field = |name: &str| Ok(ClientAddress::Field(name.to_owned()));
        assert_eq!(ClientAddress::parse(None), field("CF-Connecting-IP"));
        assert_eq!(
            ClientAddress::parse(Some("header:X-Real-IP")),
            field("X-Real-IP")
        );
        assert_eq!(
            ClientAddress::parse(Some("socket")),
            Ok(ClientAddress::Socket)
        );
        for odd in ["header:", "header:a b", "proxy"] {
            assert!(ClientAddress::parse(Some(odd)).is_err(), "{odd}");
        }
    }
}
