//! Proxies on the way to the service, good and bad ones. Whatever fails before the service is reached names who failed.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::isolated::{HURRIED, poll_isolated};
use super::tls::trust;
use crate::runner::{Test, tests};
use crate::support::client::KEY;
use crate::support::server::{Certificate, Server, Trap, hang};

pub const TESTS: &[Test] = tests![
    a_proxy_that_makes_no_connection_is_named_with_what_it_said,
    a_proxy_is_obeyed_when_it_says_how_long_to_wait,
    a_proxy_that_can_not_be_spoken_to_is_named,
    a_proxy_whose_name_is_unknown_is_named,
    a_socks_proxy_that_makes_no_connection_is_named_with_what_it_replied,
    a_proxy_that_works_leads_to_the_service,
    a_service_that_fails_behind_a_proxy_is_told_apart_from_the_proxy,
    a_proxy_that_is_spoken_to_in_secret_is_told_apart_from_the_service,
    a_variable_that_names_no_proxy_is_named_and_nothing_goes_directly,
];

const SERVICE: &str = "https://api.trackyard.com";
/// What no text may show.
const PASSWORD: &str = "pr0xy-s3cret";

/// What a poll through a proxy came to, with the proxy's address taken out.
fn through(scheme: &str, proxy: SocketAddr) -> String {
    through_as(&format!("operator:{PASSWORD}@"), scheme, proxy)
}

fn through_as(login: &str, scheme: &str, proxy: SocketAddr) -> String {
    let url = format!("{scheme}://{login}{proxy}");
    let text = poll_isolated(SERVICE, &[("HTTPS_PROXY", &url), HURRIED]);
    assert!(!text.contains(PASSWORD) && text.contains("counts: false"), "{text}");
    text.replace(&proxy.to_string(), "PROXY")
}

fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

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
        let times = if status.starts_with("407") { 1 } else { 2 };
        assert_eq!(heads.len(), times, "asked once more what it says, unless that would try a refused login again");
        for head in heads {
            assert!(head.starts_with("CONNECT api.trackyard.com:443 HTTP/1.1\r\n"), "{head}");
            assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic ") && !head.contains(KEY), "{head}");
        }
    }
}

fn a_proxy_is_obeyed_when_it_says_how_long_to_wait() {
    let proxy = Server::answering("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n");
    let text = through("http", proxy.address);
    assert!(text.contains("retry after: 120"), "{text}");
}

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

fn a_socks_proxy_that_makes_no_connection_is_named_with_what_it_replied() {
    // A connection on which nothing comes is the one that tries whether the proxy is there.
    let answering = |first: [u8; 2], login: bool, then: Vec<u8>| {
        raw(move |stream| {
            if read_some(stream).is_empty() {
                return;
            }
            stream.write_all(&first).unwrap();
            let asked = read_some(stream);
            if login {
                assert_eq!(asked, [b"\x01\x08operator\x0c", PASSWORD.as_bytes()].concat());
            }
            _ = stream.write_all(&then);
        })
    };
    let five = |method: u8| answering([5, method], false, vec![]);
    let replying = |reply: u8| answering([5, 0], false, vec![5, reply, 0, 1, 0, 0, 0, 0, 0, 0]);
    let four = |reply: u8| {
        raw(move |stream| {
            if !read_some(stream).is_empty() {
                stream.write_all(&[0, reply, 0, 0, 0, 0, 0, 0]).unwrap();
            }
        })
    };
    let login = format!("operator:{PASSWORD}@");
    let cases = [
        ("", "socks5h", replying(1), "makes no connection to api.trackyard.com: general server failure\n"),
        ("", "socks5h", replying(2), "makes no connection to api.trackyard.com: connection not allowed\n"),
        ("", "socks5h", replying(5), "makes no connection to api.trackyard.com: connection refused\n"),
        ("", "socks5h", replying(9), "answered with something that no proxy says\n"),
        ("", "socks5h", five(0xff), "wants a user name and password, others or none\n"),
        (&login, "socks5h", answering([5, 2], true, vec![1, 1]), "wants a user name and password, others or none\n"),
        (&login, "socks5h", five(0xff), "wants a user name and password, others or none\n"),
        (&login, "socks5h", five(0), "wants a user name and password, others or none\n"),
        ("", "socks5h", five(9), "answered with something that no proxy says\n"),
        ("", "socks4a", four(91), "makes no connection to api.trackyard.com: server failed to execute command\n"),
        ("", "socks4a", four(7), "answered with something that no proxy says\n"),
    ];
    for (login, scheme, address, told) in cases {
        let text = through_as(login, scheme, address);
        assert!(text.contains(&format!("outcome: proxy: the proxy {scheme}://PROXY (HTTPS_PROXY) {told}")), "{text}");
    }
    let text = through("socks5h", Server::clear("HTTP/1.1 400 Bad Request\r\n\r\n").address);
    let told = "the proxy socks5h://PROXY (HTTPS_PROXY) answered with something that no proxy says";
    assert!(text.contains(&format!("outcome: proxy: {told}")), "{text}");
    let text = through("socks5h", raw(|stream| while !read_some(stream).is_empty() {}));
    let told = "no connection to api.trackyard.com within 250 ms, through the proxy socks5h://PROXY (HTTPS_PROXY)";
    assert!(text.contains(&format!("outcome: timeout: {told}")), "{text}");
}

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

fn a_proxy_that_is_spoken_to_in_secret_is_told_apart_from_the_service() {
    let certificate = Certificate::of("localhost");
    let folder = tempfile::tempdir().unwrap();
    let trusted = trust(&folder, &certificate.pem);
    let cases = [
        (
            "403 Forbidden",
            "outcome: proxy: the proxy PROXY (HTTPS_PROXY) forbids connections to api.trackyard.com (403): what",
        ),
        (
            "200 OK",
            "outcome: connection: the connection to api.trackyard.com broke before the answer was whole, through the \
             proxy PROXY (HTTPS_PROXY)",
        ),
    ];
    for (status, told) in cases {
        let proxy = Server::encrypted_answering(&certificate, format!("HTTP/1.1 {status}\r\n\r\nwhat"));
        let url = format!("https://localhost:{}", proxy.address.port());
        let text = poll_isolated(SERVICE, &[("HTTPS_PROXY", &url), ("SSL_CERT_FILE", &trusted)]);
        assert!(text.replace(&url, "PROXY").contains(told), "{text}");
        assert_eq!(proxy.heads().iter().filter(|head| head.starts_with("CONNECT api.trackyard.com:443 ")).count(), 2);
    }
}

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
