//! Proxies on the way to the service, good and bad ones. Whatever fails before the service is reached names who failed.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use crate::KEY;
use crate::isolated::{HURRIED, poll_isolated};
use crate::server::{Certificate, Server, Trap, hang};
use crate::tls::trust;

const SERVICE: &str = "https://api.trackyard.com";
/// What no text may show.
const PASSWORD: &str = "pr0xy-s3cret";

/// What a poll through a proxy came to, with the proxy's address taken out.
fn through(scheme: &str, proxy: SocketAddr) -> String {
    let url = format!("{scheme}://operator:{PASSWORD}@{proxy}");
    let text = poll_isolated(SERVICE, &[("HTTPS_PROXY", &url), HURRIED]);
    assert!(!text.contains(PASSWORD) && text.contains("counts: false"), "{text}");
    text.replace(&proxy.to_string(), "PROXY")
}

fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

#[test]
fn a_proxy_that_makes_no_connection_is_named_with_what_it_said() {
    let cases = [
        ("407 Proxy Authentication Required", "", "wants a user name and password, or others (407)"),
        ("403 Forbidden", "", "forbids connections to api.trackyard.com (403)"),
        ("403 Blocked by policy", "", "forbids connections to api.trackyard.com (403): Blocked by policy"),
        (
            "502 Bad Gateway",
            "no\u{1b}[31m such host",
            "makes no connection to api.trackyard.com (502): no[31m such host",
        ),
        ("503 Service Unavailable", "<html>Down</html>", "makes no connection to api.trackyard.com (503)"),
        ("302 Found", "", "makes no connection to api.trackyard.com (302)"),
    ];
    for (status, body, told) in cases {
        let length = body.len();
        let proxy = Server::answering(format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}"));
        let text = through("http", proxy.address);
        assert!(text.contains(&format!("outcome: proxy: the proxy http://PROXY (HTTPS_PROXY) {told}\n")), "{text}");
        let heads = proxy.heads();
        assert_eq!(heads.len(), 1);
        assert!(heads[0].starts_with("CONNECT api.trackyard.com:443 HTTP/1.1\r\n"), "{}", heads[0]);
        assert!(heads[0].contains("proxy-authorization: Basic ") && !heads[0].contains(KEY), "{}", heads[0]);
    }
}

#[test]
fn a_proxy_is_obeyed_when_it_says_how_long_to_wait() {
    let proxy = Server::answering("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n");
    let text = through("http", proxy.address);
    assert!(text.contains("retry after: 120"), "{text}");
}

#[test]
fn a_proxy_that_can_not_be_spoken_to_is_named() {
    let refused = free_address();
    let text = through("http", refused);
    assert!(text.contains("outcome: proxy: the proxy http://PROXY (HTTPS_PROXY) refused the connection"), "{text}");
    let cases = [
        (Server::running(hang), "no answer from the proxy http://PROXY (HTTPS_PROXY) within 250 ms"),
        (Server::answering(""), "the connection to the proxy http://PROXY (HTTPS_PROXY) broke"),
        (Server::answering("SSH-2.0-OpenSSH_9.9\r\n"), "the proxy http://PROXY (HTTPS_PROXY) answered with something"),
    ];
    for (proxy, told) in cases {
        let text = through("http", proxy.address);
        assert!(text.contains(&format!("outcome: proxy: {told}")), "{text}");
    }
    let clear = Server::clear("HTTP/1.1 400 Bad Request\r\n\r\n");
    let text = through("https", clear.address);
    assert!(text.contains("outcome: proxy: no secure connection to the proxy https://PROXY (HTTPS_PROXY)"), "{text}");
}

#[test]
fn a_proxy_whose_name_is_unknown_is_named() {
    // No name server is asked for a name with a part of more than 63 characters.
    let name = format!("{}.invalid", "a".repeat(64));
    for scheme in ["http", "https", "socks5", "socks4a"] {
        let text = poll_isolated(SERVICE, &[("ALL_PROXY", &format!("{scheme}://me:{PASSWORD}@{name}:1"))]);
        let told =
            format!("outcome: proxy: the address of the proxy {scheme}://{name}:1 (ALL_PROXY) could not be found");
        assert!(text.contains(&told) && !text.contains(PASSWORD), "{text}");
    }
}

