//! `/platform/v1/signing-keys`: the keys that sign tokens, rotated and, when one has
//! leaked, withdrawn.

use lango_api::{RotateSigningKey, SigningKeyView, Timestamp};
use lango_audit_log::Layer;
use lango_identity::{
    NEW_KEY_RANDOM_LENGTH, RingError, ShownSigningKey, SigningKeyState, SigningStart,
};
use lango_store::{rotate_signing_keys, withdraw_signing_key};
use worker::Response;
use zeroize::Zeroizing;

use super::{
    call::{done, listed, store, store_failed, unknown},
    platform::PlatformCall,
    roles::whole,
};
use crate::{clock, denial::Denial, gateway::Done, state::signing_keys::KeyCell};

/// What of a name that is none goes into the log.
const LONGEST_KID: usize = 64;

pub(super) async fn list(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let page = call.page()?;
    let cell = call.gateway.settings.key_cell();
    cell.read_again(&call.gateway.env).await?;
    let mut keys = items(cell);
    keys.sort_by(|one, other| one.kid.cmp(&other.kid));
    keys.retain(|key| page.is_behind(&key.kid));
    listed(page.cut(keys, |key| &key.kid), |key| key)
}

/// What is decided is decided by what is stored now.
pub(super) async fn rotate(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let wanted: RotateSigningKey = call.body()?;
    call.create("signing_key.rotate", None, whole, async |identified| {
        let cell = gateway.settings.key_cell();
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
        let new = find(cell, &rotation.kid)
            .ok_or_else(|| Denial::internal("a new signing key is not there"))?;
        Ok(Done::created(new.clone(), &new))
    })
    .await
}

pub(super) async fn withdraw(call: PlatformCall<'_>) -> Result<Response, Denial> {
    let gateway = call.gateway;
    let kid = call.captured("kid").to_owned();
    let target = Some(kid.chars().take(LONGEST_KID).collect());
    call.act("signing_key.withdraw", target, async |identified| {
        let cell = gateway.settings.key_cell();
        cell.read_again(&gateway.env).await?;
        let before = find(cell, &kid);
        let withdrawal = cell
            .ring()
            .withdraw(&kid, clock::now_seconds())
            .map_err(refused)?;
        withdraw_signing_key(&store(gateway)?, identified.scope(), &withdrawal)
            .await
            .map_err(|error| store_failed(&error))?;
        cell.read_again(&gateway.env).await?;
        Ok(Done::removed((), &before))
    })
    .await?;
    done()
}

fn find(cell: &KeyCell, kid: &str) -> Option<SigningKeyView> {
    items(cell).into_iter().find(|key| key.kid == kid)
}

fn items(cell: &KeyCell) -> Vec<SigningKeyView> {
    let shown = cell.ring().shown(clock::now_seconds());
    shown.into_iter().map(view).collect()
}

fn refused(error: RingError) -> Denial {
    let conflict = |code, detail| Denial::new(Layer::Access, code, 409, detail);
    match error {
        RingError::Unknown => unknown("signing key"),
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
