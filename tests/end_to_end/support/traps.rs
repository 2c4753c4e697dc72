//! What the demo database has in it that must not leave, read from the database
//! itself: no file of the deployment says it.

use std::collections::BTreeMap;

use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

use super::dev;

/// The traps of the first demo tenant, by name.
pub(crate) async fn traps() -> &'static BTreeMap<String, String> {
    static TRAPS: OnceCell<BTreeMap<String, String>> = OnceCell::const_new();
    TRAPS.get_or_init(read).await
}

async fn read() -> BTreeMap<String, String> {
    let (client, connection) = tokio_postgres::connect(&dev().database_url, NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let mut traps = BTreeMap::new();
    for (name, query) in &dev().trap_queries {
        let row = client.query_one(query, &[]).await.unwrap();
        traps.insert(name.clone(), row.get(0));
    }
    drop(client);
    connection.await.unwrap().unwrap();
    traps
}
