//! `/platform/v1/signing-keys`: the keys that sign tokens, rotated and, when one has
//! leaked, withdrawn.

use lango_api::{List, RotateSigningKey, SigningKeyView, Timestamp};
use lango_audit_log::Layer;
use lango_identity::{
    NEW_KEY_RANDOM_LENGTH, RingError, ShownSigningKey, SigningKeyState, SigningStart,
};
use lango_store::{rotate_signing_keys, withdraw_signing_key};
use worker::{Request, Response, console_log};
use zeroize::Zeroizing;

use super::{
    call::{Captured, done, store, store_failed},
    json, no_such_thing, parse,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    layers::{identity::PlatformIdentified, transport::Expectation},
    state::signing_keys::KeyCell,
};

const GET: Expectation<'_> = Expectation { methods: &["GET"] };
const POST: Expectation<'_> = Expectation { methods: &["POST"] };
const DELETE: Expectation<'_> = Expectation {
    methods: &["DELETE"],
};

pub(super) async fn list(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    gateway.receive_platform(request, GET).await?;
    let cell = gateway.settings.key_cell();
    cell.read_again(&gateway.env).await?;
    // As many as there may be fit on one page.
    let (items, next) = (items(cell), None);
    json(200, &List { items, next })
}

pub(super) async fn rotate(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let identified = gateway.receive_platform(request, POST).await?;
    let wanted: RotateSigningKey = parse(identified.body())?;
    let cell = gateway.settings.key_cell();
    // What is decided here is decided by what is stored now.
    cell.read_again(&gateway.env).await?;
    let mut random = Zeroizing::new([0; NEW_KEY_RANDOM_LENGTH]);
    clock::fill(&mut *random)?;
    let start = if wanted.at_once {
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
    tell("signing_key.rotate", &rotation.kid, &identified);
    let new = items(cell).into_iter().find(|key| key.kid == rotation.kid);
    let new = new.ok_or_else(|| Denial::internal("a new signing key is not there"))?;
    json(201, &new)
}

pub(super) async fn withdraw(
    request: Request,
    gateway: &Gateway,
    captured: &Captured,
) -> Result<Response, Denial> {
    let identified = gateway.receive_platform(request, DELETE).await?;
    let kid = captured.first().map_or("", |(_, kid)| kid.as_str());
    let cell = gateway.settings.key_cell();
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
    done()
}

fn items(cell: &KeyCell) -> Vec<SigningKeyView> {
    let shown = cell.ring().shown(clock::now_seconds());
    shown.into_iter().map(view).collect()
}

fn tell(event: &str, kid: &str, identified: &PlatformIdentified) {
    let line = serde_json::json!({ "event": event, "kid": kid, "actor": identified.subject() });
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

fn view(key: ShownSigningKey) -> SigningKeyView {
    SigningKeyView {
        kid: key.kid,
        public_key: key.public_key,
        state: match key.state {
            SigningKeyState::Waiting => lango_api::SigningKeyState::Waiting,
            SigningKeyState::Signing => lango_api::SigningKeyState::Signing,
            SigningKeyState::Verifying => lango_api::SigningKeyState::Verifying,
        },
        of_secret: key.of_secret,
        created_at: key.created_at.map(Timestamp::from_millis),
        signs_from: key.signs_from.map(Timestamp::from_seconds),
        verifies_until: key.verifies_until.map(Timestamp::from_seconds),
    }
}
