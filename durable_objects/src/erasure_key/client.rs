//! The client of a tenant's [`ErasureKey`](super::ErasureKey) object.

use lango_identity::TenantScope;
use lango_vault::ErasureKeyText;
use worker::Env;

use crate::exchange::{Peer, Unreachable};

const BINDING: &str = "ERASURE_KEY";

pub(super) const PATH_GET: &str = "/get";
pub(super) const PATH_GET_OR_CREATE: &str = "/get_or_create";
pub(super) const PATH_DESTROY: &str = "/destroy";
pub(super) const PATH_ERASE: &str = "/erase";

/// One tenant's erasure key.
pub struct ErasureKeyClient(Peer);

impl ErasureKeyClient {
    /// Of the scope's own tenant.
    ///
    /// # Errors
    /// [`Unreachable`] when the class is not bound.
    pub fn of(env: &Env, scope: &TenantScope) -> Result<Self, Unreachable> {
        Peer::named(env, BINDING, "ErasureKey", scope.tenant().as_str()).map(Self)
    }

    /// The key, where the tenant has one.
    ///
    /// # Errors
    /// [`Unreachable`]: nothing of the tenant's can be opened meanwhile.
    pub async fn get(&self) -> Result<Option<ErasureKeyText>, Unreachable> {
        self.0.ask(PATH_GET, &()).await
    }

    /// The key, for sealing: made if there is none. It is durable with the answer.
    ///
    /// # Errors
    /// [`Unreachable`]: nothing must be sealed.
    pub async fn get_or_create(&self) -> Result<ErasureKeyText, Unreachable> {
        self.0.ask(PATH_GET_OR_CREATE, &()).await
    }

    /// Destroys the key: with the answer it is gone, and everything that was sealed for
    /// the tenant is unreadable, in every copy. Says which generation it was; `None` when
    /// there was none.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub async fn destroy(&self) -> Result<Option<u32>, Unreachable> {
        self.0.ask(PATH_DESTROY, &()).await
    }

    /// Destroys the key and forgets that there was one: the tenant is erased.
    ///
    /// # Errors
    /// [`Unreachable`]: it is to be asked again.
    pub(crate) async fn erase(&self) -> Result<(), Unreachable> {
        self.0.ask(PATH_ERASE, &()).await
    }
}
