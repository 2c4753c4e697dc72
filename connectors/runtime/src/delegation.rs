//! `POST /v1/delegation/…`: a person connects their account, and it is seen who has.
//!
//! The credentials are opened to know the application. A token is in no answer.

use lango_connector_kit::{
    AskStanding, BeginConnect, CompleteAnswer, CompleteConnect, ConnectAnswer, Credentials, Forget,
    Holder, HolderStanding, PATH_COMPLETE, PATH_CONNECT, PATH_FORGET, PATH_STANDING,
    SealedConnection, StandingAnswer,
};
use lango_delegation::{Application, GrantKind, Lost, Standing};
use lango_egress::Egress;
use lango_residency::Evidence;
use lango_vault::KeyScope;
use serde::{Serialize, de::DeserializeOwned};
use worker::Env;
use zeroize::Zeroizing;

use crate::{
    Connector,
    accepted::Accepted,
    key_ring::key_ring,
    outbound,
    problem::Problem,
    residency,
    token_owner::{
        Begin, Client, Complete, Completed, HolderRow, KeyMaterial, TokenOwnerClient, holder,
    },
    vault::erasure_key,
};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Connect,
    Complete,
    Standing,
    Forget,
}

/// What is answered.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    Connect(ConnectAnswer),
    Complete(CompleteAnswer),
    Standing(StandingAnswer),
    /// Whether there was something to forget.
    Forgotten(bool),
}

impl Route {
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Connect => PATH_CONNECT,
            Self::Complete => PATH_COMPLETE,
            Self::Standing => PATH_STANDING,
            Self::Forget => PATH_FORGET,
        }
    }

    pub(crate) fn of(path: &str) -> Option<Self> {
        [Self::Connect, Self::Complete, Self::Standing, Self::Forget]
            .into_iter()
            .find(|route| route.path() == path)
    }
}

pub(crate) async fn answer(
    connector: &impl Connector,
    env: &Env,
    route: Route,
    accepted: &Accepted,
    evidence: Evidence,
) -> Result<Answer, Problem> {
    match route {
        Route::Connect => connect(connector, env, accepted, evidence)
            .await
            .map(Answer::Connect),
        Route::Complete => complete(connector, env, accepted, evidence)
            .await
            .map(Answer::Complete),
        Route::Standing => standing(connector, env, accepted, evidence)
            .await
            .map(Answer::Standing),
        Route::Forget => forget(env, accepted).await.map(Answer::Forgotten),
    }
}

async fn connect(
    connector: &impl Connector,
    env: &Env,
    accepted: &Accepted,
    evidence: Evidence,
) -> Result<ConnectAnswer, Problem> {
    let asked: BeginConnect = read(accepted)?;
    let opened = Opened::of(connector, env, (accepted, evidence), asked.at).await?;
    let Some(client) = opened.delegated(connector)? else {
        return Ok(ConnectAnswer::NotDelegated);
    };
    let begin = Begin {
        application: client.application,
        holder: holder(&asked.principal),
        state: asked.state,
        redirect_uri: asked.redirect_uri,
        keys: opened.keys,
    };
    let url = opened.owner.begin(&begin).await.map_err(unavailable)?;
    Ok(url.map_or(ConnectAnswer::NotDelegated, ConnectAnswer::Authorize))
}

async fn complete(
    connector: &impl Connector,
    env: &Env,
    accepted: &Accepted,
    evidence: Evidence,
) -> Result<CompleteAnswer, Problem> {
    let asked: CompleteConnect = read(accepted)?;
    let opened = Opened::of(connector, env, (accepted, evidence), asked.at).await?;
    let refused = |why: &str| Ok(CompleteAnswer::Refused(why.to_owned()));
    let Some(client) = opened.delegated(connector)? else {
        return refused("The connection was changed meanwhile: it acts as nobody now.");
    };
    // Before the code goes anywhere (RFC 9207).
    if let Err(error) = client.application.check_issuer(asked.issuer.as_deref()) {
        return refused(&format!("Nothing was connected: {error}."));
    }
    let complete = Complete {
        client,
        holder: holder(&asked.principal),
        state: asked.state,
        code: asked
            .code
            .map(|code| Zeroizing::new(code.expose().to_owned())),
        keys: opened.keys,
    };
    let completed = opened.owner.complete(&complete).await;
    Ok(match completed.map_err(unavailable)? {
        Completed::Connected => CompleteAnswer::Connected,
        other => CompleteAnswer::Refused(why(&other)),
    })
}

async fn standing(
    connector: &impl Connector,
    env: &Env,
    accepted: &Accepted,
    evidence: Evidence,
) -> Result<StandingAnswer, Problem> {
    let asked: AskStanding = read(accepted)?;
    let opened = Opened::of(connector, env, (accepted, evidence), asked.at).await?;
    if opened.delegated(connector)?.is_none() {
        return Ok(StandingAnswer::default());
    }
    let of = asked.principal.as_ref().map(holder);
    let rows = opened.owner.holders().await.map_err(unavailable)?;
    let holders = rows
        .into_iter()
        .filter(|row| of.as_ref().is_none_or(|of| *of == row.holder))
        .filter_map(shown)
        .collect();
    Ok(StandingAnswer {
        is_delegated: true,
        holders,
    })
}

/// It needs no key: what cannot be opened any more can still be forgotten.
async fn forget(env: &Env, accepted: &Accepted) -> Result<bool, Problem> {
    let asked: Forget = read(accepted)?;
    accepted.check(&asked.tenant, &asked.connection)?;
    // A connector without an owner has nothing to forget.
    let Ok(owner) = TokenOwnerClient::named(env, &asked.tenant, &asked.connection) else {
        return Ok(false);
    };
    match asked.principal.as_ref().map(holder) {
        Some(holder) => owner.forget(&holder).await.map_err(unavailable),
        None => owner.erase().await.map(|()| true).map_err(unavailable),
    }
}

