//! Which receiver, where it is and how to sign in.

use lango_connector_database::{Server, Tls};
use lango_connector_kit::{CredentialError, Credentials};
use lango_egress::{Destination, Egress, EgressError, HostPort, Security};
use lango_mcp_upstream::Endpoint;
use lango_siem::{Limits, Receiver, ReceiverKind, sign};

/// The credentials, read into what they mean. Secrets are borrowed, so that the runtime
/// alone owns the plaintext.
pub(crate) struct Settings<'a> {
    pub(crate) kind: ReceiverKind,
    pub(crate) place: Place<'a>,
    pub(crate) source: &'a str,
    pub(crate) index: &'a str,
    pub(crate) limits: Limits,
}

/// Where it is, and what signs in there.
pub(crate) enum Place<'a> {
    /// A URL that takes bodies.
    Http {
        endpoint: Endpoint,
        access: Access<'a>,
    },
    /// A socket that takes frames, over TLS.
    Socket(Server),
}

/// What signs in.
pub(crate) enum Access<'a> {
    Splunk {
        token: &'a str,
        /// Where to ask what is indexed, with acknowledgements.
        acks: Option<Endpoint>,
    },
    Elastic(&'a str),
    Datadog(&'a str),
    Entra(Application<'a>),
    Signed {
        token: &'a str,
        key: &'a str,
    },
}

/// An application of Entra's.
pub(crate) struct Application<'a> {
    pub(crate) token_endpoint: Endpoint,
    pub(crate) client_id: &'a str,
    pub(crate) client_secret: &'a str,
}

impl<'a> Settings<'a> {
    /// Reads them. Names the first field that does not fit and never its value.
    pub(crate) fn parse(
        credentials: &'a Credentials,
        egress: &Egress,
    ) -> Result<Self, CredentialError> {
        let fields = Fields {
            credentials,
            egress,
        };
        let kind = ReceiverKind::parse(fields.text("receiver"))
            .ok_or_else(|| CredentialError::new("receiver", "is not one that there is"))?;
        let mut limits = kind.limits();
        if kind == ReceiverKind::Syslog {
            limits.item_bytes = fields.message_bytes()?;
        }
        Ok(Self {
            kind,
            place: fields.place(kind)?,
            source: fields.visible("source")?,
            index: fields.visible("index")?,
            limits,
        })
    }

    /// Where it leads: the place where tokens are asked for too.
    pub(crate) fn destinations(&self) -> Vec<Destination> {
        match &self.place {
            Place::Socket(server) => vec![server.destination.clone()],
            Place::Http { endpoint, access } => {
                let of_tokens = match access {
                    Access::Entra(application) => Some(&application.token_endpoint),
                    _ => None,
                };
                [Some(endpoint), of_tokens]
                    .into_iter()
                    .flatten()
                    .map(|endpoint| endpoint.destination().clone())
                    .collect()
            }
        }
    }

    /// As bodies depend on it.
    pub(crate) fn receiver(&self) -> Receiver<'a> {
        Receiver {
            kind: self.kind,
            host: self.source,
            index: self.index,
            limits: self.limits,
        }
    }
}

struct Fields<'a, 'b> {
    credentials: &'a Credentials,
    egress: &'b Egress,
}

