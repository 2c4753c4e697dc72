//! One line's answer.

use lango_sql_guard::{
    Access, CheckedQuery, Dialect, MAX_ROWS, Policy, Principal, PrincipalKind, Refusal,
    check_within,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a line asks. Members that are not known are mistakes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    sql: String,
    dialect: Language,
    #[serde(default)]
    principal: Option<Somebody>,
    #[serde(default)]
    policy: Option<Value>,
}

/// For whom. What else is known of them, as a token or a directory has it, is left aside.
#[derive(Deserialize)]
struct Somebody {
    #[serde(default)]
    kind: Option<PrincipalKind>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    customer_number: Option<String>,
    #[serde(default)]
    allow_tables: Option<Vec<String>>,
}

impl From<Somebody> for Principal {
    /// Whoever has a customer's number is a customer, unless it is said.
    fn from(somebody: Somebody) -> Self {
        let kind = match somebody.customer_number {
            Some(_) => PrincipalKind::Customer,
            None => PrincipalKind::Employee,
        };
        Self {
            kind: somebody.kind.unwrap_or(kind),
            id: somebody.id.unwrap_or_default(),
            role: somebody.role,
            customer_number: somebody.customer_number,
            allow_tables: somebody.allow_tables,
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Language {
    Postgres,
    #[serde(alias = "mariadb")]
    Mysql,
}

/// Why there is no query.
enum Failure {
    Line(String),
    Policy { member: String, problem: String },
    Refused(Refusal),
}

/// The answer to one line.
pub(crate) fn to(line: &[u8]) -> Value {
    match asked(line) {
        Ok(query) => json!({"allowed": true, "sql": query.sql(), "error": null}),
        Err(failure) => json!({"allowed": false, "sql": null, "error": error(failure)}),
    }
}

fn asked(line: &[u8]) -> Result<CheckedQuery, Failure> {
    let question: Question =
        serde_json::from_slice(line).map_err(|error| Failure::Line(error.to_string()))?;
    let dialect = match question.dialect {
        Language::Postgres => Dialect::Postgres,
        Language::Mysql => Dialect::Mysql,
    };
    let policy = question
        .policy
        .map(|policy| Policy::parse(&policy, dialect))
        .transpose()
        .map_err(|error| Failure::Policy {
            member: error.member,
            problem: error.problem,
        })?;
    let access = match (question.principal, policy) {
        (None, None) => Access::unrestricted(dialect, MAX_ROWS),
        (None, Some(_)) => {
            return Err(Failure::Line("a policy needs a principal".to_owned()));
        }
        (Some(principal), policy) => {
            let principal = Principal::from(principal);
            Access::of(policy.as_ref(), &principal, dialect, MAX_ROWS).map_err(Failure::Refused)?
        }
    };
    check_within(&question.sql, &access).map_err(Failure::Refused)
}

fn error(failure: Failure) -> Value {
    match failure {
        Failure::Line(problem) => json!({
            "code": "bad_line",
            "construct": problem,
            "position": null,
            "hint": "Write {\"sql\", \"dialect\": \"postgres\" | \"mysql\", \"principal\", \"policy\"} on one line.",
        }),
        Failure::Policy { member, problem } => json!({
            "code": "bad_policy",
            "construct": member,
            "position": null,
            "hint": problem,
        }),
        Failure::Refused(refusal) => json!({
            "code": refusal.code.as_str(),
            "construct": refusal.construct,
            "position": refusal
                .position
                .map(|place| json!({"line": place.line, "column": place.column})),
            "hint": refusal.hint,
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn answers(lines: &[u8]) -> Vec<Value> {
        let mut output = Vec::new();
        crate::run(&mut &*lines, &mut output).unwrap();
        let output = String::from_utf8(output).unwrap();
        output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn every_line_is_answered_by_one_line() {
        let lines = b"{\"sql\": \"select 1 -- x\", \"dialect\": \"postgres\"}\n\
            no json\n\
            \n\
            \xff\n\
            {\"sql\": \"SELECT SLEEP(1)\", \"dialect\": \"mysql\", \"principal\": null, \"policy\": null}";
        let answers = answers(lines);
        assert_eq!(answers.len(), 5);
        assert_eq!(
            answers.first(),
            Some(&json!({"allowed": true, "sql": "SELECT 1 LIMIT 501", "error": null}))
        );
        for bad in answers.iter().skip(1).take(3) {
            assert_eq!(bad.pointer("/error/code"), Some(&json!("bad_line")));
        }
        let refused = answers.last().unwrap();
        assert_eq!(refused.get("allowed"), Some(&json!(false)));
        assert_eq!(refused.pointer("/error/code"), Some(&json!("function")));
        assert_eq!(
            refused.pointer("/error/position"),
            Some(&json!({"line": 1, "column": 8}))
        );
    }

    #[test]
    fn of_a_principal_little_has_to_be_known() {
        let allowed = |principal: &str, policy: &str| {
            let line = format!(
                r#"{{"sql":"select id from orders","dialect":"postgres","principal":{principal},"policy":{policy}}}"#
            );
            super::to(line.as_bytes()).get("allowed") == Some(&json!(true))
        };
        let policy = r#"{"tables":[{"table":"orders","rows":{"customer":"id = :principal.customer_number"}}]}"#;
        assert!(allowed("{}", "null"));
        assert!(allowed(r#"{"role":"viewer","email":"a@b.test"}"#, policy));
        assert!(allowed(r#"{"customer_number":"7"}"#, policy));
        assert!(!allowed(r#"{"customer_number":"7"}"#, "null"));
        assert!(!allowed(r#"{"kind":"customer"}"#, policy));
    }

    #[test]
    fn a_policy_isolates() {
        let line = json!({
            "sql": "SELECT * FROM orders o",
            "dialect": "postgres",
            "principal": {"kind": "customer", "id": "c1", "customer_number": "K-7"},
            "policy": {"tables": [{"table": "public.orders", "rows": {
                "customer": "customer_number = :principal.customer_number"
            }}]},
        });
        let answer = super::to(line.to_string().as_bytes());
        let sql = answer
            .get("sql")
            .and_then(Value::as_str)
            .unwrap_or_default();
        assert!(sql.contains("'K-7'"), "{answer}");
        let unknown = json!({
            "sql": "SELECT 1", "dialect": "postgres",
            "principal": {"kind": "employee", "id": "e1"}, "policy": {"nonsense": 1},
        });
        let answer = super::to(unknown.to_string().as_bytes());
        assert_eq!(answer.pointer("/error/code"), Some(&json!("bad_policy")));
    }
}
