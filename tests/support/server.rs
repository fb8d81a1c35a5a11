//! Servers that misbehave in every way a socket can.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};

/// A good answer.
pub const SAMPLE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n{\"credits_remaining\":487}\n";

/// A server on loopback that runs a script on every connection, once the head of the request is there.
pub struct Server {
    pub address: SocketAddr,
    heads: Receiver<String>,
}

impl Server {
    pub fn running(script: impl Fn(&mut TcpStream) + Send + 'static) -> Self {
        Self::accepting(move |mut stream, heads| {
            let head = read_head(&mut stream);
            _ = heads.send(head);
            script(&mut stream);
        })
    }

    /// Gives the same bytes to everyone, as far as they are taken, then closes.
    pub fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::running(move |stream| _ = stream.write_all(&answer))
    }

    /// Closes with the request unread, which resets the connection.
    pub fn resetting() -> Self {
        Self::accepting(|stream, _| {
            stream.peek(&mut [0]).unwrap();
        })
    }

    /// Answers whatever comes first, which need not be a request.
    pub fn clear(answer: &'static str) -> Self {
        Self::accepting(move |mut stream, _| {
            _ = stream.read(&mut [0; 4096]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        })
    }

    /// Gives a good answer over TLS, to those who accept the certificate.
    pub fn encrypted(certificate: &Certificate) -> Self {
        Self::encrypted_answering(certificate, SAMPLE)
    }

    /// Gives the same bytes to everyone over TLS who accepts the certificate.
    pub fn encrypted_answering(certificate: &Certificate, answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        let config = Arc::clone(&certificate.config);
        Self::accepting(move |mut stream, heads| {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = Stream::new(&mut connection, &mut stream);
            let head = read_head(&mut stream);
            if !head.is_empty() {
                heads.send(head).unwrap();
                stream.write_all(&answer).unwrap();
            }
        })
    }

    fn accepting(serve: impl Fn(TcpStream, &Sender<String>) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, heads) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &sender);
            }
        });
        Self { address, heads }
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The heads of the requests that came so far, whole.
    pub fn heads(&self) -> Vec<String> {
        self.heads.try_iter().collect()
    }
}

/// A listener that must never be called.
pub struct Trap(TcpListener);

impl Trap {
    pub fn set() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    pub fn is_untouched(&self) -> bool {
        self.0.accept().is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

/// A self-signed certificate and what a server needs to show it.
pub struct Certificate {
    config: Arc<ServerConfig>,
    pub pem: String,
}

impl Certificate {
    pub fn of(name: &str) -> Self {
        Self::with(&Self::params(name))
    }

    pub fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    pub fn with(params: &CertificateParams) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let secret = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], secret)
            .unwrap();
        Self { config: Arc::new(config), pem: certificate.pem() }
    }
}

/// Writes a piece again and again, without pause, until the client hangs up.
pub fn flood(stream: &mut TcpStream, piece: &[u8]) {
    while stream.write_all(piece).is_ok() {}
}

/// Writes a piece again and again, slowly, until the client hangs up.
pub fn drip(stream: &mut TcpStream, piece: &[u8]) {
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    while stream.write_all(piece).is_ok() && stream.read(&mut [0]).is_err() {}
}

/// Says nothing until the client hangs up.
pub fn hang(stream: &mut TcpStream) {
    _ = stream.read(&mut [0]);
}

/// Up to the blank line, or as far as the client got.
fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|length| length == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}
