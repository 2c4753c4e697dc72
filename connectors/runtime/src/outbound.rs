//! What the operator lets this connector reach.

use lango_egress::{Egress, HostPort, Networks};
use worker::Env;

use crate::problem::Problem;

/// Networks and names of the operator's own, separated by commas.
const PRIVATE_NETWORKS: &str = "LANGO_PRIVATE_NETWORKS";
/// `private` where those may be spoken to without TLS.
const PLAINTEXT: &str = "LANGO_OUTBOUND_PLAINTEXT";

/// Reads the configuration. What is not there allows nothing.
pub(crate) fn networks(env: &Env) -> Result<Networks, Problem> {
    let text = |name: &str| {
        env.var(name)
            .map(|value| value.to_string())
            .unwrap_or_default()
    };
    Networks::parse(&text(PRIVATE_NETWORKS), &text(PLAINTEXT)).map_err(|error| {
        Problem::misconfigured(format!("{PRIVATE_NETWORKS} or {PLAINTEXT}: {error}."))
    })
}

/// What a connection may reach. A list that cannot be read allows nothing.
pub(crate) fn egress(networks: &Networks, allowed: Option<&[String]>) -> Egress {
    let allowed = allowed.map(|hosts| hosts.iter().filter_map(|host| host.parse().ok()).collect());
    Egress::new(networks.clone(), allowed)
}

/// Reads an administrator's list.
pub(crate) fn parse_hosts(hosts: &[String]) -> Result<Vec<HostPort>, Problem> {
    hosts
        .iter()
        .map(|host| {
            host.parse().map_err(|error| {
                Problem::credential("allowed_hosts", format!("allowed_hosts: {host:?} {error}."))
            })
        })
        .collect()
}
