//! `/connect/callback`: a person comes back from another system, in which they have
//! allowed Lango to act as them, or not.

use lango_connector_kit::CompleteAnswer;
use lango_delegation::Callback;
use maud::html;
use worker::{Request, Response};

use super::{entry_pages, pages, session, visit::Visit};
use crate::{
    clock, delegation::Person, denial::Denial, gateway::Gateway, layers::transport::Expectation,
};

const GET: Expectation<'_> = Expectation { methods: &["GET"] };

const ELSEWHERE: &str = "This answer was asked for in another browser or in another sign-in, or too long ago. Begin again where you are signed in.";

/// `GET /connect/callback`. Nothing goes to the connector before it is clear that this
/// browser is the one that was sent away, still signed in as the same person.
pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let visit = Visit::receive(request, gateway, GET).await?;
    let callback = match Callback::parse(visit.query()) {
        Ok(callback) => callback,
        Err(error) => return pages::error(400, &format!("Nothing was connected: {error}.")),
    };
    let Some(session) = session::named(gateway, &visit).await? else {
        // Browsers keep a strict cookie back when another site leads here.
        if visit.is_from_elsewhere {
            return entry_pages::once_more(&visit.here());
        }
        return pages::error(403, ELSEWHERE);
    };
    gateway.meet(Some(&callback.state)).await?;
    let state = gateway.settings.signing_keys().verify_connect_state(
        visit.site.issuer(),
        &callback.state,
        clock::now_seconds(),
    );
    let state = match state {
        Ok(state)
            if state.session == *session.id()
                && state.scope == session.scope()
                && state.kind == session.kind()
                && state.principal == *session.principal() =>
        {
            state
        }
        _ => return pages::error(403, ELSEWHERE),
    };
    let person = Person {
        scope: &state.scope,
        kind: state.kind,
        principal: &state.principal,
        session: &state.session,
    };
    complete(gateway, &person, state.connection.as_str(), &callback).await
}

async fn complete(
    gateway: &Gateway,
    person: &Person<'_>,
    connection: &str,
    callback: &Callback,
) -> Result<Response, Denial> {
    let account = person.account(gateway, connection).await?;
    let name = account.connection.name.clone();
    let code = callback.outcome.as_ref().ok().map(|code| code.expose());
    let issuer = callback.issuer.as_deref();
    let completed = person
        .complete(gateway, &account, &callback.state, issuer, code)
        .await?;
    let refused = match &completed {
        CompleteAnswer::Connected => None,
        CompleteAnswer::Refused(_) => Some("not_connected"),
    };
    person
        .note(gateway, "account.connect", connection, refused)
        .await?;
    match completed {
        CompleteAnswer::Connected => connected(&name),
        CompleteAnswer::Refused(why) => pages::error(409, &why),
    }
}

fn connected(name: &str) -> Result<Response, Denial> {
    let body = html! {
        h1 { "Your account is connected" }
        p { "Lango now acts as you in " strong { (name) } " when you ask it to, and never may more there than you." }
        p.quiet { "You can disconnect it at any time. You can close this page." }
    };
    pages::page(200, "Connected", &body, None)
}
