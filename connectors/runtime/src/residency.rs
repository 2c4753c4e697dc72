//! What shows where a request is served, and the refusal of one that would be served
//! elsewhere than it may.
//!
//! Nothing here comes from a client: the gateway makes each request to a connector anew,
//! with no field of the client's, and whoever is not the gateway has no envelope.

use std::cell::RefCell;

use lango_connector_kit::RESIDENCY_FIELD;
use lango_residency::{
    Colo, DeploymentKey, Evidence, Placement, Refusal, Resident, Site, SiteError, SiteStatement,
    Terms, decide,
};
use worker::{Date, Env, Request, Response, console_error, js_sys::Reflect, wasm_bindgen::JsValue};

use crate::problem::Problem;

/// The cloud region that the Worker is placed near: as `wrangler.toml` says, by way of
/// the scripts.
const REGION: &str = "LANGO_PLACEMENT_REGION";
const LONGEST_REGION: usize = 64;
/// Where the deployment stands, signed; and the key that it is signed with.
const SITE: &str = "LANGO_SITE";
const DEPLOYMENT_KEY: &str = "LANGO_DEPLOYMENT_KEY";

/// What shows where a request is served, apart from what the gateway says of its own
/// place.
pub(crate) fn evidence(request: &Request, env: &Env) -> Evidence {
    let placement = request.headers().get(Placement::FIELD).ok().flatten();
    Evidence {
        configured_region: variable(env, REGION).filter(|text| is_region(text)),
        placement: placement.and_then(|text| Placement::parse(&text).ok()),
        colo: colo(request),
        site: site(env),
    }
}

/// May it be served here?
pub(crate) fn resident(terms: &Terms, evidence: Evidence) -> Result<Resident, Problem> {
    let evidence = Evidence {
        // Where the gateway ran is where the request hit.
        colo: terms.colo.or(evidence.colo),
        ..evidence
    };
    decide(&terms.promise, evidence).map_err(|refusal| refused(&refusal))
}

/// In words, for a promise that a placement cannot keep.
pub(crate) const NOT_IN_OBJECTS: &str = "This connection's tokens are kept and asked for by a \
    Durable Object, and nothing shows that it is where the tenant was promised that calls run: a \
    placement says nothing of objects. A self-hosted deployment states its site; an administrator \
    can change the promise.";

/// May it be served by an object of this Worker's?
pub(crate) fn covers_objects(resident: &Resident) -> Result<(), Problem> {
    if resident.covers_objects() {
        return Ok(());
    }
    let evidence = &resident.finding().evidence;
    Err(Problem::not_resident(NOT_IN_OBJECTS.to_owned(), evidence))
}

/// Tells the gateway where its request was served.
pub(crate) fn shown(response: Response, resident: &Evidence) -> Result<Response, Problem> {
    let json = serde_json::to_string(resident).map_err(|_| unwritable())?;
    let headers = response.headers();
    headers
        .set(RESIDENCY_FIELD, &json)
        .map_err(|_| unwritable())?;
    Ok(response)
}

fn refused(refusal: &Refusal) -> Problem {
    Problem::not_resident(refusal.to_string(), &refusal.finding().evidence)
}

fn unwritable() -> Problem {
    Problem::internal("The evidence could not be written.")
}

fn variable(env: &Env, name: &str) -> Option<String> {
    let text = env.var(name).ok()?.to_string();
    (!text.is_empty()).then_some(text)
}

/// It goes into a header field.
fn is_region(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-');
    text.len() <= LONGEST_REGION && text.bytes().all(is_plain)
}

/// A plain property: the typed accessor panics where the platform does not say it.
fn colo(request: &Request) -> Option<Colo> {
    let inner: &JsValue = request.inner().as_ref();
    let colo = Reflect::get(inner, &JsValue::from_str("cf"))
        .and_then(|cf| Reflect::get(&cf, &JsValue::from_str("colo")))
        .ok()?
        .as_string()?;
    Colo::parse(&colo).ok()
}

/// What a statement came to, and the texts that it was read from.
struct Read {
    key: String,
    text: String,
    statement: Result<SiteStatement, SiteError>,
}

thread_local! {
    /// A signature takes longer to check than all the rest: it is checked once.
    static READ: RefCell<Option<Read>> = const { RefCell::new(None) };
}

/// The site that the deployment states, now.
fn site(env: &Env) -> Option<Site> {
    let (text, key) = (variable(env, SITE)?, variable(env, DEPLOYMENT_KEY)?);
    let now = i64::try_from(Date::now().as_millis() / 1_000).unwrap_or(i64::MAX);
    READ.with_borrow_mut(|read| {
        let is_read = |read: &&mut Read| read.key == key && read.text == text;
        if read.as_mut().filter(is_read).is_none() {
            let statement =
                DeploymentKey::parse(&key).and_then(|key| SiteStatement::verify(&key, &text));
            if let Err(error) = &statement {
                console_error!("the site statement does not count: {error}");
            }
            *read = Some(Read {
                key,
                text,
                statement,
            });
        }
        let statement = read.as_ref()?.statement.as_ref().ok()?;
        statement.at(now).cloned()
    })
}

#[cfg(test)]
mod tests {
    use super::is_region;

    #[test]
    fn a_region_fits_into_a_field() {
        assert!(is_region("aws:af-south-1"));
        for text in ["aws:af south", "aws:\r\nx", "é", &"a".repeat(65)] {
            assert!(!is_region(text), "{text}");
        }
    }
}
