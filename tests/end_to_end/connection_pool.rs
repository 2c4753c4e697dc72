//! Logins to a database outlive a call: kept, brought back to their beginning, replaced
//! and stopped, and never those of another connection, tenant or password.
//!
//! The connector is spoken to as the gateway does. That lets a statement through which the
//! gateway would refuse, so that it can leave something behind.

use std::{
    collections::BTreeSet,
    mem,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep_until},
};
use tokio_postgres::{Client, NoTls};

use crate::support::{
    connected::{Connected, connector, owner},
    dev, until,
};

/// How many logins a connection has at most (lango-connector-database).
const AT_ONCE: usize = 8;

/// What a test of logins asks beside rows.
impl Connected {
    /// The number of the server's process.
    async fn backend(&self) -> i64 {
        let row = self.row("SELECT pg_backend_pid()").await;
        row[0].as_i64().unwrap()
    }

    /// What is seen in a certain login, once it serves again. When it has been brought
    /// back is the machine's business: every login that there may be is used at once,
    /// until that one is among them.
    async fn seen_in(&self, backend: i64, columns: &str) -> Value {
        let sql = format!("SELECT pg_backend_pid(), {columns}, pg_sleep(0.2)::text");
        for _ in 0..50 {
            let rows = join_all((0..AT_ONCE).map(|_| self.row(&sql))).await;
            let own = rows.into_iter().find(|row| row[0] == json!(backend));
            if let Some(Value::Array(row)) = own {
                return Value::Array(row[1..row.len() - 1].to_vec());
            }
        }
        panic!("the login of {backend} did not serve again");
    }
}

async fn server() -> Client {
    let (client, connection) = tokio_postgres::connect(&dev().database_url, NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

/// Waits until the server has nothing open in a login.
async fn until_idle(backend: i64) {
    let (server, pid) = (server().await, i32::try_from(backend).unwrap());
    let state = "SELECT state FROM pg_stat_activity WHERE pid = $1";
    until("the login is idle", async || {
        let row = server.query_one(state, &[&pid]).await.unwrap();
        (row.get::<_, String>(0) == "idle").then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_login_outlives_its_call_and_brings_nothing_along() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connected = Connected::new("t_pool", "c_tidy", owner()).await;
    let leave = "SELECT pg_backend_pid(), set_config('application_name', 'left behind', false), \
                 pg_advisory_lock(4711)::text, set_config('lango.left', 'x', false)";
    let backend = connected.row(leave).await[0].as_i64().unwrap();
    let found = "current_setting('application_name'), \
                 current_setting('lango.left', true) IS NOT DISTINCT FROM 'x', \
                 (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711)";
    let found = connected.seen_in(backend, found).await;
    assert_eq!(found, json!(["lango", false, 0]));
    // Nothing is open while nobody calls: it comes to rest, and not in a transaction.
    until_idle(backend).await;
}

#[tokio::test]
async fn an_error_does_not_cost_the_login() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connected = Connected::new("t_pool", "c_error", owner()).await;
    // The error's own words say which login it was.
    let answer = connected
        .answer("SELECT ('pid ' || pg_backend_pid())::integer")
        .await;
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("22P02"), "{answer}");
    let number = message.split("\"pid ").nth(1).unwrap();
    let backend: i64 = number.split('"').next().unwrap().parse().unwrap();
    assert_eq!(connected.seen_in(backend, "1").await, json!([1]));
}

#[tokio::test]
async fn a_login_that_died_while_nobody_called_is_replaced_unnoticed() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connected = Connected::new("t_pool", "c_dead", owner()).await;
    let server = server().await;
    for _ in 0..3 {
        let backend = i32::try_from(connected.backend().await).unwrap();
        until_idle(i64::from(backend)).await;
        let killed = server
            .query_one("SELECT pg_terminate_backend($1)", &[&backend])
            .await
            .unwrap();
        assert!(killed.get::<_, bool>(0));
        assert_ne!(connected.backend().await, i64::from(backend));
    }
}

#[tokio::test]
async fn no_login_is_another_ones() {
    if !dev().is_plain_workerd() {
        return;
    }
    let mut encrypted = owner();
    encrypted["tls"] = json!("require");
    let connections = [
        Connected::new("t_pool", "c_one", owner()).await,
        Connected::new("t_pool", "c_two", owner()).await,
        Connected::new("t_pool_other", "c_one", owner()).await,
        // The same connection after an administrator has changed it.
        Connected::new("t_pool", "c_one", encrypted).await,
    ];
    let mut backends = BTreeSet::new();
    for connected in &connections {
        assert!(backends.insert(connected.backend().await), "{backends:?}");
    }
    // What was signed in with before is gone.
    let old = *backends.first().unwrap();
    let count = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1";
    let old = i32::try_from(old).unwrap();
    let row = server().await.query_one(count, &[&old]).await.unwrap();
    assert!(row.get::<_, i64>(0) <= 1);
}

#[tokio::test]
async fn a_database_is_not_filled_with_connections() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connected = Connected::new("t_pool", "c_many", owner()).await;
    let calls = (0..30).map(|_| connected.row("SELECT pg_backend_pid(), pg_sleep(0.05)::text"));
    let backends: BTreeSet<_> = join_all(calls)
        .await
        .into_iter()
        .map(|row| row[0].as_i64().unwrap())
        .collect();
    assert!((2..=8).contains(&backends.len()), "{backends:?}");
}

