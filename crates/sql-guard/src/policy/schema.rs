//! The policy document's JSON Schema.

use serde_json::{Value, json};

use crate::MAX_ROWS;

/// JSON Schema, draft 2020-12. [`crate::Policy::parse`] takes nothing that it
/// refuses; what SQL a predicate is, it cannot say.
pub(super) fn schema() -> Value {
    let group = "^(customer|employee|role:[a-z][a-z0-9_-]{0,31})$";
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "SQL policy of a connection",
        "description": "What assistants may see of a database. A table that is not listed does not exist for them.",
        "type": "object",
        "additionalProperties": false,
        "required": ["tables"],
        "properties": {
            "max_rows": {
                "description": "The most rows one query answers.",
                "type": "integer", "minimum": 1, "maximum": MAX_ROWS
            },
            "tables": {
                "type": "array",
                "maxItems": 1000,
                "items": { "$ref": "#/$defs/table" }
            },
            "allow_tables": {
                "description": "Which of the tables a group may read; without an entry all of them.",
                "type": "object",
                "propertyNames": { "pattern": group },
                "additionalProperties": {
                    "type": "array", "maxItems": 1000,
                    "items": { "$ref": "#/$defs/table_name" }
                }
            }
        },
        "$defs": {
            "name": {
                "type": "string", "minLength": 1, "maxLength": 63,
                "pattern": "^[^\"'`\\\\.~\\u0000-\\u001f\\u007f]+$"
            },
            "table_name": {
                "description": "The exact name, `table` or `schema.table`. Without a schema: `public` in PostgreSQL, the connection's database in MySQL.",
                "type": "string", "minLength": 1, "maxLength": 127,
                "pattern": "^[^\"'`\\\\.~\\u0000-\\u001f\\u007f]+(\\.[^\"'`\\\\.~\\u0000-\\u001f\\u007f]+)?$"
            },
            "table": {
                "type": "object",
                "additionalProperties": false,
                "required": ["table"],
                "dependentRequired": { "masked": ["columns"] },
                "properties": {
                    "table": { "$ref": "#/$defs/table_name" },
                    "columns": {
                        "description": "The columns that are shown; without it all of them.",
                        "type": "array", "minItems": 1, "maxItems": 1000, "uniqueItems": true,
                        "items": { "$ref": "#/$defs/name" }
                    },
                    "masked": {
                        "description": "Columns that are shown in part: `null` (always NULL), `redacted` (always the same words), `last_four` (the last four characters of a value of eight or more).",
                        "type": "object",
                        "propertyNames": { "$ref": "#/$defs/name" },
                        "additionalProperties": { "enum": ["null", "redacted", "last_four"] }
                    },
                    "rows": {
                        "description": "Which rows a group reads, as a condition in SQL. `:principal.id`, `:principal.customer_number` and `:principal.role` stand beside `=` or in an IN list. A customer reads only tables with a `customer` condition (TRUE for all rows); an employee without a condition reads all rows; Admins always do.",
                        "type": "object",
                        "propertyNames": { "pattern": group },
                        "additionalProperties": { "type": "string", "minLength": 1, "maxLength": 4096 }
                    }
                }
            }
        }
    })
}
