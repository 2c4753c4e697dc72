//! One call from a client, until there is something to answer.
//!
//! Each round of it passes the seven layers anew. In the 2025 revisions the
//! gateway itself asks the client between rounds, on the event stream of the
//! request; since 2026-07-28 the question is the answer.

use std::{collections::BTreeMap, rc::Rc};

use lango_connector_kit::{Changed, ClientInput, InputNeeded, InputRequest};
use lango_durable_objects::AskFailure;
use lango_mcp_state::{AwaitedApproval, RpcRequest};
use lango_talk::{Mouth, Talk};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

use super::{
    answer::Answer,
    approval, calls,
    era::{Client, Era},
    fault::Fault,
    input, results, subscriptions,
};
use crate::{
    denial::Denial,
    gateway::{Gateway, Observer},
    layers::{
        admission::Listening,
        identity::Identified,
        release::{Released, ReleasedContent, ReleasedFrame},
    },
    state::approvals,
};

/// More rounds than this are no dialogue any more.
const MAXIMUM_ROUNDS: usize = 8;

/// What a call says before its answer.
pub(super) enum Said {
    /// A notification for the client.
    Notification(Value),
    /// The answer will take a while.
    Detach {
        /// Whether the tenant lets calls go on as tasks.
        has_tasks: bool,
    },
    /// A person has to approve the call first, and the client can come back for it.
    Held(AwaitedApproval),
    /// Questions for the client; the answers come back here.
    Question(
        BTreeMap<String, InputRequest>,
        oneshot::Sender<Result<Map<String, Value>, AskFailure>>,
    ),
}

/// A call on its way.
pub(super) type Work = Talk<Said, Result<Answer, Denial>>;

/// Begins a call. Whatever happens, its answer is a message for the client; an
/// error is one for the transport.
pub(super) fn begin(
    gateway: Rc<Gateway>,
    identified: Identified,
    client: Rc<Client>,
    request: Rc<RpcRequest>,
    input: Option<ClientInput>,
) -> Work {
    Talk::begin(move |mouth| async move {
        let caller = Caller {
            gateway,
            identified,
            client,
            request,
        };
        caller.rounds(input, &mouth).await
    })
}

/// How a round ends without a result.
enum Ended {
    /// With an answer.
    Answered(Result<Answer, Denial>),
    /// Until a person has approved the call.
    Waits(Box<InputNeeded>),
}

struct Caller {
    gateway: Rc<Gateway>,
    identified: Identified,
    client: Rc<Client>,
    request: Rc<RpcRequest>,
}

impl Caller {
    async fn rounds(
        &self,
        mut input: Option<ClientInput>,
        mouth: &Mouth<Said>,
    ) -> Result<Answer, Denial> {
        for _ in 0..MAXIMUM_ROUNDS {
            let released = match self.round(input, mouth).await {
                Ok(released) => released,
                Err(Ended::Answered(answer)) => return answer,
                Err(Ended::Waits(needed)) => return self.required(&needed),
            };
            let Ok(ReleasedContent::InputNeeded(needed)) = released.content() else {
                return Ok(self.finished(&released));
            };
            if let Err(fault) = input::check_capabilities(&self.client, needed) {
                return Ok(self.cannot_ask(fault));
            }
            if self.client.era == Era::Stateless {
                return self.required(needed);
            }
            match self.ask(needed, mouth).await {
                Ok(answers) => {
                    input = Some(ClientInput {
                        responses: answers,
                        state: needed.state.clone(),
                    });
                }
                Err(failure) => return Ok(self.unanswered(&failure)),
            }
        }
        Ok(self.failed("The tool has asked too often."))
    }

    async fn round(
        &self,
        input: Option<ClientInput>,
        mouth: &Mouth<Said>,
    ) -> Result<Released, Ended> {
        let observer = self.observer(mouth.clone());
        let RpcRequest { id, method, params } = &*self.request;
        let answered = |fault| Ended::Answered(Ok(Answer::fault(Some(id.clone()), fault)));
        let named = approval::named(params, input.as_ref()).map_err(answered)?;
        let for_the_connector = approval::for_the_connector(input.clone());
        let mut call = calls::read(
            method,
            params,
            &self.client,
            for_the_connector,
            Some(observer),
        )
        .map_err(answered)?;
        // A round that answers the tool's own question is not the one before it.
        call.approval = named.filter(|_| call.input.is_none());
        let identified = self.identified.for_next_round();
        approvals::call(&self.gateway, identified, call)
            .await
            .map_err(|denial| self.refused(denial, input.as_ref(), mouth))
    }

