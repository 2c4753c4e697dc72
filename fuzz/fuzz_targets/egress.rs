//! Hosts of allow-lists and networks of configurations: what is taken has one form, and
//! none of it is link-local.
#![no_main]

use lango_egress::{Egress, HostPort, Networks, Security};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (host, networks) = input;
    let Ok(host) = host.parse::<HostPort>() else {
        return;
    };
    assert_eq!(host.to_string().parse().as_ref(), Ok(&host), "one form");
    let Ok(networks) = Networks::parse(networks, "private") else {
        return;
    };
    let permitted = Egress::of_operator(networks).permit(host.clone(), Security::Plaintext);
    if permitted.is_ok() {
        assert!(!host.to_string().starts_with("169.254."), "{host}");
    }
});
