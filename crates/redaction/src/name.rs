//! Names that say their value is a secret.
//!
//! A name is read as its words, however they are joined: `dbPassword`,
//! `DB_PASSWORD`, `db-password`, `db password`.

mod ending;
mod words;

use crate::kind::Kind;
use crate::marker;

use words::Words;

/// How sure a name makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// Names many other things too: its value must look random and long.
    Weak,
    /// Its value must look random.
    Good,
    /// Whatever stands there is secret: people choose words.
    Sure,
}

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) kind: Kind,
    pub(crate) trust: Trust,
}

/// Words that end the name of a password, in lower case and squeezed.
const PASSWORDS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passwort",
    "kennwort",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "pw",
    "pswd",
    "psw",
    "userpass",
    "dbpass",
    "dbpassword",
    "dbpasswd",
    "dbpwd",
    "rootpw",
    "adminpw",
    "nenosiri",
    "nenolasiri",
    "nenolakolasiri",
    "nenolangulasiri",
    "nenoyakolasiri",
    "nywila",
    "motdepasse",
    "mdp",
    "senha",
    "contrasena",
    "clave",
    "parole",
    "requirepass",
    "masterpass",
    "keypass",
    "storepass",
    "sshpass",
    "ftppass",
    "irc_pass",
    "mysqlpass",
    "bindpw",
    "dbpw",
];

/// Words that end the name of another secret.
const SECRETS: &[&str] = &[
    "secret",
    "secrets",
    "token",
    "tokens",
    "apikey",
    "secretkey",
    "accesskey",
    "accesstoken",
    "authtoken",
    "authkey",
    "privatekey",
    "accountkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "sharedkey",
    "sharedaccesskey",
    "servicekey",
    "serverkey",
    "appkey",
    "applicationkey",
    "clientkey",
    "consumerkey",
    "sessionkey",
    "hmackey",
    "deploykey",
    "licensekey",
    "licencekey",
    "storagekey",
    "adminkey",
    "apitoken",
    "bearertoken",
    "clientsecret",
    "consumersecret",
    "appsecret",
    "credential",
    "credentials",
    "creds",
    "securitycredential",
    "passkey",
    "secretaccesskey",
    "awssecret",
    "jeton",
    "tokeni",
    "cleapi",
    "cléapi",
    "cleprivee",
    "cléprivée",
    "ufunguowaapi",
    "ufunguowasiri",
    "webhooksecret",
    "secretkeybase",
    "apisecret",
    "refreshtoken",
    "idtoken",
    "sastoken",
    "sas",
    "connectionstring",
    "restkey",
    "ingestkey",
    "integrationkey",
    "writekey",
    "readkey",
    "mapskey",
    "subscriptionkey",
    "gpgkey",
    "sshkey",
    "cookiesecret",
    "decryptkey",
    "cryptokey",
    "cipherkey",
    "aeskey",
    "desadkey",
    "xapikey",
    "apikeys",
    "personalaccesstoken",
    "pat",
    "patoken",
    "dockerauth",
    "keysecret",
    "secretid",
];

/// Words that end the name of something that may be a secret.
const MAYBE: &[&str] = &[
    "key",
    "auth",
    "salt",
    "signature",
    "sig",
    "cookie",
    "sessid",
    "sessionid",
    "nonce",
    "keys",
    "cred",
    "authentication",
    "login",
];

/// Words that end the name of a code for one use.
const CODES: &[&str] = &[
    "otp",
    "totp",
    "pin",
    "mpesapin",
    "onetimecode",
    "onetimepassword",
    "verificationcode",
    "securitycode",
    "confirmationcode",
    "authcode",
    "accesscode",
    "smscode",
    "logincode",
    "activationcode",
    "cvv",
    "cvc",
    "cvv2",
    "otpcode",
    "passcodes",
    "msimbo",
    "namba ya siri",
    "nambayasiri",
    "pini",
    "codedeverification",
    "codedesecurite",
    "codeconfidentiel",
    "codepin",
    "resetcode",
    "2facode",
    "mfacode",
];

