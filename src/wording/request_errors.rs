//! Failures of requests in words: what happened, to whom, and what was said. What others said is quoted behind a
//! colon; what to do about it stands in [`super::remedies`].

use crate::domain::error::{
    BodyError, CertificateFileError, ConnectionError, Peer, PollErrorKind, ProxyName, RequestError, TlsError,
    VariableError,
};
use crate::domain::text::SanitisedText;

/// Failure as a clause without a capital and a full stop.
#[must_use]
pub fn clause(cause: &RequestError) -> String {
    match cause {
        RequestError::Status { status, said } => quoting(status_clause(*status), said.as_ref()),
        RequestError::Stranger { status: 511, .. } => {
            "this network asks to sign in before it lets anything through (511)".to_owned()
        }
        RequestError::Stranger { host, status } => {
            format!("something in the place of {host} answered {status}: a gateway or a sign-in page, not the service")
        }
        RequestError::Redirect { host, status } => format!(
            "{host} redirects to another address ({status}), which is not followed because it would be given the key"
        ),
        RequestError::Body { status, fault } => body(*status, *fault),
        RequestError::Compressed { host, encoding } => {
            let how = encoding.as_ref().map(|encoding| format!(" ({encoding})")).unwrap_or_default();
            format!("the answer of {host} is compressed{how}, though that was not asked for")
        }
        RequestError::TooLarge { host, limit } => format!("the answer of {host} is larger than {limit} KiB"),
        RequestError::Link { party, fault } => link(party, fault),
        RequestError::ProxyStatus { proxy, host, status, said } => {
            let proxy = self::proxy(proxy);
            let refused = match status {
                407 => format!("{proxy} wants a user name and password, or others (407)"),
                403 => format!("{proxy} forbids connections to {host} (403)"),
                _ => format!("{proxy} makes no connection to {host} ({status})"),
            };
            quoting(refused, said.as_ref())
        }
        RequestError::SocksReply { proxy, host, reply } => socks(proxy, host, reply.as_ref()),
        RequestError::Variable { name, fault } => format!("{name} {}", variable(fault)),
        RequestError::NoCertificates => {
            "no CA certificates were found on this machine, so no secure connection can be made".to_owned()
        }
        RequestError::UnsendableKey => "the key can't be sent in a header".to_owned(),
        RequestError::Interrupted => {
            "the request was interrupted by a fault of this program; the log tells more".to_owned()
        }
        RequestError::Told { kind, said } => {
            let told = kind_clause(*kind);
            quoting(told.to_owned(), said.as_ref())
        }
    }
}

/// Name of a proxy: its address, and where that comes from.
#[must_use]
pub fn proxy(name: &ProxyName) -> String {
    match &name.variable {
        Some(variable) => format!("the proxy {} ({variable})", name.address),
        None => format!("the proxy {} (of the system's settings)", name.address),
    }
}

/// Fault of a variable: `is in quotes`.
#[must_use]
pub fn variable(fault: &VariableError) -> String {
    match fault {
        VariableError::NotText => "is no valid text".to_owned(),
        VariableError::Quotes => "has quotes in it, which belong to no address".to_owned(),
        VariableError::Blanks => "has blanks around it or in it".to_owned(),
        VariableError::Controls => "has line breaks or other control characters in it".to_owned(),
        VariableError::Scheme { scheme } if **scheme == *"socks" => {
            "begins with socks://, which names no version: write socks5h:// or socks4a://".to_owned()
        }
        VariableError::Scheme { scheme } => {
            format!(
                "begins with {scheme}://, which is no kind of proxy: http, https, socks4, socks4a, socks5 and socks5h are"
            )
        }
        VariableError::NoHost => "names no host".to_owned(),
        VariableError::Port => "has a port that is no number from 1 to 65535".to_owned(),
        VariableError::NoAddress => "holds no address that can be used".to_owned(),
        VariableError::Certificates { fault } => match fault {
            CertificateFileError::Missing => "names certificates that don't exist".to_owned(),
            CertificateFileError::Unreadable(reason) => format!("names certificates that can't be read: {reason}"),
            CertificateFileError::None => "names a place that holds no certificates".to_owned(),
        },
    }
}

fn quoting(clause: String, said: Option<&SanitisedText>) -> String {
    match said {
        Some(said) => format!("{clause}: {}", said.trim_end_matches('.')),
        None => clause,
    }
}

fn status_clause(status: u16) -> String {
    match status {
        401 => "the service refuses the key (401)".to_owned(),
        402 => "the service says that the account is out of credits (402)".to_owned(),
        403 => "the key is valid, but this call is forbidden (403)".to_owned(),
        429 => "the service asks to slow down (429)".to_owned(),
        _ => format!("the service answered {status}"),
    }
}

fn body(status: u16, fault: BodyError) -> String {
    let reason = match fault {
        BodyError::Empty => return format!("the service answered {status} without a body"),
        BodyError::NotJson => "the answer is not JSON",
        BodyError::NotAnObject => "the answer is not a JSON object",
        BodyError::NoCredits => "the answer has no credits_remaining",
        BodyError::NoCalls => "the answer lists no calls",
    };
    format!("the service answered {status}, but {reason}")
}