/// A connection whose credentials are open for one question.
struct Opened {
    egress: Egress,
    credentials: Credentials,
    keys: KeyMaterial,
    owner: TokenOwnerClient,
}

impl Opened {
    async fn of(
        connector: &impl Connector,
        env: &Env,
        (accepted, evidence): (&Accepted, Evidence),
        at: SealedConnection,
    ) -> Result<Self, Problem> {
        accepted.check(&at.tenant, &at.connection)?;
        // Before anything is opened.
        let _resident = residency::resident(&at.residency, evidence)?;
        let manifest = connector
            .manifest()
            .map_err(|_| Problem::internal("The manifest is not valid."))?;
        let scope = KeyScope {
            tenant: &at.tenant,
            connector: &manifest.kind,
        };
        let erasure_key = at.erasure_key.as_ref().map(erasure_key).transpose()?;
        let credentials = key_ring(env)
            .await?
            .unwrap(scope, &at.data_key, erasure_key.as_ref())
            .and_then(|key| key.open_fields(&at.connection, &at.sealed))
            .map_err(|error| Problem::data_key(error.to_string()))?;
        let owner = TokenOwnerClient::named(env, &at.tenant, &at.connection)
            .map_err(|_| Problem::internal("This connector keeps no tokens."))?;
        Ok(Self {
            egress: outbound::egress(&outbound::networks(env)?, at.allowed_hosts.as_deref()),
            credentials,
            keys: KeyMaterial {
                connector: manifest.kind.clone(),
                tenant: at.tenant,
                connection: at.connection,
                data_key: at.data_key,
                erasure_key: at.erasure_key,
            },
            owner,
        })
    }

    /// The application, if it acts as whoever is signed in.
    fn delegated(&self, connector: &impl Connector) -> Result<Option<Client>, Problem> {
        let application = connector
            .application(&self.credentials, &self.egress)
            .map_err(|error| Problem::credential(&error.field, error.to_string()))?;
        let acts_as_user =
            |application: &Application| application.grant == GrantKind::AuthorizationCode;
        Ok(application
            .filter(|(application, _)| acts_as_user(application))
            .map(|(application, secret)| Client {
                application,
                secret: Zeroizing::new(secret.to_owned()),
            }))
    }
}

fn read<T: DeserializeOwned>(accepted: &Accepted) -> Result<T, Problem> {
    serde_json::from_slice(accepted.body())
        .map_err(|_| Problem::bad_request("The body is not a question of delegation in JSON."))
}

fn unavailable(_: worker::Error) -> Problem {
    Problem::internal("The owner of this connection's tokens did not answer.")
}

fn shown(row: HolderRow) -> Option<Holder> {
    // A client of its own is nobody who has connected.
    let (kind, id) = row.holder.split_once(':')?;
    let (standing, changed_ms) = match row.standing {
        Standing::Connected(connected) => (HolderStanding::Connected, connected.renewed_ms),
        Standing::Lost { at_ms, why } => (lost(why), at_ms),
    };
    Some(Holder {
        kind: kind.to_owned(),
        id: id.to_owned(),
        standing,
        since_ms: row.since_ms,
        changed_ms,
    })
}

const fn lost(why: Lost) -> HolderStanding {
    match why {
        Lost::Refused => HolderStanding::Refused,
        Lost::AnswerLost => HolderStanding::AnswerLost,
        Lost::Changed => HolderStanding::Changed,
        Lost::NoRefresh => HolderStanding::Ended,
    }
}

fn why(completed: &Completed) -> String {
    match completed {
        Completed::Connected => String::new(),
        Completed::NotPending(error) => format!("Nothing was connected: {error}. Begin again."),
        Completed::Declined => {
            "Nothing was connected: the system, or you, said no there.".to_owned()
        }
        Completed::Refused(refusal) => {
            format!("Nothing was connected: the authorization server {refusal}. Begin again.")
        }
        Completed::NoAnswer => {
            "Nothing was connected: the authorization server did not answer. Begin again."
                .to_owned()
        }
        Completed::Sealed(error) => {
            format!("Nothing was connected: its tokens could not be sealed ({error}).")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lango_delegation::{Connected, PendingError};

    #[test]
    fn each_route_has_its_path() {
        for route in [
            Route::Connect,
            Route::Complete,
            Route::Standing,
            Route::Forget,
        ] {
            assert_eq!(Route::of(route.path()), Some(route));
        }
        assert_eq!(Route::of("/v1/delegation"), None);
    }

    #[test]
    fn a_client_of_its_own_is_not_shown_among_people() {
        let row = |holder: &str| HolderRow {
            holder: holder.to_owned(),
            since_ms: 1,
            standing: Standing::Connected(Connected {
                at_ms: 1,
                renewed_ms: 2,
            }),
        };
        assert!(shown(row("client")).is_none());
        let person = shown(row("employee:p_1")).unwrap();
        assert_eq!(
            (person.kind.as_str(), person.id.as_str()),
            ("employee", "p_1")
        );
        assert_eq!((person.since_ms, person.changed_ms), (1, 2));
    }

    #[test]
    fn whoever_is_not_connected_is_told_why() {
        for completed in [
            Completed::NotPending(PendingError::Late),
            Completed::Declined,
            Completed::Refused("refused to issue a token: invalid_client".to_owned()),
            Completed::NoAnswer,
            Completed::Sealed("why".to_owned()),
        ] {
            assert!(why(&completed).starts_with("Nothing was connected"));
        }
    }
}
