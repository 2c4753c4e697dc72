//! What a process has used, from `/proc`.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result, bail};
use nix::unistd::{SysconfVar, sysconf};

/// How long a call's work may go on after its answer before it counts as idle:
/// finished records wait a second for company.
const AFTERMATH: Duration = Duration::from_millis(1_500);
/// Within this, an idle process does next to nothing.
const GLANCE: Duration = Duration::from_millis(300);
/// Some work never ends.
const GLANCES: usize = 30;

/// A running process.
pub(super) struct Process {
    id: i32,
}

impl Process {
    pub(super) const fn new(id: i32) -> Self {
        Self { id }
    }

    /// The processor time of all its threads so far.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let text = self.read("stat")?;
        let ticks = ticks(&text).context("the kernel's account of a process has changed")?;
        let per_second = sysconf(SysconfVar::CLK_TCK)?.unwrap_or(100);
        Ok(Duration::from_millis(
            ticks * 1_000 / u64::try_from(per_second)?.max(1),
        ))
    }

    /// The processor time once nothing is left to do.
    pub(super) async fn cpu_when_idle(&self) -> Result<Duration> {
        tokio::time::sleep(AFTERMATH).await;
        let mut before = self.cpu()?;
        for _ in 0..GLANCES {
            tokio::time::sleep(GLANCE).await;
            let now = self.cpu()?;
            if now.saturating_sub(before) < GLANCE / 10 {
                return Ok(now);
            }
            before = now;
        }
        bail!("workerd does not come to rest: something else uses this stack")
    }

    /// The memory that it has, in MiB.
    pub(super) fn resident_mib(&self) -> Result<u64> {
        resident_kib(&self.read("status")?)
            .map(|kib| kib / 1024)
            .context("the kernel's account of a process has changed")
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = format!("/proc/{}/{name}", self.id);
        fs::read_to_string(&path)
            .with_context(|| format!("cannot read {path}: workerd is gone, or this is not Linux"))
    }
}

/// `utime` and `stime`, proc(5). The second field is a name that may hold
/// anything, so counting begins behind its last parenthesis.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

fn resident_kib(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_does_not_shift_the_fields() {
        let stat = "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 100 0 0 0 250 30 0 0 20 0 9 0";
        assert_eq!(ticks(stat), Some(280));
        assert_eq!(ticks("4711 (workerd) S 1"), None);
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn memory_is_the_resident_set() {
        let status = "Name:\tworkerd\nVmHWM:\t  300000 kB\nVmRSS:\t  204800 kB\n";
        assert_eq!(resident_kib(status), Some(204_800));
        assert_eq!(resident_kib("Name:\tworkerd\n"), None);
    }
}
