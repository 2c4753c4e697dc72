//! Values of each type, as they are written in a statement.

use crate::random::Random;

/// Texts that mean something to a function with an effect: names of a table, a
/// sequence, a channel, a setting, a file; statements; where to connect to.
pub(crate) const TELLING_TEXTS: &[&str] = &[
    "customers",
    "untouched",
    "order_numbers",
    "public",
    "channel",
    "lango.probe",
    "work_mem",
    "DELETE FROM untouched",
    "SELECT nextval('order_numbers')",
    "INSERT INTO effects (what) VALUES ('text') RETURNING 1",
    "dbname=scratch",
    "postgresql.conf",
    "../watched/secret",
    "../watched",
    "pgoutput",
    "postgres",
    "pg_class",
    "base",
    "late & delivery",
    "$.n",
    "{n}",
    "2025-03-01",
    "1",
    "a",
    "",
];

/// Values by the name that `format_type` gives.
#[rustfmt::skip]
const VALUES: &[(&str, &[&str])] = &[
    ("integer", &["1", "0", "-3", "42", "4242", "2147483647", "NULL"]),
    ("bigint", &["1", "7::bigint", "-9", "9007199254740993", "4242"]),
    ("smallint", &["2::smallint", "'7'::smallint"]),
    ("numeric", &["1.5", "0.0", "-22.75", "1e3", "'12.345'::numeric(8,3)", "'NaN'::numeric"]),
    ("real", &["1.25::real", "'0'::float4"]),
    ("double precision", &["0.5::float8", "2::double precision", "'Infinity'::float8"]),
    ("money", &["'12.50'::money"]),
    ("text", &["'a'", "'Nairobi'::text", "'x_y%'", "'late & delivery'", "''", "E'line\\nbreak'", "$$dollar$$",
               "U&'\\0041'", "'it''s'", "'\\'", "NULL::text", "'2025-03-01'"]),
    ("character varying", &["'abc'::varchar(10)"]),
    ("character", &["'c'::char(3)"]),
    ("\"char\"", &["'c'"]),
    ("name", &["'customers'"]),
    ("boolean", &["true", "false", "NULL::boolean", "1 = 1"]),
    ("date", &["DATE '2025-03-01'", "'2024-02-29'::date", "current_date"]),
    ("timestamp without time zone", &["TIMESTAMP '2025-03-01 10:00:00'", "localtimestamp"]),
    ("timestamp with time zone", &["TIMESTAMPTZ '2025-03-01 10:00:00+03'", "now()", "current_timestamp"]),
    ("time without time zone", &["TIME '10:30'"]),
    ("time with time zone", &["'10:30+03'::timetz"]),
    ("interval", &["INTERVAL '3 days'", "INTERVAL '1' MONTH", "'2 hours'::interval"]),
    ("json", &["'{\"n\": 1, \"list\": [1, \"x\"]}'::json", "'[1,2,3]'::json"]),
    ("jsonb", &["'{\"n\": 1, \"deep\": {\"k\": \"v\"}}'::jsonb", "'[1,2,3]'::jsonb", "'null'::jsonb"]),
    ("jsonpath", &["'$.n'", "'$[*] ? (@ > 1)'"]),
    ("uuid", &["'00000000-0000-4000-8000-000000000001'::uuid"]),
    ("inet", &["'10.0.0.5/24'::inet"]),
    ("cidr", &["'10.0.0.0/8'::cidr"]),
    ("macaddr", &["'08:00:2b:01:02:03'::macaddr"]),
    ("bytea", &["'\\x6869'::bytea", "'hi'::bytea"]),
    ("integer[]", &["ARRAY[1,2,3]", "'{3,1}'::int[]", "ARRAY[[1,2],[3,4]]"]),
    ("bigint[]", &["'{3,1}'::bigint[]"]),
    ("double precision[]", &["'{0.25,0.5}'::float8[]"]),
    ("text[]", &["ARRAY['a','b']", "'{n,list}'::text[]"]),
    ("int4range", &["int4range(1, 5)", "'[2,7)'::int4range"]),
    ("numrange", &["'[1.5,3)'::numrange"]),
    ("daterange", &["'[2025-01-01,2025-02-01)'::daterange"]),
    ("tsrange", &["'[2025-01-01,2025-02-01)'::tsrange"]),
    ("int4multirange", &["'{[1,3),[5,7)}'::int4multirange"]),
    ("tsvector", &["to_tsvector('simple', 'late delivery')", "'a:1 b:2'::tsvector"]),
    ("tsquery", &["to_tsquery('simple', 'late & delivery')", "'a'::tsquery"]),
    ("regconfig", &["'simple'"]),
    ("regdictionary", &["'simple'"]),
    ("regclass", &["'customers'", "'order_numbers'", "'untouched'"]),
    ("regproc", &["'now'"]),
    ("regtype", &["'text'"]),
    ("oid", &["4242", "16384", "1"]),
    ("xid", &["'3'"]), ("xid8", &["'3'"]), ("pg_lsn", &["'0/1'"]), ("tid", &["'(0,1)'"]),
    ("cstring", &["'a'"]),
    ("point", &["point(1, 2)", "'(3,4)'::point"]),
    ("box", &["'(0,0),(2,2)'::box"]),
    ("circle", &["'<(1,1),2>'::circle"]),
    ("polygon", &["'((0,0),(1,1),(2,0))'::polygon"]),
    ("path", &["'((0,0),(1,1))'::path"]),
    ("lseg", &["'[(0,0),(1,1)]'::lseg"]),
    ("line", &["'{1,-1,0}'::line"]),
    ("bit", &["B'1010'", "'0011'::bit(4)"]),
    ("bit varying", &["'101'::varbit"]),
    ("xml", &["'<a>1</a>'"]),
    ("record", &["row(1, 'a')", "(1, 2)"]),
    ("order_status", &["'paid'::order_status"]),
];

/// Whether there are values of the type.
pub(crate) fn is_known(name: &str) -> bool {
    VALUES.iter().any(|(known, _)| *known == name)
}

/// A value of the type.
pub(crate) fn literal(name: &str, random: &mut Random) -> String {
    match VALUES.iter().find(|(known, _)| *known == name) {
        Some((_, choices)) => random.text(choices).to_owned(),
        None => format!("'{}'", telling(random)),
    }
}

/// A text of [`TELLING_TEXTS`], ready to stand between quotes.
pub(crate) fn telling(random: &mut Random) -> String {
    random.text(TELLING_TEXTS).replace('\'', "''")
}

/// The type to take where any will do.
pub(crate) fn concrete(name: &str) -> String {
    match name {
        "anyelement" | "anynonarray" | "anycompatible" | "anycompatiblenonarray" => "integer",
        "\"any\"" => "text",
        "anyarray" | "anycompatiblearray" => "integer[]",
        "anyrange" | "anycompatiblerange" => "int4range",
        "anymultirange" | "anycompatiblemultirange" => "int4multirange",
        "anyenum" => "order_status",
        other => other,
    }
    .to_owned()
}
