//! The name of this process, and the end of another one.

use std::sync::LazyLock;

/// The name of this process: the machine and its start, the namespace of its number, the number, and when it began.
/// `None` where the system tells no such things.
#[must_use]
pub fn own_name() -> Option<&'static str> {
    static NAME: LazyLock<Option<String>> = LazyLock::new(name);
    NAME.as_deref()
}

#[cfg(target_os = "linux")]
fn name() -> Option<String> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let boot = super::clock::boot()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let number = std::process::id();
    let began = began(number)?;
    Some(format!("{boot:x} {number} {began} {} {host}", namespace.display()))
}

#[cfg(not(target_os = "linux"))]
fn name() -> Option<String> {
    None
}

/// True where the process with that name has ended for certain.
#[must_use]
pub fn is_gone(name: &str) -> bool {
    own_name().is_some_and(|own| is_gone_beside(own, name, began))
}

/// The same, where `began` tells when the process with a number began.
fn is_gone_beside(own: &str, name: &str, began: impl FnOnce(u32) -> Option<u64>) -> bool {
    let parts = |name: &str| -> Option<(String, u32, u64, String)> {
        let mut parts = name.splitn(4, ' ');
        let (boot, number, time) = (parts.next()?, parts.next()?, parts.next()?);
        Some((boot.to_owned(), number.parse().ok()?, time.parse().ok()?, parts.next()?.to_owned()))
    };
    let (Some((own_boot, _, _, own_place)), Some((boot, number, time, place))) = (parts(own), parts(name)) else {
        return false;
    };
    // A process in another container, or on another machine, can't be seen from here.
    own_place == place && (own_boot != boot || began(number) != Some(time))
}

/// Start of a process, in ticks since the start of the machine; `None` where there is none with that number.
#[cfg(target_os = "linux")]
fn began(number: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    // The name of its program stands in brackets, and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    // One that has ended, and that nobody has taken note of yet.
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn began(_number: u32) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "ab 100 5000 pid:[7] host";

    fn gone(name: &str, began: Option<u64>) -> bool {
        is_gone_beside(OWN, name, |_| began)
    }

    #[test]
    fn a_process_is_gone_only_where_that_is_certain() {
        assert!(!gone("ab 90 4000 pid:[7] host", Some(4_000)), "it runs");
        assert!(gone("ab 90 4000 pid:[7] host", None));
        assert!(gone("ab 90 4000 pid:[7] host", Some(4_001)), "another has its number now");
        assert!(gone("ac 90 4000 pid:[7] host", Some(4_000)), "the machine was started since");
        assert!(!gone("ab 90 4000 pid:[8] host", None), "in another container");
        assert!(!gone("ac 90 4000 pid:[7] other", None), "on another machine");
        assert!(!gone("nonsense", None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_runs_and_one_that_was_killed_does_not() {
        let own = own_name().unwrap();
        assert!(!is_gone(own));
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut parts: Vec<_> = own.splitn(4, ' ').map(str::to_owned).collect();
        (parts[1], parts[2]) = (child.id().to_string(), began(child.id()).unwrap().to_string());
        let name = parts.join(" ");
        assert!(!is_gone(&name));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_gone(&name));
    }
}
