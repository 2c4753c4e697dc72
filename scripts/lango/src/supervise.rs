//! The processes of a stack: each in a group of its own, so that Ctrl-C at the
//! terminal reaches this program alone and it can stop them in order; each
//! stopped by the kernel should this program be killed.

use std::{
    convert::Infallible,
    fs::{self, OpenOptions},
    os::unix::{fs::OpenOptionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::time::timeout;

/// How long a process may take to stop before it is killed.
const PATIENCE: Duration = Duration::from_secs(10);
/// A log that is larger is set aside at the next start.
const LOG_LIMIT: u64 = 8 << 20;

/// A process to be run.
pub(crate) struct Service {
    /// What people call it.
    pub(crate) name: &'static str,
    /// How it is started.
    pub(crate) command: Command,
    /// Where its output goes.
    pub(crate) log: PathBuf,
    /// What makes it stop in good order.
    pub(crate) stop: Signal,
}

struct Running {
    name: &'static str,
    child: tokio::process::Child,
    group: Pid,
    stop: Signal,
    log: PathBuf,
    /// How long the log was before: earlier words are another process's.
    log_start: u64,
}

/// The running processes, in the order in which they were started.
#[derive(Default)]
pub(crate) struct Supervisor {
    running: Vec<Running>,
}

impl Supervisor {
    /// Starts a process and answers its process identifier.
    ///
    /// Must be called on the main thread: the kernel ties a child to the thread
    /// that started it, not to the process.
    pub(crate) fn start(&mut self, service: Service) -> Result<i32> {
        let Service {
            name,
            mut command,
            log,
            stop,
        } = service;
        let output = open_log(&log)?;
        let log_start = output.metadata()?.len();
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0);
        stop_with_parent(&mut command, stop);
        let child = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let id = i32::try_from(child.id().context("the process has no identifier")?)?;
        self.running.push(Running {
            name,
            child,
            group: Pid::from_raw(id),
            stop,
            log,
            log_start,
        });
        Ok(id)
    }

    /// Waits until one of the processes ends by itself, and says so.
    pub(crate) async fn watch(&mut self) -> Result<Infallible> {
        loop {
            self.pause(Duration::from_millis(100)).await?;
        }
    }

    /// Waits for a moment.
    ///
    /// # Errors
    /// One of the processes has ended.
    pub(crate) async fn pause(&mut self, moment: Duration) -> Result<()> {
        tokio::time::sleep(moment).await;
        for process in &mut self.running {
            if let Some(status) = process.child.try_wait()? {
                bail!(
                    "{} ended unexpectedly ({status}). Its last words, from {}:\n{}",
                    process.name,
                    process.log.display(),
                    last_lines(&process.log, process.log_start)
                );
            }
        }
        Ok(())
    }

    /// Stops every process, the last one started first.
    pub(crate) async fn stop(&mut self) {
        while let Some(mut process) = self.running.pop() {
            // A group that is gone is what is wanted.
            let _ = killpg(process.group, process.stop);
            let stopped = timeout(PATIENCE, process.child.wait()).await.is_ok();
            // What the process itself started goes with it.
            let _ = killpg(process.group, Signal::SIGKILL);
            if !stopped {
                let _ = process.child.wait().await;
            }
        }
    }
}

/// Asks the kernel to send `signal` to the child when this program is gone.
#[cfg(target_os = "linux")]
pub(crate) fn stop_with_parent(command: &mut Command, signal: Signal) {
    let parent = nix::unistd::getpid();
    // SAFETY: between fork and exec only async-signal-safe calls are allowed;
    // prctl and getppid are system calls that touch no memory of the parent.
    // The standard library runs this after it changed user, which would clear
    // the setting.
    unsafe {
        command.pre_exec(move || {
            nix::sys::prctl::set_pdeathsig(signal)?;
            if nix::unistd::getppid() == parent {
                Ok(())
            } else {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
        });
    }
}

/// Elsewhere the kernel has no such promise: a killed `lango dev` leaves its
/// processes behind.
#[cfg(not(target_os = "linux"))]
pub(crate) fn stop_with_parent(_command: &mut Command, _signal: Signal) {}

fn open_log(path: &Path) -> Result<fs::File> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.len() > LOG_LIMIT) {
        fs::rename(path, path.with_extension("old.log"))?;
    }
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot open the log {}", path.display()))
}

fn last_lines(log: &Path, start: u64) -> String {
    let text = fs::read(log).unwrap_or_default();
    let start = usize::try_from(start).unwrap_or(0);
    let text = String::from_utf8_lossy(text.get(start..).unwrap_or_default());
    let lines: Vec<_> = text.lines().rev().take(8).collect();
    let lines: Vec<_> = lines
        .into_iter()
        .rev()
        .map(|line| format!("  {line}"))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, log: &str) -> Service {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Service {
            name: "shell",
            command,
            log: std::env::temp_dir().join(format!("lango-{log}-{}.log", std::process::id())),
            stop: Signal::SIGTERM,
        }
    }

    #[tokio::test]
    async fn stopping_takes_the_grandchildren_along() {
        let mut supervisor = Supervisor::default();
        let service = shell("sleep 300 & echo $!; wait", "stop");
        let log = service.log.clone();
        supervisor.start(service).unwrap();
        let grandchild = loop {
            if let Ok(id) = fs::read_to_string(&log).unwrap().trim().parse::<i32>() {
                break id;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        supervisor.stop().await;
        // Whoever adopted it may not have collected it yet.
        let gone = || {
            let state = fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
            state.is_empty() || state.contains(") Z ") || state.contains(") X ")
        };
        for _ in 0..100 {
            if gone() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(gone());
        fs::remove_file(log).unwrap();
    }

    #[tokio::test]
    async fn an_unexpected_end_is_told() {
        let mut supervisor = Supervisor::default();
        let service = shell("echo sorry; exit 3", "end");
        let log = service.log.clone();
        supervisor.start(service).unwrap();
        let error = supervisor.watch().await.unwrap_err().to_string();
        assert!(
            error.contains("exit status: 3") && error.contains("sorry"),
            "{error}"
        );
        fs::remove_file(log).unwrap();
    }
}
