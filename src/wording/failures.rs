//! What happened to a request that brought nothing: what, to whom, and what was said. What others said is quoted behind a
//! colon; what to do about it stands in [`super::remedies`].

use crate::domain::failure::{
    BodyFault, Cause, CertificateFault, LinkFault, Party, PollFailureKind, ProxyName, TlsFault, VariableFault,
};
use crate::domain::text::Quoted;

/// What happened, as a clause without a capital and a full stop.
#[must_use]
pub fn clause(cause: &Cause) -> String {
    match cause {
        Cause::Status { status, said } => quoting(status_clause(*status), said.as_ref()),
        Cause::Stranger { status: 511, .. } => {
            "this network asks to sign in before it lets anything through (511)".to_owned()
        }
        Cause::Stranger { host, status } => {
            format!("something in the place of {host} answered {status}: a gateway or a sign-in page, not the service")
        }
        Cause::Redirect { host, status } => format!(
            "{host} redirects to another address ({status}), which is not followed because it would be given the key"
        ),
        Cause::Body { status, fault } => body(*status, *fault),
        Cause::Compressed { host, encoding } => {
            let how = encoding.as_ref().map(|encoding| format!(" ({encoding})")).unwrap_or_default();
            format!("the answer of {host} is compressed{how}, though that was not asked for")
        }
        Cause::TooLarge { host, limit } => format!("the answer of {host} is larger than {limit} KiB"),
        Cause::Link { party, fault } => link(party, fault),
        Cause::ProxyStatus { proxy, host, status, said } => {
            let proxy = self::proxy(proxy);
            let refused = match status {
                407 => format!("{proxy} wants a user name and password, or others (407)"),
                403 => format!("{proxy} forbids connections to {host} (403)"),
                _ => format!("{proxy} makes no connection to {host} ({status})"),
            };
            quoting(refused, said.as_ref())
        }
        Cause::SocksReply { proxy, host, reply } => socks(proxy, host, reply.as_ref()),
        Cause::Variable { name, fault } => format!("{name} {}", variable(fault)),
        Cause::NoCertificates => {
            "no CA certificates were found on this machine, so no secure connection can be made".to_owned()
        }
        Cause::UnsendableKey => "the key can't be sent in a header".to_owned(),
        Cause::Interrupted => "the request was interrupted by a fault of this program; the log tells more".to_owned(),
        Cause::Told { kind, said } => {
            let told = told(*kind);
            quoting(told.to_owned(), said.as_ref())
        }
    }
}

/// How a proxy is called: by its address, and by where that comes from.
#[must_use]
pub fn proxy(name: &ProxyName) -> String {
    match &name.variable {
        Some(variable) => format!("the proxy {} ({variable})", name.address),
        None => format!("the proxy {} (of the system's settings)", name.address),
    }
}

/// What is wrong with a variable: `is in quotes`.
#[must_use]
pub fn variable(fault: &VariableFault) -> String {
    match fault {
        VariableFault::NotText => "is no valid text".to_owned(),
        VariableFault::Quotes => "has quotes in it, which belong to no address".to_owned(),
        VariableFault::Blanks => "has blanks around it or in it".to_owned(),
        VariableFault::Controls => "has line breaks or other control characters in it".to_owned(),
        VariableFault::Scheme { scheme } if **scheme == *"socks" => {
            "begins with socks://, which names no version: write socks5h:// or socks4a://".to_owned()
        }
        VariableFault::Scheme { scheme } => {
            format!(
                "begins with {scheme}://, which is no kind of proxy: http, https, socks4, socks4a, socks5 and socks5h are"
            )
        }
        VariableFault::NoHost => "names no host".to_owned(),
        VariableFault::Port => "has a port that is no number from 1 to 65535".to_owned(),
        VariableFault::NoAddress => "holds no address that can be used".to_owned(),
        VariableFault::Certificates { fault } => match fault {
            CertificateFault::Missing => "names certificates that don't exist".to_owned(),
            CertificateFault::Unreadable(reason) => format!("names certificates that can't be read: {reason}"),
            CertificateFault::None => "names a place that holds no certificates".to_owned(),
        },
    }
}

