//! Whose certificates are trusted, and which variable says so.

use std::ffi::OsString;
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};

use crate::domain::error::RequestError;

/// Source of the certificates that are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSource {
    /// The variables that name them; none where they are the system's own.
    pub variables: Vec<&'static str>,
    /// Number of certificates, where they can be counted.
    pub count: Option<usize>,
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, RequestError> {
    let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    builder.map_err(|_no_versions| RequestError::NoCertificates)
}

fn spoken(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// A configuration that trusts nobody, for requests in clear: no certificates are looked for.
pub(super) fn none() -> Result<ClientConfig, RequestError> {
    Ok(builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// The configuration for secure connections.
///
/// # Errors
/// Where there are no certificates, or a variable names none that can be had.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn load(
    _: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(Arc<ClientConfig>, CertificateSource), RequestError> {
    use rustls_platform_verifier::BuilderVerifierExt as _;

    let builder = builder()?.with_platform_verifier().map_err(|_no_certificates| RequestError::NoCertificates)?;
    let source = CertificateSource { variables: Vec::new(), count: None };
    Ok((spoken(builder.with_no_client_auth()), source))
}

/// The configuration for secure connections.
///
/// # Errors
/// Where there are no certificates, or a variable names none that can be had.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) fn load(
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<(Arc<ClientConfig>, CertificateSource), RequestError> {
    let (roots, variables) = system::roots(variable)?;
    let source = CertificateSource { variables, count: Some(roots.len()) };
    let config = builder()?.with_root_certificates(roots).with_no_client_auth();
    Ok((spoken(config), source))
}

#[cfg(all(unix, not(target_os = "macos")))]
mod system {
    use std::collections::BTreeSet;
    use std::env;
    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::path::{Path, PathBuf};

    use rustls::RootCertStore;
    use rustls_native_certs::{CertificateResult, ErrorKind, load_certs_from_paths};

    use crate::domain::error::{CertificateFileError, RequestError, VariableError};

    const FILE: &str = "SSL_CERT_FILE";
    const FOLDERS: &str = "SSL_CERT_DIR";

    /// The certificates that the variables name, and their names; else those of the system.
    pub(super) fn roots(
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<(RootCertStore, Vec<&'static str>), RequestError> {
        let set = |name| variable(name).filter(|value| !is_blank(value));
        let mut roots = Roots { store: RootCertStore::empty(), seen: BTreeSet::new() };
        let mut variables = Vec::new();
        if let Some(file) = set(FILE) {
            variables.push(FILE);
            let loaded = load_certs_from_paths(Some(Path::new(&file)), None);
            roots.take(loaded).map_err(|fault| invalid(FILE, fault))?;
        }
        if let Some(folders) = set(FOLDERS) {
            variables.push(FOLDERS);
            roots.take(of_folders(env::split_paths(&folders))).map_err(|fault| invalid(FOLDERS, fault))?;
        }
        if variables.is_empty() {
            let places = openssl_probe::probe();
            let mut loaded = of_folders(places.cert_dir.into_iter());
            loaded.certs.extend(load_certs_from_paths(places.cert_file.as_deref(), None).certs);
            loaded.errors.clear();
            roots.take(loaded).map_err(|_none| RequestError::NoCertificates)?;
        }
        Ok((roots.store, variables))
    }

    fn invalid(name: &str, fault: CertificateFileError) -> RequestError {
        RequestError::Variable { name: name.into(), fault: VariableError::Certificates { fault } }
    }

    fn is_blank(value: &OsStr) -> bool {
        value.to_str().is_some_and(|text| text.trim().is_empty())
    }

    fn of_folders(folders: impl Iterator<Item = PathBuf>) -> CertificateResult {
        let mut all = CertificateResult::default();
        for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
            let loaded = load_certs_from_paths(None, Some(&folder));
            all.certs.extend(loaded.certs);
            // One file of a folder that can't be read is no reason to do without the others.
            let is_of_folder = |error: &rustls_native_certs::Error| match &error.kind {
                ErrorKind::Io { path, .. } => *path == folder,
                _ => false,
            };
            all.errors.extend(loaded.errors.into_iter().filter(is_of_folder));
        }
        all
    }

    /// The certificates that are trusted, each once.
    struct Roots {
        store: RootCertStore,
        seen: BTreeSet<Vec<u8>>,
    }

    impl Roots {
        fn take(&mut self, loaded: CertificateResult) -> Result<(), CertificateFileError> {
            let unreadable = loaded.errors.iter().find_map(|error| match &error.kind {
                ErrorKind::Io { inner, .. } => Some(inner),
                _ => None,
            });
            match unreadable {
                Some(error) if error.kind() == io::ErrorKind::NotFound => return Err(CertificateFileError::Missing),
                Some(error) => return Err(CertificateFileError::Unreadable(error.kind().to_string().into())),
                None => {}
            }
            let mut is_any = false;
            for certificate in loaded.certs {
                let bytes = certificate.as_ref().to_vec();
                let is_known = self.seen.contains(&bytes);
                if is_known || self.store.add(certificate).is_ok() {
                    self.seen.insert(bytes);
                    is_any = true;
                }
            }
            if is_any { Ok(()) } else { Err(CertificateFileError::None) }
        }
    }
}