/// Words behind a secret's name that leave it one.
const STAYS: &[&str] = &[
    "value",
    "val",
    "str",
    "string",
    "text",
    "plain",
    "plaintext",
    "raw",
    "prod",
    "production",
    "dev",
    "development",
    "test",
    "testing",
    "staging",
    "stage",
    "live",
    "local",
    "default",
    "new",
    "old",
    "current",
    "base",
    "primary",
    "secondary",
    "main",
    "here",
    "b64",
    "base64",
    "hex",
    "env",
    "data",
    "used",
    "master",
    "root",
    "admin",
    "user",
    "confirm",
    "confirmation",
    "repeat",
    "again",
    "json",
    "lako",
    "yako",
    "yangu",
    "langu",
];

/// Words before or in a name with which it is no secret.
const HARMLESS: &[&str] = &[
    "public",
    "pub",
    "page",
    "next",
    "continuation",
    "cursor",
    "sync",
    "delta",
    "pagination",
    "primary",
    "foreign",
    "partition",
    "sort",
    "cache",
    "idempotency",
    "hash",
    "row",
    "object",
    "site",
    "sitekey",
    "issue",
    "translation",
    "i18n",
    "lookup",
    "group",
    "unique",
    "index",
    "host",
    "known",
    "publishable",
    "mock",
    "fake",
    "dummy",
    "example",
    "sample",
    "invalid",
    "placeholder",
    "registry",
    "node",
    "map",
    "storage_key",
    "bucket",
    "routing",
    "shift",
    "arrow",
    "enter",
    "hot",
    "short",
    "press",
    "metric",
    "sub",
    "stream",
    "etag",
    "event",
    "message",
    "dedup",
    "deduplication",
    "record",
    "entity",
    "item",
    "product",
    "parent",
    "range",
    "last",
    "first",
    "significant",
    "lexer",
    "parser",
    "syntax",
    "start",
    "end",
    "left",
    "right",
    "syntaxtoken",
];

/// The longest name that is read.
pub(crate) const LONGEST: usize = 64;

/// What the name says, if it says anything.
pub(crate) fn said(name: &str) -> Option<Said> {
    if !ending::may_say(name) {
        return None;
    }
    let words = Words::of(name);
    let mut count = words.count();
    // What stands behind: `password_1`, `token_value`.
    while count > 1 {
        let word = words.row(count - 1, count);
        if word.bytes().all(|b| b.is_ascii_digit()) || STAYS.contains(&word) {
            count -= 1;
        } else {
            break;
        }
    }
    // The longest row of words at the end that is a name.
    let first = count.saturating_sub(5);
    let said = (first..count).find_map(|from| of_row(words.row(from, count)))?;
    let named = || (0..count).map(|at| words.row(at, at + 1));
    let harmless = said.kind != Kind::Password
        && named().any(|word| HARMLESS.contains(&word))
        && !named()
            .any(|word| word == "secret" || word == "api" && named().next() != Some("public"));
    (!harmless).then_some(said)
}

fn of_row(row: &str) -> Option<Said> {
    let said = |kind, trust| Some(Said { kind, trust });
    if PASSWORDS.contains(&row) {
        return said(Kind::Password, Trust::Sure);
    }
    if CODES.contains(&row) {
        return said(Kind::OneTimeCode, Trust::Sure);
    }
    if row == "authorization" || row == "proxyauthorization" {
        return said(Kind::Authorization, Trust::Good);
    }
    if SECRETS.contains(&row) {
        return said(Kind::Secret, Trust::Good);
    }
    if MAYBE.contains(&row) {
        return said(Kind::Secret, Trust::Weak);
    }
    // Words that nobody parted: `mysecrettoken`, `userpassword`.
    let glued = |ends: &[&str]| {
        ends.iter()
            .any(|end| end.len() >= 5 && row.ends_with(end) && row.len() < 32)
    };
    if glued(PASSWORDS) {
        return said(Kind::Password, Trust::Sure);
    }
    if glued(SECRETS) {
        return said(Kind::Secret, Trust::Good);
    }
    None
}

/// The kind of secret that a field of this name holds, if its name says so.
pub(crate) fn secret_named(name: &str) -> Option<Said> {
    // A marker in a name names a kind; it says nothing of the value.
    (name.len() <= LONGEST && !marker::contains(name))
        .then(|| said(name))
        .flatten()
}
