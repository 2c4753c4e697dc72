//! A certificate for `localhost` and the authority that signed it, so that the
//! connector's TLS path is the real one.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};

use crate::data_folder::{DataFolder, write_private};

/// Where the certificates are; the authority's key is thrown away.
pub(crate) struct Certificate {
    /// Whom connectors trust.
    pub(crate) authority: PathBuf,
    /// What the server shows.
    pub(crate) certificate: PathBuf,
    /// The server's private key.
    pub(crate) key: PathBuf,
}

/// The data folder's certificate, made on first use.
pub(crate) fn load_or_generate(data: &DataFolder) -> Result<Certificate> {
    let folder = data.folder("certificates")?;
    let files = Certificate {
        authority: folder.join("authority.pem"),
        certificate: folder.join("localhost.pem"),
        key: folder.join("localhost.key"),
    };
    // The authority is written last.
    if !files.authority.exists() {
        let [authority, certificate, key] = generate().context("cannot make a certificate")?;
        write_private(&files.key, key.as_bytes())?;
        write_private(&files.certificate, certificate.as_bytes())?;
        write_private(&files.authority, authority.as_bytes())?;
    }
    Ok(files)
}

impl Certificate {
    /// The authority's certificate as PEM.
    pub(crate) fn authority_pem(&self) -> Result<String> {
        fs::read_to_string(&self.authority).context("cannot read the certificate authority")
    }
}

/// Authority, certificate and key as PEM.
fn generate() -> Result<[String; 3], rcgen::Error> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    authority
        .distinguished_name
        .push(DnType::CommonName, "Lango development");
    authority.not_after = date_time_ymd(2046, 1, 1);
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);

    let mut server = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    server
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    server.not_after = date_time_ymd(2046, 1, 1);
    let server_key = KeyPair::generate()?;
    let server_certificate = server.signed_by(&server_key, &issuer)?;
    Ok([
        authority_certificate.pem(),
        server_certificate.pem(),
        server_key.serialize_pem(),
    ])
}
