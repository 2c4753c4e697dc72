//! What must go. The secrets are put together here, piece by piece, so that no
//! scanner of repositories takes this file for a leak.

use super::{kinds, redact};
use crate::Kind;

const BODY: &str = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";

fn body(length: usize) -> String {
    BODY.chars().cycle().take(length).collect()
}

#[test]
fn tokens_of_known_providers() {
    let upper = body(40).to_uppercase();
    let hex: String = "0123456789abcdef".repeat(2);
    for (kind, secret) in [
        (Kind::AwsAccessKey, format!("AKIA{}", &upper[..16])),
        (Kind::AwsAccessKey, format!("ASIA{}", &upper[..16])),
        (Kind::GithubToken, format!("ghp_{}", body(36))),
        (Kind::GithubToken, format!("gho_{}", body(36))),
        (Kind::GithubToken, format!("ghs_{}", body(36))),
        (
            Kind::GithubToken,
            format!("github_pat_{}_{}", body(22), body(59)),
        ),
        (Kind::GitlabToken, format!("glpat-{}", body(20))),
        (
            Kind::SlackToken,
            format!("xoxb-{}-{}", "123456789012", body(24)),
        ),
        (Kind::StripeKey, format!("sk_live_{}", body(24))),
        (Kind::StripeKey, format!("rk_live_{}", body(24))),
        (Kind::StripeKey, format!("sk_test_{}", body(24))),
        (Kind::GoogleKey, format!("AIza{}", body(35))),
        (Kind::OpenaiKey, format!("sk-proj-{}", body(48))),
        (Kind::OpenaiKey, format!("sk-{}", body(48))),
        (Kind::AnthropicKey, format!("sk-ant-api03-{}", body(80))),
        (Kind::SendgridKey, format!("SG.{}.{}", body(22), body(43))),
        (Kind::TwilioKey, format!("SK{hex}")),
        (Kind::NpmToken, format!("npm_{}", body(36))),
        (Kind::PypiToken, format!("pypi-AgEIcHlwaS5vcmc{}", body(60))),
        (Kind::ProviderToken, format!("hf_{}", body(34))),
        (Kind::PasswordHash, format!("$2b$12${}", body(53))),
        (Kind::TelegramToken, format!("123456789:AA{}", body(33))),
        (
            Kind::Jwt,
            format!("eyJhbGciOiJFZERTQSJ9.eyJ{}.{}", body(60), body(86)),
        ),
        (Kind::KraPin, "A012345678Z".to_owned()),
        (Kind::PaymentCard, "4111 1111 1111 1111".to_owned()),
        (Kind::PaymentCard, "5555-5555-5555-4444".to_owned()),
        (Kind::PaymentCard, "378282246310005".to_owned()),
        (Kind::Iban, "GB82 WEST 1234 5698 7654 32".to_owned()),
        (Kind::Iban, "DE89370400440532013000".to_owned()),
        (Kind::Iban, "MU17BOMM0101101030300200000MUR".to_owned()),
    ] {
        for text in [
            secret.clone(),
            format!("the key is ({secret})."),
            format!("Note: use {secret}, please"),
            format!("a={secret}\nb"),
            format!("\"{secret}\""),
            format!("é{{{secret}}}é"),
        ] {
            let expected = text.replace(&secret, &format!("[redacted:{kind}]"));
            assert_eq!(redact(&text), expected, "{kind}");
            assert_eq!(kinds(&text), [kind]);
        }
    }
}

#[test]
fn private_keys() {
    let lines = [body(64), body(64), body(40)].join("\n");
    for label in [
        "RSA PRIVATE KEY",
        "PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
    ] {
        let block = format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----");
        assert_eq!(
            redact(&format!("key:\n{block}\nend")),
            "key:\n[redacted:private_key]\nend"
        );
        let escaped = block.replace('\n', "\\n");
        assert_eq!(
            redact(&format!("{{\"k\": \"{escaped}\"}}")),
            "{\"k\": \"[redacted:private_key]\"}"
        );
    }
    let cut = format!("-----BEGIN PRIVATE KEY-----\n{lines}");
    assert_eq!(redact(&cut), "[redacted:private_key]");
}

