//! The owner of a credential dies at each step of a token request, with SIGKILL; see
//! crates/delegation for every combination of steps and servers.

use std::{path::Path, process::Command, time::Duration};

use serde_json::json;

use crate::support::{Delegated, OwnStack, dev, free_port, start_own_stack, text};

struct Crash {
    stack: Option<OwnStack>,
    data: std::path::PathBuf,
    port: u16,
}

impl Crash {
    fn start() -> Self {
        let data = std::env::temp_dir().join(format!("lango-delegation-{}", std::process::id()));
        let port = free_port();
        let stack = start_own_stack(&data, port);
        Self {
            stack: Some(stack),
            data,
            port,
        }
    }

    /// Kills the runtime and starts again on the same data, at the same place.
    fn kill_and_start(&mut self) {
        let mut stack = self.stack.take().unwrap();
        let process = stack.dev.workerd_pid.to_string();
        Command::new("kill")
            .args(["-KILL", &process])
            .status()
            .unwrap();
        stack.wait();
        drop(stack);
        std::fs::remove_file(self.data.join("dev.json")).ok();
        self.stack = Some(start_own_stack(&self.data, self.port));
    }
}

/// A call that needs a token, cut off while the authorization server holds its request.
async fn cut_off(system: &Delegated, crash: &mut Crash, hold: &str) {
    let held = system.seen().await["held"].as_u64().unwrap();
    system.rules(json!({ "hold": hold })).await;
    system.end_access().await;
    let call = system.try_call(&system.first.key.token, "whoami");
    let killed = async {
        while system.seen().await["held"].as_u64().unwrap() == held {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        crash.kill_and_start();
    };
    let (answer, ()) = tokio::join!(call, killed);
    assert!(answer.is_err(), "nobody was there to answer");
    system.rules(json!({ "hold": null })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_survives_a_crash_at_every_step() {
    if !dev().is_plain_workerd() {
        return;
    }
    let mut crash = Crash::start();
    let system = Delegated::on(&crash.stack.as_ref().unwrap().dev, "standard").await;
    let person = system.whoami(&system.first).await;

    // After the write: what was stored is used, and nothing is asked for again.
    system.rules(json!({ "rotation": "strict" })).await;
    system.end_access().await;
    assert_eq!(system.whoami(&system.first).await, person);
    let refreshes = system.seen().await["refreshes"].clone();
    crash.kill_and_start();
    assert_eq!(system.whoami(&system.first).await, person);
    assert_eq!(system.seen().await["refreshes"], refreshes);

    // Before the server has done anything: a strict one serves the same token.
    cut_off(&system, &mut crash, "before").await;
    assert_eq!(system.whoami(&system.first).await, person);

    // The server has spent the token, and its answer is lost.
    for rotation in ["grace", "until_used", "kept"] {
        system
            .rules(json!({ "rotation": rotation, "grace_ms": 120_000 }))
            .await;
        cut_off(&system, &mut crash, "after").await;
        assert_eq!(system.whoami(&system.first).await, person, "{rotation}");
    }

    // A strict one has nothing more to give: it is known why, and connecting again is
    // all that it takes.
    system.rules(json!({ "rotation": "strict" })).await;
    cut_off(&system, &mut crash, "after").await;
    let words = text(&system.call(&system.first.key.token, "whoami").await);
    assert!(words.contains("last answer was lost"), "{words}");
    system.connect(&system.first).await;
    assert!(system.whoami(&system.first).await.starts_with("person-"));

    no_token_is_in_a_file(&system, &crash.data).await;
    crash.stack.take();
    std::fs::remove_dir_all(&crash.data).unwrap();
}

/// What the owner has stored, and everything else of the stack, is sealed.
async fn no_token_is_in_a_file(system: &Delegated, data: &Path) {
    let seen = system.seen().await;
    let issued: Vec<_> = seen["issued"].as_array().unwrap().iter().collect();
    assert!(issued.len() > 8);
    let mut files = 0;
    for entry in walkdir::WalkDir::new(data)
        .into_iter()
        .filter_map(Result::ok)
    {
        let Ok(bytes) = std::fs::read(entry.path()) else {
            continue;
        };
        files += 1;
        for token in &issued {
            let token = token.as_str().unwrap().as_bytes();
            let found = bytes.windows(token.len()).any(|part| part == token);
            assert!(!found, "a token stands in {}", entry.path().display());
        }
    }
    assert!(files > 5);
}
