//! Ports on 127.0.0.1 that are this process's until it ends.
//!
//! A socket that is bound and does not listen keeps a port: whoever binds without
//! `SO_REUSEADDR`, as [`any`] does, is refused it, the kernel gives it to nobody, and a
//! server that binds with that option, as servers do, listens on it all the same. Stacks
//! that start beside each other are thus never told the same port, however long it takes
//! until somebody listens there.

use std::{
    hash::{BuildHasher as _, Hasher as _, RandomState},
    net::{Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, Result, bail};
use tokio::net::TcpSocket;

static HELD: Mutex<Vec<TcpSocket>> = Mutex::new(Vec::new());

/// A port that nobody has.
pub(crate) fn any() -> Result<u16> {
    let socket = TcpSocket::new_v4()?;
    let bound = socket.bind(address(0));
    bound.context("there is no free port")?;
    hold(socket)
}

/// A port that nobody has, for a server that comes back to it when it was stopped.
///
/// It is below those that the kernel gives out, so that nobody is given it meanwhile.
pub(crate) fn lasting() -> Result<u16> {
    const FIRST: u64 = 10_240;
    const COUNT: u64 = 20_000;
    for _ in 0..100 {
        let random = RandomState::new().build_hasher().finish();
        let port = u16::try_from(FIRST + random % COUNT)?;
        let socket = TcpSocket::new_v4()?;
        if socket.bind(address(port)).is_ok() {
            return hold(socket);
        }
    }
    bail!("there is no free port")
}

/// Whether nobody listens on this port; it is held from then on.
pub(crate) fn again(port: u16) -> Result<bool> {
    let socket = TcpSocket::new_v4()?;
    // Connections that have just been closed are no hindrance.
    socket.set_reuseaddr(true)?;
    if socket.bind(address(port)).is_err() {
        return Ok(false);
    }
    hold(socket).map(|_| true)
}

fn hold(socket: TcpSocket) -> Result<u16> {
    let port = socket.local_addr()?.port();
    socket.set_reuseaddr(true)?;
    // Elsewhere nobody could listen beside it.
    if cfg!(target_os = "linux") {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.push(socket);
    }
    Ok(port)
}

fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_port_is_given_once_and_a_server_listens_there() {
        for port in [any().unwrap(), lasting().unwrap()] {
            let other = TcpSocket::new_v4().unwrap();
            assert!(other.bind(address(port)).is_err());
            let server = TcpListener::bind(address(port)).unwrap();
            assert!(!again(port).unwrap());
            drop(server);
            assert!(again(port).unwrap());
        }
    }
}
