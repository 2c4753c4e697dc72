//! The functions of PostgreSQL.
//!
//! What is absent on purpose: everything that runs SQL given as text
//! (`query_to_xml`, `ts_stat`, `ts_rewrite`, `crosstab`, `dblink`), that looks
//! an object up by name (`to_regclass`, `has_table_privilege`), reads settings
//! (`current_setting`), takes a transaction id (`txid_current`), or touches
//! files, sequences, locks, sessions, large objects or the network; and what
//! extensions bring, which may be anybody's in whatever schema.

/// Functions written without parentheses.
pub(super) const KEYWORD_VALUES: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "user",
];

#[rustfmt::skip]
const AGGREGATES: &[&str] = &[
    "any_value", "array_agg", "avg", "bit_and", "bit_or", "bit_xor", "bool_and", "bool_or", "corr",
    "count", "covar_pop", "covar_samp", "every", "grouping", "json_agg", "json_agg_strict",
    "json_arrayagg", "json_object_agg", "json_objectagg", "jsonb_agg", "jsonb_agg_strict",
    "jsonb_object_agg", "max", "min", "mode", "percentile_cont", "percentile_disc", "range_agg",
    "range_intersect_agg", "regr_avgx", "regr_avgy", "regr_count", "regr_intercept", "regr_r2",
    "regr_slope", "regr_sxx", "regr_sxy", "regr_syy", "stddev", "stddev_pop", "stddev_samp",
    "string_agg", "sum", "var_pop", "var_samp", "variance", "xmlagg",
];

#[rustfmt::skip]
const WINDOW: &[&str] = &[
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile",
    "percent_rank", "rank", "row_number",
];

#[rustfmt::skip]
const CONDITIONAL: &[&str] = &[
    "coalesce", "greatest", "least", "num_nonnulls", "num_nulls", "nullif", "row",
];

#[rustfmt::skip]
const STRINGS: &[&str] = &[
    "ascii", "bit_length", "btrim", "casefold", "char_length", "character_length", "chr", "concat",
    "concat_ws", "convert_from", "convert_to", "decode", "encode", "format",
    "initcap", "left", "length", "lower", "lpad", "ltrim", "md5",
    "normalize", "octet_length", "overlay", "parse_ident", "position", "quote_ident",
    "quote_literal", "quote_nullable", "regexp_count", "regexp_instr", "regexp_like",
    "regexp_match", "regexp_matches", "regexp_replace", "regexp_split_to_array",
    "regexp_split_to_table", "regexp_substr", "repeat", "replace", "reverse", "right", "rpad",
    "rtrim", "sha224", "sha256", "sha384", "sha512", "split_part",
    "starts_with", "string_to_array", "string_to_table", "strpos",
    "substr", "substring", "text", "to_ascii", "to_char", "to_hex", "to_bin", "to_oct",
    "to_number", "translate", "trim", "unicode_version", "unistr", "upper",
];

#[rustfmt::skip]
const NUMBERS: &[&str] = &[
    "abs", "acos", "acosd", "acosh", "asin", "asind", "asinh", "atan", "atan2", "atan2d", "atand",
    "atanh", "bit_count", "cbrt", "ceil", "ceiling", "cos", "cosd", "cosh", "cot", "cotd",
    "degrees", "div", "erf", "erfc", "exp", "factorial", "floor", "gamma", "gcd", "lcm", "lgamma",
    "ln", "log", "log10", "min_scale", "mod", "pi", "pow", "power", "radians", "random",
    "random_normal", "round", "scale", "sign", "sin", "sind", "sinh", "sqrt", "tan", "tand",
    "tanh", "trim_scale", "trunc", "width_bucket", "get_bit", "get_byte", "set_bit", "set_byte",
    "gen_random_uuid", "uuidv4", "uuidv7", "uuid_extract_timestamp", "uuid_extract_version",
];

#[rustfmt::skip]
const DATES: &[&str] = &[
    "age", "clock_timestamp", "date", "date_add", "date_bin", "date_part", "date_subtract",
    "date_trunc", "extract", "isfinite", "justify_days", "justify_hours", "justify_interval",
    "make_date", "make_interval", "make_time", "make_timestamp", "make_timestamptz", "now",
    "statement_timestamp", "timeofday", "timezone", "to_date", "to_timestamp",
    "transaction_timestamp",
];

