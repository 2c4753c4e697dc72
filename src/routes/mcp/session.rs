//! Protocol sessions of the 2025 revisions.
//!
//! A session's identifier is what the handshake said, signed: whose, which
//! version, which capabilities. Nothing is stored for it, so a session costs a
//! plain call nothing.

use lango_identity::{KeyGateName, KeyId, StatementPurpose};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{clock, denial::Denial, layers::identity::Identified, settings::Settings};

/// RFC-less, of the protocol (basic/transports, session management).
pub(super) const HEADER: &str = "Mcp-Session-Id";

const PURPOSE: StatementPurpose = StatementPurpose::new("lango-mcp-session");
const LIFETIME_SECONDS: i64 = 24 * 3_600;

/// What a client can be asked: nothing else of its capabilities matters later.
const KEPT_CAPABILITIES: [&str; 3] = ["elicitation", "sampling", "roots"];

/// A session that was verified to be its holder's.
#[derive(Debug, Clone)]
pub(super) struct Session {
    stated: Stated,
    expires_at: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stated {
    /// Who may use it: an assistant that steps up has another grant and is still
    /// the same assistant of the same user.
    holder: String,
    /// The key or grant that it began with: its objects are named after it.
    key: KeyId,
    id: String,
    version: String,
    capabilities: Value,
}

impl Session {
    /// Signs the identifier of a new session.
    pub(super) fn begin(
        settings: &Settings,
        identified: &Identified,
        version: &str,
        capabilities: Option<&Value>,
    ) -> Result<String, Denial> {
        let kept: Map<String, Value> = KEPT_CAPABILITIES
            .iter()
            .filter_map(|name| {
                let capability = capabilities?.get(name)?;
                // Its inner members are few; a large one is not kept.
                let is_small = capability.to_string().len() <= 256;
                is_small.then(|| ((*name).to_owned(), capability.clone()))
            })
            .collect();
        let stated = Stated {
            holder: identified.holder(),
            key: identified.gate().key().clone(),
            id: clock::random_name("s_")?,
            version: version.to_owned(),
            capabilities: Value::Object(kept),
        };
        let expires_at = clock::now_seconds() + LIFETIME_SECONDS;
        settings
            .signing_keys()
            .state(PURPOSE, stated, expires_at)
            .map_err(|error| Denial::internal(error.to_string()))
    }

    /// Reads an identifier; `None` unless it is in force and this holder's.
    pub(super) fn verify(settings: &Settings, identified: &Identified, text: &str) -> Option<Self> {
        let stated = settings
            .signing_keys()
            .stated::<Stated>(PURPOSE, text, clock::now_seconds())
            .ok()?;
        (stated.content.holder == identified.holder()).then_some(Self {
            stated: stated.content,
            expires_at: stated.expires_at,
        })
    }

    /// The gate of the key or grant that it began with.
    pub(super) fn gate(&self, identified: &Identified) -> KeyGateName {
        KeyGateName::new(identified.scope(), self.stated.key.clone())
    }

    /// Its own name, by which objects know it.
    pub(super) fn id(&self) -> &str {
        &self.stated.id
    }

    /// The protocol version that was agreed on.
    pub(super) fn version(&self) -> &str {
        &self.stated.version
    }

    /// What the client can be asked.
    pub(super) fn capabilities(&self) -> &Value {
        &self.stated.capabilities
    }

    /// When it ends, in seconds since 1970.
    pub(super) fn expires_at(&self) -> i64 {
        self.expires_at
    }
}
