//! The OpenAPI 3.1 document of every route of the table, as it is served.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Made of the table by `describe.rs`, ahead of time: what makes it is code that every
/// isolate of the gateway would otherwise read before its first request.
const DESCRIPTION: &str = include_str!("../openapi.json");

/// The document, for a deployment that is reached at `server`.
///
/// # Errors
///
/// Never with the file in the tree, which a test reads.
pub fn document(server: &str) -> serde_json::Result<impl Serialize + use<>> {
    let mut document: Document = serde_json::from_str(DESCRIPTION)?;
    document.servers.push(Server {
        url: server.to_owned(),
    });
    Ok(document)
}

#[derive(Serialize, Deserialize)]
struct Document {
    openapi: String,
    info: Box<RawValue>,
    #[serde(default)]
    servers: Vec<Server>,
    paths: Box<RawValue>,
    components: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
struct Server {
    url: String,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_document_names_the_server_and_keeps_all_else() {
        let served = serde_json::to_value(document("https://lango.test").unwrap()).unwrap();
        let mut expected: Value = serde_json::from_str(DESCRIPTION).unwrap();
        expected["servers"] = serde_json::json!([{ "url": "https://lango.test" }]);
        assert!(served == expected);
    }
}
