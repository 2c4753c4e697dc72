//! `lango limits`: how often a tenant may call, beside what its plan says.

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use lango_api::{CallRate, LimitsView, Operation, SetLimits, SetTenantLimits};
use serde_json::Value;

use super::{Of, client::Client, show::Show};

/// What `lango limits` can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show what is in force, and who has set it.
    Show {
        /// Another tenant's, `t_…`; for whoever runs the platform.
        #[arg(long, value_name = "TENANT_ID")]
        tenant_id: Option<String>,
    },
    /// Limit calls, such as `--all-keys 600/50 --tool mpesa_stk_push=5/2`; it holds for the
    /// next call.
    Set(Set),
    /// Take limits away again.
    Remove(Remove),
}

/// What is limited. What is not named stays as it is.
#[derive(Args)]
pub(crate) struct Set {
    /// All keys together.
    #[arg(long, value_name = "PER_MINUTE[/BURST]", value_parser = rate)]
    all_keys: Option<CallRate>,
    /// Each key's calls of one tool, by its name without a connection's prefix.
    #[arg(long, value_name = "TOOL=PER_MINUTE[/BURST]", value_parser = of_tool)]
    tool: Vec<(String, CallRate)>,
    /// Each key, instead of what the plan says; with --tenant-id.
    #[arg(long, value_name = "PER_MINUTE[/BURST]", value_parser = rate, requires = "tenant_id")]
    each_key: Option<CallRate>,
    /// Another tenant's, `t_…`; for whoever runs the platform.
    #[arg(long, value_name = "TENANT_ID")]
    tenant_id: Option<String>,
}

/// What is not limited any more.
#[derive(Args)]
pub(crate) struct Remove {
    /// All keys together.
    #[arg(long)]
    all_keys: bool,
    /// Each key's calls of one tool.
    #[arg(long, value_name = "TOOL")]
    tool: Vec<String>,
    /// What each key has instead of the plan's; with --tenant-id.
    #[arg(long, requires = "tenant_id")]
    each_key: bool,
    /// Another tenant's, `t_…`; for whoever runs the platform.
    #[arg(long, value_name = "TENANT_ID")]
    tenant_id: Option<String>,
}

/// Does what it is told.
pub(crate) async fn run(of: &Of<Command>) -> Result<()> {
    let show = of.show();
    match &of.command {
        Command::Show { tenant_id } => {
            show.one(&Limited::of(of, tenant_id.as_deref())?.read().await?)
        }
        Command::Set(set) => {
            let limited = Limited::of(of, set.tenant_id.as_deref())?;
            changed(&limited, show, |limits| set.apply(limits)).await
        }
        Command::Remove(remove) => {
            let limited = Limited::of(of, remove.tenant_id.as_deref())?;
            changed(&limited, show, |limits| remove.apply(limits)).await
        }
    }
}

/// Whose limits: one's own tenant's, or, for whoever runs the platform, any.
struct Limited<'a> {
    client: Client,
    tenant: Option<&'a str>,
}

impl<'a> Limited<'a> {
    fn of(of: &Of<Command>, tenant: Option<&'a str>) -> Result<Self> {
        let client = match tenant {
            Some(_) => of.platform(),
            None => of.tenant(),
        };
        client.map(|client| Self { client, tenant })
    }

    async fn read(&self) -> Result<Value> {
        match self.tenant {
            Some(tenant) => {
                let read = Operation::ReadTenantLimits;
                self.client.read(read, &[tenant]).await
            }
            None => self.client.read(Operation::ReadLimits, &[]).await,
        }
    }

    /// The limits that whoever asks has set, all of them: the others are not theirs.
    async fn write(&self, limits: SetTenantLimits) -> Result<Value> {
        let SetTenantLimits { key, tenant, tools } = limits;
        let client = &self.client;
        if let Some(of) = self.tenant {
            let (read, set) = (Operation::ReadTenantLimits, Operation::SetTenantLimits);
            let body = SetTenantLimits { key, tenant, tools };
            return client.change(read, set, &[of], &body).await;
        }
        let (read, set) = (Operation::ReadLimits, Operation::SetLimits);
        let body = SetLimits { tenant, tools };
        client.change(read, set, &[], &body).await
    }
}

