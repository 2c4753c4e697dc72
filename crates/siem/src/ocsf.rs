//! OCSF 1.8.0, class 6003 *API Activity*.

use serde_json::{Map, Value, json};

use crate::{Activity, End, Event, Origin};

const OCSF_VERSION: &str = "1.8.0";
const CATEGORY: u32 = 6;
const CLASS: u32 = 6003;

/// An event. `raw_data` is the leaf itself, of which the receiver can compute the hash
/// that the log's tree holds.
pub(crate) fn ocsf(event: &Event<'_>, origin: Origin<'_>, with_raw_data: bool) -> Value {
    let (activity_id, activity) = activity(event);
    // What has no name of OCSF's has the log's own.
    let activity_name = match event.activity() {
        Activity::Other => event.kind(),
        _ => activity,
    };
    let mut members = Map::new();
    let mut put = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    put("activity_id", activity_id.into());
    put("activity_name", activity_name.into());
    put("category_uid", CATEGORY.into());
    put("category_name", "Application Activity".into());
    put("class_uid", CLASS.into());
    put("class_name", "API Activity".into());
    put("type_uid", (CLASS * 100 + activity_id).into());
    put("type_name", format!("API Activity: {activity}").into());
    put("time", event.at_ms().into());
    put("message", event.sentence().into());
    put("metadata", metadata(event, origin));
    put("actor", actor(event));
    put("api", api(event));
    put("src_endpoint", src_endpoint(event));
    let (severity_id, severity) = severity(event);
    put("severity_id", severity_id.into());
    put("severity", severity.into());
    let (status_id, status) = status(event);
    put("status_id", status_id.into());
    put("status", status.into());
    if let Some(code) = event.code() {
        put("status_code", code.into());
    }
    if let Some(layer) = event.layer() {
        put(
            "status_detail",
            format!("refused by the {layer} layer").into(),
        );
    }
    if let Some(duration) = event.duration_ms() {
        put("duration", duration.into());
    }
    let resources = resources(event);
    if !resources.is_empty() {
        put("resources", resources.into());
    }
    let unmapped: Map<_, _> = event
        .extras()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    if !unmapped.is_empty() {
        put("unmapped", unmapped.into());
    }
    if with_raw_data {
        put("raw_data", event.leaf.into());
    }
    Value::Object(members)
}

fn activity(event: &Event<'_>) -> (u32, &'static str) {
    match event.activity() {
        Activity::Create => (1, "Create"),
        Activity::Read => (2, "Read"),
        Activity::Update => (3, "Update"),
        Activity::Delete => (4, "Delete"),
        Activity::Other => (99, "Other"),
    }
}

fn severity(event: &Event<'_>) -> (u32, &'static str) {
    match (event.end(), event.is_suspicious()) {
        (End::Denied, _) | (_, true) => (3, "Medium"),
        (End::Failed | End::Unknown, _) => (2, "Low"),
        (End::Succeeded, _) => (1, "Informational"),
    }
}

fn status(event: &Event<'_>) -> (u32, &'static str) {
    match event.end() {
        End::Succeeded => (1, "Success"),
        End::Failed | End::Denied => (2, "Failure"),
        End::Unknown => (0, "Unknown"),
    }
}

fn metadata(event: &Event<'_>, origin: Origin<'_>) -> Value {
    let mut metadata = json!({
        "version": OCSF_VERSION,
        "product": {"name": "Lango", "vendor_name": "Lango", "version": origin.version},
        "uid": event.uid(origin),
        "sequence": event.index,
        "tenant_uid": origin.tenant,
        "log_name": "audit",
    });
    if let (Some(id), Value::Object(metadata)) = (event.call_id(), &mut metadata) {
        metadata.insert("correlation_uid".to_owned(), id.into());
    }
    metadata
}

fn actor(event: &Event<'_>) -> Value {
    let (type_id, kind) = match event.actor() {
        Some("employee") => (1, "User"),
        Some("assistant") => (1, "User"),
        Some("support" | "platform_admin") => (2, "Admin"),
        Some("program") => (4, "Service"),
        Some(other) => (99, other),
        None => (0, "Unknown"),
    };
    let mut user = json!({
        "uid": event.principal().unwrap_or("unknown"),
        "type_id": type_id,
        "type": kind,
    });
    if let (Some(key), Value::Object(user)) = (event.key_id(), &mut user) {
        // In 1.8.0 in place of `credential_uid`.
        user.insert("programmatic_credentials".to_owned(), json!([{"uid": key}]));
    }
    match event.actor() {
        Some("assistant") => json!({"user": user, "app_name": "assistant"}),
        _ => json!({"user": user}),
    }
}

fn api(event: &Event<'_>) -> Value {
    let mut api = Map::new();
    api.insert("operation".to_owned(), event.operation().into());
    api.insert("group".to_owned(), json!({"name": event.kind()}));
    let service = event.connector().unwrap_or("lango");
    let mut of = json!({"name": service});
    if let (Some(connection), Value::Object(of)) = (event.connection(), &mut of) {
        of.insert("uid".to_owned(), connection.into());
    }
    api.insert("service".to_owned(), of);
    if let Some(id) = event.call_id() {
        api.insert("request".to_owned(), json!({"uid": id}));
    }
    Value::Object(api)
}

/// The log has no address: whoever asks is known by what they show.
fn src_endpoint(event: &Event<'_>) -> Value {
    let mut endpoint = json!({"uid": event.key_id().unwrap_or("unknown")});
    if let (Some(country), Value::Object(endpoint)) = (event.country(), &mut endpoint) {
        endpoint.insert("location".to_owned(), json!({"country": country}));
    }
    endpoint
}

fn resources(event: &Event<'_>) -> Vec<Value> {
    event
        .target()
        .map(|target| json!({"uid": target}))
        .into_iter()
        .collect()
}
