//! workerd alone, on what a stack has left: starting it takes a second or two, and a kill
//! hits nothing else.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use walkdir::WalkDir;

use crate::support::http;

/// A running workerd, killed when it is dropped.
pub(super) struct Runtime(Child);

impl Runtime {
    /// Starts it on a data folder, and waits until it answers.
    pub(super) async fn start(data: &Path, url: &str) -> Self {
        let log = std::fs::File::create(data.join("logs/workerd-alone.log")).unwrap();
        let child = Command::new(program())
            .args(["serve", "workerd.capnp"])
            .current_dir(data)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        let mut runtime = Self(child.unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        let healthz = format!("{url}/healthz");
        loop {
            let answer = http().get(&healthz).send().await;
            if answer.is_ok_and(|answer| answer.status() == 200) {
                return runtime;
            }
            let ended = runtime.0.try_wait().unwrap();
            assert!(ended.is_none(), "workerd ended: {ended:?}");
            assert!(Instant::now() < deadline, "workerd does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// npm's `workerd` is a script that starts this one.
fn program() -> std::path::PathBuf {
    let packages = concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/@cloudflare");
    let files = WalkDir::new(packages).max_depth(3).into_iter().flatten();
    let mut programs = files
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.ends_with("bin/workerd") && path.is_file())
        .filter(|path| path.to_string_lossy().contains("/workerd-"));
    programs.next().expect("npm ci installs workerd")
}
