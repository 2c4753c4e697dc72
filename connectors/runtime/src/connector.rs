//! What a connector implements.

use lango_connector_kit::{
    CallAnswer, CallError, CallErrorCode, CallLimits, ClientInput, CredentialError, Credentials,
    DatabaseScope, Manifest, ManifestError, Operation, Principal, TestReport, TraceParent,
    UpstreamTool,
};
use lango_delegation::Application;
use lango_egress::{Destination, Egress};
use serde::Deserialize;
use serde_json::Value;

use crate::{FrameSender, Tokens};

/// One kind of business system.
// Workers run on one thread: no caller needs the futures to be `Send`.
#[allow(async_fn_in_trait)]
pub trait Connector {
    /// The embedded `connector.json`, read once.
    ///
    /// # Errors
    /// What is wrong with it; a test of the connector shows that nothing is.
    fn manifest(&self) -> Result<&Manifest, &ManifestError>;

    /// Checks what the credential schema cannot say, such as that a port is a number,
    /// and says where the credentials lead to.
    ///
    /// # Errors
    /// [`CredentialError`] names the field and never carries a value: one that does
    /// not fit, or one that names a host that may not be connected to.
    fn destinations(
        &self,
        credentials: &Credentials,
        egress: &Egress,
    ) -> Result<Vec<Destination>, CredentialError> {
        let _ = (credentials, egress);
        Ok(Vec::new())
    }

    /// What Lango is at the authorization server whose tokens a connection with these
    /// credentials needs, and its secret; `None` where it needs none. A connector that
    /// has one binds [`crate::TokenOwner`].
    ///
    /// # Errors
    /// [`CredentialError`] as [`Connector::destinations`].
    fn application<'a>(
        &self,
        credentials: &'a Credentials,
        egress: &Egress,
    ) -> Result<Option<(Application, &'a str)>, CredentialError> {
        let _ = (credentials, egress);
        Ok(None)
    }

    /// The binding of the object of this Worker's that serves the calls of a connection,
    /// so that it can keep something from one to the next: see
    /// [`crate::InObject`] and [`crate::serve_by_object`]. Where it is not bound, or where the residency that
    /// was promised does not cover objects, the Worker serves them itself; and where the
    /// object does not answer, the Worker asks the system once more. So only a connector
    /// that changes nothing has one.
    fn object(&self) -> Option<&'static str> {
        None
    }

    /// Finds out whether the connection works, and what is wrong if not. It changes
    /// nothing in the system.
    ///
    /// # Errors
    /// [`CallError`] when it cannot even be tried.
    async fn test(&self, call: Call<'_>) -> Result<TestReport, CallError> {
        let _ = call;
        Err(CallError::new(
            CallErrorCode::Rejected,
            "This connector has no test.",
        ))
    }

    /// Runs one tool of the manifest.
    ///
    /// It may be dropped at any `await` when the deadline passes: whatever it
    /// holds must close when it is dropped.
    ///
    /// # Errors
    /// [`CallError`] with words that an assistant can act on and no credential.
    async fn call(&self, call: Call<'_>) -> Result<Value, CallError>;

    /// Answers whatever is asked. A connector that has more than tools with a
    /// structured result, or something to say while it works, implements this.
    ///
    /// # Errors
    /// As [`Connector::call`].
    async fn answer(&self, call: Call<'_>, frames: &FrameSender) -> Result<CallAnswer, CallError> {
        let _ = frames;
        self.call(call).await.map(CallAnswer::Result)
    }
}

/// One call of a tool, with its credentials in the clear.
pub struct Call<'a> {
    /// Identifies the call in the audit log.
    pub call_id: &'a str,
    /// The tenant that the connection belongs to.
    pub tenant: &'a str,
    /// The connection.
    pub connection: &'a str,
    /// For whom: what a tool that enforces a binding binds its answer to.
    pub principal: Option<&'a Principal>,
    /// What is asked for.
    pub operation: Operation,
    /// The name of the tool, the prompt, the resource or its template. It is in
    /// the manifest, unless an upstream has the tool.
    pub tool: &'a str,
    /// Arguments that passed the tool's input schema in the gateway.
    pub arguments: &'a Value,
    /// What of a database may be seen; absent for all that the login may read.
    pub database: Option<&'a DatabaseScope>,
    /// The upstream's tool as it was approved.
    pub upstream: Option<&'a UpstreamTool>,
    /// What the client has answered to an earlier round.
    pub input: Option<&'a ClientInput>,
    /// What the client can do, as the protocol has it.
    pub client_capabilities: &'a Value,
    /// The trace that the caller says it belongs to.
    pub trace: Option<&'a TraceParent>,
    /// The connection's credentials, complete as to the credential schema.
    pub credentials: &'a Credentials,
    /// What gives it tokens of its application.
    pub tokens: &'a Tokens<'a>,
    /// Where it may connect to: whatever the connector connects to, it asks this.
    pub egress: &'a Egress,
    /// Bounds that the connector must keep.
    pub limits: CallLimits,
}

impl<'a> Call<'a> {
    /// Reads the arguments into what the tool works with.
    ///
    /// # Errors
    /// [`CallErrorCode::Rejected`] if they do not fit.
    pub fn arguments<T: Deserialize<'a>>(&self) -> Result<T, CallError> {
        T::deserialize(self.arguments).map_err(|error| {
            CallError::new(
                CallErrorCode::Rejected,
                format!("The arguments do not fit the tool: {error}."),
            )
        })
    }

    /// A credential in the clear, or the empty text if the connection has none
    /// of that name. Required fields are always there.
    #[must_use]
    pub fn credential(&self, field: &str) -> &str {
        self.credentials
            .get(field)
            .map_or("", |secret| secret.expose())
    }

    /// The error for a name that the connector does not know. It shows a
    /// manifest and a `match` that do not agree.
    #[must_use]
    pub fn unknown_tool(&self) -> CallError {
        CallError::new(
            CallErrorCode::Internal,
            format!("The connector does not have the tool {:?}.", self.tool),
        )
    }
}
