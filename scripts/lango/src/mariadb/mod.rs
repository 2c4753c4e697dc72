//! A real MariaDB for the demo business, where the machine has one: on loopback with
//! passwords and TLS, in the data folder, never run as root. It stands beside PostgreSQL
//! with the same tables and rows, so that the connector of MySQL has a database too.

mod seed;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::Signal;
use zeroize::Zeroizing;

use crate::{
    console::{say, step},
    data_folder::{DataFolder, create_private_folder, write_private},
    demo_database::Business,
    postgres::{Account, certificate, choose_port, server_folder},
    secrets,
    supervise::{Service, Supervisor, stop_with_parent},
};

/// How long the server may take until it answers; the first start fills it.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The one folder that statements may read and write files in. It is empty.
const FILES: &str = "files";

/// Temporary tables. A server that starts deletes those of another in the same folder.
const TEMPORARY: &str = "temporary";

/// A running server.
pub(crate) struct Mariadb {
    port: u16,
    logins: Vec<Logins>,
    administrator: Zeroizing<String>,
}

/// Who may do everything, for tests of the connector.
const ADMINISTRATOR: &str = "lango_administrator";

/// Who may sign in to a business's database.
pub(crate) struct Logins {
    /// The database's name, and the start of the logins' names.
    pub(crate) database: &'static str,
    owner_password: Zeroizing<String>,
    reader_password: Zeroizing<String>,
}

