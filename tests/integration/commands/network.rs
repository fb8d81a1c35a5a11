//! What stands between this machine and the service: proxies, certificates, gateways, and the variables that name them.

use std::process::Command;

use crate::commands::vault::Vault;
use crate::support::product::Home;
use crate::support::server::{Server, Trap};
use crate::support::session::{Done, at_home, done, fed};

const KEY: &str = "s3cret-s3cret-s3cret";

fn answer(status: &str, body: &str) -> Server {
    Server::answering(format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

/// A command of `dev` with its key, at an address.
fn command(home: &Home, url: &str, arguments: &[&str]) -> Command {
    let mut command = at_home(home, arguments);
    command.env("TRACKYARD_BASE_URL", url).env("TRACKYARD_API_KEY_DEV", KEY);
    command
}

fn run(home: &Home, url: &str, arguments: &[&str]) -> Done {
    done(&mut command(home, url, arguments))
}

#[test]
fn a_gateways_refusal_is_no_verdict_on_the_key() {
    for (status, body) in [("403 Forbidden", "<html>Blocked</html>"), ("401 Unauthorized", "")] {
        let (home, server) = (Home::new(), answer(status, body));
        let dev = run(&home, &server.url(), &["status", "--env", "dev", "--json"]).expect(0, &[]).json();
        let dev = &dev["environments"][0];
        assert_eq!([&dev["status"], &dev["error"]["kind"]], ["unreachable", "unexpected-answer"]);
        assert!(dev["error"]["message"].as_str().unwrap().contains("a gateway"), "{dev}");
        run(&home, &server.url(), &["key", "test", "dev"]).expect(1, &["unreachable", "in the place of 127.0.0.1"]);
    }
}

#[test]
fn a_key_is_not_stored_for_a_gateways_word_and_is_for_an_account_that_is_out_of_credits() {
    let vault = Vault::start();
    let set = |server: &Server| {
        let mut command = vault.command(&["key", "set", "dev"]);
        fed(command.env("TRACKYARD_BASE_URL", server.url()), b"trackyard_live_some_key_of_dev")
    };
    let told = set(&answer("403 Forbidden", "<html>")).expect(1, &["nothing was stored", "a gateway"]);
    assert!(!told.err.contains("forbids"), "{told:?}");
    let told = set(&answer("402 Payment Required", r#"{"error":"Out of credits"}"#));
    told.expect(0, &["is accepted, though the account is out of credits (402), and stored in the file"]);
}

#[test]
fn an_account_that_is_out_of_credits_is_critical_in_the_services_own_words() {
    let (home, server) = (Home::new(), answer("402 Payment Required", r#"{"message":"Buy more at the shop"}"#));
    let json = run(&home, &server.url(), &["status", "--env", "dev", "--json"]).expect(0, &[]).json();
    let dev = &json["environments"][0];
    assert_eq!([&dev["status"], &dev["severity"], &dev["error"]["kind"]], ["active", "critical", "credits-out"]);
    assert_eq!(dev["flags"], serde_json::json!(["credits-out"]));
    assert_eq!(dev["account"], serde_json::Value::Null, "what was not told is unknown");
    run(&home, &server.url(), &["status", "--env", "dev"]).expect(0, &["Buy more at the shop"]);
    run(&home, &server.url(), &["key", "test", "dev"]).expect(1, &["out of credits (402): Buy more at the shop"]);
}

#[test]
fn every_command_that_would_send_names_the_variable_that_is_wrong() {
    let (home, trap) = (Home::new(), Trap::set());
    let url = trap.url().replace("http://", "https://");
    for (value, told) in [("\"http://me:pr0xy@127.0.0.1:1\"", "quotes"), ("socks://me:pr0xy@127.0.0.1:1", "socks5h://")]
    {
        for arguments in [&["status", "--env", "dev"][..], &["key", "test", "dev"], &["doctor", "--env", "dev"]] {
            let done = done(command(&home, &url, arguments).env("HTTPS_PROXY", value));
            let text = format!("{}{}", done.out, done.err);
            assert!(text.contains("HTTPS_PROXY") && text.contains(told) && !text.contains("pr0xy"), "{done:?}");
        }
    }
    assert!(trap.is_untouched());
}

#[test]
fn doctor_says_what_is_in_effect_and_from_where() {
    let proxy = Server::answering("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    let home = Home::new();
    let doctor = |variables: &[(&str, &str)], url: &str| {
        let mut command = command(&home, url, &["doctor", "--env", "dev"]);
        done(command.env_remove("NO_PROXY").env_remove("no_proxy").envs(variables.iter().copied()))
    };
    let shown = format!("http://{} (HTTPS_PROXY)", proxy.address);
    let through = format!("http://me:pr0xy@{}", proxy.address);
    let told = doctor(&[("HTTPS_PROXY", &through)], "https://api.trackyard.com/v1").expect(1, &[]);
    for line in [
        "ok     base URL      https://api.trackyard.com/v1, from TRACKYARD_BASE_URL".to_owned(),
        format!("ok     proxy         {shown}, with a user name that is not shown"),
        " CA certificates, ".to_owned(),
        format!("FAILS  proxy         the proxy {shown} wants a user name and password, or others (407)"),
    ] {
        assert!(told.out.contains(&line), "{line}: {told:#?}");
    }
    assert!(!told.out.contains("pr0xy"), "{told:?}");
    let exempt = [("HTTPS_PROXY", through.as_str()), ("NO_PROXY", "127.0.0.1")];
    let told = doctor(&exempt, "https://127.0.0.1:1/v1");
    assert!(told.out.contains("none: NO_PROXY says that 127.0.0.1:1 is reached without the proxy"), "{told:?}");
    let told = doctor(&[("SSL_CERT_FILE", "/nowhere")], "https://127.0.0.1:1/v1");
    assert!(told.out.contains("FAILS  variable      SSL_CERT_FILE names certificates that don't exist"), "{told:?}");
}

#[test]
fn no_key_or_password_in_a_base_url_is_ever_shown() {
    let home = Home::new();
    let urls = [
        "trackyard_live_canary1",
        "https://trackyard_live_canary1",
        "https://trackyard_live_canary1@api.trackyard.com",
        "https://me:canary1@api.trackyard.com",
        "https://api.trackyard.com/trackyard_live_canary1/v1",
        "https://api.trackyard.com/v1?key=canary1",
        "https://api.trackyard.com/Trackyard%5Flive%5Fcanary1",
        "https://api.trackyard.com/v1/canary1-canary1-canary1-canary1",
        "http://canary1.example.com",
        "canary1://api.trackyard.com",
        "https://api.trackyard.com/canary1\nhttps://b.example",
        "https://api.trackyard.com\t/canary1",
    ];
    for url in urls {
        for arguments in [&["config", "check"][..], &["status", "--env", "dev"], &["doctor", "--env", "dev"]] {
            for is_option in [false, true] {
                let mut command = at_home(&home, arguments);
                // A proxy that is not there keeps requests from leaving this machine.
                command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("TRACKYARD_API_KEY_DEV", KEY);
                if is_option {
                    command.args(["--base-url", url]);
                } else {
                    command.env("TRACKYARD_BASE_URL", url);
                }
                let done = done(&mut command);
                assert!(!format!("{}{}", done.out, done.err).contains("canary1"), "{url}: {done:#?}");
            }
        }
    }
}
