//! `lango dev`: the whole gateway on this machine, with a demo business.

mod codes;
mod report;
mod seed;

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use tokio::{
    signal::unix::{SignalKind, signal},
    time::Instant,
};

pub(crate) use self::seed::{fixtures_connection, lasts};
use self::{
    report::Ready,
    seed::{WantedConnection, mysql_connection, postgres_connection},
};
use crate::{
    api::Api,
    console::{say, step},
    data_folder::{DataFolder, default_path},
    demo_database::{self, KILIMANI, WANJIKU},
    mariadb, platform_admin, ports, postgres,
    site::Standing,
    supervise::Supervisor,
    workers::{Archive, PrivateNetworks, UpstreamNetworks, Workerd, Workers, Wrangler},
};

/// The tenant that has nothing but the demo tools.
const FIXTURE_TENANT: &str = "Fixtures";
/// How long the Workers may take to answer; `wrangler dev` bundles first.
const START_LIMIT: Duration = Duration::from_secs(60);

/// What `lango dev` is told.
#[derive(Args)]
pub(crate) struct Options {
    /// The port of the gateway, on 127.0.0.1.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Where keys, databases and logs are kept.
    #[arg(long, value_name = "DIR", default_value_os_t = default_path())]
    data: PathBuf,
    /// Run on `wrangler dev` with a D1 database, instead of plain workerd.
    #[arg(long)]
    wrangler: bool,
    /// Add the demo tools of every class, and a port on which tests say where a
    /// request came from.
    #[arg(long)]
    fixtures: bool,
    /// Add the bare Worker of `lango bench` on a port of its own; implies
    /// --fixtures.
    #[arg(long, conflicts_with = "wrangler")]
    bench: bool,
    /// Networks, names and suffixes of names, besides the Internet, that connectors may
    /// connect to.
    #[arg(
        long,
        value_name = "LIST",
        default_value = "127.0.0.0/8,::1/128,localhost"
    )]
    private_networks: String,
    /// Whether those may be spoken to without TLS: refuse or private.
    #[arg(long, value_name = "WORD", default_value = "private")]
    outbound_plaintext: String,
    /// Whether the connector of other MCP servers may connect to them too.
    #[arg(long, value_enum, default_value = "private")]
    upstream_networks: UpstreamNetworks,
    /// Where the audit logs of Enterprise tenants are archived, or `none`: a folder of its
    /// own in the data folder, if nothing is said. On `wrangler dev` a local bucket.
    #[arg(long, value_name = "DIR")]
    archive: Option<String>,
    /// Set a variable of the gateway, such as LANGO_SNAPSHOT_SECONDS=5.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    vars: Vec<(String, String)>,
    #[command(flatten)]
    standing: Standing,
    /// Stop when the process that started this one is gone.
    #[arg(long)]
    stop_with_parent: bool,
}

/// Runs until it is told to stop.
pub(crate) async fn run(repository: &Path, options: &Options) -> Result<()> {
    require_free_port(options.port)?;
    let data = DataFolder::open(&options.data)?;
    let _lock = data.lock()?;
    // A file of an earlier run must not look like this one is ready.
    data.remove(report::FILE)?;
    if options.stop_with_parent {
        stop_with_parent()?;
    }
    let mut supervisor = Supervisor::default();
    let outcome = tokio::select! {
        ended = serve(repository, &data, options, &mut supervisor) => ended.map(|never| match never {}),
        signal = told_to_stop() => signal,
    };
    data.remove(report::FILE)?;
    say("▸ Stopping …");
    supervisor.stop().await;
    outcome
}

/// The fixtures are several Workers of one Wasm: a system of every class.
const KINDS_OF_TESTS: [&str; 10] = [
    "postgres",
    "mysql",
    "mcp",
    "siem",
    "fixtures",
    "fixtures_mail",
    "fixtures_documents",
    "fixtures_desk",
    "fixtures_bank",
    "fixtures_records",
];

/// What tests find bound to the first business's database, as its owner.
const BOUND_CONNECTIONS: [&str; 1] = ["t_bound/c_bound"];

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