#[tokio::test]
async fn what_nobody_waits_for_is_stopped_on_the_server() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connected = Connected::new("t_pool", "c_gone", owner()).await;
    connected.backend().await;
    let request = connected.request("SELECT pg_sleep(29), 'nobody waits for this'");
    let server = server().await;
    let running = "SELECT count(*) FROM pg_stat_activity \
                   WHERE query LIKE '%nobody waits for this%' AND state = 'active' \
                   AND pid <> pg_backend_pid()";
    let until_running = async |count: i64| {
        until("so many of it run", async || {
            let row = server.query_one(running, &[]).await.unwrap();
            (row.get::<_, i64>(0) == count).then_some(())
        })
        .await;
    };
    connector()
        .send_and_leave("/v1/call", &request, until_running(1))
        .await;
    let begun = std::time::Instant::now();
    until_running(0).await;
    assert!(
        begun.elapsed() < Duration::from_secs(25),
        "it was not stopped, it ended"
    );
    connected.backend().await;
}

/// How far away the counted server is made to be: what a client says without waiting for
/// an answer arrives well within it, however busy the machine is.
const DISTANCE: Duration = Duration::from_millis(100);

/// A way to the database whose first login is counted: how often its client speaks after
/// it was answered. Each answer is `DISTANCE` on its way; what the client says meanwhile
/// it said without waiting.
#[derive(Default)]
struct CountedWay {
    turns: AtomicUsize,
    answers_on_the_way: AtomicUsize,
}

