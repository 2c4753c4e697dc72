//! A request to a route of a tenant's administration: what all of them do alike.
//!
//! Identity, paging, entity tags, idempotency and the permissions of the table are
//! settled here, so that a route says only what is its own.

use lango_api::{List, Route, Version, Who};
use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{KeyId, PrincipalKind, TenantScope};
use lango_store::{Page, Paged, StoreError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use worker::{Request, Response};

pub(crate) use super::asked::{Captured, Precondition, stale};
use super::{
    asked::Asked,
    empty, json as json_answer, no_such_thing,
    once::{self, Answer},
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

/// A request to a route, its caller identified.
pub(crate) struct Call<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) identified: Identified,
    asked: Asked,
}

impl<'a> Call<'a> {
    /// Takes a request in, through layers 1 and 2.
    pub(crate) async fn receive(
        request: Request,
        gateway: &'a Gateway,
        route: &'static Route,
        captured: Captured,
    ) -> Result<Self, Denial> {
        let asked = Asked::read(&request, route, captured);
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
            asked,
        })
    }

    /// What stands in the path under a name of the route's template.
    pub(crate) fn captured(&self, name: &str) -> &str {
        self.asked.captured(name)
    }

    /// The body.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Denial> {
        parse(self.identified.body())
    }

    /// Which page of a list is asked for.
    pub(crate) fn page(&self) -> Result<Page, Denial> {
        self.asked.page()
    }

    /// A member of the query that the route's table names.
    pub(crate) fn query(&self, name: &str) -> Result<Option<String>, Denial> {
        self.asked.query(name)
    }

    /// Every member of the query, decoded, for a route that checks them itself.
    pub(crate) fn query_pairs(&self) -> Vec<(String, String)> {
        self.asked.query_pairs()
    }

    /// The precondition of a change.
    pub(crate) fn if_match(&self) -> Result<Precondition, Denial> {
        self.asked.if_match()
    }

    /// Layers 3 and 4 for what only shows something.
    pub(crate) async fn look(self) -> Result<PermittedAction, Denial> {
        let (path, any_of) = (self.asked.path(), self.asked.any_of()?);
        self.gateway.look(self.identified, path, any_of).await
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

    /// Layers 3 and 4 around an action, which is recorded whatever becomes of it.
    pub(crate) async fn act<T>(
        self,
        name: &str,
        target: Option<String>,
        work: impl AsyncFnOnce(&PermittedAction) -> Result<Done<T>, Denial>,
    ) -> Result<T, Denial> {
        let any_of = self.asked.any_of()?;
        let action = Action {
            name,
            target,
            any_of,
            once: None,
            while_closed: false,
        };
        self.gateway.act(self.identified, action, work).await
    }

    /// The same for one of the few things that a closed tenant may still do.
    pub(crate) async fn act_while_closed<T>(
        self,
        name: &str,
        work: impl AsyncFnOnce(&PermittedAction) -> Result<Done<T>, Denial>,
    ) -> Result<T, Denial> {
        let any_of = self.asked.any_of()?;
        let action = Action {
            name,
            target: None,
            any_of,
            once: None,
            while_closed: true,
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
        let any_of = self.asked.any_of()?;
        let once = self.asked.once("", self.identified.body())?;
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
