//! What tables and views have in common.

/// Where a table is whose schema a policy does not say.
pub(super) const OWN_SCHEMA: &str = "public";

/// The conditions under which a relation of `pg_class` (as `class`) in a
/// `pg_namespace` (as `namespace`) is one that this login may query.
pub(super) const READABLE: &str = "class.relkind IN ('r', 'p', 'v', 'm', 'f') \
    AND namespace.nspname NOT IN ('pg_catalog', 'information_schema') \
    AND namespace.nspname !~ '^pg_(toast|temp)' \
    AND pg_catalog.has_schema_privilege(namespace.oid, 'USAGE') \
    AND (pg_catalog.has_table_privilege(class.oid, 'SELECT') \
      OR pg_catalog.has_any_column_privilege(class.oid, 'SELECT'))";

/// The name of a `pg_class.relkind`.
pub(super) fn kind_name(relkind: &str) -> &'static str {
    match relkind {
        "p" => "partitioned table",
        "v" => "view",
        "m" => "materialized view",
        "f" => "foreign table",
        _ => "table",
    }
}
