//! What of a database a call may see, as the gateway says.

use lango_connector_kit::{
    CallError, CallErrorCode, CallerKind, DatabaseScope, Principal, VisibleColumn, VisibleTable,
};

/// What of a database a call may see: everything that its login may read, or these tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a>(Option<&'a [VisibleTable]>);

/// What of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight<'a> {
    /// All that the login may read.
    Whole,
    /// What the policy shows.
    Table(&'a VisibleTable),
}

impl<'a> Scope<'a> {
    /// What the gateway says.
    ///
    /// # Errors
    /// [`CallErrorCode::Rejected`] if it says nothing, as gateways before 0.3, and the
    /// call is somebody's who may not see everything.
    pub fn of(
        database: Option<&'a DatabaseScope>,
        principal: Option<&Principal>,
    ) -> Result<Self, CallError> {
        if let Some(scope) = database {
            return Ok(Self(scope.tables.as_deref()));
        }
        let is_bound = principal
            .is_some_and(|it| it.kind == CallerKind::Customer || it.allow_tables.is_some());
        if is_bound {
            return Err(CallError::new(
                CallErrorCode::Rejected,
                "The gateway does not say which tables this caller may see, so none may be seen. An administrator has to update the gateway.",
            ));
        }
        Ok(Self(None))
    }

    /// The tables; `None` for all.
    #[must_use]
    pub fn tables(self) -> Option<&'a [VisibleTable]> {
        self.0
    }

    /// What may be seen of a table, `None` for nothing. `own` is the schema that a table
    /// without one is in.
    #[must_use]
    pub fn sight(self, own: &str, schema: &str, name: &str) -> Option<Sight<'a>> {
        let Some(tables) = self.0 else {
            return Some(Sight::Whole);
        };
        let is_it =
            |it: &&VisibleTable| it.schema.as_deref().unwrap_or(own) == schema && it.name == name;
        tables.iter().find(is_it).map(Sight::Table)
    }
}

impl<'a> Sight<'a> {
    /// Whether some of its rows may not be seen.
    #[must_use]
    pub fn rows_are_limited(self) -> bool {
        matches!(self, Self::Table(table) if table.rows_limited)
    }

    /// Its columns as the policy has them; `None` for all, as they are.
    #[must_use]
    pub fn columns(self) -> Option<&'a [VisibleColumn]> {
        match self {
            Self::Whole => None,
            Self::Table(table) => table.columns.as_deref(),
        }
    }

    /// Whether a column may be seen.
    #[must_use]
    pub fn shows(self, column: &str) -> bool {
        self.columns()
            .is_none_or(|columns| columns.iter().any(|it| it.name == column))
    }

    /// Whether something else stands in place of a column's values.
    #[must_use]
    pub fn masks(self, column: &str) -> bool {
        self.columns()
            .is_some_and(|columns| columns.iter().any(|it| it.name == column && it.masked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn scope(tables: Value) -> DatabaseScope {
        serde_json::from_value(json!({ "tables": tables })).unwrap()
    }

    fn principal(json: Value) -> Principal {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn without_a_policy_everything_is_seen() {
        let database = DatabaseScope::default();
        let scope = Scope::of(Some(&database), None).unwrap();
        assert_eq!(scope.sight("public", "sales", "orders"), Some(Sight::Whole));
        assert_eq!(scope.tables(), None);
    }

    #[test]
    fn what_the_policy_does_not_have_is_not_there() {
        let database = scope(json!([
            {"name": "orders", "columns": [{"name": "id"}, {"name": "phone", "masked": true}]},
            {"schema": "sales", "name": "stock", "rows_limited": true}
        ]));
        let scope = Scope::of(Some(&database), None).unwrap();
        let orders = scope.sight("public", "public", "orders").unwrap();
        assert!(orders.shows("id") && !orders.masks("id"));
        assert!(orders.shows("phone") && orders.masks("phone"));
        assert!(!orders.shows("notes") && !orders.rows_are_limited());
        let stock = scope.sight("public", "sales", "stock").unwrap();
        assert!(stock.shows("anything") && stock.rows_are_limited());
        for (schema, name) in [
            ("sales", "orders"),
            ("public", "stock"),
            ("public", "Orders"),
        ] {
            assert_eq!(scope.sight("public", schema, name), None, "{schema}.{name}");
        }
    }

    #[test]
    fn an_older_gateway_shows_nothing_to_who_is_bound() {
        let customer = json!({"kind": "customer", "id": "c_1", "customer_number": "7"});
        let agent = json!({"kind": "employee", "id": "u_1", "allow_tables": ["orders"]});
        for bound in [customer, agent] {
            let error = Scope::of(None, Some(&principal(bound))).unwrap_err();
            assert_eq!(error.code, CallErrorCode::Rejected);
        }
        let free = principal(json!({"kind": "employee", "id": "u_1"}));
        assert!(Scope::of(None, Some(&free)).is_ok());
        assert!(Scope::of(None, None).is_ok());
    }
}