#[test]
fn a_socks_proxy_that_makes_no_connection_is_named_with_its_reply() {
    let five = |method: u8, reply: u8| {
        raw(move |stream| {
            read_some(stream);
            stream.write_all(&[5, method]).unwrap();
            if method == 2 {
                read_some(stream);
                stream.write_all(&[1, reply]).unwrap();
            } else if method == 0 {
                read_some(stream);
                stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
            }
        })
    };
    let four = |reply: u8| {
        raw(move |stream| {
            read_some(stream);
            stream.write_all(&[0, reply, 0, 0, 0, 0, 0, 0]).unwrap();
        })
    };
    let cases = [
        ("socks5h", five(0, 2), "makes no connection to api.trackyard.com: its rules forbid it (SOCKS reply 2)"),
        (
            "socks5h",
            five(0, 5),
            "makes no connection to api.trackyard.com: the host refused the connection (SOCKS reply 5)",
        ),
        ("socks5h", five(2, 1), "wants a user name and password, or others"),
        ("socks5h", five(0xff, 0), "wants a user name and password, or others"),
        ("socks5h", five(9, 0), "wants a user name and password, or others"),
        ("socks4a", four(91), "makes no connection to api.trackyard.com: it failed (SOCKS reply 91)"),
        ("socks4a", four(7), "answered with something that no proxy says"),
    ];
    for (scheme, address, told) in cases {
        let text = through(scheme, address);
        assert!(text.contains(&format!("outcome: proxy: the proxy {scheme}://PROXY (HTTPS_PROXY) {told}")), "{text}");
    }
    let text = through("socks5h", Server::answering("HTTP/1.1 400 Bad Request\r\n\r\n").address);
    assert!(text.contains("outcome: proxy:"), "{text}");
    let text = through("socks5h", raw(|stream| while !read_some(stream).is_empty() {}));
    assert!(text.contains("no answer from the proxy socks5h://PROXY (HTTPS_PROXY) within 250 ms"), "{text}");
}

#[test]
fn a_proxy_that_works_leads_to_the_service() {
    let certificate = Certificate::of("localhost");
    let folder = tempfile::tempdir().unwrap();
    let trusted = trust(&folder, &certificate.pem);
    for scheme in ["http", "socks4", "socks4a", "socks5", "socks5h"] {
        let server = Server::encrypted(&certificate);
        let proxy = relay(scheme, server.address);
        let url = format!("https://localhost:{}", server.address.port());
        let text = poll_isolated(&url, &[("https_proxy", &format!("{scheme}://{proxy}")), ("SSL_CERT_FILE", &trusted)]);
        assert!(text.contains("outcome: sample"), "{scheme}: {text}");
        assert!(server.heads()[0].contains(KEY));
    }
}

#[test]
fn a_service_that_fails_behind_a_proxy_is_told_apart_from_the_proxy() {
    let certificate = Certificate::of("other.test");
    let folder = tempfile::tempdir().unwrap();
    let server = Server::encrypted(&certificate);
    let proxy = relay("http", server.address);
    let url = format!("https://localhost:{}", server.address.port());
    let trusted = trust(&folder, &certificate.pem);
    let text = poll_isolated(&url, &[("HTTPS_PROXY", &format!("http://{proxy}")), ("SSL_CERT_FILE", &trusted)]);
    let told = format!("its certificate is for another name, through the proxy http://{proxy} (HTTPS_PROXY)");
    assert!(text.contains("outcome: tls: no secure connection to localhost") && text.contains(&told), "{text}");
}

#[test]
fn a_variable_that_names_no_proxy_is_named_and_nothing_goes_directly() {
    let certificate = Certificate::of("localhost");
    let folder = tempfile::tempdir().unwrap();
    let trusted = trust(&folder, &certificate.pem);
    let trap = Trap::set();
    let url = trap.url().replace("http://", "https://");
    for value in [
        "\"http://127.0.0.1:1\"",
        " http://127.0.0.1:1",
        "socks://127.0.0.1:1",
        "ftp://127.0.0.1:1",
        "http://",
        "127.0.0.1:x",
    ] {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let text = poll_isolated(&url, &[(name, value), ("SSL_CERT_FILE", &trusted)]);
            assert!(text.contains(&format!("outcome: client: {name} ")), "{text}");
        }
    }
    let exempt = [("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "'127.0.0.1'"), ("SSL_CERT_FILE", &trusted)];
    assert!(poll_isolated(&url, &exempt).contains("outcome: client: NO_PROXY "));
    assert!(trap.is_untouched());
}

/// A server that runs a script on each connection, and does not wait for the head of a request.
fn raw(script: impl Fn(&mut TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().for_each(|stream| script(&mut stream.unwrap())));
    address
}

fn read_some(stream: &mut TcpStream) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let length = stream.read(&mut buffer).unwrap_or(0);
    buffer[..length].to_vec()
}

/// A proxy that connects to `target`, whatever is asked for.
fn relay(scheme: &'static str, target: SocketAddr) -> SocketAddr {
    raw(move |stream| {
        let asked = read_some(stream);
        match scheme {
            "http" => stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap(),
            "socks4" | "socks4a" => {
                assert_eq!(asked.ends_with(b"localhost\0"), scheme == "socks4a");
                stream.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).unwrap();
            }
            _ => {
                stream.write_all(&[5, 0]).unwrap();
                let asked = read_some(stream);
                assert_eq!(asked[3] == 3, scheme == "socks5h", "{asked:?}");
                stream.write_all(&[5, 0, 0, 3, 1, b'x', 0, 0]).unwrap();
            }
        }
        let service = TcpStream::connect(target).unwrap();
        let (mut up, mut down) = (service.try_clone().unwrap(), stream.try_clone().unwrap());
        let mut from = stream.try_clone().unwrap();
        let upwards = thread::spawn(move || io::copy(&mut from, &mut up));
        _ = io::copy(&mut &service, &mut down);
        _ = stream.shutdown(std::net::Shutdown::Both);
        _ = upwards.join();
    })
}
