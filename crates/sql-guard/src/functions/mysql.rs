//! The functions of MySQL and MariaDB.
//!
//! A call without a database in front is a built-in function where the server
//! has one of that name, and else a stored function of the owner's. There is no
//! way to write which is meant, so the lists hold what both servers have;
//! `any_value` and `regexp_like`, which only MySQL has, are written in another
//! way. What is absent on
//! purpose: everything that waits, locks, reads files or settings, loads keys,
//! changes what the session remembers (`last_insert_id`, `found_rows`), counts
//! a sequence on, or looks at replication.

/// Functions written without parentheses.
pub(super) const KEYWORD_VALUES: &[&str] = &[
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "utc_date",
    "utc_time",
    "utc_timestamp",
];

/// Functions that are rewritten, with how many arguments they have then: MySQL
/// alone has them.
pub(super) const REWRITTEN: &[(&str, usize)] = &[("any_value", 1), ("regexp_like", 2)];

/// Functions whose first argument is a unit of time.
pub(super) const WITH_UNIT: &[&str] = &["timestampadd", "timestampdiff"];

pub(super) const UNITS: &[&str] = &[
    "microsecond",
    "second",
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
];

#[rustfmt::skip]
const AGGREGATES: &[&str] = &[
    "any_value", "avg", "bit_and", "bit_or", "bit_xor", "count", "group_concat",
    "json_arrayagg", "json_objectagg", "max", "min", "std", "stddev", "stddev_pop",
    "stddev_samp", "sum", "var_pop", "var_samp", "variance",
];

#[rustfmt::skip]
const WINDOW: &[&str] = &[
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile",
    "percent_rank", "rank", "row_number",
];

#[rustfmt::skip]
const CONDITIONAL: &[&str] = &[
    "coalesce", "greatest", "if", "ifnull", "isnull", "least", "nullif", "row",
];

#[rustfmt::skip]
const STRINGS: &[&str] = &[
    "ascii", "bin", "bit_length", "char", "char_length", "character_length",
    "charset", "collation", "concat", "concat_ws", "crc32", "elt", "export_set", "field",
    "find_in_set", "format", "from_base64", "hex", "insert", "instr", "lcase", "left",
    "length", "locate", "lower", "lpad", "ltrim", "make_set", "md5", "mid", "oct",
    "octet_length", "ord", "position", "quote", "regexp_instr", "regexp_like", "regexp_replace",
    "regexp_substr", "repeat", "replace", "reverse", "right", "rpad", "rtrim", "sha", "sha1",
    "sha2", "soundex", "space", "strcmp", "substr", "substring", "substring_index", "to_base64",
    "trim", "ucase", "unhex", "upper",
];

#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "abs", "acos", "asin", "atan", "atan2", "bit_count", "ceil", "ceiling", "conv", "cos", "cot",
    "degrees", "exp", "floor", "ln", "log", "log10", "log2", "mod", "pi", "pow", "power",
    "radians", "rand", "round", "sign", "sin", "sqrt", "tan", "truncate",
];

#[rustfmt::skip]
const DATES: &[&str] = &[
    "adddate", "addtime", "convert_tz", "curdate", "curtime", "date", "date_add", "date_format",
    "date_sub", "datediff", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear",
    "from_days", "from_unixtime", "hour", "last_day", "makedate", "maketime", "microsecond",
    "minute", "month", "monthname", "now", "period_add", "period_diff", "quarter",
    "sec_to_time", "second", "str_to_date", "subdate", "subtime", "time", "time_format",
    "time_to_sec", "timediff", "timestamp", "timestampadd", "timestampdiff", "to_days",
    "to_seconds", "unix_timestamp", "week", "weekday", "weekofyear", "year", "yearweek",
];

#[rustfmt::skip]
const JSON: &[&str] = &[
    "json_array", "json_array_append", "json_array_insert", "json_contains",
    "json_contains_path", "json_depth", "json_extract",
    "json_insert", "json_keys", "json_length", "json_merge_patch",
    "json_merge_preserve", "json_object",
    "json_quote", "json_remove", "json_replace", "json_search", "json_set",
    "json_type", "json_unquote", "json_valid", "json_value",
];

#[rustfmt::skip]
const GEOMETRY: &[&str] = &[
    "st_area", "st_asgeojson", "st_astext", "st_contains", "st_distance",
    "st_distance_sphere", "st_geomfromtext", "st_intersects", "st_length", "st_within", "st_x",
    "st_y",
];

#[rustfmt::skip]
const NETWORK_AND_SESSION: &[&str] = &[
    "database", "inet6_aton", "inet6_ntoa", "inet_aton", "inet_ntoa", "is_ipv4", "is_ipv6",
    "schema", "session_user", "user", "uuid", "version",
];

pub(super) const GROUPS: &[&[&str]] = &[
    AGGREGATES,
    WINDOW,
    CONDITIONAL,
    STRINGS,
    NUMBERS,
    DATES,
    JSON,
    GEOMETRY,
    NETWORK_AND_SESSION,
    KEYWORD_VALUES,
];
