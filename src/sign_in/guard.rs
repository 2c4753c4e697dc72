//! The guards of one attempt: its account's and its address's. Both have counted it as
//! failed before anything is looked at.

use std::net::IpAddr;

use futures_util::future::join;
use lango_audit_log::Layer;
use lango_durable_objects::{Noted, SignInGuardClient};
use lango_identity::SignInGuardName;
use lango_sign_in::Locked;
use worker::{Env, console_error};

use super::{configuration::SignInConfiguration, unreachable};
use crate::denial::Denial;

/// An attempt that both guards have let through, and counted.
pub(crate) struct Attempted {
    account: SignInGuardClient,
    address: Option<SignInGuardClient>,
    locks: bool,
}

impl Attempted {
    /// Counts an attempt on an account from an address, where that is known.
    ///
    /// # Errors
    /// A denial with 429 while either is locked: the same whether or not there is such
    /// an account.
    pub(crate) async fn begin(
        env: &Env,
        configuration: &SignInConfiguration,
        account: &SignInGuardName,
        address: Option<IpAddr>,
    ) -> Result<Self, Denial> {
        let account = SignInGuardClient::named(env, account).map_err(unreachable)?;
        let address = address
            .filter(is_a_clients)
            .map(|address| SignInGuardName::of_address(guard_of(configuration, address)))
            .map(|name| SignInGuardClient::named(env, &name))
            .transpose()
            .map_err(unreachable)?;
        let of_address = async {
            match &address {
                Some(guard) => guard.begin().await.map(Some),
                None => Ok(None),
            }
        };
        let (of_account, of_address) = join(account.begin(), of_address).await;
        let counted = of_account.map_err(unreachable)?.map_err(locked)?;
        if let Some(counted) = of_address.map_err(unreachable)? {
            counted.map_err(locked)?;
        }
        Ok(Self {
            account,
            address,
            locks: counted.locks,
        })
    }

    /// It was wrong. A known account's log hears of it, and whether it has locked.
    pub(crate) async fn fail(self, noted: Option<Noted>) -> Result<(), Denial> {
        let noted = noted.map(|noted| Noted {
            refused: if self.locks {
                Some("locked".to_owned())
            } else {
                noted.refused
            },
            ..noted
        });
        self.account.fail(noted.as_ref()).await.map_err(unreachable)
    }

    /// It was right: both give it back. The account's guard goes on, for the events of
    /// its session.
    pub(crate) async fn succeed(self) -> SignInGuardClient {
        let of_address = async {
            match &self.address {
                Some(guard) => guard.succeed().await,
                None => Ok(()),
            }
        };
        let (of_account, of_address) = join(self.account.succeed(), of_address).await;
        for error in [of_account, of_address].into_iter().filter_map(Result::err) {
            console_error!("a right attempt stays counted as wrong: {error}");
        }
        self.account
    }
}

/// Counts a request that costs something whatever it is about, such as a code that is
/// sent. It is never given back.
pub(crate) async fn count_request(
    env: &Env,
    configuration: &SignInConfiguration,
    address: Option<IpAddr>,
) -> Result<(), Denial> {
    let Some(address) = address.filter(is_a_clients) else {
        return Ok(());
    };
    let network = network_of(address);
    let digest = configuration.accounts.name(&["codes for", &network]);
    SignInGuardClient::named(env, &SignInGuardName::of_address(digest))
        .map_err(unreachable)?
        .begin()
        .await
        .map_err(unreachable)?
        .map(drop)
        .map_err(locked)
}

/// The machine itself, or a proxy on it that does not say for whom it speaks, is nobody
/// in particular: counting it would lock everybody out at once.
fn is_a_clients(address: &IpAddr) -> bool {
    !address.to_canonical().is_loopback()
}

fn guard_of(configuration: &SignInConfiguration, address: IpAddr) -> String {
    configuration
        .accounts
        .name(&["address", &network_of(address)])
}

/// Whoever has one IPv6 address has 2^64 of them.
fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn locked(locked: Locked) -> Denial {
    let seconds = locked.retry_after_ms.div_euclid(1_000) + 1;
    let detail = format!("Too many attempts went wrong. Try again in {seconds} s.");
    Denial::new(Layer::Identity, "locked", 429, detail)
        .with_header("Retry-After", seconds.to_string())
}
