//! One call, seven layers, top to bottom.

use std::{cell::Cell, rc::Rc, time::Duration};

use lango_admission::{Answer, Ask, Once, Purpose, Rate, Settled, Settlement};
use lango_audit_log::{Change, Intent, Layer, Outcome, Subject};
use lango_connector_kit::ClientInput;
use lango_durable_objects::{KeyGateClient, Store, Unreachable};
use lango_identity::{ApprovalId, ClaimedAdmin, KeyGateName, KeyId, Permission, PlatformStanding};
use lango_residency::Colo;
use lango_store::platform_standing;
use lango_tenancy::Flag;
use serde_json::Value;
use worker::{Context, Delay, Env, Request, console_error};

use crate::{
    catalogue::Named,
    clock,
    denial::Denial,
    guarding::{Asker, GuardKeys},
    layers::{
        access::{self, PermittedAction},
        admission::{self, Admitted, Listening},
        connection,
        identity::{self, BootstrapIdentified, Identified, PlatformIdentified, Takes},
        release::{self, Cleaned, FrameRules, Released, ReleasedFrame},
        screening::{self, ClientSays, Stopped},
        transport::{self, Expectation},
    },
    routes::incoming,
    settings::Settings,
    state::{approvals, flood},
};

/// What the log calls it when somebody was not permitted to see something.
const VIEW: &str = "administration.view";

/// What the runtime gives one request.
pub(crate) struct Gateway {
    pub(crate) env: Env,
    pub(crate) context: Context,
    pub(crate) settings: Rc<Settings>,
    /// What is left of the rate, once the request was admitted as a call.
    pub(crate) rate: Cell<Option<Rate>>,
    /// The data centre that the request hit, where the platform says it: the gateway
    /// runs there.
    pub(crate) colo: Option<Colo>,
    /// The country that the request came from, where the platform says it.
    pub(crate) country: Option<String>,
}

/// A call as a protocol has read it.
pub(crate) struct Call {
    /// What is called.
    pub(crate) named: Named,
    /// What the audit log calls it.
    pub(crate) subject: Subject,
    /// Its arguments.
    pub(crate) arguments: Value,
    /// What the client has answered to an earlier round.
    pub(crate) input: Option<ClientInput>,
    /// What the client says besides.
    pub(crate) client: ClientSays,
    /// Takes what is said before the answer; `None` when nobody listens.
    pub(crate) observer: Option<Observer>,
    /// For a call that is to happen once.
    pub(crate) once: Option<Once>,
    /// The approval that it names: it is the call that was, or is to be, made under it.
    pub(crate) approval: Option<ApprovalId>,
    /// The feature that it is made by, where that can be switched off.
    pub(crate) feature: Option<Flag>,
}

/// An action of administration.
pub(crate) struct Action<'a> {
    /// What the audit log calls it, such as `key.create`.
    pub(crate) name: &'a str,
    /// What it is done to.
    pub(crate) target: Option<String>,
    /// One of these is needed.
    pub(crate) any_of: &'a [Permission],
    /// For a creation that is to happen once.
    pub(crate) once: Option<Once>,
    /// Whether a closed tenant may do it.
    pub(crate) while_closed: bool,
}

/// An action that is done, and what it has changed.
pub(crate) struct Done<T> {
    /// For whoever asked.
    pub(crate) answer: T,
    /// For the log.
    pub(crate) change: Change,
}

impl<T> Done<T> {
    /// Something stands now that did not.
    pub(crate) fn created(answer: T, after: &impl serde::Serialize) -> Self {
        Self::changed(answer, None::<&()>, Some(after))
    }

    /// Something is another than it was.
    pub(crate) fn updated<S: serde::Serialize>(answer: T, before: &S, after: &S) -> Self {
        Self::changed(answer, Some(before), Some(after))
    }

    /// Something is gone.
    pub(crate) fn removed(answer: T, before: &impl serde::Serialize) -> Self {
        Self::changed(answer, Some(before), None::<&()>)
    }

    /// Nothing that a view shows.
    pub(crate) fn without_change(answer: T) -> Self {
        Self {
            answer,
            change: Change::default(),
        }
    }

