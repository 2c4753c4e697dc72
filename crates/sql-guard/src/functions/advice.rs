//! What to write instead of a function that is not on the list.

use crate::Dialect;

/// What another system calls what the dialect has under another name.
const INSTEAD: &[(Dialect, &str, &str)] = &[
    (Dialect::Postgres, "convert_tz", "AT TIME ZONE"),
    (Dialect::Postgres, "curdate", "current_date"),
    (Dialect::Postgres, "date_format", "to_char"),
    (Dialect::Postgres, "datediff", "a - b"),
    (Dialect::Postgres, "day", "extract(day from …)"),
    (
        Dialect::Postgres,
        "find_in_set",
        "= ANY (string_to_array(…))",
    ),
    (Dialect::Postgres, "getdate", "now"),
    (Dialect::Postgres, "group_concat", "string_agg"),
    (Dialect::Postgres, "if", "CASE WHEN"),
    (Dialect::Postgres, "ifnull", "coalesce"),
    (Dialect::Postgres, "instr", "strpos"),
    (Dialect::Postgres, "isnull", "coalesce"),
    (Dialect::Postgres, "json_extract", "-> and ->>"),
    (Dialect::Postgres, "locate", "strpos"),
    (Dialect::Postgres, "month", "extract(month from …)"),
    (Dialect::Postgres, "nvl", "coalesce"),
    (Dialect::Postgres, "rand", "random"),
    (Dialect::Postgres, "str_to_date", "to_date"),
    (Dialect::Postgres, "substring_index", "split_part"),
    (
        Dialect::Postgres,
        "timestampdiff",
        "extract(epoch from a - b)",
    ),
    (Dialect::Postgres, "year", "extract(year from …)"),
    (Dialect::Mysql, "array_agg", "JSON_ARRAYAGG"),
    (Dialect::Mysql, "chr", "CHAR"),
    (Dialect::Mysql, "date_part", "EXTRACT"),
    (Dialect::Mysql, "date_trunc", "DATE_FORMAT"),
    (Dialect::Mysql, "generate_series", "WITH RECURSIVE"),
    (Dialect::Mysql, "grouping", "IF(column IS NULL, …)"),
    (Dialect::Mysql, "json_agg", "JSON_ARRAYAGG"),
    (Dialect::Mysql, "json_overlaps", "JSON_CONTAINS"),
    (Dialect::Mysql, "json_query", "JSON_EXTRACT"),
    (Dialect::Mysql, "nvl", "IFNULL"),
    (Dialect::Mysql, "random", "RAND"),
    (Dialect::Mysql, "split_part", "SUBSTRING_INDEX"),
    (Dialect::Mysql, "string_agg", "GROUP_CONCAT"),
    (Dialect::Mysql, "strpos", "LOCATE"),
    (Dialect::Mysql, "to_char", "DATE_FORMAT"),
    (Dialect::Mysql, "to_date", "STR_TO_DATE"),
];

/// A sentence on what passes in the place of `name`.
pub(crate) fn advice(name: &str, dialect: Dialect) -> String {
    let name = name.to_ascii_lowercase();
    let known = INSTEAD
        .iter()
        .find(|(of, foreign, _)| *of == dialect && *foreign == name);
    match (known, dialect) {
        (Some((_, _, instead)), _) => format!("Use {instead} in its place."),
        (None, Dialect::Postgres) => "This function is not on the list of functions that only \
            compute; use an ordinary aggregate, string, number, date, JSON, array or window \
            function."
            .to_owned(),
        (None, Dialect::Mysql) => "This function is not on the list of functions that only \
            compute and that MySQL and MariaDB both have; use an ordinary aggregate, string, \
            number, date, JSON or window function."
            .to_owned(),
    }
}
