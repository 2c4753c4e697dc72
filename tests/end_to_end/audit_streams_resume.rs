//! What becomes of a stream when its receiver, its settings or the stack fail.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::support::{
    Tenant, dev, free_port,
    siem::{Answered, Asked, Receiver, Streamed, Taken, index_of},
    start_own_stack,
};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const ROLES: usize = 8;

/// A receiver of one's own, which refuses a body with `poison` in it without saying why.
fn own(poison: Option<&'static str>) -> impl Fn(&Asked, &mut Taken) -> Answered + Send + Sync {
    move |asked, taken| {
        if asked.method != "POST" || asked.path != "/in" {
            return Answered::of(404, "");
        }
        if !is_signed(asked) {
            return Answered::of(401, "");
        }
        let text = String::from_utf8_lossy(&asked.body);
        if poison.is_some_and(|poison| text.contains(poison)) {
            return Answered::of(400, "");
        }
        let Some(events) = asked.lines() else {
            return taken.breaks("no lines");
        };
        for event in events {
            taken.indexes.extend(index_of(&event));
            taken.events.push(event);
        }
        Answered::of(200, "")
    }
}

/// As a receiver of Standard Webhooks checks it.
fn is_signed(asked: &Asked) -> bool {
    let seconds = asked.field("webhook-timestamp").parse().unwrap_or(0);
    let signed = lango_siem::sign(KEY, asked.field("webhook-id"), seconds, &asked.body).unwrap();
    let bytes = signed.signature.trim_start_matches("v1,");
    BASE64_STANDARD.decode(bytes).is_ok() && signed.signature == asked.field("webhook-signature")
}