/// As documentation and tests write them: base64 has other letters in three places of four.
#[test]
fn blocks_of_hexadecimal_digits_are_no_keys() {
    let lines = ["0b3d576ba5a108c3b7374142bfd029920b3d576ba5a108c3"; 3].join("\n");
    for label in ["PGP PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY"] {
        let block = format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----");
        assert_eq!(redact(&block), block);
    }
}

#[test]
fn public_keys_and_certificates_stay() {
    for label in ["PUBLIC KEY", "CERTIFICATE"] {
        let block = format!(
            "-----BEGIN {label}-----\n{}\n-----END {label}-----",
            "QUJD".repeat(16)
        );
        assert_eq!(redact(&block), block);
    }
}

#[test]
fn passwords_in_urls_go_alone() {
    for (text, expected) in [
        (
            "postgres://app:hunter2@db.example:5432/sales",
            "postgres://app:[redacted:password]@db.example:5432/sales",
        ),
        (
            "mysql://root:p@ss:w0rd@10.0.0.1/x",
            "mysql://root:[redacted:password]@10.0.0.1/x",
        ),
        (
            "redis://:s3cret@cache:6379",
            "redis://:[redacted:password]@cache:6379",
        ),
        (
            "https://user:pw@example.com/a?b=c",
            "https://user:[redacted:password]@example.com/a?b=c",
        ),
        ("amqp://a:b@[::1]/", "amqp://a:[redacted:password]@[::1]/"),
    ] {
        assert_eq!(redact(text), expected);
    }
    for text in [
        "https://example.com:8080/path/@user",
        "https://example.com/?to=a:b@c",
        "postgres://app:${DB_PASS}@db/sales",
        "postgres://app@db/sales",
        "see http://example.com: mail a@example.com",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn headers() {
    for (text, expected) in [
        (
            "Authorization: Basic dXNlcjpwYXNzd29yZA==",
            "Authorization: Basic [redacted:authorization]",
        ),
        (
            "authorization: bearer abcDEF0123456789xyz",
            "authorization: bearer [redacted:authorization]",
        ),
        (
            "curl -H 'Authorization: Bearer abc.DEF-0123456789'",
            "curl -H 'Authorization: Bearer [redacted:authorization]'",
        ),
        (
            "{\"Authorization\": \"Bearer 0123456789abcdef0123\"}",
            "{\"Authorization\": \"Bearer [redacted:authorization]\"}",
        ),
        (
            "x-api-key: 7f3a9b2c1d4e5f60",
            "x-api-key: [redacted:secret]",
        ),
    ] {
        assert_eq!(redact(text), expected);
    }
}

#[test]
fn values_beside_a_name() {
    for (text, expected) in [
        ("password: hunter2", "password: [redacted:password]"),
        (
            "DB_PASSWORD=hunter2\nDB_HOST=x",
            "DB_PASSWORD=[redacted:password]\nDB_HOST=x",
        ),
        (
            "export API_KEY='9f8e7d6c5b4a'",
            "export API_KEY='[redacted:secret]'",
        ),
        (
            "{\"password\":\"hun\\\"ter2\",\"a\":1}",
            "{\"password\":\"[redacted:password]\",\"a\":1}",
        ),
        (
            "{\\\"password\\\": \\\"hunter2\\\", \\\"a\\\": 1}",
            "{\\\"password\\\": \\\"[redacted:password]\\\", \\\"a\\\": 1}",
        ),
        (
            "config['password'] = 'hunter2'",
            "config['password'] = '[redacted:password]'",
        ),
        (
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEAXMPLEKEY",
            "aws_secret_access_key = [redacted:secret]",
        ),
        (
            "Server=db;Uid=app;Pwd=hunter2;Database=x",
            "Server=db;Uid=app;Pwd=[redacted:password];Database=x",
        ),
        (
            "host=db password=hunter2 dbname=x",
            "host=db password=[redacted:password] dbname=x",
        ),
        (
            "Your password is Simba2024!",
            "Your password is [redacted:password]!",
        ),
        (
            "The password for the guest network is Simba#2024.",
            "The password for the guest network is [redacted:password].",
        ),
        ("Nenosiri: Simba2024", "Nenosiri: [redacted:password]"),
        (
            "Neno la siri ni Simba2024",
            "Neno la siri ni [redacted:password]",
        ),
        ("nenosiri lako ni siri", "nenosiri lako ni siri"),
        (
            "Mot de passe : Girafe42",
            "Mot de passe : [redacted:password]",
        ),
        (
            "le mot de passe est Girafe42",
            "le mot de passe est [redacted:password]",
        ),
        (
            "client_secret=AbCdEf123456&grant_type=x",
            "client_secret=[redacted:secret]&grant_type=x",
        ),
        (
            "token := \"t0k3n-value-123\"",
            "token := \"[redacted:secret]\"",
        ),
        (
            "passkey: bfb279f9aa9bdbcf158e97dd71a467cd",
            "passkey: [redacted:secret]",
        ),
        (
            "SecurityCredential=Xy12+/abCDEFG==",
            "SecurityCredential=[redacted:secret]",
        ),
        ("**Password:** hunter2", "**Password:** [redacted:password]"),
        (
            "password: 'correct horse battery'",
            "password: '[redacted:password]'",
        ),
    ] {
        assert_eq!(redact(text), expected);
    }
}

/// No part of a long value stays behind.
#[test]
fn long_values_go_whole() {
    let long = body(5_000);
    assert_eq!(
        redact(&format!("token={long} end")),
        "token=[redacted:secret] end"
    );
    assert_eq!(
        redact(&format!("token=\"{long}\" end")),
        "token=\"[redacted:secret]\" end"
    );
    assert_eq!(
        redact(&format!("ghp_{long} end")),
        "[redacted:github_token] end"
    );
}

/// Written by hand: how people and programs hand secrets on.
#[test]
fn secrets_as_people_and_programs_write_them() {
    let strong = body(32);
    let encoded = "QUtJQUlPU0ZPRE5ON0VBWE1QTEU=";
    let mut left = Vec::new();
    for (text, secret) in [
        ("Hi, your one-time code is 482913. Do not share it.".to_owned(), "482913"),
        ("482913 is your Lango verification code".to_owned(), "482913"),
        ("Msimbo wako ni 4821".to_owned(), "4821"),
        ("OTP: 991204".to_owned(), "991204"),
        ("M-Pesa PIN: 4471".to_owned(), "4471"),
        ("CVV 123, card on file; cvv: 123".to_owned(), "cvv: 123"),
        ("Nenosiri lako ni Simba2024".to_owned(), "Simba2024"),
        ("Neno lako la siri: Chui#88".to_owned(), "Chui#88"),
        ("Le mot de passe du wifi est Girafe42".to_owned(), "Girafe42"),
        ("Password (admin portal): Tembo!2025".to_owned(), "Tembo!2025"),
        ("please reset the password to Nyati_77".to_owned(), "Nyati_77"),
        (format!("const apiKey: string = '{strong}';"), strong.as_str()),
        (format!("let api_token: &str = \"{strong}\";"), strong.as_str()),
        (format!("<add key=\"ApiToken\" value=\"{strong}\" />"), strong.as_str()),
        (format!("<ApiKey>{strong}</ApiKey>"), strong.as_str()),
        (format!("- name: SESSION_SECRET\n  value: {strong}"), strong.as_str()),
        (format!("{{\"name\": \"API_TOKEN\", \"value\": \"{strong}\"}}"), strong.as_str()),
        (format!("define('AUTH_KEY', '{strong}');"), strong.as_str()),
        (format!("docker login -u bot --password {strong}"), strong.as_str()),
        (format!("//registry.example/:_authToken={strong}"), strong.as_str()),
        (format!("https://api.example.com/v1?access_token={strong}&page=2"), strong.as_str()),
        (format!("data:\n  key: {encoded}"), encoded),
        ("url=postgres%3A%2F%2Fapp%3Ahunter2%40db%2Fsales".to_owned(), "hunter2"),
        ("{\"a\":\"postgres:\\/\\/app:hunter2@db\\/sales\"}".to_owned(), "hunter2"),
        ("password\\u003dhunter2".to_owned(), "hunter2"),
        ("machine mail.example login me password Kifaru9".to_owned(), "Kifaru9"),
        ("ALTER USER app IDENTIFIED BY PASSWORD 'Kifaru9x'".to_owned(), "Kifaru9x"),
        ("AccountName=x;AccountKey=ab12CD34ef56GH78ij90KL12mn34OP56qr78ST90uv12WX34yz56AB78cd90EF12gh34IJ56kl78MN90op12QR34st56==;Endpoint=y".to_owned(), "ab12CD34ef56"),
    ] {
        let redacted = redact(&text);
        if redacted.contains(secret) {
            left.push(redacted);
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}
