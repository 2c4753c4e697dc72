//! `/password`: the page on which somebody who was invited sets a password.

use lango_oauth::Parameters;
use lango_sign_in::Password;
use worker::{Method, Request, Response};

use super::{entry_pages, pages, visit::Visit};
use crate::{
    denial::Denial, gateway::Gateway, layers::transport::Expectation, sign_in::password::accept,
};

const METHODS: Expectation<'_> = Expectation {
    methods: &["GET", "POST"],
};

pub(super) async fn answer(request: Request, gateway: &Gateway) -> Result<Response, Denial> {
    let sets = request.method() == Method::Post;
    let visit = Visit::receive_form(request, gateway, METHODS).await?;
    if sets {
        return set(gateway, &visit).await;
    }
    let invitation = Parameters::parse(visit.query().as_bytes()).ok();
    let invitation = invitation.as_ref().and_then(|it| it.get("invitation"));
    match invitation {
        Some(invitation) => entry_pages::choose_password(200, invitation, None),
        None => pages::error(400, "Open this page by the link of your invitation."),
    }
}

async fn set(gateway: &Gateway, visit: &Visit) -> Result<Response, Denial> {
    visit.require_own_page()?;
    let form = visit.form()?;
    let typed = |name| form.get(name).unwrap_or_default();
    let invitation = typed("invitation");
    if typed("new") != typed("again") {
        let notice = Some("These are two different passwords.");
        return entry_pages::choose_password(422, invitation, notice);
    }
    let new = Password::new(typed("new").to_owned());
    match accept(gateway, invitation, &new).await {
        Ok(()) => entry_pages::password_is_set(),
        Err(denial) if denial.status == 422 => {
            entry_pages::choose_password(422, invitation, Some(&denial.detail))
        }
        Err(denial) if denial.status == 401 => pages::error(401, &denial.detail),
        Err(denial) => Err(denial),
    }
}