fn at(receiver: &Receiver) -> Value {
    json!({"receiver": "https", "url": format!("{}/in", receiver.url), "signing_key": KEY})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_is_refused_is_a_dead_letter_and_holds_nobody_up() {
    let receiver = Receiver::start(own(Some("role-3\""))).await;
    let stream = Streamed::to(at(&receiver), "ocsf").await;
    stream.make_roles(0..ROLES).await;
    receiver
        .until(|taken| taken.targets("role.create").len() >= ROLES - 1)
        .await;
    let standing = stream
        .until(|it| it["dead_letters"].as_u64() > Some(0))
        .await;
    assert_eq!(standing["dead_letters"], 1);
    let letters = stream
        .tenant
        .get(&format!("{}/dead-letters", stream.path))
        .await;
    let letter = &letters["items"][0];
    let (first, end) = (
        letter["first"].as_u64().unwrap(),
        letter["end"].as_u64().unwrap(),
    );
    assert_eq!(end, first + 1, "{letters}");
    assert!(
        letter["reason"].as_str().unwrap().contains("400"),
        "{letters}"
    );
    receiver.taken(|taken| {
        let seen = taken.first_seen();
        let others: Vec<_> = (0..=*seen.last().unwrap())
            .filter(|it| *it != first)
            .collect();
        assert_eq!(seen, others, "everything else came, in order");
    });

    // Whoever wants it again gets it again, in order, from there on.
    let before = receiver.taken(|taken| taken.indexes.len());
    assert_eq!(stream.resume(json!({"from": 0})).await.status(), 200);
    receiver
        .until(|taken| taken.indexes.len() >= 2 * before)
        .await;
    receiver.taken(|taken| assert_eq!(taken.indexes[before], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_pause_a_stream_until_they_are_right() {
    let receiver = Receiver::start(own(None)).await;
    let wrong = json!({"receiver": "https", "url": format!("{}/in", receiver.url)});
    let stream = Streamed::to(wrong, "ocsf").await;
    let standing = stream.until(|it| it["state"] == "paused").await;
    assert!(
        standing["problem"].as_str().unwrap().contains("401"),
        "{standing}"
    );
    assert_eq!(standing["position"], 0);
    let path = format!("connections/{}/credentials", stream.connection);
    let read_at = format!("connections/{}", stream.connection);
    let body = json!({ "credentials": at(&receiver) });
    let changed = stream
        .tenant
        .change(http::Method::PUT, &path, &read_at, body)
        .await;
    assert_eq!(changed.status(), 200);
    assert_eq!(stream.resume(json!({})).await.status(), 200);
    stream.make_roles(0..ROLES).await;
    receiver.has_roles(ROLES).await;

    // Switched off it rests; switched on it goes on where it stood.
    let off = stream
        .tenant
        .patch(&stream.path, json!({"enabled": false}))
        .await;
    assert_eq!(off.status(), 200);
    stream.make_roles(ROLES..2 * ROLES).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let asked = receiver.taken(|taken| taken.targets("role.create").len());
    assert_eq!(asked, ROLES);
    let on = stream
        .tenant
        .patch(&stream.path, json!({"enabled": true}))
        .await;
    assert_eq!(on.status(), 200);
    receiver.has_roles(2 * ROLES).await;
}

/// SIGKILL of workerd while the receiver is slow to answer: after the restart everything
/// comes, in order, and what was under way comes again.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_stack_is_killed() {
    if !dev().is_plain_workerd() {
        return;
    }
    let is_down = Arc::new(AtomicBool::new(false));
    let down = Arc::clone(&is_down);
    let rules = own(None);
    let receiver = Receiver::start(move |asked, taken| {
        if down.load(Ordering::Relaxed) {
            return Answered::later(503);
        }
        rules(asked, taken)
    })
    .await;
    let data = std::env::temp_dir().join(format!("lango-streams-{}", std::process::id()));
    let (tenant, path) = {
        let mut stack = start_own_stack(&data, free_port());
        let own = &stack.dev;
        let tenant = Tenant::create_on(&own.url, &own.platform_admin, "business").await;
        let stream = Streamed::of(tenant, at(&receiver), "ocsf").await;
        stream.make_roles(0..ROLES).await;
        receiver.has_roles(1).await;
        is_down.store(true, Ordering::Relaxed);
        stream.make_roles(ROLES..2 * ROLES).await;
        let pid = stack.dev.workerd_pid.to_string();
        Command::new("kill").args(["-KILL", &pid]).status().unwrap();
        stack.wait();
        (stream.tenant, stream.path)
    };
    is_down.store(false, Ordering::Relaxed);
    let stack = start_own_stack(&data, free_port());
    let tenant = tenant.on(&stack.dev.url);
    receiver.has_roles(2 * ROLES).await;
    let standing = tenant.get(&path).await["progress"].clone();
    assert_eq!(standing["dead_letters"], 0, "{standing}");
    drop(stack);
    std::fs::remove_dir_all(&data).unwrap();
}

/// A stream that has had nothing to send looks less and less often; the log tells it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_waits_is_told_of_what_comes() {
    const AT_LEAST_MS: i64 = 12_000;
    let receiver = Receiver::start(own(None)).await;
    let stream = Streamed::to(at(&receiver), "ocsf").await;
    stream.make_roles(0..1).await;
    receiver.has_roles(1).await;
    let ahead = |next: &Value| next.as_str().map(|text| milliseconds(text) - now_ms());
    let waiting = stream
        .until(|it| ahead(&it["next_at"]).is_some_and(|ahead| ahead > AT_LEAST_MS))
        .await;
    let looks_by_itself = milliseconds(waiting["next_at"].as_str().unwrap());
    stream.make_roles(1..2).await;
    receiver.has_roles(2).await;
    let standing = stream
        .until(|it| it["position"].as_u64() > waiting["position"].as_u64())
        .await;
    let delivered = milliseconds(standing["delivered_at"].as_str().unwrap());
    assert!(
        delivered < looks_by_itself,
        "it waited until {looks_by_itself}: {standing}"
    );
}

fn milliseconds(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_millis()
}

fn now_ms() -> i64 {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(now.as_millis()).unwrap()
}
