//! What is told of a log that has a history: where somebody was never seen before, and
//! that the log itself does not verify any more.

use std::time::{SystemTime, UNIX_EPOCH};

use lango_audit_log::{Actor, Checkpoint, CheckpointKeys, Record, TreeHash, origin};
use serde_json::{Value, json};

use super::{
    Folder,
    files::{of_log, open_without_triggers},
    records::record,
    subject::Log,
};
use crate::support::{
    Dev, Tenant, dev, hooks_until, http, messages_to, telephones_are_listened_to_of, until,
    webhooks_origin_of,
};

const TELEPHONE: &str = "+254712000555";
const HOUR_MS: i64 = 60 * 60 * 1_000;

#[tokio::test]
async fn what_is_new_of_somebody_is_told_and_so_is_a_checkpoint_that_does_not_verify() {
    if !dev().is_plain_workerd() {
        return;
    }
    let folder = Folder::new("audit-watched");
    let stack = folder.start(&[]);
    let (tenant, path) = watched(&stack.dev).await;
    let key = tenant.key("viewer").await;
    let log = Log::of(&stack.dev, &tenant.tenant_id);
    log.append(1, vec![one_and_a_half_days_ago(&key.key_id)])
        .await;

    // From where they always were, with what they always used: only the hour is new.
    assert_eq!(call_from(&stack.dev, &key.token, "KE").await, 200);
    let hooks = hooks_until(&path, |hooks| !hooks.is_empty()).await;
    let hour = hooks[0].json();
    assert_eq!(hour["data"]["rule"], "unusual_hour", "{hour}");
    assert_eq!(hour["data"]["key_id"], key.key_id.as_str());

    assert_eq!(call_from(&stack.dev, &key.token, "TZ").await, 200);
    let hooks = hooks_until(&path, |hooks| hooks.len() >= 2).await;
    let country = hooks[1].json();
    assert_eq!(country["data"]["rule"], "new_country", "{country}");
    assert_eq!(
        country["data"]["seen"],
        json!({"country": "TZ", "usual": "KE"})
    );

    let url = format!("{}/v1/tools/crm_whoami", stack.dev.url);
    let other = http().post(url).bearer_auth(&key.token).json(&json!({}));
    assert_eq!(other.send().await.unwrap().status(), 200);
    let hooks = hooks_until(&path, |hooks| hooks.len() >= 3).await;
    let tool = hooks[2].json();
    assert_eq!(tool["data"]["rule"], "new_tool", "{tool}");
    assert_eq!(tool["data"]["seen"]["tool"], "crm_whoami");

    for title in [
        "Access at an unusual hour",
        "Access from a new country",
        "A tool never used before",
    ] {
        is_told_by_whatsapp(title).await;
    }

    let size = log.size().await;
    assert_eq!(check(&tenant).await["verifies"], true);
    drop(stack);
    forge(&folder, &tenant.tenant_id);
    let stack = folder.start(&[]);
    webhooks_origin_of(&stack.dev).unwrap();
    assert!(telephones_are_listened_to_of(&stack.dev));
    let tenant = tenant.on(&stack.dev.url);
    let checked = check(&tenant).await;
    assert_eq!(checked["verifies"], false, "{checked}");
    assert!(checked["size"].as_u64() >= Some(size), "{checked}");
    let hooks = hooks_until(&path, |hooks| {
        hooks
            .iter()
            .any(|hook| hook.json()["data"]["rule"] == "checkpoint")
    })
    .await;
    let said = hooks.last().unwrap().json();
    assert_eq!(said["data"]["severity"], "critical", "{said}");
    is_told_by_whatsapp("The audit log does not verify").await;
}

/// A tenant whose alerts come to a path of its own, and to a telephone.
async fn watched(dev: &Dev) -> (Tenant, String) {
    let origin = webhooks_origin_of(dev).unwrap();
    assert!(telephones_are_listened_to_of(dev));
    let tenant = Tenant::create_on(&dev.url, &dev.platform_admin, "business").await;
    tenant
        .connect("fixtures", json!({ "token": "right" }))
        .await;
    let path = format!("/watched/{}", tenant.tenant_id);
    let learnt = json!({ "learn_days": 1 });
    let policy = json!({
        "webhook": format!("{origin}{path}"), "whatsapp": [TELEPHONE], "utc_offset_minutes": 0,
        "new_country": learnt, "unusual_hour": learnt, "new_tool": learnt,
    });
    let set = tenant.patch("alerts/policy", policy).await;
    assert_eq!(set.status(), 200, "{:?}", set.text().await);
    (tenant, path)
}

/// A call of the key's, at the other end of the clock.
fn one_and_a_half_days_ago(key_id: &str) -> Record {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut record = record(0);
    record.key_id = key_id.to_owned();
    record.at_ms = i64::try_from(now.as_millis()).unwrap() - 36 * HOUR_MS;
    record.intent.actor = Some(Actor::Program);
    let lango_audit_log::Subject::Call { tool, .. } = &mut record.intent.subject else {
        panic!("it is a call");
    };
    *tool = "crm_echo".to_owned();
    record
}

/// A call that the platform says comes from a country.
async fn call_from(dev: &Dev, token: &str, country: &str) -> u16 {
    let edge = dev.edge_url.as_deref().unwrap();
    let cf = json!({ "country": country, "tlsVersion": "TLSv1.3" }).to_string();
    let request = http()
        .post(format!("{edge}/v1/tools/crm_echo"))
        .header("CF-Blob", cf)
        .bearer_auth(token)
        .json(&json!({ "text": "habari" }));
    request.send().await.unwrap().status().as_u16()
}

async fn is_told_by_whatsapp(title: &str) {
    until(title, async || {
        let told = messages_to(TELEPHONE).iter().any(|message| {
            message.body["template"]["components"][0]["parameters"][0]["text"] == title
        });
        told.then_some(())
    })
    .await;
}

async fn check(tenant: &Tenant) -> Value {
    let request = tenant
        .admin(http::Method::POST, "alerts/check")
        .json(&json!({}));
    request.send().await.unwrap().json().await.unwrap()
}

/// Puts a checkpoint in place of the newest that a key signed which is not the log's.
fn forge(folder: &Folder, name: &str) {
    let database = open_without_triggers(&of_log(folder.path(), name));
    let newest = "SELECT first, count FROM batches WHERE checkpoint IS NOT NULL \
                  ORDER BY first DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?));
    let (first, count) = database.query_row(newest, [], read).unwrap();
    let seed = json!(["AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"]);
    let note = CheckpointKeys::parse(&seed.to_string())
        .unwrap()
        .sign(&Checkpoint {
            origin: origin(name),
            size: u64::try_from(first + count).unwrap(),
            root: TreeHash::of_leaf("another"),
        })
        .unwrap();
    let sql = "UPDATE batches SET checkpoint = ?1 WHERE first = ?2";
    assert_eq!(
        database
            .execute(sql, rusqlite::params![note, first])
            .unwrap(),
        1
    );
}
