//! `/platform/v1/signing-keys`: the keys that sign tokens, rotated and, when one has
//! leaked, withdrawn.

use lango_audit_log::Layer;
use lango_identity::{
    NEW_KEY_RANDOM_LENGTH, RingError, ShownSigningKey, SigningKeyState, SigningStart,
};
use lango_store::{rotate_signing_keys, withdraw_signing_key};
use serde::{Deserialize, Serialize};
use worker::{Method, Request, Response, console_log};
use zeroize::Zeroizing;

use super::{
    call::{store, store_failed},
    empty, json, no_such_thing, parse,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    layers::{identity::PlatformIdentified, transport::Expectation},
    state::signing_keys::KeyCell,
};

const COLLECTION: Expectation<'_> = Expectation {
    methods: &["GET", "POST"],
};
const ITEM: Expectation<'_> = Expectation {
    methods: &["DELETE"],
};

/// What `POST` takes.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotate {
    /// Whether the new key signs at once, because an older one has leaked, and not
    /// only when every part of the deployment knows it.
    #[serde(default)]
    at_once: bool,
}

/// A key as it is shown.
#[derive(Serialize)]
struct SigningKeyItem {
    kid: String,
    public_key: String,
    state: &'static str,
    of_secret: bool,
    created_at: Option<i64>,
    signs_from: Option<i64>,
    verifies_until: Option<i64>,
}

pub(super) async fn collection(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let creates = request.method() == Method::Post;
    let identified = gateway.receive_platform(request, COLLECTION).await?;
    if creates {
        let rotate: Rotate = parse(identified.body())?;
        return rotated(&identified, gateway, &rotate).await;
    }
    let cell = gateway.settings.key_cell();
    cell.read_again(&gateway.env).await?;
    json(
        200,
        &serde_json::json!({ "items": items(cell), "next": null }),
    )
}

pub(super) async fn item(
    request: Request,
    gateway: &Gateway,
    kid: &str,
) -> Result<Response, Denial> {
    let identified = gateway.receive_platform(request, ITEM).await?;
    let cell = gateway.settings.key_cell();
    // What is decided here is decided by what is stored now.
    cell.read_again(&gateway.env).await?;
    let withdrawal = cell
        .ring()
        .withdraw(kid, clock::now_seconds())
        .map_err(refused)?;
    withdraw_signing_key(&store(gateway)?, identified.scope(), &withdrawal)
        .await
        .map_err(|error| store_failed(&error))?;
    cell.read_again(&gateway.env).await?;
    tell("signing_key.withdraw", &withdrawal.kid, &identified);
    empty(204)
}

async fn rotated(
    identified: &PlatformIdentified,
    gateway: &Gateway,
    rotate: &Rotate,
) -> Result<Response, Denial> {
    let cell = gateway.settings.key_cell();
    cell.read_again(&gateway.env).await?;
    let mut random = Zeroizing::new([0; NEW_KEY_RANDOM_LENGTH]);
    clock::fill(&mut *random)?;
    let start = if rotate.at_once {
        SigningStart::AtOnce
    } else {
        SigningStart::Published
    };
    let rotation = cell
        .ring()
        .rotate(start, &random, cell.seal(), clock::now_ms())
        .map_err(refused)?;
    rotate_signing_keys(&store(gateway)?, identified.scope(), &rotation)
        .await
        .map_err(|error| store_failed(&error))?;
    cell.read_again(&gateway.env).await?;
    tell("signing_key.rotate", &rotation.kid, identified);
    let new = items(cell).into_iter().find(|key| key.kid == rotation.kid);
    let new = new.ok_or_else(|| Denial::internal("a new signing key is not there"))?;
    json(201, &new)
}

fn items(cell: &KeyCell) -> Vec<SigningKeyItem> {
    let shown = cell.ring().shown(clock::now_seconds());
    shown.into_iter().map(SigningKeyItem::from).collect()
}

fn tell(event: &str, kid: &str, identified: &PlatformIdentified) {
    let line = serde_json::json!({ "event": event, "kid": kid, "actor": identified.admin() });
    console_log!("{line}");
}

fn refused(error: RingError) -> Denial {
    let conflict = |code, detail| Denial::new(Layer::Access, code, 409, detail);
    match error {
        RingError::Unknown => no_such_thing("There is no such signing key."),
        RingError::Newest => conflict(
            "newest_key",
            "This is the newest signing key. Rotate first, with at_once when it has leaked; then \
             withdraw it.",
        ),
        RingError::TooMany => conflict(
            "too_many_keys",
            "Too many signing keys are in force. Withdraw those that nobody needs.",
        ),
        RingError::Seal => Denial::internal("a signing key was not sealed"),
    }
}

impl From<ShownSigningKey> for SigningKeyItem {
    fn from(key: ShownSigningKey) -> Self {
        Self {
            kid: key.kid,
            public_key: key.public_key,
            state: match key.state {
                SigningKeyState::Waiting => "waiting",
                SigningKeyState::Signing => "signing",
                SigningKeyState::Verifying => "verifying",
            },
            of_secret: key.of_secret,
            created_at: key.created_at,
            signs_from: key.signs_from,
            verifies_until: key.verifies_until,
        }
    }
}