impl<'a> Fields<'a, '_> {
    /// An empty text stands for a field that was left out.
    fn text(&self, name: &str) -> &'a str {
        self.credentials
            .get(name)
            .map_or("", |secret| secret.expose())
    }

    /// What a header field, a URL or a frame can carry.
    fn visible(&self, name: &'static str) -> Result<&'a str, CredentialError> {
        let text = self.text(name);
        if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(text)
        } else {
            Err(CredentialError::new(
                name,
                "has other characters than visible ASCII",
            ))
        }
    }

    fn required(&self, name: &'static str) -> Result<&'a str, CredentialError> {
        Some(self.visible(name)?)
            .filter(|text| !text.is_empty())
            .ok_or_else(|| CredentialError::new(name, "is missing"))
    }

    fn place(&self, kind: ReceiverKind) -> Result<Place<'a>, CredentialError> {
        let (path, access) = match kind {
            ReceiverKind::Syslog => return self.socket().map(Place::Socket),
            ReceiverKind::Splunk => {
                let acks = match self.text("acknowledgements") {
                    "yes" => Some(self.endpoint("url", "/services/collector/ack")?),
                    _ => None,
                };
                let token = self.required("token")?;
                (
                    "/services/collector/event".to_owned(),
                    Access::Splunk { token, acks },
                )
            }
            ReceiverKind::Elastic => (
                format!("/{}/_bulk", self.segment("index")?),
                Access::Elastic(self.required("token")?),
            ),
            ReceiverKind::Datadog => (
                "/api/v2/logs".to_owned(),
                Access::Datadog(self.required("token")?),
            ),
            ReceiverKind::Sentinel => {
                let (rule, stream) = (self.segment("rule")?, self.segment("stream")?);
                let path =
                    format!("/dataCollectionRules/{rule}/streams/{stream}?api-version=2023-01-01");
                (path, Access::Entra(self.application()?))
            }
            ReceiverKind::Https => (String::new(), self.signed()?),
        };
        Ok(Place::Http {
            endpoint: self.endpoint("url", &path)?,
            access,
        })
    }

    /// One that a path is put behind has none of its own but `/`.
    fn endpoint(&self, name: &'static str, path: &str) -> Result<Endpoint, CredentialError> {
        let base = self.required(name)?;
        let text = match path {
            "" => base.to_owned(),
            _ if base.contains(['?', '#']) => {
                return Err(CredentialError::new(name, "has a query or a fragment"));
            }
            path => format!("{}{path}", base.trim_end_matches('/')),
        };
        Endpoint::parse(&text, self.egress)
            .map_err(|error| CredentialError::new(name, error.problem()))
    }

    /// A name that stands in a path as it is.
    fn segment(&self, name: &'static str) -> Result<&'a str, CredentialError> {
        let text = self.required(name)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if text.bytes().all(is_plain) && !text.starts_with('.') {
            Ok(text)
        } else {
            Err(CredentialError::new(
                name,
                "has other characters than letters, digits, -, _ and .",
            ))
        }
    }

    fn application(&self) -> Result<Application<'a>, CredentialError> {
        Ok(Application {
            token_endpoint: self.endpoint("token_url", "")?,
            client_id: self.required("client_id")?,
            client_secret: self.required("client_secret")?,
        })
    }

    fn signed(&self) -> Result<Access<'a>, CredentialError> {
        let (token, key) = (self.visible("token")?, self.visible("signing_key")?);
        if !key.is_empty() && sign(key, "", 0, b"").is_none() {
            return Err(CredentialError::new(
                "signing_key",
                "is not whsec_ and at least 24 bytes in base64",
            ));
        }
        Ok(Access::Signed { token, key })
    }

    fn socket(&self) -> Result<Server, CredentialError> {
        let port = match self.text("port").parse() {
            Ok(port) if port > 0 => port,
            _ => {
                return Err(CredentialError::new(
                    "port",
                    "is not a number from 1 to 65535",
                ));
            }
        };
        let host = HostPort::new(self.required("host")?, port)
            .map_err(|error| CredentialError::new("host", error.problem()))?;
        let destination = self
            .egress
            .permit(host, Security::Tls)
            .map_err(|error: EgressError| CredentialError::new("host", error.problem()))?;
        Ok(Server {
            destination,
            tls: Tls::Require,
        })
    }

    fn message_bytes(&self) -> Result<usize, CredentialError> {
        match self.text("message_bytes").parse() {
            Ok(bytes @ 2_048..=262_144) => Ok(bytes),
            _ => Err(CredentialError::new(
                "message_bytes",
                "is not a number from 2048 to 262144",
            )),
        }
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
