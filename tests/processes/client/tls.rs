//! Which certificates are trusted. The system's are replaced by a variable that other systems don't know.

use std::fs;
use std::net::TcpListener;

use super::isolated::{HURRIED, LOGGED, poll_isolated};
use crate::runner::{Test, tests};
use crate::support::client::KEY;
use crate::support::server::{Certificate, SAMPLE, Server};

pub const TESTS: &[Test] = tests![
    a_trusted_certificate_lets_the_key_pass,
    certificates_that_can_not_be_trusted_stop_the_key,
    a_server_without_tls_is_told,
    a_variable_that_names_no_certificates_is_named,
    a_variable_of_certificates_that_is_blank_is_not_set,
    a_variable_of_certificates_that_can_not_be_had_is_named,
    a_handshake_that_never_ends_is_given_up_and_does_not_count,
];

fn a_trusted_certificate_lets_the_key_pass() {
    let certificate = Certificate::of("localhost");
    let folder = tempfile::tempdir().unwrap();
    let server = Server::encrypted(&certificate);
    let variables = [LOGGED, ("SSL_CERT_FILE", &trust(&folder, &certificate.pem))];
    let text = poll_isolated(&secure_url(&server), &variables);
    assert!(text.contains("outcome: sample"), "{text}");
    assert!(server.heads()[0].contains(KEY));
}

fn certificates_that_can_not_be_trusted_stop_the_key() {
    let expired = || {
        let mut params = Certificate::params("localhost");
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        params
    };
    let (unknown, expired, other) =
        (Certificate::of("localhost"), Certificate::with(&expired()), Certificate::of("other.test"));
    let cases = [
        (&unknown, &other, "is signed by an authority that this machine does not trust"),
        (&expired, &expired, "has expired, or this machine's clock is wrong"),
        (&other, &other, "is for another name"),
    ];
    for (shown, trusted, reason) in cases {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::encrypted(shown);
        let text = poll_isolated(&secure_url(&server), &[("SSL_CERT_FILE", &trust(&folder, &trusted.pem))]);
        let port = server.address.port();
        let expected = format!("outcome: tls: no secure connection to localhost:{port}: its certificate {reason}");
        assert!(text.contains(&expected), "{text}");
        assert_eq!(server.heads(), [""; 0]);
    }
}

fn a_server_without_tls_is_told() {
    let server = Server::clear("HTTP/1.1 400 Bad Request\r\n\r\n");
    let certificate = Certificate::of("localhost");
    let folder = tempfile::tempdir().unwrap();
    let text = poll_isolated(&secure_url(&server), &[("SSL_CERT_FILE", &trust(&folder, &certificate.pem))]);
    assert!(text.contains("outcome: tls: ") && text.contains("it does not speak TLS"), "{text}");
}

fn a_variable_that_names_no_certificates_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let none = trust(&folder, "");
    let text = poll_isolated("https://localhost:1", &[("SSL_CERT_FILE", &none)]);
    assert!(text.contains("outcome: client: SSL_CERT_FILE names a place that holds no certificates"), "{text}");
    assert!(text.contains("counts: false"), "{text}");
    let server = Server::answering(SAMPLE);
    let text = poll_isolated(&server.url(), &[("SSL_CERT_FILE", &none)]);
    assert!(text.contains("outcome: sample"), "plain requests need none: {text}");
}

fn a_variable_of_certificates_that_is_blank_is_not_set() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::of("localhost");
    let trusted = trust(&folder, &certificate.pem);
    let path = folder.path().to_str().unwrap();
    for blank in ["", " ", "\t"] {
        let server = Server::encrypted(&certificate);
        let variables = [("SSL_CERT_FILE", trusted.as_str()), ("SSL_CERT_DIR", blank)];
        let text = poll_isolated(&secure_url(&server), &variables);
        assert!(text.contains("outcome: sample"), "{blank:?}: {text}");
        let server = Server::encrypted(&certificate);
        let text = poll_isolated(&secure_url(&server), &[("SSL_CERT_FILE", blank), ("SSL_CERT_DIR", path)]);
        assert!(text.contains("outcome: sample"), "{blank:?}: {text}");
    }
    // With both blank the system's are read, which don't know this certificate, or there are none.
    let server = Server::encrypted(&certificate);
    let text = poll_isolated(&secure_url(&server), &[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "")]);
    assert!(!text.contains("SSL_CERT") && !text.contains("outcome: sample"), "{text}");
}

fn a_variable_of_certificates_that_can_not_be_had_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing").into_os_string().into_string().unwrap();
    let empty = folder.path().to_str().unwrap();
    let cases = [
        ("SSL_CERT_FILE", missing.as_str(), "names certificates that don't exist"),
        ("SSL_CERT_DIR", missing.as_str(), "names certificates that don't exist"),
        ("SSL_CERT_FILE", empty, "names certificates that can't be read"),
        ("SSL_CERT_DIR", empty, "names a place that holds no certificates"),
    ];
    for (name, value, told) in cases {
        let text = poll_isolated("https://localhost:1", &[(name, value)]);
        assert!(text.contains(&format!("outcome: client: {name} {told}")), "{text}");
    }
}

fn a_handshake_that_never_ends_is_given_up_and_does_not_count() {
    // The system takes the connection, and nobody ever speaks on it.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let host = format!("localhost:{}", silent.local_addr().unwrap().port());
    let certificate = Certificate::of("localhost");
    let folder = tempfile::tempdir().unwrap();
    let variables = [HURRIED, ("SSL_CERT_FILE", &trust(&folder, &certificate.pem))];
    let text = poll_isolated(&format!("https://{host}"), &variables);
    let expected = format!("outcome: timeout: no connection to {host} within 250 ms");
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains("counts: false"), "{text}");
}

fn secure_url(server: &Server) -> String {
    format!("https://localhost:{}", server.address.port())
}

/// A file that makes `pem` the only certificate that is trusted.
pub fn trust(folder: &tempfile::TempDir, pem: &str) -> String {
    let path = folder.path().join("trusted.pem");
    fs::write(&path, pem).unwrap();
    path.into_os_string().into_string().unwrap()
}
