//! One call, seven layers, top to bottom.

use std::{rc::Rc, time::Duration};

use lango_admission::{Ask, Purpose, Settlement};
use lango_audit_log::{Intent, Outcome, Subject, arguments_digest};
use lango_durable_objects::{KeyGateClient, Unreachable};
use lango_identity::{KeyGateName, Permission};
use serde_json::Value;
use worker::{Context, Delay, Env, Request, console_error};

use crate::{
    catalogue::{Catalogue, Tool},
    clock,
    denial::Denial,
    layers::{
        access::{self, PermittedAction},
        admission::{self, Admitted},
        connection,
        identity::{self, Identified, PlatformIdentified},
        release::{self, Released},
        screening,
        transport::{self, Expectation},
    },
    routes::incoming,
    settings::Settings,
    state::flood,
};

/// What the runtime gives one request.
pub(crate) struct Gateway {
    pub(crate) env: Env,
    pub(crate) context: Context,
    pub(crate) settings: Rc<Settings>,
}

/// A tool call as a protocol has read it.
pub(crate) struct ToolCall {
    pub(crate) tool: String,
    pub(crate) arguments: Value,
}

impl Gateway {
    /// Layers 1 and 2: a request in, a tenant's key identified.
    pub(crate) async fn receive(
        &self,
        request: Request,
        expectation: Expectation,
    ) -> Result<Identified, Denial> {
        let address = incoming::address(&request);
        let received = self.transport(request, expectation).await?;
        match identity::identify(received, &self.settings, clock::now_seconds()) {
            Ok(identified) => Ok(identified),
            Err(denial) => Err(flood::count_failure(&self.env, address.as_deref(), denial).await),
        }
    }

    /// Layers 1 and 2 for whoever runs the platform.
    pub(crate) async fn receive_platform(
        &self,
        request: Request,
        expectation: Expectation,
    ) -> Result<PlatformIdentified, Denial> {
        let address = incoming::address(&request);
        let received = self.transport(request, expectation).await?;
        match identity::identify_platform_admin(received, &self.settings, clock::now_seconds()) {
            Ok(identified) => Ok(identified),
            Err(denial) => Err(flood::count_failure(&self.env, address.as_deref(), denial).await),
        }
    }

    /// Layers 3 to 7: a call of an identified key. The only way to a connector.
    pub(crate) async fn call(
        &self,
        identified: Identified,
        call: ToolCall,
    ) -> Result<Released, Denial> {
        let tool = Catalogue::shipped().find(&call.tool);
        let intent = intent(&identified, subject(&call, tool))?;
        let run = Run::begin(&identified, &intent);
        let admitted = self.admit(identified, Purpose::Recorded(intent)).await?;
        let settle_first = admitted.settle_first();

        let result = async {
            let permitted = access::permit(admitted, tool, call.arguments)?;
            let screened = screening::screen(permitted)?;
            let answered = connection::call(screened, &run.call_id, &self.env).await?;
            Ok(release::release(answered))
        }
        .await;

        let outcome = match &result {
            Ok(released) => released.outcome(run.elapsed_ms()),
            Err(denial) => refused(denial, run.elapsed_ms()),
        };
        self.settle(run, outcome, settle_first).await;
        result
    }

    /// Layer 3: the one blocking hop, and the wait that it may ask for.
    pub(crate) async fn admit(
        &self,
        identified: Identified,
        purpose: Purpose,
    ) -> Result<Admitted, Denial> {
        let ask = admission::question(&identified, purpose);
        let answer = self.ask_gate(&identified.gate(), &ask).await;
        let admitted = admission::admit(identified, answer)?;
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
        action: &str,
        target: Option<String>,
        permission: Permission,
        work: impl AsyncFnOnce(&PermittedAction) -> Result<T, Denial>,
    ) -> Result<T, Denial> {
        let subject = Subject::Action {
            action: action.to_owned(),
            target,
        };
        let intent = intent(&identified, subject)?;
        let run = Run::begin(&identified, &intent);
        let admitted = self.admit(identified, Purpose::Recorded(intent)).await?;
        let result = match access::permit_action(admitted, permission) {
            Ok(permitted) => work(&permitted).await,
            Err(denial) => Err(denial),
        };
        let outcome = match &result {
            Ok(_) => Outcome::succeeded(run.elapsed_ms()),
            Err(denial) => refused(denial, run.elapsed_ms()),
        };
        self.settle(run, outcome, true).await;
        result
    }

    /// Layers 3 and 4 around a route that only shows something: not recorded.
    pub(crate) async fn look(
        &self,
        identified: Identified,
        permission: Permission,
    ) -> Result<PermittedAction, Denial> {
        let admitted = self.admit(identified, Purpose::Request).await?;
        access::permit_action(admitted, permission)
    }

    async fn transport(
        &self,
        request: Request,
        expectation: Expectation,
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

    async fn ask_gate(
        &self,
        name: &KeyGateName,
        ask: &Ask,
    ) -> Result<lango_admission::Answer, Unreachable> {
        KeyGateClient::named(&self.env, name)?.ask(ask).await
    }

    /// The outcome hop. It overlaps with the answer unless the key may change
    /// something.
    async fn settle(&self, run: Run, outcome: Outcome, first: bool) {
        let settlement = Settlement {
            call_id: run.call_id,
            outcome,
        };
        let gate = KeyGateClient::named(&self.env, &run.gate);
        let hop = async move {
            let settled = match gate {
                Ok(gate) => gate.settle(&settlement).await,
                Err(unreachable) => Err(unreachable),
            };
            if let Err(unreachable) = settled {
                // The intent stays in the ledger and is settled as unknown.
                console_error!("an outcome was not recorded: {unreachable}");
            }
        };
        if first {
            hop.await;
        } else {
            self.context.wait_until(hop);
        }
    }
}

/// A recorded call or action on its way.
struct Run {
    call_id: String,
    gate: KeyGateName,
    started_ms: i64,
}

impl Run {
    fn begin(identified: &Identified, intent: &Intent) -> Self {
        Self {
            call_id: intent.call_id.clone(),
            gate: identified.gate(),
            started_ms: clock::now_ms(),
        }
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(clock::now_ms() - self.started_ms).unwrap_or(0)
    }
}

fn intent(identified: &Identified, subject: Subject) -> Result<Intent, Denial> {
    // A call's identifier has the random part of a key's: 100 bits.
    let random = lango_identity::KeyId::from_random(clock::random()?);
    Ok(Intent {
        call_id: random.as_str().replacen("k_", "call_", 1),
        principal: identified.principal().as_str().to_owned(),
        subject,
    })
}

fn subject(call: &ToolCall, tool: Option<&Tool>) -> Subject {
    Subject::Call {
        tool: call.tool.clone(),
        connector: tool.map(|tool| tool.connector().to_owned()),
        arguments_sha256: arguments_digest(&call.arguments),
    }
}

fn refused(denial: &Denial, duration_ms: u64) -> Outcome {
    Outcome::denied(denial.layer, denial.code, duration_ms)
}