    fn changed<B: serde::Serialize, A: serde::Serialize>(
        answer: T,
        before: Option<&B>,
        after: Option<&A>,
    ) -> Self {
        // Views are plain data: they serialise.
        let before = before.and_then(|view| serde_json::to_value(view).ok());
        let after = after.and_then(|view| serde_json::to_value(view).ok());
        Self {
            answer,
            change: Change { before, after },
        }
    }
}

/// Takes what a system says before its answer, released, with what the admission says
/// of whoever hears it.
pub(crate) type Observer = Rc<dyn Fn(ReleasedFrame, Listening)>;

impl Gateway {
    /// Layers 1 and 2: a request in, a tenant's key identified.
    pub(crate) async fn receive(
        &self,
        request: Request,
        expectation: Expectation<'_>,
        takes: Takes,
    ) -> Result<Identified, Denial> {
        let address = incoming::address(&request, &self.settings.client_address);
        let received = self
            .transport(request, expectation)
            .await?
            .that_came_from(address);
        self.meet(identity::token(&received)).await?;
        self.meet(identity::cookie(&received, &self.settings))
            .await?;
        match identity::identify(received, takes, &self.settings, clock::now_seconds()) {
            Ok(identified) => Ok(identified),
            Err(denial) => Err(flood::count_failure(self, address, denial).await),
        }
    }

    /// Layers 1 and 2 for whoever runs the platform: their token is signed, and the
    /// store says that it is in force.
    pub(crate) async fn receive_platform(
        &self,
        request: Request,
        expectation: Expectation<'_>,
    ) -> Result<PlatformIdentified, Denial> {
        let address = incoming::address(&request, &self.settings.client_address);
        let received = self.transport(request, expectation).await?;
        self.meet(identity::token(&received)).await?;
        let now = clock::now_seconds();
        let identified = match identity::identify_platform_admin(received, &self.settings, now) {
            Ok(claimed) => {
                let standing = self.platform_standing(claimed.session()).await?;
                claimed.standing(standing.as_ref(), now)
            }
            Err(denial) => Err(denial),
        };
        match identified {
            Ok(identified) => Ok(identified),
            Err(denial) => Err(flood::count_failure(self, address, denial).await),
        }
    }

    /// Layers 1 and 2 for whoever makes the first platform admin.
    pub(crate) async fn receive_bootstrap(
        &self,
        request: Request,
        expectation: Expectation<'_>,
    ) -> Result<BootstrapIdentified, Denial> {
        let address = incoming::address(&request, &self.settings.client_address);
        let received = self.transport(request, expectation).await?;
        self.meet(identity::token(&received)).await?;
        match identity::identify_bootstrap(received, &self.settings, clock::now_seconds()) {
            Ok(identified) => Ok(identified),
            Err(denial) => Err(flood::count_failure(self, address, denial).await),
        }
    }

    /// Without the store nobody is let in.
    async fn platform_standing(&self, session: &KeyId) -> Result<Option<PlatformStanding>, Denial> {
        let unavailable = |reason: String| Denial::unavailable(Layer::Identity, reason);
        let store = Store::bound(&self.env).map_err(|error| unavailable(error.to_string()))?;
        platform_standing(&store, ClaimedAdmin::of_sign_in(), session)
            .await
            .map_err(|error| unavailable(error.to_string()))
    }

    /// Before a signed text is verified: it may name a key that was made a moment
    /// ago, elsewhere.
    pub(crate) async fn meet(&self, text: Option<&str>) -> Result<(), Denial> {
        match text {
            Some(text) => self.settings.key_cell().meet(&self.env, text).await,
            None => Ok(()),
        }
    }

    /// Layers 3 to 7: a call of an identified key. The only way to a connector.
    pub(crate) async fn call(
        &self,
        identified: Identified,
        call: Call,
    ) -> Result<Released, Denial> {
        let keys = GuardKeys::of(&self.settings, &identified.scope())?;
        let facts = keys.facts(&call);
        let asker = Asker::of(&identified, &facts);
        let intent = self.intent(&identified, call.subject)?;
        let mut run = Run::begin(&identified, &intent);
        let purpose = Purpose::Recorded(intent);
        let target = call.named.target.clone();
        let ask = Ask {
            arguments: Some(facts),
            ..admission::question(&identified, purpose, Some(target), call.once)
        };
        let admitted = self.admit(identified, ask).await?;
        run.arguments = release::recorded(admitted.shown_arguments(), &call.arguments);
        let (settle_first, listening) = (admitted.settle_first(), admitted.listening());
        let listener = call.observer.map(|observer| {
            FrameRules::of(&admitted, &call.named.target.name).listener(observer, listening)
        });

        let result: Result<Cleaned, Stopped> = async {
            let permitted =
                access::permit(admitted, call.feature, call.named.declared, call.arguments)?;
            let screened = screening::screen(permitted, call.input, &keys.screening(&call.client))?;
            let asked = connection::Asked {
                call_id: &run.call_id,
                colo: self.colo,
                client_capabilities: &call.client.capabilities,
                trace: call.client.trace.as_ref(),
                listener: listener.as_ref().map(|listener| listener as _),
            };
            let answered = connection::call(screened, asked, &self.env).await?;
            release::clean(answered, &keys.release(&run.call_id))
        }
        .await;
        let result = asker.answer(self, &keys, result).await;
        self.conclude(run, result, settle_first).await
    }

