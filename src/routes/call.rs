//! A request to a route of a tenant's administration: what all of them do alike.
//!
//! Identity, paging, entity tags, idempotency and the permissions of the table are
//! settled here, so that a route says only what is its own.

use lango_api::{List, ListQuery, Route, Version, Who};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{KeyId, Permission, PrincipalKind, TenantScope};
use lango_store::{Page, Paged, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use worker::{Request, Response};

use super::{
    empty, json as json_answer, no_such_thing,
    once::{self, Answer, IdempotencyKey},
    parse,
};
use crate::{
    denial::Denial,
    gateway::{Action, Done, Gateway},
    layers::{
        access::PermittedAction,
        identity::{Identified, Takes},
        transport::Expectation,
    },
};

/// What stands in a path: names and values.
pub(crate) type Captured = Vec<(&'static str, String)>;

/// A request to a route, its caller identified.
pub(crate) struct Call<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) identified: Identified,
    route: &'static Route,
    captured: Captured,
    query: String,
    if_match: Option<String>,
    idempotency_key: Option<String>,
}

impl<'a> Call<'a> {
    /// Takes a request in, through layers 1 and 2.
    pub(crate) async fn receive(
        request: Request,
        gateway: &'a Gateway,
        route: &'static Route,
        captured: Captured,
    ) -> Result<Self, Denial> {
        let field = |name: &str| request.headers().get(name).ok().flatten();
        let (if_match, idempotency_key) = (field("If-Match"), field("Idempotency-Key"));
        let query = request
            .url()
            .ok()
            .and_then(|url| url.query().map(str::to_owned))
            .unwrap_or_default();
        let takes = match route.who {
            // A public route has callers only where it serves whoever is signed in too.
            Who::SignedIn | Who::Public => Takes::SignIns,
            _ => Takes::Administration,
        };
        let methods = [route.method.name()];
        let expectation = Expectation { methods: &methods };
        Ok(Self {
            identified: gateway.receive(request, expectation, takes).await?,
            gateway,
            route,
            captured,
            query,
            if_match,
            idempotency_key,
        })
    }

    /// What stands in the path under a name of the route's template.
    pub(crate) fn captured(&self, name: &str) -> &str {
        self.captured
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    }

    /// The body.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Denial> {
        parse(self.identified.body())
    }

    /// Which page of a list is asked for.
    pub(crate) fn page(&self) -> Result<Page, Denial> {
        let pairs: Vec<_> = self
            .query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
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
        let known: Vec<_> = self.route.query.iter().map(|known| known.name).collect();
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

    /// Layers 3 and 4 for what only shows something.
    pub(crate) async fn look(self) -> Result<PermittedAction, Denial> {
        let any_of = self.any_of()?;
        self.gateway.look(self.identified, any_of).await
    }

    /// Layers 3 and 4 for what concerns nobody but whoever is signed in.
    pub(crate) async fn own(self) -> Result<Own, Denial> {
        let signed_in = self
            .identified
            .signed_in()
            .ok_or_else(|| Denial::internal("a route of sign-ins took something else"))?;
        let own = Own {
            scope: signed_in.scope(),
            kind: signed_in.kind(),
            principal: signed_in.principal().to_owned(),
            session: signed_in.session().clone(),
            by_browser: self.identified.by_browser(),
            reached_at: self.identified.reached_at().to_owned(),
        };
        self.gateway.own(self.identified).await?;
        Ok(own)
    }

    /// The origin under which the request came in.
    pub(crate) fn reached_at(&self) -> &str {
        self.identified.reached_at()
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

    /// Layers 3 and 4 around an action, which is recorded whatever becomes of it.
    pub(crate) async fn act<T>(
        self,
        name: &str,
        target: Option<String>,
        work: impl AsyncFnOnce(&PermittedAction) -> Result<Done<T>, Denial>,
    ) -> Result<T, Denial> {
        let any_of = self.any_of()?;
        let action = Action {
            name,
            target,
            any_of,
            once: None,
            while_closed: false,
        };
        self.gateway.act(self.identified, action, work).await
    }

    /// The same around a creation: 201, and once under an `Idempotency-Key`. What is
    /// remembered for the next time has no secret in it: `without_secrets` says so.
    pub(crate) async fn create<T: Serialize>(
        self,
        name: &str,
        target: Option<String>,
        without_secrets: impl Fn(&T) -> Value,
        work: impl AsyncFnOnce(&PermittedAction) -> Result<Done<T>, Denial>,
    ) -> Result<Response, Denial> {
        let any_of = self.any_of()?;
        let once = self.once()?;
        let action = Action {
            name,
            target,
            any_of,
            once: once.clone(),
            while_closed: false,
        };
        let (gateway, gate) = (self.gateway, self.identified.gate());
        let result = gateway.act(self.identified, action, work).await;
        let Some(once) = once else {
            return json_answer(201, &result?);
        };
        // Remembered without its secrets, answered with them.
        let (created, answer) = match result {
            Ok(created) => {
                let remembered = without_secrets(&created);
                (Some(created), Answer::Done(remembered))
            }
            Err(denial) => (None, Answer::Refused(denial)),
        };
        match once::remember(&gateway.env, &gate, &once, answer).await? {
            Answer::Done(remembered) => match created {
                Some(created) => json_answer(201, &created),
                None => json_answer(201, &remembered),
            },
            Answer::Again(remembered) => once::replayed(json_answer(201, &remembered)?),
            Answer::Refused(denial) => Err(denial),
        }
    }

    fn once(&self) -> Result<Option<lango_admission::Once>, Denial> {
        let Some(field) = &self.idempotency_key else {
            return Ok(None);
        };
        let key = IdempotencyKey::parse(field)?;
        let body: Value = parse(self.identified.body())?;
        let what: Vec<_> = self.captured.iter().map(|(_, value)| value).collect();
        let what = json!([self.route.operation.name(), what]).to_string();
        Ok(Some(key.once(&what, &body)))
    }

    fn any_of(&self) -> Result<&'static [Permission], Denial> {
        match self.route.who {
            Who::Tenant(permissions) => Ok(permissions),
            _ => Err(Denial::internal("a route of nobody's permissions")),
        }
    }
}