/// Starts the data folder's server, creating it when there is none. `None` where the
/// machine has no MariaDB: only tests need it, and they install it.
pub(crate) async fn start(
    data: &DataFolder,
    supervisor: &mut Supervisor,
    businesses: &[&'static Business],
) -> Result<Option<Mariadb>> {
    let (Some(server), Some(installer)) = (program("mariadbd"), program("mariadb-install-db"))
    else {
        say("There is no MariaDB here (mariadb-server-core): the demo goes without.");
        return Ok(None);
    };
    let account = Account::choose()?;
    let folder = server_folder(data, &account, "mariadb")?;
    for own in [FILES, TEMPORARY] {
        let own = folder.join(own);
        if !own.exists() {
            create_private_folder(&own)?;
            account.give(&own)?;
        }
    }
    // Written last: without it the installation was interrupted.
    let complete = folder.join("lango_complete");
    let files = folder.join("data");
    if !complete.exists() {
        if files.exists() {
            fs::remove_dir_all(&files)?;
        }
        let temporary = folder.join(TEMPORARY);
        let install = install(&account, &installer, &files, &temporary);
        step("Creating the MariaDB server's files", install).await?;
        fs::write(&complete, "")?;
    }
    let logins = businesses
        .iter()
        .map(|business| Logins::load(data, business))
        .collect::<Result<Vec<_>>>()?;
    let administrator = secrets::load_or_generate(
        &data.folder("secrets")?.join("mariadb-administrator.json"),
        secrets::random_text,
    )?;
    let place = |name: &str, content: &[u8]| -> Result<()> {
        let path = folder.join(name);
        write_private(&path, content)?;
        account.give(&path)
    };
    let certificate = certificate::load_or_generate(data)?;
    place("server.crt", &fs::read(&certificate.certificate)?)?;
    place("server.key", &fs::read(&certificate.key)?)?;
    place(
        "seed.sql",
        seed::statements(businesses, &logins, &administrator).as_bytes(),
    )?;
    let port = choose_port(data, "mariadb-port.json")?;
    supervisor.start(Service {
        name: "MariaDB",
        command: command(&server, &account, &folder, port),
        log: data.folder("logs")?.join("mariadb.log"),
        stop: Signal::SIGTERM,
    })?;
    step("Starting MariaDB", wait_until_ready(port, supervisor)).await?;
    Ok(Some(Mariadb {
        port,
        logins,
        administrator,
    }))
}

impl Mariadb {
    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Who may sign in to a business's database.
    pub(crate) fn logins(&self, business: &Business) -> Option<&Logins> {
        let is_its = |it: &&Logins| it.database == business.database;
        self.logins.iter().find(is_its)
    }

    /// For tests of the connector, with the administrator's login.
    pub(crate) fn administrator_url(&self) -> String {
        format!(
            "mysql://{ADMINISTRATOR}:{}@127.0.0.1:{}",
            self.administrator.as_str(),
            self.port
        )
    }

    /// For tools, with the owner's login.
    pub(crate) fn owner_url(&self, business: &Business) -> Option<String> {
        let logins = self.logins(business)?;
        Some(format!(
            "mysql://{}:{}@127.0.0.1:{}/{}",
            logins.owner(),
            logins.owner_password.as_str(),
            self.port,
            logins.database
        ))
    }
}

impl Logins {
    fn load(data: &DataFolder, business: &Business) -> Result<Self> {
        let file = data
            .folder("secrets")?
            .join(format!("mariadb-{}.json", business.database));
        let mut stored: BTreeMap<String, Zeroizing<String>> =
            secrets::load_or_generate(&file, || {
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
        Ok(Self {
            database: business.database,
            owner_password: take("owner")?,
            reader_password: take("reader")?,
        })
    }

    fn owner(&self) -> String {
        format!("{}_owner", self.database)
    }

    /// The login that may only read, and only with TLS.
    pub(crate) fn reader(&self) -> String {
        format!("{}_reader", self.database)
    }

    /// Its password.
    pub(crate) fn reader_password(&self) -> &Zeroizing<String> {
        &self.reader_password
    }
}

/// On the PATH, or where servers are that no person starts.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// The administrator signs in by the socket alone, and as the server's own account.
async fn install(
    account: &Account,
    installer: &Path,
    files: &Path,
    temporary: &Path,
) -> Result<()> {
    let mut command = command_of(account, installer);
    command
        .env("TMPDIR", temporary)
        .arg("--no-defaults")
        .arg(format!("--datadir={}", files.display()))
        .args([
            "--auth-root-authentication-method=socket",
            "--skip-test-db",
            "--skip-name-resolve",
        ]);
    stop_with_parent(&mut command, Signal::SIGTERM);
    let output = tokio::process::Command::from(command).output().await;
    let output = output.context("cannot run mariadb-install-db")?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "mariadb-install-db failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )
}

/// Without the library that answers for names, which tests give the stack: it says each
/// address twice, and the server would then listen twice on its port.
fn command_of(account: &Account, program: &Path) -> Command {
    let mut command = account.command(program);
    command.env_remove("LD_PRELOAD");
    command
}

fn command(server: &Path, account: &Account, folder: &Path, port: u16) -> Command {
    let mut command = command_of(account, server);
    let path = |name: &str| folder.join(name).display().to_string();
    command.arg("--no-defaults").args([
        format!("--datadir={}", path("data")),
        // A socket's path must not be longer than 107 bytes, and nobody needs this one:
        // the server's folder, by its short name.
        "--socket=lango.sock".to_owned(),
        format!("--pid-file={}", path("server.pid")),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--port={port}"),
        "--skip-name-resolve".to_owned(),
        format!("--ssl-cert={}", path("server.crt")),
        format!("--ssl-key={}", path("server.key")),
        // Runs before anybody is let in.
        format!("--init-file={}", path("seed.sql")),
        "--character-set-server=utf8mb4".to_owned(),
        "--default-time-zone=+03:00".to_owned(),
        "--max-connections=300".to_owned(),
        "--innodb-buffer-pool-size=64M".to_owned(),
        format!("--secure-file-priv={}", path(FILES)),
        format!("--tmpdir={}", path(TEMPORARY)),
        "--local-infile=OFF".to_owned(),
    ]);
    command
}

async fn wait_until_ready(port: u16, supervisor: &mut Supervisor) -> Result<()> {
    let deadline = tokio::time::Instant::now() + START_LIMIT;
    while tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .is_err()
    {
        if tokio::time::Instant::now() > deadline {
            bail!("MariaDB does not answer; see logs/mariadb.log.");
        }
        supervisor.pause(Duration::from_millis(50)).await?;
    }
    Ok(())
}
