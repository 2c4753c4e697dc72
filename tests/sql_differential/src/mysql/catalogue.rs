//! What the server itself knows: its functions, its words, its tables of its own.

use anyhow::Result;
use lango_sql_guard::{Dialect, check};
use mysql_async::{Conn, prelude::Queryable as _};

use super::query::VALUES;

/// A function that passes, and with how many arguments the server takes it.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) arguments: usize,
}

/// Everything that a statement can be made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalogue {
    /// Names of functions, passing or not.
    pub(crate) names: Vec<String>,
    pub(crate) passing: Vec<Function>,
    pub(crate) words: Vec<String>,
    pub(crate) system_relations: Vec<String>,
    /// Names of settings.
    pub(crate) variables: Vec<String>,
}

/// Functions that are part of the grammar or of MySQL alone, and so in no list
/// that MariaDB gives.
#[rustfmt::skip]
const MORE: &[&str] = &[
    "NEXTVAL", "LASTVAL", "SETVAL", "NEXT VALUE FOR", "CONVERT", "CHAR", "CHARSET", "DATE", "DAY", "HOUR", "IF", "INSERT", "INTERVAL",
    "LEFT", "MINUTE", "MONTH", "REPEAT", "REPLACE", "RIGHT", "SECOND", "TIME", "TIMESTAMP", "TIMESTAMPADD", "TIMESTAMPDIFF",
    "TRUNCATE", "USER", "CURRENT_USER", "CURRENT_ROLE", "UTC_DATE", "UTC_TIME", "UTC_TIMESTAMP", "VALUES", "VALUE", "YEAR", "WEIGHT_STRING",
    "REGEXP_LIKE", "UUID_TO_BIN", "BIN_TO_UUID", "IS_UUID", "GTID_SUBSET", "GTID_SUBTRACT", "WAIT_FOR_EXECUTED_GTID_SET",
    "WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS", "SOURCE_POS_WAIT", "ROLES_GRAPHML", "ICU_VERSION", "STATEMENT_DIGEST",
    "STATEMENT_DIGEST_TEXT", "JSON_STORAGE_SIZE", "JSON_STORAGE_FREE", "JSON_SCHEMA_VALID", "ANY_VALUE", "GROUPING", "FORMAT_BYTES",
    "PS_CURRENT_THREAD_ID", "PS_THREAD_ID", "RANDOM_BYTES", "VALIDATE_PASSWORD_STRENGTH", "LOAD_FILE", "SYS_EXEC", "SYS_EVAL",
    "KEYRING_KEY_FETCH", "AUDIT_LOG_READ", "ASYNCHRONOUS_CONNECTION_FAILOVER_ADD_SOURCE", "GROUP_REPLICATION_SET_AS_PRIMARY",
    "MASTER_POS_WAIT", "ENCODE", "DES_ENCRYPT", "ST_ASTEXT", "ST_DISTANCE", "ST_GEOMFROMTEXT", "ST_X", "POINT", "COLUMN_CREATE",
    "COLUMN_GET", "COLUMN_ADD", "DECODE_ORACLE", "TO_SECONDS", "TOUCH", "touch", "scratch.touch", "`lower`", "`touch`", "LEVENSHTEIN",
    "JSON_TABLE", "PERCENTILE_CONT", "LAST_VALUE", "MATCH", "EXISTS", "DEFAULT", "FOUND_ROWS", "SESSION_USER",
];

/// More arguments than these make no other function of it.
const MOST_ARGUMENTS: usize = 4;

impl Catalogue {
    /// Asks the server, and the guard what it thinks of each.
    pub(crate) async fn read(session: &mut Conn) -> Result<Self> {
        let words: Vec<String> = session
            .query("SELECT word FROM information_schema.keywords ORDER BY 1")
            .await?;
        let mut names: Vec<String> = session
            .query("SELECT function FROM information_schema.sql_functions ORDER BY 1")
            .await?;
        names.extend(MORE.iter().map(|name| (*name).to_owned()));
        let is_name = |word: &&String| word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        names.extend(words.iter().filter(is_name).cloned());
        names.sort_unstable();
        names.dedup();
        let system_relations = session
            .query(
                "SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables \
                 WHERE table_schema IN ('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY 1",
            )
            .await?;
        let variables = session
            .query("SELECT variable_name FROM information_schema.session_variables ORDER BY 1")
            .await?;
        let passing = passing(session, &names).await;
        Ok(Self {
            names,
            passing,
            words,
            system_relations,
            variables,
        })
    }
}

/// Those that pass, with the numbers of arguments that the server takes.
async fn passing(session: &mut Conn, names: &[String]) -> Vec<Function> {
    let mut passing = Vec::new();
    for name in names {
        for arguments in 0..=MOST_ARGUMENTS {
            let values = VALUES.iter().take(arguments).copied().collect::<Vec<_>>();
            let sql = format!("SELECT {name}({})", values.join(", "));
            let Ok(query) = check(&sql, Dialect::Mysql) else {
                continue;
            };
            if session.query_drop(query.sql()).await.is_ok() {
                passing.push(Function {
                    name: name.clone(),
                    arguments,
                });
            }
        }
    }
    passing
}

/// A name as MySQL quotes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
