//! One call, seven layers, top to bottom.

mod action;
mod receive;

use std::{cell::Cell, rc::Rc, time::Duration};

use lango_admission::{Answer, Ask, Once, Purpose, Rate, Settled, Settlement};
use lango_audit_log::{Intent, Outcome, Subject};
use lango_connector_kit::ClientInput;
use lango_durable_objects::{KeyGateClient, Unreachable};
use lango_identity::{ApprovalId, KeyGateName};
use lango_residency::Colo;
use lango_tenancy::Flag;
use serde_json::Value;
use worker::{Context, Delay, Env, console_error};

use crate::{
    catalogue::Named,
    clock,
    denial::Denial,
    guarding::{Asker, GuardKeys},
    layers::{
        access,
        admission::{self, Admitted, Listening},
        connection,
        identity::Identified,
        release::{self, Cleaned, FrameRules, Released, ReleasedFrame},
        screening::{self, ClientSays, Stopped},
    },
    settings::Settings,
    state::approvals,
};

pub(crate) use action::{Action, Done};

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

/// Takes what a system says before its answer, released, with what the admission says
/// of whoever hears it.
pub(crate) type Observer = Rc<dyn Fn(ReleasedFrame, Listening)>;

impl Gateway {
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

    fn intent(&self, identified: &Identified, subject: Subject) -> Result<Intent, Denial> {
        Ok(Intent {
            call_id: clock::random_name("call_")?,
            principal: identified.principal().to_owned(),
            actor: Some(identified.actor()),
            country: self.country.clone(),
            subject,
        })
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