fn quoting(clause: String, said: Option<&Quoted>) -> String {
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

fn body(status: u16, fault: BodyFault) -> String {
    let reason = match fault {
        BodyFault::Empty => return format!("the service answered {status} without a body"),
        BodyFault::NotJson => "the answer is not JSON",
        BodyFault::NotAnObject => "the answer is not a JSON object",
        BodyFault::NoCredits => "the answer has no credits_remaining",
        BodyFault::NoCalls => "the answer lists no calls",
    };
    format!("the service answered {status}, but {reason}")
}

fn link(party: &Party, fault: &LinkFault) -> String {
    let (who, via) = match party {
        Party::Service { host, via } => (host.to_string(), via.as_deref()),
        Party::Proxy(name) => (proxy(name), None),
    };
    let clause = match fault {
        LinkFault::NoName => format!("the address of {who} could not be found"),
        LinkFault::NameTimeout { after } => format!("the address of {who} could not be found within {}", time(*after)),
        LinkFault::NoRoute => format!("{who} can't be reached from this machine's network"),
        LinkFault::Refused => format!("{who} refused the connection"),
        LinkFault::NotMade => format!("no connection to {who} could be made"),
        LinkFault::ConnectTimeout { after } => format!("no connection to {who} within {}", time(*after)),
        LinkFault::Tls { reason } => format!("no secure connection to {who}: {}", tls(*reason)),
        LinkFault::Broke => format!("the connection to {who} broke before the answer was whole"),
        LinkFault::AnswerTimeout { after, has_begun: false } => format!("no answer from {who} within {}", time(*after)),
        LinkFault::AnswerTimeout { after, has_begun: true } => {
            format!("no whole answer from {who} within {}", time(*after))
        }
        LinkFault::NotHttp => match party {
            Party::Service { .. } => format!("{who} answered with something that is not HTTP"),
            Party::Proxy(_) => format!("{who} answered with something that no proxy says"),
        },
    };
    match via {
        Some(name) => format!("{clause}, through {}", proxy(name)),
        None => clause,
    }
}

fn tls(fault: TlsFault) -> &'static str {
    match fault {
        TlsFault::NotTls => "it does not speak TLS",
        TlsFault::Alert => "it broke off the handshake",
        TlsFault::Handshake => "the handshake failed",
        TlsFault::Expired => "its certificate has expired, or this machine's clock is wrong",
        TlsFault::NotYetValid => "its certificate is not valid yet, or this machine's clock is wrong",
        TlsFault::OtherName => "its certificate is for another name",
        TlsFault::UnknownIssuer => "its certificate is signed by an authority that this machine does not trust",
        TlsFault::Revoked => "its certificate has been revoked",
        TlsFault::Certificate => "its certificate is not acceptable",
    }
}

fn socks(name: &ProxyName, host: &str, reply: Option<&Quoted>) -> String {
    let proxy = proxy(name);
    match reply {
        Some(_) => quoting(format!("{proxy} makes no connection to {host}"), reply),
        None => format!("{proxy} wants a user name and password, others or none"),
    }
}

/// What is known of a failure whose cause was not kept.
fn told(kind: PollFailureKind) -> &'static str {
    match kind {
        PollFailureKind::Unauthorized => "the service refuses the key (401)",
        PollFailureKind::CreditsOut => "the service says that the account is out of credits (402)",
        PollFailureKind::Forbidden => "the key is valid, but this call is forbidden (403)",
        PollFailureKind::RateLimited => "the service asks to slow down (429)",
        PollFailureKind::Dns => "the address of the service could not be found",
        PollFailureKind::Connection => "no connection to the service, or one that broke",
        PollFailureKind::Tls => "no secure connection to the service",
        PollFailureKind::Timeout => "the service gave no answer in time",
        PollFailureKind::Proxy => "the proxy made no connection to the service",
        PollFailureKind::ServerError => "the service answered with a fault of its own (5xx)",
        PollFailureKind::UnexpectedAnswer => "the answer was none of the service's",
        PollFailureKind::Client => "this machine can't make requests",
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

    fn service(via: Option<ProxyName>) -> Party {
        Party::Service { host: "api.trackyard.com".into(), via: via.map(Box::new) }
    }

    fn http_proxy() -> ProxyName {
        ProxyName { address: "http://proxy.example:3128".into(), variable: Some("HTTPS_PROXY".into()) }
    }

    #[test]
    fn whoever_failed_is_named() {
        let direct = |fault| clause(&Cause::link(service(None), fault));
        assert_eq!(direct(LinkFault::Refused), "api.trackyard.com refused the connection");
        assert_eq!(direct(LinkFault::ConnectTimeout { after: 5_000 }), "no connection to api.trackyard.com within 5 s");
        let through = clause(&Cause::link(service(Some(http_proxy())), LinkFault::Broke));
        assert_eq!(
            through,
            "the connection to api.trackyard.com broke before the answer was whole, through the proxy \
             http://proxy.example:3128 (HTTPS_PROXY)"
        );
        let proxy = clause(&Cause::link(Party::Proxy(http_proxy().into()), LinkFault::NoName));
        assert_eq!(proxy, "the address of the proxy http://proxy.example:3128 (HTTPS_PROXY) could not be found");
    }

    #[test]
    fn what_a_proxy_said_is_quoted() {
        let said = |status, said: Option<&str>| {
            let said = said.map(Into::into);
            clause(&Cause::ProxyStatus { proxy: http_proxy().into(), host: "api.trackyard.com".into(), status, said })
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