fn link(party: &Peer, fault: &ConnectionError) -> String {
    let (who, via) = match party {
        Peer::Service { host, via } => (host.to_string(), via.as_deref()),
        Peer::Proxy(name) => (proxy(name), None),
    };
    let clause = match fault {
        ConnectionError::NoName => format!("the address of {who} could not be found"),
        ConnectionError::NameTimeout { after } => {
            format!("the address of {who} could not be found within {}", time(*after))
        }
        ConnectionError::NoRoute => format!("{who} can't be reached from this machine's network"),
        ConnectionError::Refused => format!("{who} refused the connection"),
        ConnectionError::NotMade => format!("no connection to {who} could be made"),
        ConnectionError::ConnectTimeout { after } => format!("no connection to {who} within {}", time(*after)),
        ConnectionError::Tls { reason } => format!("no secure connection to {who}: {}", tls(*reason)),
        ConnectionError::Broke => format!("the connection to {who} broke before the answer was whole"),
        ConnectionError::AnswerTimeout { after, has_begun: false } => {
            format!("no answer from {who} within {}", time(*after))
        }
        ConnectionError::AnswerTimeout { after, has_begun: true } => {
            format!("no whole answer from {who} within {}", time(*after))
        }
        ConnectionError::NotHttp => match party {
            Peer::Service { .. } => format!("{who} answered with something that is not HTTP"),
            Peer::Proxy(_) => format!("{who} answered with something that no proxy says"),
        },
    };
    match via {
        Some(name) => format!("{clause}, through {}", proxy(name)),
        None => clause,
    }
}

fn tls(fault: TlsError) -> &'static str {
    match fault {
        TlsError::NotTls => "it does not speak TLS",
        TlsError::Alert => "it broke off the handshake",
        TlsError::Handshake => "the handshake failed",
        TlsError::Expired => "its certificate has expired, or this machine's clock is wrong",
        TlsError::NotYetValid => "its certificate is not valid yet, or this machine's clock is wrong",
        TlsError::OtherName => "its certificate is for another name",
        TlsError::UnknownIssuer => "its certificate is signed by an authority that this machine does not trust",
        TlsError::Revoked => "its certificate has been revoked",
        TlsError::Certificate => "its certificate is not acceptable",
    }
}

fn socks(name: &ProxyName, host: &str, reply: Option<&SanitisedText>) -> String {
    let proxy = proxy(name);
    match reply {
        Some(_) => quoting(format!("{proxy} makes no connection to {host}"), reply),
        None => format!("{proxy} wants a user name and password, others or none"),
    }
}

/// Clause for a failure whose cause was not kept.
fn kind_clause(kind: PollErrorKind) -> &'static str {
    match kind {
        PollErrorKind::Unauthorized => "the service refuses the key (401)",
        PollErrorKind::CreditsOut => "the service says that the account is out of credits (402)",
        PollErrorKind::Forbidden => "the key is valid, but this call is forbidden (403)",
        PollErrorKind::RateLimited => "the service asks to slow down (429)",
        PollErrorKind::Dns => "the address of the service could not be found",
        PollErrorKind::Connection => "no connection to the service, or one that broke",
        PollErrorKind::Tls => "no secure connection to the service",
        PollErrorKind::Timeout => "the service gave no answer in time",
        PollErrorKind::Proxy => "the proxy made no connection to the service",
        PollErrorKind::ServerError => "the service answered with a fault of its own (5xx)",
        PollErrorKind::UnexpectedAnswer => "the answer was none of the service's",
        PollErrorKind::Client => "this machine can't make requests",
    }
}

fn time(milliseconds: u32) -> String {
    if milliseconds.is_multiple_of(1_000) {
        format!("{} s", milliseconds / 1_000)
    } else {
        format!("{milliseconds} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(via: Option<ProxyName>) -> Peer {
        Peer::Service { host: "api.trackyard.com".into(), via: via.map(Box::new) }
    }

    fn http_proxy() -> ProxyName {
        ProxyName { address: "http://proxy.example:3128".into(), variable: Some("HTTPS_PROXY".into()) }
    }

    #[test]
    fn whoever_failed_is_named() {
        let direct = |fault| clause(&RequestError::link(service(None), fault));
        assert_eq!(direct(ConnectionError::Refused), "api.trackyard.com refused the connection");
        assert_eq!(
            direct(ConnectionError::ConnectTimeout { after: 5_000 }),
            "no connection to api.trackyard.com within 5 s"
        );
        let through = clause(&RequestError::link(service(Some(http_proxy())), ConnectionError::Broke));
        assert_eq!(
            through,
            "the connection to api.trackyard.com broke before the answer was whole, through the proxy \
             http://proxy.example:3128 (HTTPS_PROXY)"
        );
        let proxy = clause(&RequestError::link(Peer::Proxy(http_proxy().into()), ConnectionError::NoName));
        assert_eq!(proxy, "the address of the proxy http://proxy.example:3128 (HTTPS_PROXY) could not be found");
    }

    #[test]
    fn what_a_proxy_said_is_quoted() {
        let said = |status, said: Option<&str>| {
            let said = said.map(Into::into);
            clause(&RequestError::ProxyStatus {
                proxy: http_proxy().into(),
                host: "api.trackyard.com".into(),
                status,
                said,
            })
        };
        assert_eq!(
            said(407, None),
            "the proxy http://proxy.example:3128 (HTTPS_PROXY) wants a user name and password, or others (407)"
        );
        assert_eq!(
            said(403, Some("blocked by policy.")),
            "the proxy http://proxy.example:3128 (HTTPS_PROXY) forbids connections to api.trackyard.com (403): blocked by \
             policy"
        );
    }

    #[test]
    fn limits_read_as_people_write_them() {
        assert_eq!((time(10_000), time(200)), ("10 s".to_owned(), "200 ms".to_owned()));
    }
}
