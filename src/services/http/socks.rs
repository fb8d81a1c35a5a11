//! Has a SOCKS proxy connect to a host: SOCKS 4 (with 4a) and SOCKS 5 (RFC 1928, RFC 1929).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Host;

use super::connection::{Stream, Target};
use super::proxy::{Proxy, SocksVersion};
use crate::domain::failure::{Cause, LinkFault, Party};

/// Why a handshake ended without a connection.
enum SocksFailure {
    /// The connection to the proxy broke.
    Broken,
    /// What came is no SOCKS.
    Nonsense,
    /// It takes none of the ways to log in that are known here, or not this user.
    Login,
    /// It answered that it makes no connection.
    Reply(u8),
}

impl From<io::Error> for SocksFailure {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

/// Has the proxy at the other end of `stream` connect to a target; `local` is its address, where it is looked up here.
pub(super) async fn connect(
    mut stream: Stream,
    version: SocksVersion,
    proxy: &Proxy,
    target: &Target,
    local: Option<SocketAddr>,
) -> Result<Stream, Cause> {
    let host = local.map_or_else(
        || target.host.clone(),
        |address| match address.ip() {
            IpAddr::V4(address) => Host::Ipv4(address),
            IpAddr::V6(address) => Host::Ipv6(address),
        },
    );
    let login = proxy.login.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
    let asked = if version.is_five() {
        five(&mut stream, &host, target.port, login).await
    } else {
        four(&mut stream, &host, target.port, login.map_or("", |(user, _)| user)).await
    };
    let link = |fault| Cause::link(Party::Proxy(proxy.name.clone().into()), fault);
    let replied = |reply| Cause::SocksReply { proxy: proxy.name.clone().into(), host: target.shown.clone(), reply };
    match asked {
        Ok(()) => Ok(stream),
        Err(SocksFailure::Broken) => Err(link(LinkFault::Broke)),
        Err(SocksFailure::Nonsense) => Err(link(LinkFault::NotHttp)),
        Err(SocksFailure::Login) => Err(replied(None)),
        Err(SocksFailure::Reply(reply)) => Err(replied(Some(reply))),
    }
}

async fn five(
    stream: &mut Stream,
    host: &Host<String>,
    port: u16,
    login: Option<(&str, &str)>,
) -> Result<(), SocksFailure> {
    let methods: &[u8] = if login.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    stream.write_all(methods).await?;
    let method = read::<2>(stream).await?;
    match (method, login) {
        ([5, 0], _) => {}
        ([5, 2], Some((user, password))) => {
            let mut request = vec![1];
            for part in [user, password] {
                request.push(u8::try_from(part.len()).map_err(|_too_long| SocksFailure::Login)?);
                request.extend_from_slice(part.as_bytes());
            }
            stream.write_all(&request).await?;
            if read::<2>(stream).await?[1] != 0 {
                return Err(SocksFailure::Login);
            }
        }
        ([5, _], _) => return Err(SocksFailure::Login),
        _ => return Err(SocksFailure::Nonsense),
    }
    let mut request = vec![5, 1, 0];
    match host {
        Host::Ipv4(address) => {
            request.push(1);
            request.extend(address.octets());
        }
        Host::Ipv6(address) => {
            request.push(4);
            request.extend(address.octets());
        }
        Host::Domain(name) => {
            // The rules of the web allow no longer name.
            request.extend([3, u8::try_from(name.len()).map_err(|_too_long| SocksFailure::Reply(8))?]);
            request.extend_from_slice(name.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    stream.write_all(&request).await?;
    let [version, reply, _, kind] = read::<4>(stream).await?;
    if version != 5 {
        return Err(SocksFailure::Nonsense);
    }
    if reply != 0 {
        return Err(SocksFailure::Reply(reply));
    }
    let length = match kind {
        1 => 4,
        4 => 16,
        3 => usize::from(read::<1>(stream).await?[0]),
        _ => return Err(SocksFailure::Nonsense),
    };
    let mut bound = vec![0; length + 2];
    stream.read_exact(&mut bound).await?;
    Ok(())
}

async fn four(stream: &mut Stream, host: &Host<String>, port: u16, user: &str) -> Result<(), SocksFailure> {
    let mut request = vec![4, 1];
    request.extend(port.to_be_bytes());
    let (address, name) = match host {
        Host::Ipv4(address) => (*address, None),
        Host::Domain(name) => (Ipv4Addr::new(0, 0, 0, 1), Some(name)),
        Host::Ipv6(_) => return Err(SocksFailure::Reply(8)),
    };
    request.extend(address.octets());
    request.extend_from_slice(user.as_bytes());
    request.push(0);
    if let Some(name) = name {
        request.extend_from_slice(name.as_bytes());
        request.push(0);
    }
    stream.write_all(&request).await?;
    match read::<8>(stream).await? {
        [0, 90, ..] => Ok(()),
        [0, reply, ..] if reply > 90 => Err(SocksFailure::Reply(reply)),
        _ => Err(SocksFailure::Nonsense),
    }
}

async fn read<const LENGTH: usize>(stream: &mut Stream) -> io::Result<[u8; LENGTH]> {
    let mut read = [0; LENGTH];
    stream.read_exact(&mut read).await?;
    Ok(read)
}
