//! A connection to the first business's database, spoken to as the gateway does. That lets
//! a statement through which the gateway would refuse.

use serde_json::{Value, json};
use tokio_postgres::{Config, config::Host};

use super::{connector::Connector, dev};

const ERASURE_KEY: &str = "1.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

/// A connection of a tenant, sealed.
pub(crate) struct Connected {
    tenant: &'static str,
    connection: &'static str,
    sealed: Value,
}

/// The owner's login of the demo's database, without TLS.
pub(crate) fn owner() -> Value {
    let config: Config = dev().database_url.parse().unwrap();
    let [Host::Tcp(_)] = config.get_hosts() else {
        panic!("one TCP host, please");
    };
    json!({
        "host": "localhost",
        "port": config.get_ports()[0].to_string(),
        "database": config.get_dbname().unwrap(),
        "user": config.get_user().unwrap(),
        "password": std::str::from_utf8(config.get_password().unwrap()).unwrap(),
        "tls": "disable",
    })
}

pub(crate) fn connector() -> Connector<'static> {
    Connector::of(dev(), "postgres")
}

impl Connected {
    pub(crate) async fn new(
        tenant: &'static str,
        connection: &'static str,
        credentials: Value,
    ) -> Self {
        let body = json!({
            "tenant": tenant, "connection": connection, "credentials": credentials,
            "erasure_key": ERASURE_KEY,
        });
        let response = connector().send_enclosed("/v1/seal", &body).await;
        assert_eq!(response.status(), 200);
        Self {
            tenant,
            connection,
            sealed: response.json().await.unwrap(),
        }
    }

    pub(crate) fn request(&self, sql: &str) -> Value {
        json!({
            "call_id": "k_1", "tenant": self.tenant, "connection": self.connection,
            "tool": "postgres_query", "arguments": { "sql": sql },
            "data_key": self.sealed["data_key"], "sealed": self.sealed["sealed"],
            "erasure_key": ERASURE_KEY,
            "limits": { "timeout_ms": 30_000, "max_rows": 500, "max_bytes": 1_000_000 },
        })
    }

    pub(crate) async fn answer(&self, sql: &str) -> Value {
        let request = self.request(sql);
        let response = connector().send_enclosed("/v1/call", &request).await;
        response.json().await.unwrap()
    }

    /// What the connection test finds.
    pub(crate) async fn test(&self) -> Value {
        let mut request = self.request("");
        request["operation"] = json!("test");
        let response = connector().send_enclosed("/v1/call", &request).await;
        response.json().await.unwrap()
    }

    /// The first row.
    pub(crate) async fn row(&self, sql: &str) -> Value {
        let answer = self.answer(sql).await;
        let row = answer["result"]["rows"][0].clone();
        assert!(row.is_array(), "{answer}");
        row
    }
}
