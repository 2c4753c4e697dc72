//! One-time codes on their way to a telephone.

use std::rc::Rc;

use lango_audit_log::Layer;
use lango_durable_objects::SignInGuardClient;
use lango_sign_in::{CODE_SECONDS, OneTimeCode, PhoneNumber};
use lango_store::{Login, claimed_account};
use worker::{console_error, console_log};

use super::{
    Place,
    configuration::Carrier,
    proof::{claim, may_sign_in, noted},
    unreachable,
};
use crate::{
    clock,
    denial::Denial,
    gateway::Gateway,
    routes::call::{store, store_failed},
};

/// Sends a code to a number, if it is somebody's. Whether it is shows nowhere: what is
/// done takes place after the answer.
///
/// # Errors
/// A denial where this deployment sends no codes at all.
pub(crate) fn send(gateway: &Rc<Gateway>, place: Place, phone: PhoneNumber) -> Result<(), Denial> {
    if matches!(gateway.settings.sign_in.carrier, Carrier::Nobody) {
        return Err(nobody_sends());
    }
    let background = Rc::clone(gateway);
    gateway.context.wait_until(async move {
        if let Err(denial) = make_and_send(&background, &place, &phone).await {
            console_error!(
                "a one-time code was not sent: {}",
                denial.internal.unwrap_or(denial.detail.into_boxed_str())
            );
        }
    });
    Ok(())
}

async fn make_and_send(
    gateway: &Gateway,
    place: &Place,
    phone: &PhoneNumber,
) -> Result<(), Denial> {
    let claim = claim(gateway, place, phone.as_str()).await?;
    let found = claimed_account(
        &store(gateway)?,
        &claim.tenant,
        place.kind,
        Login::Phone(phone.as_str()),
    )
    .await
    .map_err(|error| store_failed(&error))?;
    let allowed = found.settings.code_sign_in && may_sign_in(place.kind, &found.settings);
    let account = found
        .account
        .filter(|account| account.suspended_at.is_none());
    let Some(account) = account.filter(|_| allowed) else {
        return Ok(());
    };
    let code = random_code()?;
    let configuration = &gateway.settings.sign_in;
    let digest = configuration.codes.digest(&claim.guard.to_string(), &code);
    let guard = SignInGuardClient::named(&gateway.env, &claim.guard).map_err(unreachable)?;
    // One that was sent a moment ago is on its way.
    if guard
        .issue_code(digest)
        .await
        .map_err(unreachable)?
        .is_err()
    {
        return Ok(());
    }
    let noted = noted(
        gateway,
        "sign_in.code_sent",
        place.kind,
        &account.principal_id,
    );
    guard.note(&noted).await.map_err(unreachable)?;
    match &configuration.carrier {
        Carrier::WhatsApp(whatsapp) => whatsapp
            .send(&gateway.env, phone, &code)
            .await
            .map_err(|reason| Denial::unavailable(Layer::Identity, reason)),
        Carrier::Console => {
            let minutes = CODE_SECONDS / 60;
            console_log!(
                "This machine sends no WhatsApp messages. The one-time code of {}, good for {minutes} minutes: {}",
                account.principal_id,
                code.expose()
            );
            Ok(())
        }
        Carrier::Nobody => Ok(()),
    }
}

fn random_code() -> Result<OneTimeCode, Denial> {
    loop {
        if let Some(code) = OneTimeCode::from_random(clock::random()?) {
            return Ok(code);
        }
    }
}

fn nobody_sends() -> Denial {
    Denial::new(
        Layer::Identity,
        "no_carrier",
        501,
        "This deployment sends no one-time codes: its operator has not set up WhatsApp. Sign in \
         with a password.",
    )
}
