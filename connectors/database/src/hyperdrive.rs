//! Connections that the operator has bound to Cloudflare's pooler, Hyperdrive.
//!
//! A binding carries a login. So it is bound to a tenant and a connection, by the operator
//! and nobody else: were it found by host name, whoever names the host would have the
//! login. What it may do is checked by the connector, which holds whom the database says
//! that it is against the connection's own login.

use std::collections::BTreeMap;

use lango_connector_kit::{CallError, CallErrorCode};
use worker::Env;
use worker::wasm_bindgen::{JsCast as _, JsValue};
use worker::worker_sys;

/// The operator's variable: `{"<tenant>/<connection>": "<binding>"}`.
const VARIABLE: &str = "LANGO_HYPERDRIVE";

/// Which connections go by which binding.
pub struct Hyperdrives {
    env: Env,
    bindings: Option<BTreeMap<String, String>>,
}

impl Hyperdrives {
    /// Those of the Worker that has this environment.
    #[must_use]
    pub fn of(env: &Env) -> Self {
        let text = env.var(VARIABLE).map(|it| it.to_string());
        Self {
            env: env.clone(),
            bindings: parse(&text.unwrap_or_default()),
        }
    }

    /// The binding of a connection, if it has one.
    ///
    /// # Errors
    /// [`CallErrorCode::Internal`] if the variable cannot be read, or names a binding that
    /// the Worker does not have: another way to the database is not what was asked for.
    pub fn binding(&self, tenant: &str, connection: &str) -> Result<Option<Hyperdrive>, CallError> {
        let bindings = self
            .bindings
            .as_ref()
            .ok_or_else(|| misconfigured("is not valid"))?;
        let Some(name) = bindings.get(&format!("{tenant}/{connection}")) else {
            return Ok(None);
        };
        let binding = self
            .env
            .hyperdrive(name)
            .map_err(|_| misconfigured("names a binding that is not there"))?;
        Ok(Some(Hyperdrive(JsValue::from(binding).unchecked_into())))
    }
}

/// A way to a database that the platform keeps open, with a login of its own.
#[derive(Debug, Clone)]
pub struct Hyperdrive(worker_sys::types::Hyperdrive);

impl Hyperdrive {
    pub(crate) fn connect(&self) -> Result<worker_sys::Socket, JsValue> {
        self.0.connect()
    }

    /// Who signs in.
    #[must_use]
    pub fn user(&self) -> String {
        self.0.user()
    }

    /// With which password.
    #[must_use]
    pub fn password(&self) -> String {
        self.0.password()
    }

    /// To which database.
    #[must_use]
    pub fn database(&self) -> String {
        self.0.database()
    }
}

/// `None` for what is not valid. No text binds nothing.
fn parse(text: &str) -> Option<BTreeMap<String, String>> {
    if text.trim().is_empty() {
        return Some(BTreeMap::new());
    }
    let bindings: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
    let is_whole = |(connection, binding): (&String, &String)| {
        let parts: Vec<_> = connection.split('/').collect();
        matches!(parts[..], [tenant, name] if !tenant.is_empty() && !name.is_empty())
            && !binding.is_empty()
    };
    bindings.iter().all(is_whole).then_some(bindings)
}

fn misconfigured(what: &str) -> CallError {
    CallError::new(
        CallErrorCode::Internal,
        format!(
            "The connector is not set up rightly: {VARIABLE} {what}. Its operator has to mend it."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_binding_is_of_one_connection_of_one_tenant() {
        let bindings = parse(r#"{"t_1/c_1": "SHOP", "t_1/c_2": "SHOP"}"#).unwrap();
        assert_eq!(bindings["t_1/c_2"], "SHOP");
        assert_eq!(bindings.len(), 2);
        assert!(parse("").unwrap().is_empty());
        for wrong in [
            r#"{"t_1": "SHOP"}"#,
            r#"{"t_1/": "SHOP"}"#,
            r#"{"/c_1": "SHOP"}"#,
            r#"{"t_1/c_1/x": "SHOP"}"#,
            r#"{"t_1/c_1": ""}"#,
            r#"{"db.example.com:5432": "SHOP"}"#,
            r#"["SHOP"]"#,
            "SHOP",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