    /// The outcome hop of a call, and its answer.
    async fn conclude(
        &self,
        mut run: Run,
        result: Result<Cleaned, Denial>,
        settle_first: bool,
    ) -> Result<Released, Denial> {
        let arguments = run.arguments.take();
        match result {
            Ok(mut cleaned) => {
                let (seen, pseudonyms) = cleaned.for_the_gate();
                // Personal data has no names before the gate has answered.
                let first = settle_first || !pseudonyms.is_empty();
                let settlement = Settlement {
                    call_id: run.call_id.clone(),
                    outcome: Outcome {
                        arguments,
                        ..cleaned.outcome(run.elapsed_ms())
                    },
                    seen,
                    pseudonyms,
                };
                let used = cleaned.approval().map(|approval| {
                    approvals::used_later(self, &run.gate, approval, &run.call_id);
                    (run.gate.clone(), approval.to_owned(), run.call_id.clone())
                });
                let settled = self.settle(run, settlement, first).await;
                let released = cleaned.named(&settled.names);
                if let Some((gate, approval, call_id)) = used {
                    approvals::keep(self, &gate, (approval, call_id), &released).await;
                }
                Ok(released)
            }
            Err(denial) => {
                let outcome = Outcome {
                    arguments,
                    ..refused(&denial, run.elapsed_ms())
                };
                let settlement = Settlement::of(run.call_id.clone(), outcome);
                self.settle(run, settlement, settle_first).await;
                Err(denial)
            }
        }
    }

    /// Layer 3 for a request that calls nothing.
    pub(crate) async fn count(
        &self,
        identified: Identified,
        purpose: Purpose,
    ) -> Result<Admitted, Denial> {
        let ask = admission::question(&identified, purpose, None, None);
        self.admit(identified, ask).await
    }

    /// Layer 3: the one blocking hop, and the wait that it may ask for.
    async fn admit(&self, identified: Identified, ask: Ask) -> Result<Admitted, Denial> {
        let answer = self.ask_gate(&identified.gate(), &ask).await;
        let admitted = admission::admit(identified, answer)?;
        if ask.purpose.is_call() {
            self.rate.set(Some(admitted.rate()));
        }
        if admitted.wait_ms() > 0 {
            Delay::from(Duration::from_millis(admitted.wait_ms())).await;
        }
        Ok(admitted)
    }

    /// Layers 3 and 4 around an action of administration, which is recorded
    /// whatever becomes of it. Its outcome is durable before it is answered.
    pub(crate) async fn act<T>(
        &self,
        identified: Identified,
        action: Action<'_>,
        work: impl AsyncFnOnce(&PermittedAction) -> Result<Done<T>, Denial>,
    ) -> Result<T, Denial> {
        let subject = Subject::Action {
            action: action.name.to_owned(),
            target: action.target,
        };
        let intent = self.intent(&identified, subject)?;
        let run = Run::begin(&identified, &intent);
        let purpose = Purpose::Recorded(intent);
        let mut ask = admission::question(&identified, purpose, None, action.once);
        ask.while_closed = action.while_closed;
        let admitted = self.admit(identified, ask).await?;
        let result = match access::permit_action(admitted, action.any_of) {
            Ok(permitted) => work(&permitted).await,
            Err(denial) => Err(denial),
        };
        let outcome = match &result {
            Ok(done) => Outcome {
                change: Some(done.change.clone()),
                ..Outcome::succeeded(run.elapsed_ms())
            },
            Err(denial) => refused(denial, run.elapsed_ms()),
        };
        let settlement = Settlement::of(run.call_id.clone(), outcome);
        self.settle(run, settlement, true).await;
        result.map(|done| done.answer)
    }