impl CountedWay {
    /// The way, and the port at which it begins.
    async fn open() -> (Arc<Self>, u16) {
        let to = owner()["port"].as_str().unwrap().parse::<u16>().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let counted = Arc::new(Self::default());
        let mut next = Arc::clone(&counted);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(async move { next.carry(client, to).await });
                next = Arc::default();
            }
        });
        (counted, port)
    }

    async fn carry(&self, mut client: TcpStream, to: u16) -> std::io::Result<()> {
        let mut server = TcpStream::connect(("127.0.0.1", to)).await?;
        let (mut said, mut answered) = ([0; 16_384], [0; 16_384]);
        let mut is_clients_turn = true;
        let mut answer = Vec::new();
        let mut arrival = Instant::now();
        loop {
            tokio::select! {
                length = client.read(&mut said) => {
                    let length = length?;
                    if length == 0 {
                        return Ok(());
                    }
                    if mem::take(&mut is_clients_turn) {
                        self.turns.fetch_add(1, Ordering::SeqCst);
                    }
                    server.write_all(&said[..length]).await?;
                }
                length = server.read(&mut answered) => {
                    let length = length?;
                    if length == 0 {
                        return Ok(());
                    }
                    if answer.is_empty() {
                        arrival = Instant::now() + DISTANCE;
                        self.answers_on_the_way.fetch_add(1, Ordering::SeqCst);
                    }
                    answer.extend_from_slice(&answered[..length]);
                }
                () = sleep_until(arrival), if !answer.is_empty() => {
                    is_clients_turn = true;
                    client.write_all(&mem::take(&mut answer)).await?;
                    self.answers_on_the_way.fetch_sub(1, Ordering::SeqCst);
                }
            }
        }
    }

    /// Waits until the login `backend` has been brought back, and gives the turns so far.
    async fn settled(&self, backend: i64) -> usize {
        until_idle(backend).await;
        while self.answers_on_the_way.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(DISTANCE / 10).await;
        }
        self.turns.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_query_that_a_login_has_served_before_takes_one_round_trip() {
    if !dev().is_plain_workerd() {
        return;
    }
    let (way, port) = CountedWay::open().await;
    let mut credentials = owner();
    credentials["port"] = json!(port.to_string());
    let connected = Connected::new("t_pool", "c_counted", credentials).await;
    let backend = connected.backend().await;
    let mut taken = Vec::new();
    // A call that comes before the login is back is served by another, and not counted.
    for _ in 0..50 {
        let before = way.settled(backend).await;
        let row = connected
            .row("SELECT pg_backend_pid(), current_setting('transaction_read_only')")
            .await;
        assert_eq!(row[1], json!("on"));
        if row[0] == json!(backend) {
            taken.push(way.settled(backend).await - before);
        }
        if taken.len() == 3 {
            break;
        }
    }
    // One of each is the login's way back to its beginning, after the answer.
    assert_eq!(taken, [3, 2, 2]);
}

#[tokio::test]
async fn columns_that_have_changed_since_are_noticed() {
    if !dev().is_plain_workerd() {
        return;
    }
    let connected = Connected::new("t_pool", "c_changing", owner()).await;
    let server = server().await;
    let table = "lango_changing_columns";
    let change = async |sql: &str| server.batch_execute(sql).await.unwrap();
    change(&format!(
        "DROP TABLE IF EXISTS {table}; CREATE TABLE {table} AS SELECT 7 AS a, 'x' AS b"
    ))
    .await;
    let sql = format!("SELECT pg_backend_pid(), * FROM {table}");
    for (statement, columns, values) in [
        ("", json!(["a int4", "b text"]), json!([7, "x"])),
        (
            "ALTER TABLE lango_changing_columns ALTER a TYPE text",
            json!(["a text", "b text"]),
            json!(["7", "x"]),
        ),
        (
            "ALTER TABLE lango_changing_columns RENAME b TO c",
            json!(["a text", "c text"]),
            json!(["7", "x"]),
        ),
        (
            "ALTER TABLE lango_changing_columns DROP a",
            json!(["c text"]),
            json!(["x"]),
        ),
    ] {
        change(statement).await;
        for _ in 0..2 {
            let answer = connected.answer(&sql).await;
            let result = &answer["result"];
            let named = result["columns"]
                .as_array()
                .expect("columns")
                .iter()
                .skip(1);
            let named: Vec<_> = named
                .map(|it| format!("{} {}", it["name"], it["type"]).replace('"', ""))
                .collect();
            assert_eq!(json!(named), columns, "{statement}: {answer}");
            let row = result["rows"][0].as_array().unwrap();
            assert_eq!(json!(row[1..]), values, "{statement}");
            until_idle(row[0].as_i64().unwrap()).await;
        }
    }
    change(&format!("DROP TABLE {table}")).await;
}
