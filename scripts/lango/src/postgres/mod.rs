//! A real PostgreSQL for the demo business: one cluster on loopback with
//! password (SCRAM) and TLS, in the data folder, never run as root.

mod account;
mod binaries;
pub(crate) mod certificate;
mod npm_package;

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use nix::{sys::signal::Signal, unistd::Uid};
use sha2::{Digest as _, Sha256};
use tokio_postgres::{Client, Config, NoTls, error::SqlState};
use zeroize::Zeroizing;

pub(crate) use self::account::Account;
use self::binaries::Binaries;
use crate::{
    console::{say, step},
    data_folder::{DataFolder, create_private_folder, write_private},
    ports, secrets,
    supervise::{Service, Supervisor, stop_with_parent},
};

/// The cluster's superuser.
const SUPERUSER: &str = "lango";
/// How long the server may take until it answers; recovery after a crash counts.
const START_LIMIT: Duration = Duration::from_secs(60);
/// 200 concurrent tool calls, each with a connection of its own, and some more.
const CONNECTIONS: u32 = 300;

/// A running cluster.
pub(crate) struct Cluster {
    port: u16,
    password: Zeroizing<String>,
    authority: PathBuf,
    authority_pem: String,
}

/// Starts the data folder's cluster, creating it when there is none.
pub(crate) async fn start(
    repository: &Path,
    data: &DataFolder,
    supervisor: &mut Supervisor,
) -> Result<Cluster> {
    let account = Account::choose()?;
    let binaries = Binaries::find(repository, &account).await?;
    let password = secrets::load_or_generate(
        &data.folder("secrets")?.join("postgres-superuser.json"),
        secrets::random_text,
    )?;
    let folder = server_folder(data, &account, "postgres")?;
    // Written last: without it initdb was interrupted. With another digest the
    // cluster is of a data folder that was deleted.
    let complete = folder.join("lango_complete");
    let digest = short_digest(password.as_bytes());
    if fs::read_to_string(&complete).ok().as_ref() != Some(&digest) {
        step(
            "Creating the PostgreSQL cluster",
            initialise(&binaries, &account, &folder, &password),
        )
        .await?;
        fs::write(complete, digest)?;
    }
    let certificate = certificate::load_or_generate(data)?;
    install_server_files(&account, &folder, &certificate)?;
    let port = choose_port(data, "postgres-port.json")?;
    supervisor.start(Service {
        name: "PostgreSQL",
        command: server_command(&binaries, &account, &folder, port),
        log: data.folder("logs")?.join("postgres.log"),
        // "Fast shutdown": does not wait for clients to leave.
        stop: Signal::SIGINT,
    })?;
    let cluster = Cluster {
        port,
        password,
        authority_pem: certificate.authority_pem()?,
        authority: certificate.authority,
    };
    step("Starting PostgreSQL", cluster.wait_until_ready(supervisor)).await?;
    Ok(cluster)
}

impl Cluster {
    /// The port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The file with the certificate authority to be trusted.
    pub(crate) fn authority_file(&self) -> &Path {
        &self.authority
    }

    /// The certificate authority to be trusted, as PEM.
    pub(crate) fn authority_pem(&self) -> &str {
        &self.authority_pem
    }

    /// Connects the superuser to a database.
    pub(crate) async fn connect(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config = Config::new();
        config
            .host("127.0.0.1")
            .port(self.port)
            .user(SUPERUSER)
            .password(self.password.as_str())
            .dbname(database);
        let (client, connection) = config.connect(NoTls).await?;
        // Ends with the client; what goes wrong reaches the client too.
        tokio::spawn(connection);
        Ok(client)
    }

    async fn wait_until_ready(&self, supervisor: &mut Supervisor) -> Result<()> {
        let deadline = tokio::time::Instant::now() + START_LIMIT;
        loop {
            match self.connect("postgres").await {
                Ok(_) => return Ok(()),
                Err(error) if error.code() == Some(&SqlState::INVALID_PASSWORD) => bail!(
                    "Something else answers on PostgreSQL's port {}, or its password was changed.",
                    self.port
                ),
                Err(error) if tokio::time::Instant::now() > deadline => {
                    return Err(error).context("PostgreSQL does not answer; see logs/postgres.log");
                }
                Err(_) => supervisor.pause(Duration::from_millis(50)).await?,
            }
        }
    }
}