async fn changed(
    limited: &Limited<'_>,
    show: Show,
    change: impl FnOnce(&mut SetTenantLimits) -> Result<()>,
) -> Result<()> {
    let view: LimitsView =
        serde_json::from_value(limited.read().await?).context("the gateway's limits")?;
    let mut limits = match limited.tenant {
        Some(_) => view.of_platform,
        None => SetTenantLimits {
            key: None,
            tenant: view.own.tenant,
            tools: view.own.tools,
        },
    };
    change(&mut limits)?;
    show.one(&limited.write(limits).await?)
}

impl Set {
    fn apply(&self, limits: &mut SetTenantLimits) -> Result<()> {
        if self.all_keys.is_none() && self.each_key.is_none() && self.tool.is_empty() {
            bail!("Say what is to be limited: see --help.");
        }
        limits.tenant = self.all_keys.or(limits.tenant);
        limits.key = self.each_key.or(limits.key);
        limits.tools.extend(self.tool.iter().cloned());
        Ok(())
    }
}

impl Remove {
    fn apply(&self, limits: &mut SetTenantLimits) -> Result<()> {
        if !self.all_keys && !self.each_key && self.tool.is_empty() {
            bail!("Say which limit is to go: see --help.");
        }
        if self.all_keys {
            limits.tenant = None;
        }
        if self.each_key {
            limits.key = None;
        }
        for tool in &self.tool {
            if limits.tools.remove(tool).is_none() {
                bail!("{tool} has no limit of its own.");
            }
        }
        Ok(())
    }
}

/// Calls a minute, and how many may come at once: without it, one.
fn rate(text: &str) -> Result<CallRate, String> {
    let (per_minute, burst) = text.split_once('/').unwrap_or((text, "1"));
    let number = |text: &str| {
        let number: Result<u32, _> = text.trim().parse();
        number.map_err(|_| format!("{text:?} is no number: give PER_MINUTE/BURST, such as 60/10"))
    };
    Ok(CallRate {
        per_minute: number(per_minute)?,
        burst: number(burst)?,
    })
}

fn of_tool(text: &str) -> Result<(String, CallRate), String> {
    let (tool, limit) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not TOOL=PER_MINUTE/BURST"))?;
    Ok((tool.to_owned(), rate(limit)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_calls_a_minute_and_a_burst() {
        let rate = |text: &str| rate(text).map(|rate| (rate.per_minute, rate.burst));
        assert_eq!(rate("60/10"), Ok((60, 10)));
        assert_eq!(rate("60"), Ok((60, 1)));
        assert!(rate("many").is_err() && rate("60/").is_err() && rate("-1/2").is_err());
        assert_eq!(of_tool("pay=5/2").unwrap().0, "pay");
        assert!(of_tool("pay").is_err());
    }

    #[test]
    fn what_is_not_named_stays() {
        let mut limits = SetTenantLimits {
            tools: [("pay".to_owned(), rate("5/2").unwrap())].into(),
            tenant: Some(rate("600/50").unwrap()),
            key: None,
        };
        let set = Set {
            all_keys: None,
            tool: vec![("echo".to_owned(), rate("9").unwrap())],
            each_key: None,
            tenant_id: None,
        };
        set.apply(&mut limits).unwrap();
        assert_eq!((limits.tools.len(), limits.tenant.is_some()), (2, true));

        let mut remove = Remove {
            all_keys: true,
            tool: vec!["pay".to_owned()],
            each_key: false,
            tenant_id: None,
        };
        remove.apply(&mut limits).unwrap();
        assert_eq!((limits.tools.len(), limits.tenant), (1, None));
        assert!(remove.apply(&mut limits).is_err(), "it has gone already");
        (remove.all_keys, remove.tool) = (false, Vec::new());
        assert!(remove.apply(&mut limits).is_err(), "nothing is named");
    }
}
