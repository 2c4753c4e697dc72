//! Every way to sign in that the servers have.

use lango_connector_database::Tls;
use lango_mysql_protocol::Flavour;

use super::{Server, each};
use crate::wire::Trouble;

/// Methods that a server has: for `CREATE USER … IDENTIFIED …`, with the password `pw`.
fn methods(flavour: Flavour) -> &'static [(&'static str, &'static str)] {
    match flavour {
        Flavour::MySql => &[("sha2", "WITH caching_sha2_password BY 'hunter2'")],
        Flavour::MariaDb => &[
            (
                "native",
                "VIA mysql_native_password USING PASSWORD('hunter2')",
            ),
            ("signed", "VIA ed25519 USING PASSWORD('hunter2')"),
        ],
    }
}

async fn make_users(server: &Server) -> Vec<String> {
    let mut owner = server.writer().await;
    // A library of MariaDB's, which not every package of the server has.
    let loaded = owner.run("INSTALL SONAME 'auth_ed25519'").await;
    const IS_LOADED_ALREADY: u16 = 1968;
    let signs = match &loaded {
        Ok(()) => true,
        Err(Trouble::Server(error)) => error.code == IS_LOADED_ALREADY,
        Err(other) => panic!("{other:?}"),
    };
    let mut users = Vec::new();
    for (name, how) in methods(owner.flavour()) {
        if *name == "signed" && !signs {
            continue;
        }
        let user = format!("lango_{name}");
        for statement in [
            format!("DROP USER IF EXISTS '{user}'@'%'"),
            format!("CREATE USER '{user}'@'%' IDENTIFIED {how}"),
            format!("GRANT SELECT ON mysql.* TO '{user}'@'%'"),
        ] {
            owner.run(&statement).await.expect(&statement);
        }
        users.push(user);
    }
    users
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn every_method_signs_in_with_and_without_tls() {
    each(async |server| {
        for user in make_users(server).await {
            // The first time a server of MySQL's does not remember the hash, and wants the
            // password: sealed by its key without TLS, and in TLS with it. Then it does.
            for tls in [Tls::Disable, Tls::Disable, Tls::Require] {
                let signed_in = server.sign_in(&user, "hunter2", tls).await;
                assert!(signed_in.is_ok(), "{user} {tls:?}: {:?}", signed_in.err());
            }
            let mut owner = server.writer().await;
            owner.run("FLUSH PRIVILEGES").await.unwrap();
            for tls in [Tls::Require, Tls::Prefer] {
                let signed_in = server.sign_in(&user, "hunter2", tls).await;
                assert!(signed_in.is_ok(), "{user} {tls:?}: {:?}", signed_in.err());
            }
        }
    });
}

#[test]
#[ignore = "needs LANGO_TEST_MYSQL_URLS"]
fn a_wrong_password_is_refused_in_words_of_our_own() {
    each(async |server| {
        for user in make_users(server).await {
            for (password, tls) in [
                ("wrong", Tls::Disable),
                ("wrong", Tls::Require),
                ("", Tls::Require),
            ] {
                let error = server.sign_in(&user, password, tls).await.err().unwrap();
                assert!(error.starts_with("Authentication: "), "{error}");
                assert!(!error.contains(&user), "{error}");
            }
        }
        let nobody = server.sign_in("lango_nobody", "x", Tls::Require).await;
        let nobody = nobody.err().unwrap();
        assert!(nobody.starts_with("Authentication: "), "{nobody}");
        let elsewhere = server.sign_in_to(
            "lango_nowhere",
            &server.user,
            &server.password,
            Tls::Require,
        );
        let elsewhere = elsewhere.await.err().unwrap();
        assert!(elsewhere.starts_with("Rights: "), "{elsewhere}");
    });
}
