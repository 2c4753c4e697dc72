//! Drives the objects of one key, without the gateway before them: what `scripts/bench
//! --gate` measures.
//!
//! In scope: questions to a `KeyGate` that write nothing, that record an intent, and that
//! record its outcome too, under an idempotency key or none; what that writes, in the gate
//! and in the log; and an object that makes a commit of each question.
//! Out of scope: identity, screening, connectors: what those cost is measured elsewhere.

#[allow(
    missing_docs,
    reason = "the durable_object macro adds methods for the runtime, without documentation"
)]
mod plain;
mod prepare;

pub use lango_durable_objects::{AuditLog, ConfigStore, ErasureKey, KeyGate, TenantLife};
pub use plain::PlainGate;

use lango_admission::{Answer, Answered, Ask, Credential, Once, Purpose, Settlement};
use lango_audit_log::{Actor, Intent, Outcome, Place, Subject};
use lango_durable_objects::{AuditLogClient, KeyGateClient, rows_written};
use lango_identity::KeyGateName;
use worker::{Context, Env, Method, Request, RequestInit, Response, event};

/// A digest of a token that nobody has.
pub(crate) const DIGEST: &str = "0101010101010101010101010101010101010101010101010101010101010101";

/// `/prepare/<tenant>/<key>`, `/request/…`, `/intent/…` (the answer is the call, which stays
/// open), `/settle/…?call`, `/call/…`, `/once/…`, `/plain/…`, `/rows/…` (of the gate, and of
/// the log).
///
/// # Errors
/// If the platform fails, or the request is not of the benchmark's shape.
#[event(fetch)]
pub async fn fetch(request: Request, env: Env, _context: Context) -> worker::Result<Response> {
    let path = request.path();
    let (what, name) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
    let name = KeyGateName::of_running_object(name).map_err(failed)?;
    match what {
        "prepare" => prepare::prepare(&env, &name).await,
        "request" => ask(&env, &name, question(Purpose::Request)?).await,
        "intent" => {
            let intent = intent()?;
            let call_id = intent.call_id.clone();
            ask(&env, &name, question(Purpose::Recorded(intent))?).await?;
            return Response::ok(call_id);
        }
        "settle" => {
            let url = request.url()?;
            settle(&env, &name, url.query().unwrap_or_default().to_owned()).await
        }
        "call" => call(&env, &name, None).await,
        "once" => once(&env, &name).await,
        "rows" => return rows(&env, &name).await,
        "plain" => plain(&env, &name).await,
        _ => return Response::error("no such question", 404),
    }?;
    Response::ok("done")
}

async fn ask(env: &Env, name: &KeyGateName, ask: Ask) -> worker::Result<()> {
    let gate = KeyGateClient::named(env, name).map_err(failed)?;
    match gate.ask(&ask).await.map_err(failed)? {
        Answer::Admitted(_) => Ok(()),
        Answer::Refused(refused) => Err(failed(refused.refusal.code())),
    }
}

async fn call(env: &Env, name: &KeyGateName, once: Option<Once>) -> worker::Result<()> {
    let intent = intent()?;
    let call_id = intent.call_id.clone();
    let question = Ask {
        once,
        ..question(Purpose::Recorded(intent))?
    };
    ask(env, name, question).await?;
    settle(env, name, call_id).await
}

async fn settle(env: &Env, name: &KeyGateName, call_id: String) -> worker::Result<()> {
    let gate = KeyGateClient::named(env, name).map_err(failed)?;
    let settlement = Settlement::of(call_id, Outcome::succeeded(1));
    gate.settle(&settlement).await.map_err(failed).map(drop)
}

/// A call that is to happen once, and its answer kept.
async fn once(env: &Env, name: &KeyGateName) -> worker::Result<()> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(failed)?;
    let key_sha256: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let once = Once {
        key_sha256: key_sha256.clone(),
        request_sha256: DIGEST.to_owned(),
    };
    call(env, name, Some(once)).await?;
    let gate = KeyGateClient::named(env, name).map_err(failed)?;
    let answer = Some(r#"{"status":200,"body":{"result":{"text":"jambo"}}}"#.to_owned());
    let answered = Answered { key_sha256, answer };
    gate.answered(&answered).await.map_err(failed)
}

/// What the gates of this process have written, and what the tenant's log has.
async fn rows(env: &Env, name: &KeyGateName) -> worker::Result<Response> {
    let log = AuditLogClient::of(env, name.scope()).map_err(failed)?;
    let figures = log.figures().await.map_err(failed)?;
    Response::ok(format!("{} {}", rows_written(), figures.rows_written))
}

async fn plain(env: &Env, name: &KeyGateName) -> worker::Result<()> {
    let mut init = RequestInit::new();
    let body = serde_json::to_string(&question(Purpose::Recorded(intent()?))?)?;
    init.with_method(Method::Post).with_body(Some(body.into()));
    let request = Request::new_with_init("http://object/", &init)?;
    let object = env
        .durable_object("PLAIN_GATE")?
        .get_by_name(&name.to_string())?;
    object
        .fetch_with_request(request)
        .await?
        .text()
        .await
        .map(drop)
}

fn question(purpose: Purpose) -> worker::Result<Ask> {
    Ok(Ask {
        credential: Credential::Key {
            digest: DIGEST.to_owned().try_into().map_err(failed)?,
        },
        purpose,
        target: None,
        session: None,
        once: None,
        arguments: None,
        address: None,
        while_closed: false,
    })
}

fn intent() -> worker::Result<Intent> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(failed)?;
    Ok(Intent {
        call_id: format!("call_{:016x}", u64::from_le_bytes(random)),
        principal: "p_bench".to_owned(),
        actor: Some(Actor::Program),
        country: None,
        subject: Subject::Call {
            tool: "crm_echo".to_owned(),
            at: Place::default(),
            arguments_sha256: DIGEST.to_owned(),
        },
    })
}

pub(crate) fn failed(error: impl ToString) -> worker::Error {
    worker::Error::RustError(error.to_string())
}
