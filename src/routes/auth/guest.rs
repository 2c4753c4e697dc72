//! A request of somebody who is nobody yet.

use std::{net::IpAddr, rc::Rc};

use lango_api::{Route, SignInKind};
use lango_audit_log::Layer;
use lango_oauth::Site;
use lango_sign_in::{Email, PhoneNumber};
use lango_store::AccountKind;
use serde::de::DeserializeOwned;
use worker::Request;

use crate::{
    denial::Denial,
    gateway::Gateway,
    layers::transport::{self, Expectation},
    routes::{incoming, parse},
    sign_in::Place,
    state::flood,
};

/// What layer 1 has let through.
pub(in crate::routes) struct Guest<'a> {
    pub(in crate::routes) gateway: &'a Rc<Gateway>,
    /// Where it came from, where that is known.
    pub(in crate::routes) address: Option<IpAddr>,
    /// The deployment as the guest sees it, where it has an address.
    pub(in crate::routes) site: Option<Site>,
    origin: Option<String>,
    body: Vec<u8>,
}

impl<'a> Guest<'a> {
    /// Takes a request in, through layer 1.
    pub(in crate::routes) async fn receive(
        request: Request,
        gateway: &'a Rc<Gateway>,
        route: &'static Route,
    ) -> Result<Self, Denial> {
        let methods = [route.method.name()];
        let address = incoming::address(&request, &gateway.settings.client_address);
        let (head, request) = incoming::head(request)?;
        let expectation = Expectation { methods: &methods };
        let accepted = transport::accept(head, expectation, &gateway.settings.transport)?;
        let head = accepted.head().clone();
        let body = incoming::body(request).await?;
        Ok(Self {
            gateway,
            address,
            site: gateway.settings.site(&head.reached_at()),
            origin: head.origin,
            body: accepted.into_body(body)?,
        })
    }

    /// The body.
    pub(in crate::routes) fn body<T: DeserializeOwned>(&self) -> Result<T, Denial> {
        parse(&self.body)
    }

    /// Somebody failed to show who they are: addresses that do so too
    /// often are turned away before anything is asked of them.
    pub(in crate::routes) async fn counted<T>(
        &self,
        result: Result<T, Denial>,
    ) -> Result<T, Denial> {
        match result {
            Err(denial) if denial.status == 401 => {
                Err(flood::count_failure(self.gateway, self.address, denial).await)
            }
            other => other,
        }
    }

    /// The deployment's own pages, or a program: no other site signs a browser in.
    pub(in crate::routes) fn own_site(&self) -> Result<&Site, Denial> {
        let site = self.site.as_ref().ok_or_else(|| {
            let detail = "This deployment has no public address, so no browser signs in here. Its \
                          operator has to set LANGO_PUBLIC_ORIGIN.";
            Denial::new(Layer::Identity, "no_public_origin", 404, detail)
        })?;
        match self.origin.as_deref() {
            Some(origin) if origin != site.issuer() => {
                let detail = "A browser signs in from Lango's own pages.";
                Err(Denial::new(Layer::Transport, "origin", 403, detail))
            }
            _ => Ok(site),
        }
    }
}

/// Where somebody says that they have an account.
pub(in crate::routes) fn place(tenant: &str, kind: SignInKind) -> Place {
    let kind = match kind {
        SignInKind::Employee => AccountKind::Employee,
        SignInKind::Customer => AccountKind::Customer,
    };
    Place::new(tenant, kind)
}

/// What nobody could have is said to be wrong at once: that tells nobody anything.
pub(in crate::routes) fn email(text: &str) -> Result<Email, Denial> {
    Email::parse(text).map_err(|error| unfit("email", &error))
}

/// The same for a telephone number.
pub(in crate::routes) fn phone(text: &str) -> Result<PhoneNumber, Denial> {
    PhoneNumber::parse(text).map_err(|error| unfit("phone", &error))
}

pub(in crate::routes) fn unfit(member: &'static str, error: &impl ToString) -> Denial {
    let detail = format!("Correct {member}: {}.", error.to_string());
    Denial::new(Layer::Screening, member, 422, detail)
}
