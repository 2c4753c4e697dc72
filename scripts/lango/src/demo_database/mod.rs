//! The demo businesses: two tenants with the same tables and other rows, each
//! in a database of its own that the other one's login cannot enter.

mod dice;
mod generate;
mod people;
mod table;
mod traps;
mod words;

use std::{collections::BTreeMap, io::Cursor};

use anyhow::{Context as _, Result};
use futures_util::SinkExt as _;
use tokio_postgres::{Client, Transaction};
use zeroize::Zeroizing;

use self::generate::{Dataset, Size, generate};
pub(crate) use self::{table::Table, traps::Traps};
use crate::{console::step, data_folder::DataFolder, postgres::Cluster, secrets};

/// Tables, keys and comments.
const SCHEMA: &str = include_str!("schema.sql");
/// All logins of connectors are in this group; PostgreSQL demands TLS of it.
const READERS: &str = "lango_readers";

/// A business of the demo.
pub(crate) struct Business {
    /// What the tenant is called.
    pub(crate) name: &'static str,
    /// Name of the database and start of the logins' names.
    pub(crate) database: &'static str,
    seed: u64,
    size: Size,
}

/// The demo tenant.
pub(crate) const WANJIKU: Business = Business {
    name: "Wanjiku Wholesalers",
    database: "wanjiku_wholesalers",
    seed: 254_001,
    size: Size {
        customers: 240,
        orders: 900,
    },
};

/// The second tenant, which must see nothing of the first.
pub(crate) const KILIMANI: Business = Business {
    name: "Kilimani Traders",
    database: "kilimani_traders",
    seed: 254_002,
    size: Size {
        customers: 90,
        orders: 250,
    },
};

/// How to get into a business's database.
pub(crate) struct Access {
    /// The database's name.
    pub(crate) database: &'static str,
    /// The login that may only read.
    pub(crate) reader: String,
    /// Its password.
    pub(crate) reader_password: Zeroizing<String>,
    /// A URL for tools, with the owner's login.
    pub(crate) owner_url: String,
}

impl Business {
    /// Its rows, the tables that others refer to first.
    pub(crate) fn rows(&self) -> Vec<Table> {
        generate(self.seed, self.size).tables
    }

    fn owner(&self) -> String {
        format!("{}_owner", self.database)
    }

    fn reader(&self) -> String {
        format!("{}_reader", self.database)
    }
}

/// Creates what is not there yet: logins, databases, rows.
pub(crate) async fn prepare(
    cluster: &Cluster,
    data: &DataFolder,
    business: &'static Business,
) -> Result<Access> {
    let passwords = passwords(data, business)?;
    let administrator = cluster.connect("postgres").await?;
    ensure_logins(&administrator, business, &passwords).await?;
    ensure_database(&administrator, business).await?;
    let database = cluster.connect(business.database).await?;
    let loaded: bool = database
        .query_one("SELECT to_regclass('public.customers') IS NOT NULL", &[])
        .await?
        .get(0);
    if !loaded {
        step(
            &format!("Filling the database of {}", business.name),
            fill(database, business),
        )
        .await
        .with_context(|| format!("cannot fill the database of {}", business.name))?;
    }
    Ok(Access {
        database: business.database,
        reader: business.reader(),
        owner_url: format!(
            "postgres://{}:{}@127.0.0.1:{}/{}",
            business.owner(),
            passwords.owner.as_str(),
            cluster.port(),
            business.database
        ),
        reader_password: passwords.reader,
    })
}

struct Passwords {
    owner: Zeroizing<String>,
    reader: Zeroizing<String>,
}

fn passwords(data: &DataFolder, business: &Business) -> Result<Passwords> {
    let file = data
        .folder("secrets")?
        .join(format!("postgres-{}.json", business.database));
    let mut stored: BTreeMap<String, Zeroizing<String>> = secrets::load_or_generate(&file, || {
        Ok(BTreeMap::from([
            ("owner".to_owned(), secrets::random_text()?),
            ("reader".to_owned(), secrets::random_text()?),
        ]))
    })?;
    let mut take = |login: &str| {
        stored
            .remove(login)
            .with_context(|| format!("{} has no password for the {login}", file.display()))
    };
    Ok(Passwords {
        owner: take("owner")?,
        reader: take("reader")?,
    })
}

/// Identifiers are constants of this file and passwords are base64url: none of
/// them can end a literal.
async fn ensure_logins(client: &Client, business: &Business, passwords: &Passwords) -> Result<()> {
    let (owner, reader) = (business.owner(), business.reader());
    let create = |role: &str, options: &str| {
        format!(
            "DO $$ BEGIN CREATE ROLE {role} {options}; \
             EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        )
    };
    let sql = [
        create(READERS, "NOLOGIN"),
        create(&owner, "LOGIN"),
        create(&reader, "LOGIN"),
        format!(
            "ALTER ROLE {owner} PASSWORD '{}';",
            passwords.owner.as_str()
        ),
        format!(
            "ALTER ROLE {reader} PASSWORD '{}';",
            passwords.reader.as_str()
        ),
        format!("GRANT {READERS} TO {reader};"),
    ]
    .concat();
    let sql = Zeroizing::new(sql);
    Ok(client.batch_execute(&sql).await?)
}

async fn ensure_database(client: &Client, business: &Business) -> Result<()> {
    let exists = client
        .query_opt(
            "SELECT 1 FROM pg_database WHERE datname = $1",
            &[&business.database],
        )
        .await?
        .is_some();
    if !exists {
        let (database, owner) = (business.database, business.owner());
        client
            .batch_execute(&format!("CREATE DATABASE {database} OWNER {owner}"))
            .await?;
    }
    let (database, reader) = (business.database, business.reader());
    let access = format!(
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC; GRANT CONNECT ON DATABASE {database} TO {reader};"
    );
    Ok(client.batch_execute(&access).await?)
}

/// In one transaction: a database that has the tables has all the rows.
async fn fill(mut client: Client, business: &Business) -> Result<()> {
    let Dataset { tables, .. } = generate(business.seed, business.size);
    let (owner, reader) = (business.owner(), business.reader());
    let transaction = client.transaction().await?;
    transaction
        .batch_execute(&format!("SET LOCAL ROLE {owner}; {SCHEMA}"))
        .await?;
    for table in tables {
        copy(&transaction, table.name, table.text).await?;
    }
    transaction
        .batch_execute(&format!(
            "GRANT USAGE ON SCHEMA public TO {reader}; \
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO {reader}; \
             ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {reader};"
        ))
        .await?;
    transaction.commit().await?;
    client.batch_execute("ANALYZE").await?;
    Ok(())
}

async fn copy(transaction: &Transaction<'_>, table: &str, rows: String) -> Result<()> {
    let sink = transaction
        .copy_in(&format!("COPY {table} FROM STDIN"))
        .await?;
    let mut sink = std::pin::pin!(sink);
    sink.send(Cursor::new(rows.into_bytes())).await?;
    sink.finish().await?;
    Ok(())
}
