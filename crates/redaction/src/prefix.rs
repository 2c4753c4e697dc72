//! Tokens that begin with a fixed prefix.

use crate::bytes::{
    at, before, is_alphanumeric, is_lower_hex, is_token, is_upper_alphanumeric, is_word, run_end,
};
use crate::kind::Kind;
use crate::span::Span;

/// For formats without a longest length: the whole run goes.
const LONGEST: usize = usize::MAX;

/// How much is looked at to tell whether it is a token; more than the longest
/// fixed length.
const PROBE: usize = 256;

/// One prefix and what must follow it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix {
    pub(crate) text: &'static str,
    kind: Kind,
    /// What the rest is made of.
    class: fn(u8) -> bool,
    /// How long the rest is, at least and at most.
    length: (usize, usize),
    /// Whether the rest must hold digits and capitals, because the prefix may
    /// also begin something else.
    mixed: bool,
}

const fn prefix(
    text: &'static str,
    kind: Kind,
    class: fn(u8) -> bool,
    length: (usize, usize),
) -> Prefix {
    Prefix {
        text,
        kind,
        class,
        length,
        mixed: false,
    }
}

const fn mixed(prefix: Prefix) -> Prefix {
    Prefix {
        mixed: true,
        ..prefix
    }
}

/// The public formats. Lengths are the published ones where the provider keeps
/// to one, else a minimum that no ordinary word reaches.
#[rustfmt::skip]
pub(crate) const PREFIXES: &[Prefix] = &[
    prefix("AKIA", Kind::AwsAccessKey, is_upper_alphanumeric, (16, 16)),
    prefix("ASIA", Kind::AwsAccessKey, is_upper_alphanumeric, (16, 16)),
    prefix("ABIA", Kind::AwsAccessKey, is_upper_alphanumeric, (16, 16)),
    prefix("ACCA", Kind::AwsAccessKey, is_upper_alphanumeric, (16, 16)),
    prefix("A3T", Kind::AwsAccessKey, is_upper_alphanumeric, (17, 17)),
    prefix("ghp_", Kind::GithubToken, is_alphanumeric, (30, LONGEST)),
    prefix("gho_", Kind::GithubToken, is_alphanumeric, (30, LONGEST)),
    prefix("ghu_", Kind::GithubToken, is_alphanumeric, (30, LONGEST)),
    prefix("ghs_", Kind::GithubToken, is_alphanumeric, (30, LONGEST)),
    prefix("ghr_", Kind::GithubToken, is_alphanumeric, (30, LONGEST)),
    prefix("github_pat_", Kind::GithubToken, is_word, (22, LONGEST)),
    prefix("glpat-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("gldt-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("glrt-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("glcbt-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("glptt-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("glft-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("glimt-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("glsoat-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("glagent-", Kind::GitlabToken, is_gitlab, (20, LONGEST)),
    prefix("xoxb-", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("xoxp-", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("xoxa-", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("xoxo-", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("xoxr-", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("xoxs-", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("xoxe-", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("xoxe.", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("xapp-", Kind::SlackToken, is_token, (10, LONGEST)),
    prefix("hooks.slack.com/services/", Kind::SlackToken, is_path, (20, LONGEST)),
    prefix("sk_live_", Kind::StripeKey, is_alphanumeric, (10, LONGEST)),
    prefix("rk_live_", Kind::StripeKey, is_alphanumeric, (10, LONGEST)),
    prefix("sk_test_", Kind::StripeKey, is_alphanumeric, (10, LONGEST)),
    prefix("rk_test_", Kind::StripeKey, is_alphanumeric, (10, LONGEST)),
    prefix("whsec_", Kind::StripeKey, is_base64, (16, LONGEST)),
    prefix("AIza", Kind::GoogleKey, is_token, (35, 35)),
    prefix("GOCSPX-", Kind::GoogleKey, is_token, (24, 40)),
    prefix("ya29.", Kind::GoogleKey, is_token, (20, LONGEST)),
    prefix("sk-proj-", Kind::OpenaiKey, is_token, (20, LONGEST)),
    prefix("sk-svcacct-", Kind::OpenaiKey, is_token, (20, LONGEST)),
    prefix("sk-admin-", Kind::OpenaiKey, is_token, (20, LONGEST)),
    prefix("sk-ant-", Kind::AnthropicKey, is_token, (20, LONGEST)),
    mixed(prefix("sk-", Kind::OpenaiKey, is_token, (40, LONGEST))),
    prefix("SG.", Kind::SendgridKey, is_dotted, (50, 100)),
    prefix("SK", Kind::TwilioKey, is_lower_hex, (32, 32)),
    prefix("npm_", Kind::NpmToken, is_alphanumeric, (36, 36)),
    prefix("pypi-Ag", Kind::PypiToken, is_token, (50, LONGEST)),
    prefix("hf_", Kind::ProviderToken, is_alphanumeric, (34, 40)),
    prefix("gsk_", Kind::ProviderToken, is_alphanumeric, (40, LONGEST)),
    prefix("nvapi-", Kind::ProviderToken, is_token, (50, LONGEST)),
    prefix("ntn_", Kind::ProviderToken, is_alphanumeric, (40, LONGEST)),
    prefix("shpat_", Kind::ProviderToken, is_lower_hex, (32, 32)),
    prefix("shpca_", Kind::ProviderToken, is_lower_hex, (32, 32)),
    prefix("shppa_", Kind::ProviderToken, is_lower_hex, (32, 32)),
    prefix("shpss_", Kind::ProviderToken, is_lower_hex, (32, 32)),
    prefix("sq0atp-", Kind::ProviderToken, is_token, (20, LONGEST)),
    prefix("sq0csp-", Kind::ProviderToken, is_token, (20, LONGEST)),
    prefix("dop_v1_", Kind::ProviderToken, is_lower_hex, (64, 64)),
    prefix("hvs.", Kind::ProviderToken, is_token, (24, LONGEST)),
    prefix("$2a$", Kind::PasswordHash, is_hash, (50, LONGEST)),
    prefix("$2b$", Kind::PasswordHash, is_hash, (50, LONGEST)),
    prefix("$2y$", Kind::PasswordHash, is_hash, (50, LONGEST)),
    prefix("$5$", Kind::PasswordHash, is_hash, (40, LONGEST)),
    prefix("$6$", Kind::PasswordHash, is_hash, (40, LONGEST)),
    prefix("$y$", Kind::PasswordHash, is_hash, (40, LONGEST)),
    prefix("$apr1$", Kind::PasswordHash, is_hash, (20, LONGEST)),
    prefix("$argon2", Kind::PasswordHash, is_hash, (40, LONGEST)),
    prefix("pbkdf2_sha256$", Kind::PasswordHash, is_hash, (30, LONGEST)),
];

fn is_gitlab(byte: u8) -> bool {
    is_token(byte) || byte == b'.'
}

/// What the crypt formats are made of.
fn is_hash(byte: u8) -> bool {
    is_alphanumeric(byte) || matches!(byte, b'.' | b'/' | b'$' | b'=' | b',' | b'+' | b'-')
}

fn is_path(byte: u8) -> bool {
    is_token(byte) || byte == b'/'
}

fn is_base64(byte: u8) -> bool {
    is_alphanumeric(byte) || matches!(byte, b'+' | b'/' | b'=')
}

fn is_dotted(byte: u8) -> bool {
    is_token(byte) || byte == b'.'
}

impl Prefix {
    /// The token whose prefix stands at `start`, if it is one.
    pub(crate) fn token(&self, bytes: &[u8], start: usize) -> Option<Span> {
        let rest = start + self.text.len();
        if bytes.get(start..rest) != Some(self.text.as_bytes())
            || continues_a_word(before(bytes, start))
        {
            return None;
        }
        let (shortest, longest) = self.length;
        // Whether it is a token shows at its start: what is none costs little,
        // and what is one is gone over once.
        let probe = run_end(
            bytes,
            rest,
            longest.min(PROBE).saturating_add(1),
            self.class,
        );
        let body = bytes.get(rest..probe)?;
        let mixed = body.iter().any(u8::is_ascii_digit) && body.iter().any(u8::is_ascii_uppercase);
        if body.len() < shortest || (self.mixed && !mixed) || self.yields(bytes, start) {
            return None;
        }
        if longest == LONGEST {
            let end = run_end(bytes, probe, usize::MAX, self.class);
            return Span::new(start, trimmed(bytes, rest, end), self.kind);
        }
        // A run that goes on is another thing.
        (body.len() <= longest && !is_word(at(bytes, probe))).then_some(())?;
        Span::new(start, trimmed(bytes, rest, probe), self.kind)
    }
}

impl Prefix {
    /// Whether a longer prefix stands here too: it knows better.
    fn yields(&self, bytes: &[u8], start: usize) -> bool {
        let here = bytes.get(start..).unwrap_or_default();
        PREFIXES.iter().any(|other| {
            other.text.len() > self.text.len()
                && other.text.starts_with(self.text)
                && here.starts_with(other.text.as_bytes())
        })
    }
}

/// A token stands alone; `.` before it joins it to what it only looks like.
fn continues_a_word(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'$')
}

/// Without the full stops and dashes with which a sentence goes on.
fn trimmed(bytes: &[u8], start: usize, end: usize) -> usize {
    let body = bytes.get(start..end).unwrap_or_default();
    start
        + body
            .iter()
            .rposition(|b| !matches!(b, b'.' | b'-' | b','))
            .map_or(0, |last| last + 1)
}

/// A JSON Web Token that begins at `start` with `eyJ`: at least two full parts.
pub(crate) fn jwt(bytes: &[u8], start: usize) -> Option<Span> {
    if is_token(before(bytes, start)) || bytes.get(start..start + 3) != Some(b"eyJ") {
        return None;
    }
    let header = run_end(bytes, start, usize::MAX, is_token);
    let payload = run_end(bytes, header + 1, usize::MAX, is_token);
    let long_enough = header - start >= 12 && payload.saturating_sub(header + 1) >= 8;
    if at(bytes, header) != b'.' || !long_enough {
        return None;
    }
    let end = run_end(bytes, payload, usize::MAX, is_dotted);
    Span::new(start, trimmed(bytes, start, end), Kind::Jwt)
}

/// A Telegram bot token around `:AA` at `colon`: the bot's number before it, 35
/// characters after it.
pub(crate) fn telegram(bytes: &[u8], colon: usize) -> Option<Span> {
    if bytes.get(colon..colon + 3) != Some(b":AA") {
        return None;
    }
    let digits = (1..=11)
        .take_while(|n| {
            colon
                .checked_sub(*n)
                .is_some_and(|i| at(bytes, i).is_ascii_digit())
        })
        .count();
    let start = colon - digits;
    let end = run_end(bytes, colon + 1, 36, is_token);
    let fits =
        (8..=10).contains(&digits) && end - colon - 1 == 35 && !is_word(before(bytes, start));
    fits.then_some(())?;
    Span::new(start, end, Kind::TelegramToken)
}
