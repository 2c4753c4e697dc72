//! The body of a request or an answer, as the table of routes names it.

use schemars::JsonSchema;
#[cfg(test)]
use schemars::{Schema, SchemaGenerator};

/// A body. Its schema is made for the document in the tree (`describe.rs`) and never
/// at run time, so that the gateway's Wasm need not carry how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body {
    #[cfg(test)]
    schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Body {
    /// The body that a `T` is.
    #[cfg_attr(
        not(test),
        expect(clippy::extra_unused_type_parameters, reason = "named for tests")
    )]
    pub(crate) const fn of<T: JsonSchema>() -> Self {
        Self {
            #[cfg(test)]
            schema: |generator| generator.subschema_for::<T>(),
        }
    }

    #[cfg(test)]
    pub(crate) fn schema(self, generator: &mut SchemaGenerator) -> Schema {
        (self.schema)(generator)
    }
}
