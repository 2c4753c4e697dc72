//! A connection that the operator has bound to Hyperdrive goes by the binding's login, and
//! no other does: not another tenant's of the same name, not one that names the same host.
//!
//! `scripts/dev --fixtures` binds `t_bound/c_bound` to the first business's database.

use serde_json::{Value, json};

use crate::support::{
    connected::{Connected, owner},
    dev,
};

const WHO: &str = "SELECT session_user::text, current_database()::text, \
                   current_setting('transaction_read_only'), \
                   current_setting('statement_timeout'), pg_backend_pid()";

/// The owner's login with a password that nobody has.
fn owner_without_password() -> Value {
    let mut login = owner();
    login["password"] = json!("not the password");
    login
}

#[tokio::test]
async fn a_bound_connection_goes_by_the_binding_and_only_reads() {
    if !dev().is_plain_workerd() {
        return;
    }
    let bound = Connected::new("t_bound", "c_bound", owner_without_password()).await;
    let row = bound.row(WHO).await;
    let login = owner();
    assert_eq!(row[0], login["user"]);
    assert_eq!(row[1], login["database"]);
    assert_eq!(row[2], "on");
    assert_eq!(row[3], "30s");
    // The pool is the binding's: no login of the connection's own waits.
    let again = bound.row(WHO).await;
    assert_ne!(row[4], again[4]);
}

#[tokio::test]
async fn nobody_else_has_the_bindings_login() {
    if !dev().is_plain_workerd() {
        return;
    }
    for (tenant, connection) in [
        ("t_other", "c_bound"),
        ("t_bound", "c_other"),
        ("t_other", "t_bound/c_bound"),
    ] {
        let other = Connected::new(tenant, connection, owner_without_password()).await;
        let answer = other.answer(WHO).await;
        assert_eq!(answer["error"]["code"], "unauthorized", "{answer}");
        let text = answer.to_string();
        assert!(!text.contains(owner()["user"].as_str().unwrap()), "{text}");
    }
}

/// An administrator of the tenant may change what is sealed; the binding gives no more
/// than what is sealed says.
#[tokio::test]
async fn a_binding_gives_nobody_another_login_than_the_sealed_one() {
    if !dev().is_plain_workerd() {
        return;
    }
    for field in ["user", "database"] {
        let mut login = owner_without_password();
        login[field] = json!("postgres");
        let bound = Connected::new("t_bound", "c_bound", login).await;
        let answer = bound.answer(WHO).await;
        assert_eq!(answer["error"]["code"], "unauthorized", "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("as another user"), "{message}");
    }
}
