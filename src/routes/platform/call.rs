//! A request to a route of the platform: what all of them do alike.
//!
//! Every action is in the platform's log, whatever becomes of it: it is written down
//! before it happens, and its end is durable before it is answered.

use lango_admission::{Answered, Once, Repetition};
use lango_api::Route;
use lango_audit_log::{Actor, Intent, Layer, Outcome, Subject};
use lango_durable_objects::{Ended, PlatformLogClient, Unreachable};
use lango_identity::PlatformScope;
use lango_store::Page;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use worker::{Request, Response, console_error};

use crate::{
    clock,
    denial::Denial,
    gateway::{Done, Gateway},
    layers::{identity::PlatformIdentified, transport::Expectation},
    routes::{
        asked::{Asked, Captured, Precondition},
        json as json_answer,
        once::{self, Answer},
        parse,
    },
};

/// A request to a route of the platform, its caller in force.
pub(in crate::routes) struct PlatformCall<'a> {
    pub(in crate::routes) gateway: &'a Gateway,
    pub(in crate::routes) identified: PlatformIdentified,
    asked: Asked,
}

/// Who begins something on the platform.
pub(in crate::routes) struct Beginner<'a> {
    /// With which sign-in or key.
    pub(in crate::routes) key_id: &'a str,
    /// Who.
    pub(in crate::routes) principal: &'a str,
}

/// Something that was written down before it happens.
pub(in crate::routes) struct Begun {
    log: PlatformLogClient,
    call_id: String,
    started_ms: i64,
    once: Option<Once>,
}

/// What became of beginning something.
enum Beginning {
    /// It may happen now.
    Begun(Begun),
    /// It has happened, and this was answered.
    Again(Value),
}

impl<'a> PlatformCall<'a> {
    /// Takes a request in, through layers 1 and 2.
    pub(in crate::routes) async fn receive(
        request: Request,
        gateway: &'a Gateway,
        route: &'static Route,
        captured: Captured,
    ) -> Result<Self, Denial> {
        let asked = Asked::read(&request, route, captured);
        let methods = [route.method.name()];
        let expectation = Expectation { methods: &methods };
        Ok(Self {
            identified: gateway.receive_platform(request, expectation).await?,
            gateway,
            asked,
        })
    }

    /// The right to run the platform.
    pub(in crate::routes) fn scope(&self) -> &PlatformScope {
        self.identified.scope()
    }

    /// What stands in the path under a name of the route's template.
    pub(in crate::routes) fn captured(&self, name: &str) -> &str {
        self.asked.captured(name)
    }

    /// The body.
    pub(in crate::routes) fn body<T: DeserializeOwned>(&self) -> Result<T, Denial> {
        parse(self.identified.body())
    }

    /// Which page of a list is asked for.
    pub(in crate::routes) fn page(&self) -> Result<Page, Denial> {
        self.asked.page()
    }

    /// A member of the query that the route's table names.
    pub(in crate::routes) fn query(&self, name: &str) -> Result<Option<String>, Denial> {
        self.asked.query(name)
    }

    /// The precondition of a change.
    pub(in crate::routes) fn if_match(&self) -> Result<Precondition, Denial> {
        self.asked.if_match()
    }

    /// An action, in the log whatever becomes of it.
    pub(in crate::routes) async fn act<T>(
        &self,
        name: &str,
        target: Option<String>,
        work: impl AsyncFnOnce(&PlatformIdentified) -> Result<Done<T>, Denial>,
    ) -> Result<T, Denial> {
        match self.begin(name, target, None).await? {
            Beginning::Begun(begun) => {
                let result = work(&self.identified).await;
                begun.end(result, |_| None).await
            }
            Beginning::Again(_) => Err(Denial::internal("an action without a key was repeated")),
        }
    }

    /// The same around a creation: 201, and once under an `Idempotency-Key`. What is
    /// remembered for the next time has no secret in it: `without_secrets` says so.
    pub(in crate::routes) async fn create<T: Serialize>(
        &self,
        name: &str,
        target: Option<String>,
        without_secrets: impl Fn(&T) -> Value,
        work: impl AsyncFnOnce(&PlatformIdentified) -> Result<Done<T>, Denial>,
    ) -> Result<Response, Denial> {
        let whose = self.identified.session().as_str();
        let once = self.asked.once(whose, self.identified.body())?;
        match self.begin(name, target, once).await? {
            Beginning::Begun(begun) => {
                let result = work(&self.identified).await;
                let remember = |created: &T| Some(without_secrets(created));
                json_answer(201, &begun.end(result, remember).await?)
            }
            Beginning::Again(remembered) => once::replayed(json_answer(201, &remembered)?),
        }
    }

