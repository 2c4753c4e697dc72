//! The statements that the connection test offers, run on the real server, make a login of
//! which the same test says nothing, which reads, and which cannot write.

use serde_json::{Value, json};
use tokio_postgres::{Client, Config, NoTls, error::SqlState};

use crate::support::{connected::Connected, dev};

const DATABASE: &str = "Lango \"grants\"";
const ROLE: &str = "lango_reader";
const PASSWORD: &str = "a password of this test";
const TABLES: &str = "CREATE TABLE orders (id int PRIMARY KEY, total numeric); \
    INSERT INTO orders VALUES (1, 9.5); \
    CREATE SCHEMA \"Sales\"; \
    CREATE VIEW \"Sales\".totals AS SELECT total FROM orders; \
    CREATE SEQUENCE numbers; \
    GRANT CREATE ON SCHEMA public TO PUBLIC";
const WRITES: [&str; 8] = [
    "INSERT INTO orders VALUES (2, 1)",
    "UPDATE orders SET total = 0",
    "DELETE FROM orders",
    "TRUNCATE orders",
    "CREATE TABLE more (id int)",
    "SELECT nextval('numbers')",
    "COPY orders TO '/tmp/lango-grants'",
    "DROP VIEW \"Sales\".totals",
];

fn login(user: &str, password: &str, database: &str) -> Config {
    let mut config: Config = dev().database_url.parse().unwrap();
    config.user(user).password(password).dbname(database);
    config
}

/// The superuser of the stack's own server.
fn superuser(database: &str) -> Config {
    let file = dev().folder.join("secrets/postgres-superuser.json");
    let password: String = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    login("lango", &password, database)
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn credentials(config: &Config) -> Value {
    json!({
        "host": "localhost",
        "port": config.get_ports()[0].to_string(),
        "database": config.get_dbname().unwrap(),
        "user": config.get_user().unwrap(),
        "password": std::str::from_utf8(config.get_password().unwrap()).unwrap(),
        "tls": "require",
    })
}

/// The outcome of the last step, and what the test offers.
async fn tested(connected: &Connected) -> (Value, Vec<String>) {
    let report = connected.test().await;
    let steps = report["result"]["steps"].as_array().expect("steps").clone();
    let rights = steps.into_iter().find(|step| step["step"] == "rights");
    let statements = &report["result"]["statements"];
    let statements = statements.as_array().cloned().unwrap_or_default();
    let statements = statements.iter().map(|it| it.as_str().unwrap().to_owned());
    (rights.expect("rights"), statements.collect())
}

async fn remove(server: &Client) {
    let name = DATABASE.replace('"', "\"\"");
    let drop_database = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
    server.batch_execute(&drop_database).await.unwrap();
    let drop_role = format!("DROP ROLE IF EXISTS {ROLE}");
    server.batch_execute(&drop_role).await.unwrap();
}

#[tokio::test]
async fn what_the_connection_test_offers_makes_a_login_that_only_reads() {
    if !dev().is_plain_workerd() {
        return;
    }
    let server = connect(&superuser("postgres")).await;
    remove(&server).await;
    let name = DATABASE.replace('"', "\"\"");
    let create = format!("CREATE DATABASE \"{name}\"");
    server.batch_execute(&create).await.unwrap();
    let owner = superuser(DATABASE);
    let database = connect(&owner).await;
    database.batch_execute(TABLES).await.unwrap();

    let connected = Connected::new("t_grants", "c_owner", credentials(&owner)).await;
    let (rights, statements) = tested(&connected).await;
    assert_eq!(rights["outcome"], "warning", "{rights}");
    assert!(!statements.is_empty());
    for statement in &statements {
        database.batch_execute(statement).await.expect(statement);
    }
    let set_password = format!("ALTER ROLE {ROLE} PASSWORD '{PASSWORD}'");
    database.batch_execute(&set_password).await.unwrap();

    let reader = login(ROLE, PASSWORD, DATABASE);
    let connected = Connected::new("t_grants", "c_reader", credentials(&reader)).await;
    let (rights, offered) = tested(&connected).await;
    assert_eq!(rights["outcome"], "passed", "{rights}");
    assert_eq!(offered, Vec::<String>::new());
    let row = connected
        .row("SELECT o.total::text, t.total::text FROM orders o, \"Sales\".totals t")
        .await;
    assert_eq!(row, json!(["9.5", "9.5"]));

    // It is the rights that hold, not the session's setting, which anybody may change.
    let reader = connect(&reader).await;
    let writable = "SET default_transaction_read_only = off";
    reader.batch_execute(writable).await.unwrap();
    for statement in WRITES {
        let error = reader.batch_execute(statement).await.expect_err(statement);
        let code = error.code().cloned();
        assert_eq!(code, Some(SqlState::INSUFFICIENT_PRIVILEGE), "{statement}");
    }
    drop(reader);
    remove(&server).await;
}