#[rustfmt::skip]
const JSON: &[&str] = &[
    "array_to_json", "json_array", "json_array_elements", "json_array_elements_text",
    "json_array_length", "json_build_array", "json_build_object", "json_each", "json_each_text",
    "json_exists", "json_extract_path", "json_extract_path_text", "json_object",
    "json_object_keys", "json_populate_record", "json_populate_recordset", "json_query",
    "json_scalar", "json_serialize", "json_strip_nulls", "json_to_record", "json_to_recordset",
    "json_typeof", "json_value", "jsonb_array_elements", "jsonb_array_elements_text",
    "jsonb_array_length", "jsonb_build_array", "jsonb_build_object", "jsonb_contains",
    "jsonb_each", "jsonb_each_text", "jsonb_exists", "jsonb_extract_path",
    "jsonb_extract_path_text", "jsonb_insert", "jsonb_object", "jsonb_object_keys",
    "jsonb_path_exists", "jsonb_path_exists_tz", "jsonb_path_match", "jsonb_path_match_tz",
    "jsonb_path_query", "jsonb_path_query_array", "jsonb_path_query_array_tz",
    "jsonb_path_query_first", "jsonb_path_query_first_tz", "jsonb_path_query_tz",
    "jsonb_populate_record", "jsonb_populate_recordset", "jsonb_pretty", "jsonb_set",
    "jsonb_set_lax", "jsonb_strip_nulls", "jsonb_to_record", "jsonb_to_recordset",
    "jsonb_typeof", "row_to_json", "to_json", "to_jsonb",
];

#[rustfmt::skip]
const ARRAYS_AND_RANGES: &[&str] = &[
    "array", "array_append", "array_cat", "array_dims", "array_fill", "array_length",
    "array_lower", "array_ndims", "array_position", "array_positions", "array_prepend",
    "array_remove", "array_replace", "array_reverse", "array_sample", "array_shuffle",
    "array_sort", "array_to_string", "array_upper", "cardinality", "generate_series",
    "generate_subscripts", "isempty", "lower_inc", "lower_inf", "multirange", "range_merge",
    "trim_array", "unnest", "upper_inc", "upper_inf", "int4range", "int8range", "numrange",
    "tsrange", "tstzrange", "daterange",
];

#[rustfmt::skip]
const TEXT_SEARCH: &[&str] = &[
    "array_to_tsvector", "numnode", "phraseto_tsquery", "plainto_tsquery", "querytree",
    "setweight", "strip", "to_tsquery", "to_tsvector", "ts_delete", "ts_filter", "ts_headline",
    "ts_rank", "ts_rank_cd", "tsquery_phrase", "tsvector_to_array", "websearch_to_tsquery",
];

#[rustfmt::skip]
const NETWORK_AND_GEOMETRY: &[&str] = &[
    "abbrev", "area", "box", "broadcast", "center", "circle", "diameter", "family", "height",
    "host", "hostmask", "inet_merge", "inet_same_family", "masklen", "netmask", "network",
    "point", "polygon", "radius", "set_masklen", "width",
];

#[rustfmt::skip]
const SESSION: &[&str] = &["current_database", "version"];

pub(super) const GROUPS: &[&[&str]] = &[
    AGGREGATES,
    WINDOW,
    CONDITIONAL,
    STRINGS,
    NUMBERS,
    DATES,
    JSON,
    ARRAYS_AND_RANGES,
    TEXT_SEARCH,
    NETWORK_AND_GEOMETRY,
    SESSION,
    KEYWORD_VALUES,
];

/// Words of the grammar that look like functions: the server itself knows what
/// they mean, and a schema in front of them would make them something else.
const GRAMMAR: &[&str] = &[
    "array",
    "coalesce",
    "greatest",
    "grouping",
    "least",
    "normalize",
    "nullif",
    "row",
];

/// Words of the grammar since PostgreSQL 16 or 17; before, a function of the
/// database's owner could have the name.
pub(super) const SQL_JSON: &[&str] = &[
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_value",
];

/// Whether a call of `name` is written with `pg_catalog` in front.
pub(super) fn is_pinned(name: &str) -> bool {
    let grammar = GRAMMAR.contains(&name) || SQL_JSON.contains(&name);
    let value = KEYWORD_VALUES.contains(&name) && name != "current_schema";
    !grammar && !value
}