/// Somebody who is signed in, and whose session is in force.
pub(crate) struct Own {
    /// The right to the rows of their tenant.
    pub(crate) scope: TenantScope,
    /// Which kind of principal they are.
    pub(crate) kind: PrincipalKind,
    /// Who they are.
    pub(crate) principal: String,
    /// Their session.
    pub(crate) session: KeyId,
    /// Whether it is a browser's.
    pub(crate) by_browser: bool,
    /// The origin under which they came.
    pub(crate) reached_at: String,
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

/// One thing with its entity tag.
pub(crate) fn tagged(view: &impl Serialize, version: i64) -> Result<Response, Denial> {
    let response = json_answer(200, view)?;
    response
        .headers()
        .set("ETag", &Version(version).etag())
        .map_err(|error| Denial::internal(error.to_string()))?;
    Ok(response)
}

/// A page of a list.
pub(crate) fn listed<R, V: Serialize>(
    paged: Paged<R>,
    view: impl Fn(R) -> V,
) -> Result<Response, Denial> {
    let next = paged.next.map(|id| lango_api::Cursor::behind(&id).text());
    let items = paged.items.into_iter().map(view).collect();
    json_answer(200, &List { items, next })
}

/// It is done, and there is nothing to say.
pub(crate) fn done() -> Result<Response, Denial> {
    empty(204)
}

/// The store of this deployment.
pub(crate) fn store(gateway: &Gateway) -> Result<Store, Denial> {
    Store::bound(&gateway.env)
        .map_err(|error| Denial::unavailable(Layer::Admission, error.to_string()))
}

/// The store said no.
pub(crate) fn store_failed(error: &StoreError) -> Denial {
    if error.is_constraint() {
        return Denial::new(
            Layer::Access,
            "conflict",
            409,
            "Something of this kind stands already.",
        );
    }
    Denial::unavailable(Layer::Admission, error.to_string())
}

/// A name for people: 1 to 100 characters, no control characters.
pub(crate) fn checked_name(name: &str) -> Result<&str, Denial> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        let detail = "name must have 1 to 100 characters, none of them control characters.";
        return Err(Denial::new(Layer::Screening, "name", 422, detail));
    }
    Ok(name)
}

/// The 404 of an identifier that the tenant does not have: the same for one that
/// another tenant has, and for a text that is none.
pub(crate) fn unknown(what: &str) -> Denial {
    no_such_thing(&format!("There is no such {what}."))
}