    async fn begin(
        &self,
        name: &str,
        target: Option<String>,
        once: Option<Once>,
    ) -> Result<Beginning, Denial> {
        let beginner = Beginner {
            key_id: self.identified.session().as_str(),
            principal: self.identified.admin().as_str(),
        };
        begin(self.gateway, &beginner, name, target, once).await
    }
}

impl Begun {
    /// Writes down what is about to happen, outside of a creation.
    pub(in crate::routes) async fn begin(
        gateway: &Gateway,
        beginner: &Beginner<'_>,
        name: &str,
        target: Option<String>,
    ) -> Result<Self, Denial> {
        match begin(gateway, beginner, name, target, None).await? {
            Beginning::Begun(begun) => Ok(begun),
            Beginning::Again(_) => Err(Denial::internal("an action without a key was repeated")),
        }
    }

    /// Writes down how it ended. `remember` says what the next request under the same
    /// idempotency key is answered.
    pub(in crate::routes) async fn end<T>(
        self,
        result: Result<Done<T>, Denial>,
        remember: impl FnOnce(&T) -> Option<Value>,
    ) -> Result<T, Denial> {
        let duration_ms = u64::try_from(clock::now_ms() - self.started_ms).unwrap_or(0);
        let (outcome, answer) = match &result {
            Ok(done) => (
                Outcome {
                    change: Some(done.change.clone()),
                    ..Outcome::succeeded(duration_ms)
                },
                remember(&done.answer).map(|answer| answer.to_string()),
            ),
            // Nothing happened: the key may be used again.
            Err(denial) => (
                Outcome::denied(denial.layer, denial.code, duration_ms),
                None,
            ),
        };
        let ended = Ended {
            call_id: self.call_id,
            outcome,
            answered: self.once.map(|once| Answered {
                key_sha256: once.key_sha256,
                answer,
            }),
        };
        if let Err(unreachable) = self.log.settle(&ended).await {
            // What was begun stays there and is logged as unknown.
            console_error!("an outcome was not recorded: {unreachable}");
        }
        result.map(|done| done.answer)
    }
}

async fn begin(
    gateway: &Gateway,
    beginner: &Beginner<'_>,
    name: &str,
    target: Option<String>,
    once: Option<Once>,
) -> Result<Beginning, Denial> {
    let log = PlatformLogClient::bound(&gateway.env).map_err(unreachable)?;
    let begun = lango_durable_objects::Begun {
        key_id: beginner.key_id.to_owned(),
        intent: Intent {
            call_id: clock::random_name("call_")?,
            principal: beginner.principal.to_owned(),
            actor: Some(Actor::PlatformAdmin),
            country: gateway.country.clone(),
            subject: Subject::Action {
                action: name.to_owned(),
                target,
            },
        },
        at_ms: clock::now_ms(),
        once,
    };
    let earlier = log.begin(&begun).await.map_err(unreachable)?;
    match (earlier, &begun.once) {
        (Some(earlier), Some(once)) if once.compared_with(&earlier) == Repetition::Other => {
            Err(Denial::new(
                Layer::Admission,
                "idempotency_key_reused",
                422,
                "Another request was made before under this Idempotency-Key. Use a new one.",
            ))
        }
        (Some(earlier), _) => match once::recalled(Some(earlier))? {
            Answer::Again(remembered) | Answer::Done(remembered) => {
                Ok(Beginning::Again(remembered))
            }
            Answer::Refused(denial) => Err(denial),
        },
        (None, _) => Ok(Beginning::Begun(Begun {
            log,
            call_id: begun.intent.call_id,
            started_ms: begun.at_ms,
            once: begun.once,
        })),
    }
}

fn unreachable(unreachable: Unreachable) -> Denial {
    Denial::unavailable(Layer::Admission, unreachable.to_string())
}
