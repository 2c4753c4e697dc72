//! Layers 1 and 2: a request in, who asks identified.

use std::net::IpAddr;

use lango_audit_log::Layer;
use lango_durable_objects::Store;
use lango_identity::{ClaimedAdmin, KeyId, PlatformStanding};
use lango_store::platform_standing;
use worker::Request;

use super::Gateway;
use crate::{
    clock,
    denial::Denial,
    layers::{
        identity::{self, BootstrapIdentified, Identified, PlatformIdentified, Takes},
        transport::{self, Expectation},
    },
    routes::incoming,
    state::flood,
};

impl Gateway {
    /// Layers 1 and 2: a request in, a tenant's key identified.
    pub(crate) async fn receive(
        &self,
        request: Request,
        expectation: Expectation<'_>,
        takes: Takes,
    ) -> Result<Identified, Denial> {
        let address = incoming::address(&request, &self.settings.client_address);
        let received = self
            .transport(request, expectation)
            .await?
            .that_came_from(address);
        self.meet(identity::token(&received)).await?;
        self.meet(identity::cookie(&received, &self.settings))
            .await?;
        let identified = identity::identify(received, takes, &self.settings, clock::now_seconds());
        self.counted(address, identified).await
    }

    /// Layers 1 and 2 for whoever runs the platform: their token is signed, and the
    /// store says that it is in force.
    pub(crate) async fn receive_platform(
        &self,
        request: Request,
        expectation: Expectation<'_>,
    ) -> Result<PlatformIdentified, Denial> {
        let address = incoming::address(&request, &self.settings.client_address);
        let received = self.transport(request, expectation).await?;
        self.meet(identity::token(&received)).await?;
        let now = clock::now_seconds();
        let identified = match identity::identify_platform_admin(received, &self.settings, now) {
            Ok(claimed) => {
                let standing = self.platform_standing(claimed.session()).await?;
                claimed.standing(standing.as_ref(), now)
            }
            Err(denial) => Err(denial),
        };
        self.counted(address, identified).await
    }

    /// Layers 1 and 2 for whoever makes the first platform admin.
    pub(crate) async fn receive_bootstrap(
        &self,
        request: Request,
        expectation: Expectation<'_>,
    ) -> Result<BootstrapIdentified, Denial> {
        let address = incoming::address(&request, &self.settings.client_address);
        let received = self.transport(request, expectation).await?;
        self.meet(identity::token(&received)).await?;
        let identified =
            identity::identify_bootstrap(received, &self.settings, clock::now_seconds());
        self.counted(address, identified).await
    }

    /// Whoever could not be identified counts against where the request came from.
    async fn counted<T>(
        &self,
        address: Option<IpAddr>,
        identified: Result<T, Denial>,
    ) -> Result<T, Denial> {
        match identified {
            Ok(identified) => Ok(identified),
            Err(denial) => Err(flood::count_failure(self, address, denial).await),
        }
    }

    /// Before a signed text is verified: it may name a key that was made a moment
    /// ago, elsewhere.
    pub(crate) async fn meet(&self, text: Option<&str>) -> Result<(), Denial> {
        match text {
            Some(text) => self.settings.key_cell().meet(&self.env, text).await,
            None => Ok(()),
        }
    }

    /// Without the store nobody is let in.
    async fn platform_standing(&self, session: &KeyId) -> Result<Option<PlatformStanding>, Denial> {
        let unavailable = |reason: String| Denial::unavailable(Layer::Identity, reason);
        let store = Store::bound(&self.env).map_err(|error| unavailable(error.to_string()))?;
        platform_standing(&store, ClaimedAdmin::of_sign_in(), session)
            .await
            .map_err(|error| unavailable(error.to_string()))
    }

    async fn transport(
        &self,
        request: Request,
        expectation: Expectation<'_>,
    ) -> Result<transport::Received, Denial> {
        let (head, request) = incoming::head(request)?;
        let accepted = transport::accept(head, expectation, &self.settings.transport)?;
        let body = if accepted.has_body() {
            incoming::body(request).await?
        } else {
            Some(Vec::new())
        };
        accepted.with_body(body)
    }
}