async fn serve(
    repository: &Path,
    data: &DataFolder,
    options: &Options,
    supervisor: &mut Supervisor,
) -> Result<Infallible> {
    let cluster = postgres::start(repository, data, supervisor).await?;
    let first = demo_database::prepare(&cluster, data, &WANJIKU).await?;
    let second = demo_database::prepare(&cluster, data, &KILIMANI).await?;

    let fixtures = options.fixtures || options.bench;
    let (kinds, edge_port) = if fixtures {
        (
            // Wrangler starts a process for each: the scenarios are for workerd.
            if options.wrangler {
                &KINDS_OF_TESTS[..5]
            } else {
                &KINDS_OF_TESTS[..]
            },
            (!options.wrangler).then(ports::any).transpose()?,
        )
    } else {
        (&["postgres", "mysql", "mcp", "siem"][..], None)
    };
    let businesses = [&WANJIKU, &KILIMANI];
    let mariadb = match fixtures {
        true => mariadb::start(data, supervisor, &businesses).await?,
        false => None,
    };
    let networks = PrivateNetworks {
        list: options.private_networks.clone(),
        plaintext: options.outbound_plaintext.clone(),
    };
    let upstreams = options.upstream_networks;
    let mut workers = Workers::collect(repository, data, kinds, &networks, upstreams)?;
    if !options.wrangler {
        // Nothing stands before plain workerd: it says itself who is at the socket.
        workers.set("LANGO_CLIENT_ADDRESS", "socket");
    }
    if fixtures {
        // Tests sign in many times: the least work that the gateway takes will do.
        workers.set("LANGO_BCRYPT_COST", "10");
    }
    if let Some(stated) = options.standing.stated(data)? {
        workers.state(&stated);
    }
    workers.archive_to(Archive::open(data, options.archive.as_deref())?);
    for (name, value) in &options.vars {
        workers.set(name, value);
    }
    let clients_port = edge_port.map(|_| ports::any()).transpose()?;
    if clients_port.is_some() {
        workers.add_development_clients();
        workers.add_development_hyperdrive(&BOUND_CONNECTIONS, &first.owner_url)?;
    }
    let whatsapp_port = edge_port.map(|_| ports::any()).transpose()?;
    if whatsapp_port.is_some() {
        workers.add_development_whatsapp()?;
    }
    let webhooks_port = edge_port.map(|_| ports::any()).transpose()?;
    let metrics_token = webhooks_port
        .map(|_| workers.add_development_webhooks())
        .transpose()?;
    let connector_ports = edge_port
        .iter()
        .flat_map(|_| kinds)
        .map(|kind| Ok((*kind, ports::any()?)))
        .collect::<Result<Vec<_>>>()?;
    let bare_port = options.bench.then(ports::any).transpose()?;
    if options.bench {
        workers.add_bare(repository, data)?;
    }
    let runtime = if options.wrangler {
        let wrangler = Wrangler {
            port: options.port,
            inspector_port: ports::any()?,
            authority: cluster.authority_file(),
        };
        step(
            "Applying d1_migrations",
            wrangler.migrate(repository, data, &workers),
        )
        .await?;
        wrangler.service(repository, data, &workers)?
    } else {
        let workerd = Workerd {
            port: options.port,
            edge_port,
            clients_port,
            whatsapp_port,
            webhooks_port,
            connector_ports: &connector_ports,
            bare_port,
            authority: cluster.authority_pem(),
        };
        workerd.service(repository, data, &workers)?
    };
    let runtime_name = runtime.name;
    let runtime_process = supervisor.start(runtime)?;
    let url = on_loopback(options.port);
    step(
        &format!("Starting {runtime_name}"),
        wait_until_alive(&Api::new(&url, "")?, supervisor),
    )
    .await?;

    let store = if options.wrangler {
        "wrangler"
    } else {
        "workerd"
    };
    let platform_admin = platform_admin::of_local_stack(data, &url, store).await?;
    let platform = Api::new(&url, &platform_admin)?;
    let state = format!("dev-state-{store}.json");
    let connections = |access, business| -> Result<Vec<WantedConnection>> {
        let mut wanted = vec![postgres_connection(cluster.port(), access)];
        if let Some(server) = &mariadb
            && let Some(logins) = server.logins(business)
        {
            wanted.push(mysql_connection(server.port(), logins));
        }
        if fixtures {
            wanted.push(fixtures_connection()?);
        }
        Ok(wanted)
    };
    let (wanted_first, wanted_second) = (
        connections(&first, &WANJIKU)?,
        connections(&second, &KILIMANI)?,
    );
    let tenants = step("Creating tenants, keys and connections", async {
        let one = seed::tenant(&platform, data, &state, WANJIKU.name, &wanted_first).await?;
        let other = seed::tenant(&platform, data, &state, KILIMANI.name, &wanted_second).await?;
        let fixture = if fixtures {
            let wanted = [fixtures_connection()?];
            Some(seed::tenant(&platform, data, &state, FIXTURE_TENANT, &wanted).await?)
        } else {
            None
        };
        anyhow::Ok((one, other, fixture))
    })
    .await?;

    let ready = Ready {
        url,
        edge_url: edge_port.map(on_loopback),
        bare_url: bare_port.map(on_loopback),
        clients_port,
        whatsapp_port,
        webhooks_port,
        metrics_token: metrics_token.as_deref().map(String::as_str),
        connectors: connector_ports
            .iter()
            .map(|(kind, port)| (*kind, on_loopback(*port)))
            .collect(),
        runtime: runtime_name,
        runtime_process,
        platform_admin: &platform_admin,
        first: (&tenants.0, &first.owner_url),
        second: (&tenants.1, &second.owner_url),
        fixture: tenants.2.as_ref(),
        postgres_port: cluster.port(),
        mysql_url: mariadb.as_ref().and_then(|it| it.owner_url(&WANJIKU)),
        mysql_administrator_url: mariadb.as_ref().map(|it| it.administrator_url()),
    };
    ready.write(data)?;
    ready.print(data);
    let log = data.path("logs").join("workerd.log");
    tokio::select! {
        ended = supervisor.watch() => ended,
        ended = codes::show(&log) => ended,
    }
}

async fn wait_until_alive(platform: &Api, supervisor: &mut Supervisor) -> Result<()> {
    let deadline = Instant::now() + START_LIMIT;
    while !platform.is_alive().await {
        if Instant::now() > deadline {
            bail!("The gateway does not answer; see logs/workerd.log.");
        }
        supervisor.pause(Duration::from_millis(50)).await?;
    }
    Ok(())
}

fn require_free_port(port: u16) -> Result<()> {
    if !ports::again(port)? {
        bail!("Port {port} is in use: stop what listens there, or take another one with --port.")
    }
    Ok(())
}

fn on_loopback(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Ctrl-C, `kill`, or the terminal's end.
async fn told_to_stop() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn stop_with_parent() -> Result<()> {
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGTERM)
        .context("the kernel does not tell when the parent is gone")
}

#[cfg(not(target_os = "linux"))]
fn stop_with_parent() -> Result<()> {
    bail!("--stop-with-parent works on Linux alone.")
}
