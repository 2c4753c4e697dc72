//! Addresses: e-mail, links, hosts.

use crate::{
    print::ValueKind,
    scan::{Class, Found},
};

const LONGEST_ADDRESS: usize = 254;
/// What a file's name may end with; a bare host may not.
const FILES: [&str; 30] = [
    "pdf", "doc", "docx", "xls", "xlsx", "csv", "txt", "png", "jpg", "jpeg", "gif", "zip", "ppt",
    "pptx", "json", "xml", "html", "htm", "js", "ts", "py", "md", "mp3", "mp4", "eml", "ics", "rs",
    "php", "exe", "rtf",
];
/// Hosts where everybody has pages: only the whole link says whose.
const SHARED: [&str; 30] = [
    "google.com",
    "docs.google.com",
    "drive.google.com",
    "forms.gle",
    "goo.gl",
    "bit.ly",
    "tinyurl.com",
    "wa.me",
    "t.me",
    "youtube.com",
    "youtu.be",
    "facebook.com",
    "instagram.com",
    "x.com",
    "twitter.com",
    "linkedin.com",
    "dropbox.com",
    "onedrive.live.com",
    "1drv.ms",
    "zoom.us",
    "meet.google.com",
    "teams.microsoft.com",
    "github.com",
    "wetransfer.com",
    "office.com",
    "sharepoint.com",
    "calendar.google.com",
    "gmail.com",
    "maps.google.com",
    "whatsapp.com",
];

/// An e-mail address, whatever stands around it in the token.
pub(crate) fn email(token: &str, at: usize, found: &mut impl FnMut(Found<'_>)) -> bool {
    let mut is_any = false;
    for (sign, _) in token.match_indices('@').take(8) {
        let (before, after) = token.split_at(sign);
        let after = after.get(1..).unwrap_or_default();
        let local_from = before
            .rfind(|it: char| {
                !(it.is_alphanumeric()
                    || matches!(it, '.' | '_' | '%' | '+' | '-' | '\'' | '&' | '~'))
            })
            .map_or(0, |edge| {
                edge + before
                    .get(edge..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(1, char::len_utf8)
            });
        let local = before
            .get(local_from..)
            .unwrap_or_default()
            .trim_start_matches(['.', '\'']);
        let domain_to = after
            .find(|it: char| !(it.is_alphanumeric() || matches!(it, '.' | '-')))
            .unwrap_or(after.len());
        let domain = after
            .get(..domain_to)
            .unwrap_or_default()
            .trim_end_matches(['.', '-']);
        if local.is_empty() || !is_host(domain) || local.len() + domain.len() > LONGEST_ADDRESS {
            continue;
        }
        let normal = format!("{local}@{domain}").to_lowercase();
        found(Found {
            kind: ValueKind::Email,
            class: Class::Email,
            normal: &normal,
            start: at + sign - local.len(),
            end: at + sign + 1 + domain.len(),
            whole: true,
        });
        is_any = true;
    }
    is_any
}

/// A link with its scheme.
pub(crate) fn with_scheme(token: &str, at: usize, found: &mut impl FnMut(Found<'_>)) -> bool {
    let Some((scheme, rest)) = token.split_once("://") else {
        return false;
    };
    let is_scheme = !scheme.is_empty()
        && scheme
            .bytes()
            .rev()
            .take(5)
            .all(|it| it.is_ascii_alphanumeric());
    if !is_scheme || rest.is_empty() {
        return false;
    }
    let end_of_host = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end_of_host);
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    link(host, path, at, at + token.len(), found);
    true
}

/// A link or a host without a scheme.
pub(crate) fn bare(token: &str, at: usize, found: &mut impl FnMut(Found<'_>)) -> bool {
    let end_of_host = token.find(['/', '?', '#', ':']).unwrap_or(token.len());
    let (host, path) = token.split_at(end_of_host);
    if !is_host(host) || host.split('.').next().is_none_or(|first| first.len() < 2) {
        return false;
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_file = FILES.iter().any(|file| last.eq_ignore_ascii_case(file));
    if is_file && !path.starts_with('/') {
        return false;
    }
    link(host, path, at, at + token.len(), found);
    true
}

fn link(host: &str, path: &str, start: usize, end: usize, found: &mut impl FnMut(Found<'_>)) {
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let path = path.split('#').next().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.trim_end_matches('/').to_lowercase();
    let mut report = |class, normal: &str, whole| {
        found(Found {
            kind: ValueKind::Url,
            class,
            normal,
            start,
            end,
            whole,
        });
    };
    if !SHARED.contains(&host) {
        report(Class::Host, host, true);
    }
    if !path.is_empty() {
        report(Class::Url, &format!("{host}{path}"), query.is_empty());
    }
    if !query.is_empty() {
        report(Class::Url, &format!("{host}{path}?{query}"), true);
    }
}

fn is_host(host: &str) -> bool {
    let mut labels = 0;
    let mut last = "";
    for label in host.split('.') {
        let is_label = !label.is_empty()
            && label
                .chars()
                .all(|it| it.is_alphanumeric() || it == '-' || it == '_');
        if !is_label {
            return false;
        }
        labels += 1;
        last = label;
    }
    labels >= 2
        && (2..=24).contains(&last.len())
        && (last.chars().all(char::is_alphabetic) || last.starts_with("xn--"))
}
