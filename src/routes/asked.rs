//! What a request asks of a route of the table, whoever asks: what stands in its path,
//! its query, its preconditions.

use lango_admission::Once;
use lango_api::{Kind, ListQuery, Route, Version, Who};
use lango_audit_log::Layer;
use lango_identity::Permission;
use lango_store::Page;
use serde_json::{Value, json};
use worker::Request;

use super::{once::IdempotencyKey, parse};
use crate::denial::Denial;

/// What stands in a path: names and values.
pub(crate) type Captured = Vec<(&'static str, String)>;

/// A request's head, as a route reads it.
pub(crate) struct Asked {
    route: &'static Route,
    captured: Captured,
    query: String,
    if_match: Option<String>,
    idempotency_key: Option<String>,
}

impl Asked {
    /// Reads a request.
    pub(crate) fn read(request: &Request, route: &'static Route, captured: Captured) -> Self {
        let field = |name: &str| request.headers().get(name).ok().flatten();
        Self {
            route,
            captured,
            query: request
                .url()
                .ok()
                .and_then(|url| url.query().map(str::to_owned))
                .unwrap_or_default(),
            if_match: field("If-Match"),
            idempotency_key: field("Idempotency-Key"),
        }
    }

    /// The template of the route's path.
    pub(crate) fn path(&self) -> &'static str {
        self.route.path
    }

    /// What stands in the path under a name of the route's template.
    pub(crate) fn captured(&self, name: &str) -> &str {
        self.captured
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    }

    /// Which page of a list is asked for.
    pub(crate) fn page(&self) -> Result<Page, Denial> {
        let pairs: Vec<_> = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .filter(|(name, _)| !self.route.query.iter().any(|known| known.name == *name))
            .collect();
        let query = ListQuery::parse(pairs).map_err(|error| {
            let detail = format!("Correct the query: {error}.");
            Denial::new(Layer::Transport, "query", 400, detail)
        })?;
        Ok(Page::after(query.cursor.identifier(), query.limit))
    }

    /// A member of the query that the route's table names; each stands once at most,
    /// and no other does.
    pub(crate) fn query(&self, name: &str) -> Result<Option<String>, Denial> {
        let of_lists: &[_] = match self.route.kind {
            Kind::List => &["limit", "cursor"],
            _ => &[],
        };
        let own = self.route.query.iter().map(|known| known.name);
        let known: Vec<_> = own.chain(of_lists.iter().copied()).collect();
        let mut found = None;
        for pair in self.query.split('&').filter(|pair| !pair.is_empty()) {
            let (member, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is_again = member == name && found.replace(value.to_owned()).is_some();
            if is_again || !known.contains(&member) {
                let detail = format!(
                    "Correct the query: it has {}, each at most once.",
                    known.join(" and ")
                );
                return Err(Denial::new(Layer::Transport, "query", 400, detail));
            }
        }
        Ok(found)
    }

    /// Every member of the query, decoded, for a route that checks them itself.
    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes())
            .into_owned()
            .collect()
    }

    /// The precondition of a change: the version that it was read with, `None` for
    /// any. Without one nothing is changed (RFC 6585 §3).
    pub(crate) fn if_match(&self) -> Result<Precondition, Denial> {
        let field = self.if_match.as_deref().ok_or_else(|| {
            let detail = "Send If-Match with the ETag that this was read with, so that nobody's \
                          change is lost.";
            Denial::new(Layer::Transport, "if_match_missing", 428, detail)
        })?;
        Version::parse_if_match(field)
            .map(Precondition)
            .map_err(|error| Denial::new(Layer::Transport, "if_match", 400, format!("{error}.")))
    }

    /// What is to happen once, where the request says so. `whose` tells apart those
    /// who share an object that remembers it.
    pub(crate) fn once(&self, whose: &str, body: &[u8]) -> Result<Option<Once>, Denial> {
        let Some(field) = &self.idempotency_key else {
            return Ok(None);
        };
        let key = IdempotencyKey::parse(field)?.of(whose);
        let body: Value = parse(body)?;
        let what: Vec<_> = self.captured.iter().map(|(_, value)| value).collect();
        let what = json!([self.route.operation.name(), what]).to_string();
        Ok(Some(key.once(&what, &body)))
    }

    /// One of these is needed.
    pub(crate) fn any_of(&self) -> Result<&'static [Permission], Denial> {
        match self.route.who {
            Who::Tenant(permissions) => Ok(permissions),
            _ => Err(Denial::internal("a route of nobody's permissions")),
        }
    }
}

/// The version that a change expects; `None` for whichever there is.
pub(crate) struct Precondition(Option<Version>);

impl Precondition {
    /// Whether what is there is what was read.
    pub(crate) fn check(&self, version: i64) -> Result<(), Denial> {
        match self.0 {
            Some(expected) if expected != Version(version) => Err(stale()),
            _ => Ok(()),
        }
    }
}

/// Somebody else was quicker.
pub(crate) fn stale() -> Denial {
    Denial::new(
        Layer::Access,
        "stale",
        412,
        "It has changed since it was read. Read it again, and change that.",
    )
}
