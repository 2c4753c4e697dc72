//! Stubs of Durable Objects: of those of this Worker, one per connection.

use worker::{Env, Stub};

/// Near the businesses; best effort, ignored on plain workerd.
const LOCATION_HINT: &str = "afr";

/// The object of a connection in a binding; identifiers have no slash in them.
pub(crate) fn stub(
    env: &Env,
    binding: &str,
    tenant: &str,
    connection: &str,
) -> worker::Result<Stub> {
    let name = format!("{tenant}/{connection}");
    env.durable_object(binding)?
        .get_by_name_with_location_hint(&name, LOCATION_HINT)
}
