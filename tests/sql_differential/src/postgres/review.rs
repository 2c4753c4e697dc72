//! The guard's list of functions against what the server itself says of them.

use super::catalogue::{Catalogue, Function};

/// What the server calls volatile and a query may call all the same: name and reason.
const REVIEWED: [(&str, &str); 9] = [
    ("clock_timestamp", "reads the clock"),
    ("timeofday", "reads the clock"),
    (
        "random",
        "draws from the session's own generator, which no other session has",
    ),
    ("random_normal", "draws from the session's own generator"),
    ("array_sample", "draws from the session's own generator"),
    ("array_shuffle", "draws from the session's own generator"),
    ("gen_random_uuid", "draws from the system's generator"),
    ("uuidv4", "draws from the system's generator"),
    (
        "uuidv7",
        "draws from the system's generator and reads the clock",
    ),
];

/// How names begin of what reaches files, the network, other sessions, settings, other
/// objects by their names, or runs a text as SQL.
#[rustfmt::skip]
const REACHING: [&str; 47] = [
    "pg_", "lo_", "loread", "lowrite", "dblink", "nextval", "setval", "currval", "lastval", "set_config", "current_setting",
    "txid_", "query_to_", "table_to_", "schema_to_", "database_to_", "cursor_to_", "ts_stat", "ts_rewrite",
    "inet_client", "inet_server", "has_", "to_reg", "row_security", "currtid", "binary_upgrade", "brin_",
    "gin_clean", "satisfies_hash", "amvalidate", "setseed", "notify", "listen", "getdatabase", "col_description",
    "obj_description", "shobj_description", "acl", "makeaclitem", "format_type", "session_", "system_user",
    "unique_key", "RI_", "suppress_", "tsvector_update", "fmgr_",
];

/// What has to be looked at by somebody: none of it may be there.
pub(crate) fn findings(catalogue: &Catalogue) -> Vec<String> {
    let passing = || catalogue.functions.iter().filter(|it| it.passes);
    let mut findings = Vec::new();
    for function in passing() {
        let name = function.name.as_str();
        if !is_built_in(catalogue, name) {
            findings.push(format!("{name} is a function of the owner's alone"));
        }
        if function.built_in
            && function.volatile
            && !REVIEWED.iter().any(|(known, _)| *known == name)
        {
            findings.push(format!("{} is volatile", signature(function)));
        }
        if REACHING.iter().any(|start| name.starts_with(start)) {
            findings.push(format!(
                "{} may reach beyond its arguments",
                signature(function)
            ));
        }
    }
    findings.sort();
    findings.dedup();
    findings
}

/// How many functions of the server were looked at, with every form that they have.
pub(crate) fn reviewed(catalogue: &Catalogue) -> usize {
    let passing = catalogue
        .functions
        .iter()
        .filter(|it| it.passes && it.built_in);
    passing.count()
}

fn is_built_in(catalogue: &Catalogue, name: &str) -> bool {
    let mut functions = catalogue.functions.iter();
    functions.any(|it| it.built_in && it.name == name)
}

fn signature(function: &Function) -> String {
    format!("{}({})", function.name, function.arguments.join(", "))
}
