//! Handing entries over, and asking whether they are kept.

use lango_connector_runtime::Call;
use lango_siem::{Batch, Body, Deliver, Delivery, Origin, batch, read_acks, read_answer, sign};
use sha2::{Digest as _, Sha256};
use worker::Date;
use zeroize::Zeroizing;

use crate::{
    exchange::{self, Fields, Received},
    settings::{Access, Place, Settings},
    syslog,
};

/// Hands entries over, or asks about those that were.
pub(crate) async fn deliver(
    settings: &Settings<'_>,
    call: &Call<'_>,
    wanted: &Deliver,
) -> Delivery {
    if let Some(receipt) = &wanted.receipt {
        return ask(settings, call, wanted, receipt).await;
    }
    let origin = Origin {
        tenant: call.tenant,
        version: env!("CARGO_PKG_VERSION"),
    };
    let now_ms = i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX);
    let batch = batch(settings.receiver(), origin, wanted, now_ms);
    let Some(body) = &batch.body else {
        return batch.taken();
    };
    match &settings.place {
        Place::Socket(server) => match syslog::send(server, &body.bytes).await {
            Ok(()) => batch.taken(),
            Err(why) => Delivery::retry(why),
        },
        Place::Http { endpoint, access } => {
            let id = body_id(call, wanted, &batch);
            let fields = match fields(access, call, wanted, body, &id).await {
                Ok(fields) => fields,
                Err(delivery) => return delivery,
            };
            match exchange::post(endpoint.as_str(), fields, &body.bytes).await {
                Ok(received) => read(settings, access, &received, &batch),
                Err(_) => Delivery::retry("The receiver could not be reached."),
            }
        }
    }
}

fn read(
    settings: &Settings<'_>,
    access: &Access<'_>,
    received: &Received,
    batch: &Batch,
) -> Delivery {
    if let (Access::Entra(application), 401) = (access, received.status) {
        application.forget();
        return Delivery::retry("Sentinel does not take the token any more.");
    }
    read_answer(settings.kind, &received.answer(), batch)
}

async fn ask(
    settings: &Settings<'_>,
    call: &Call<'_>,
    wanted: &Deliver,
    receipt: &str,
) -> Delivery {
    let Place::Http {
        access: access @ Access::Splunk {
            acks: Some(endpoint),
            ..
        },
        ..
    } = &settings.place
    else {
        // Somebody has changed the receiver: in time, all of it is sent again.
        return Delivery::NotYet;
    };
    let body = Body {
        media_type: "application/json",
        bytes: format!("{{\"acks\":[{receipt}]}}").into_bytes(),
    };
    let fields = match fields(access, call, wanted, &body, "").await {
        Ok(fields) => fields,
        Err(delivery) => return delivery,
    };
    match exchange::post(endpoint.as_str(), fields, &body.bytes).await {
        Ok(received) => read_acks(&received.answer(), receipt),
        Err(_) => Delivery::retry("The receiver could not be reached."),
    }
}

/// The header fields of a body: what it is, and what signs in.
pub(crate) async fn fields(
    access: &Access<'_>,
    call: &Call<'_>,
    wanted: &Deliver,
    body: &Body,
    id: &str,
) -> Result<Fields, Delivery> {
    let mut fields: Fields = vec![
        ("content-type", Zeroizing::new(body.media_type.to_owned())),
        ("user-agent", Zeroizing::new("Lango".to_owned())),
    ];
    let mut put = |name, value: String| fields.push((name, Zeroizing::new(value)));
    match access {
        Access::Splunk { token, acks } => {
            put("authorization", format!("Splunk {token}"));
            if acks.is_some() {
                put(
                    "x-splunk-request-channel",
                    channel(call.tenant, &wanted.stream),
                );
            }
        }
        Access::Elastic(key) => put("authorization", format!("ApiKey {key}")),
        Access::Datadog(key) => put("dd-api-key", (*key).to_owned()),
        Access::Entra(application) => {
            let token = application.token().await?;
            put("authorization", format!("Bearer {}", token.as_str()));
        }
        Access::Signed { token, key } => {
            if !token.is_empty() {
                put("authorization", format!("Bearer {token}"));
            }
            let now_s = Date::now().as_millis() / 1_000;
            if let Some(signed) = sign(key, id, now_s, &body.bytes) {
                put("webhook-id", signed.id);
                put("webhook-timestamp", signed.timestamp);
                put("webhook-signature", signed.signature);
            }
        }
    }
    Ok(fields)
}

/// The same however often the same entries are sent.
fn body_id(call: &Call<'_>, wanted: &Deliver, batch: &Batch) -> String {
    let first = wanted.entries.first().map_or(0, |entry| entry.index);
    format!("{}-{first}-{}", call.tenant, batch.count)
}

/// A GUID of the stream's own: acknowledgements are counted by channel.
fn channel(tenant: &str, stream: &str) -> String {
    let hash = Sha256::digest(format!("lango splunk channel {tenant}/{stream}"));
    let hex: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_channel_is_a_guid_and_stays() {
        let channel = super::channel("t_1", "as_1");
        let lengths: Vec<_> = channel.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(channel, super::channel("t_1", "as_1"));
        assert_ne!(channel, super::channel("t_2", "as_1"));
    }
}