/// In the data folder, or beside the system's temporary files when the account
/// cannot get there.
pub(crate) fn server_folder(data: &DataFolder, account: &Account, name: &str) -> Result<PathBuf> {
    if let (Account::Other(_), Some(parent)) = (account, data.root().parent())
        && account.reaches(parent)
    {
        // To reach its own folder the account must be able to pass through,
        // which is less than to list: the files inside stay closed to it.
        fs::set_permissions(data.root(), Permissions::from_mode(0o711))?;
    }
    let folder = if account.reaches(data.root()) {
        data.path(name)
    } else {
        let path = data.root().as_os_str().as_encoded_bytes();
        let folder = PathBuf::from(format!("/var/tmp/lango-{name}-{}", short_digest(path)));
        say(format!(
            "The account of database servers cannot reach {}: the files of {name} are in {}.",
            data.root().display(),
            folder.display()
        ));
        folder
    };
    if !folder.exists() {
        create_private_folder(&folder)?;
        account.give(&folder)?;
    }
    require_own_folder(&folder, account)?;
    Ok(folder)
}

/// Enough of a digest to tell things apart.
fn short_digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// In a folder that everyone writes to, somebody else may have been first.
fn require_own_folder(folder: &Path, account: &Account) -> Result<()> {
    let expected = match account {
        Account::Same => Uid::effective(),
        Account::Other(user) => user.uid,
    };
    let metadata = fs::symlink_metadata(folder)?;
    if metadata.is_dir() && metadata.uid() == expected.as_raw() {
        return Ok(());
    }
    bail!("{} belongs to somebody else: remove it.", folder.display())
}

async fn initialise(
    binaries: &Binaries,
    account: &Account,
    folder: &Path,
    password: &str,
) -> Result<()> {
    // What an interrupted attempt left behind.
    fs::remove_dir_all(folder)?;
    create_private_folder(folder)?;
    account.give(folder)?;
    // The one way to hand initdb a password; gone a moment later.
    let password_file = folder.with_extension("password");
    write_private(&password_file, password.as_bytes())?;
    account.give(&password_file)?;
    let mut command = account.command(&binaries.program("initdb"));
    command
        .arg("--pgdata")
        .arg(folder)
        .arg("--pwfile")
        .arg(&password_file)
        .args(["--username", SUPERUSER])
        .args([
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
        ]);
    stop_with_parent(&mut command, Signal::SIGTERM);
    let output = tokio::process::Command::from(command).output().await;
    fs::remove_file(&password_file)?;
    let output = output.context("cannot run initdb")?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "initdb failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )
}

/// Who may connect, and the certificate: written at each start, so that a newer
/// Lango finds what it expects.
fn install_server_files(
    account: &Account,
    folder: &Path,
    certificate: &certificate::Certificate,
) -> Result<()> {
    // The tools that run beside the database come without TLS, connectors with.
    let access = "hostnossl all +lango_readers 127.0.0.1/32 reject\n\
                  host all all 127.0.0.1/32 scram-sha-256\n";
    let place = |name: &str, content: &[u8]| -> Result<()> {
        let path = folder.join(name);
        write_private(&path, content)?;
        account.give(&path)
    };
    place("lango_hba.conf", access.as_bytes())?;
    place("server.crt", &fs::read(&certificate.certificate)?)?;
    place("server.key", &fs::read(&certificate.key)?)
}

fn server_command(
    binaries: &Binaries,
    account: &Account,
    folder: &Path,
    port: u16,
) -> std::process::Command {
    let mut command = account.command(&binaries.program("postgres"));
    command.arg("-D").arg(folder);
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        // A socket's path must not be longer than 107 bytes; nobody needs one.
        "unix_socket_directories=".to_owned(),
        "ssl=on".to_owned(),
        format!("hba_file={}", folder.join("lango_hba.conf").display()),
        format!("max_connections={CONNECTIONS}"),
        "password_encryption=scram-sha-256".to_owned(),
        "timezone=Africa/Nairobi".to_owned(),
        "log_timezone=UTC".to_owned(),
        // A statement may hold what the gateway is to keep out of every log.
        "log_min_error_statement=panic".to_owned(),
    ];
    for setting in settings {
        command.arg("-c").arg(setting);
    }
    command
}

/// The port of the last time when it is free, else any free one.
pub(crate) fn choose_port(data: &DataFolder, file: &str) -> Result<u16> {
    if let Some(port) = data.read_json::<u16>(file)?
        && ports::again(port)?
    {
        return Ok(port);
    }
    let port = ports::lasting()?;
    data.write_json(file, &port)?;
    Ok(port)
}