    fn refused(&self, denial: Denial, input: Option<&ClientInput>, mouth: &Mouth<Said>) -> Ended {
        if let Some(needed) = approval::question(&denial, &self.client, input) {
            return Ended::Waits(Box::new(needed));
        }
        if let Some(awaited) = approval::awaited(&denial, &self.client, &self.request) {
            mouth.say(Said::Held(awaited));
        }
        Ended::Answered(Answer::denied(&self.request, &self.client, denial))
    }

    /// Since 2026-07-28 a question is the answer.
    fn required(&self, needed: &InputNeeded) -> Result<Answer, Denial> {
        let settings = &self.gateway.settings;
        let params = &self.request.params;
        input::required(settings, &self.identified, params, needed)
            .map(|result| Answer::result(&self.request.id, result))
    }

    /// Released frames become what the client asked to hear.
    fn observer(&self, mouth: Mouth<Said>) -> Observer {
        let (gateway, client) = (Rc::clone(&self.gateway), Rc::clone(&self.client));
        let scope = self.identified.scope();
        Rc::new(move |frame, listening: Listening| match frame {
            ReleasedFrame::Progress(progress) => {
                if let Some(token) = &client.progress_token {
                    let mut params = json!(progress);
                    params["progressToken"] = token.clone();
                    mouth.say(notification("notifications/progress", params));
                }
            }
            ReleasedFrame::Log(message) => {
                let wanted = client.log_level.or(listening.session.log_level);
                if wanted.is_some_and(|wanted| wanted <= message.level) {
                    let params =
                        json!({ "level": message.level, "logger": "lango", "data": message.data });
                    mouth.say(notification("notifications/message", params));
                }
            }
            ReleasedFrame::Detach => mouth.say(Said::Detach {
                has_tasks: listening.has_tasks,
            }),
            ReleasedFrame::Changed(changed) => announce(&gateway, &scope, changed),
        })
    }

    async fn ask(
        &self,
        needed: &InputNeeded,
        mouth: &Mouth<Said>,
    ) -> Result<Map<String, Value>, AskFailure> {
        if self.client.session.is_none() || !self.client.takes_streams {
            return Err(AskFailure::Unanswered);
        }
        let (sender, answers) = oneshot::channel();
        mouth.say(Said::Question(needed.requests.clone(), sender));
        answers.await.unwrap_or(Err(AskFailure::Unanswered))
    }

    fn finished(&self, released: &Released) -> Answer {
        match results::finished(&self.request.method, released, self.client.era) {
            Ok(result) => Answer::result(&self.request.id, result),
            Err(fault) => Answer::fault(Some(self.request.id.clone()), fault),
        }
    }

    /// The 2025 revisions have no error for it: the assistant reads it.
    fn cannot_ask(&self, fault: Fault) -> Answer {
        match self.client.era {
            Era::Stateless => Answer::fault(Some(self.request.id.clone()), fault),
            Era::Handshake => self.failed(
                "This needs to ask the user or the assistant, and the client did not say that it \
                 can be asked so.",
            ),
        }
    }

    fn unanswered(&self, failure: &AskFailure) -> Answer {
        self.failed(match failure {
            AskFailure::Refused => "The client did not answer the question: it gave an error.",
            AskFailure::Unanswered => "The question was not answered.",
        })
    }

    fn failed(&self, reason: &str) -> Answer {
        match results::failed(&self.request.method, reason, self.client.era) {
            Ok(result) => Answer::result(&self.request.id, result),
            Err(fault) => Answer::fault(Some(self.request.id.clone()), fault),
        }
    }
}

fn notification(method: &str, params: Value) -> Said {
    Said::Notification(json!({ "jsonrpc": "2.0", "method": method, "params": params }))
}

fn announce(gateway: &Rc<Gateway>, scope: &lango_identity::TenantScope, changed: Changed) {
    let (announcing, scope) = (Rc::clone(gateway), scope.clone());
    gateway.context.wait_until(async move {
        subscriptions::announce(&announcing.env, &scope, &[changed]).await;
    });
}