    /// Layers 3 and 4 around a route that only shows something: recorded where it was
    /// not permitted.
    pub(crate) async fn look(
        &self,
        identified: Identified,
        path: &str,
        any_of: &[Permission],
    ) -> Result<PermittedAction, Denial> {
        let subject = Subject::Action {
            action: VIEW.to_owned(),
            target: Some(path.to_owned()),
        };
        let intent = self.intent(&identified, subject)?;
        let run = Run::begin(&identified, &intent);
        let of_refusal = admission::question(&identified, Purpose::Recorded(intent), None, None);
        let admitted = self.count(identified, Purpose::Request).await?;
        let permitted = access::permit_action(admitted, any_of);
        if let Err(denial) = &permitted {
            self.record_refusal(run, &of_refusal, denial).await;
        }
        permitted
    }

    /// Whatever the gate says to it, it writes it down.
    async fn record_refusal(&self, run: Run, ask: &Ask, denial: &Denial) {
        if let Err(unreachable) = self.ask_gate(&run.gate, ask).await {
            console_error!("a refusal was not recorded: {unreachable}");
            return;
        }
        let outcome = refused(denial, run.elapsed_ms());
        let settlement = Settlement::of(run.call_id.clone(), outcome);
        self.settle(run, settlement, true).await;
    }

    /// Layers 3 and 4 around what concerns nobody but whoever asks.
    pub(crate) async fn own(&self, identified: Identified) -> Result<PermittedAction, Denial> {
        let admitted = self.count(identified, Purpose::Request).await?;
        Ok(access::permit_own(admitted))
    }

    fn intent(&self, identified: &Identified, subject: Subject) -> Result<Intent, Denial> {
        Ok(Intent {
            call_id: clock::random_name("call_")?,
            principal: identified.principal().to_owned(),
            actor: Some(identified.actor()),
            country: self.country.clone(),
            subject,
        })
    }

    async fn transport(
        &self,
        request: Request,
        expectation: Expectation<'_>,
    ) -> Result<transport::Received, Denial> {
        let (head, request) = incoming::head(request)?;
        let accepted = transport::accept(head, expectation, &self.settings.transport)?;
        let body = if accepted.has_body() {
            incoming::body(request).await?
        } else {
            Some(Vec::new())
        };
        accepted.with_body(body)
    }

    async fn ask_gate(&self, name: &KeyGateName, ask: &Ask) -> Result<Answer, Unreachable> {
        KeyGateClient::named(&self.env, name)?.ask(ask).await
    }

    /// The outcome hop. It overlaps with the answer unless the key may change
    /// something, or the answer needs what the gate says.
    async fn settle(&self, run: Run, settlement: Settlement, first: bool) -> Settled {
        let gate = KeyGateClient::named(&self.env, &run.gate);
        let hop = async move {
            let settled = match gate {
                Ok(gate) => gate.settle(&settlement).await,
                Err(unreachable) => Err(unreachable),
            };
            settled.unwrap_or_else(|unreachable| {
                // The intent stays in the ledger and is settled as unknown.
                console_error!("an outcome was not recorded: {unreachable}");
                Settled::default()
            })
        };
        if first {
            return hop.await;
        }
        self.context.wait_until(async move {
            hop.await;
        });
        Settled::default()
    }
}

/// A recorded call or action on its way.
struct Run {
    call_id: String,
    gate: KeyGateName,
    started_ms: i64,
    /// What of the arguments stands in the log.
    arguments: Option<Value>,
}

impl Run {
    fn begin(identified: &Identified, intent: &Intent) -> Self {
        Self {
            call_id: intent.call_id.clone(),
            gate: identified.gate(),
            started_ms: clock::now_ms(),
            arguments: None,
        }
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(clock::now_ms() - self.started_ms).unwrap_or(0)
    }
}

fn refused(denial: &Denial, duration_ms: u64) -> Outcome {
    let on_record = denial.on_record.as_deref().cloned().unwrap_or_default();
    Outcome {
        flagged: on_record.flagged,
        approval: on_record.approval,
        residency: on_record.residency,
        ..Outcome::denied(denial.layer, denial.code, duration_ms)
    }
}
