//! Way to the service: the settings in effect, their origins, and how far it leads.

use jiff::Timestamp;

use super::finding::Finding;
use crate::config::settings::{BaseUrlSource, Settings};
use crate::domain::error::{PollError, PollErrorKind, RequestError};
use crate::services::Services;
use crate::services::http::HttpClient;
use crate::services::http::proxy::Route;
use crate::services::trackyard::TrackyardClient;
use crate::wording::{clauses, format, remedies, request_errors, times};

/// Findings about the base URL, the proxy, the certificates and the answer of the service.
pub(super) async fn look(settings: &Settings, services: &Services) -> Vec<Finding> {
    let mut findings = vec![base_url(settings)];
    let client = match TrackyardClient::new(&services.base_url) {
        Ok(client) => client,
        Err(failure) => {
            findings.push(unreached(&failure));
            return findings;
        }
    };
    findings.push(proxy(client.http(), services.base_url.is_plain()));
    findings.extend(certificates(client.http()));
    match client.reach(&services.clock).await {
        Ok(server_clock) => {
            let security =
                if services.base_url.is_plain() { "without encryption, on this machine" } else { "over TLS" };
            findings.push(Finding::works("network", format!("{} answers {security}", client.http().host())));
            findings.push(clock(server_clock, services));
        }
        Err(failure) => findings.push(unreached(&failure)),
    }
    findings
}

fn base_url(settings: &Settings) -> Finding {
    let source = match settings.base_url_source {
        BaseUrlSource::Option => "--base-url",
        BaseUrlSource::Variable => "TRACKYARD_BASE_URL",
        BaseUrlSource::File => "the config file",
        BaseUrlSource::Default => "the default",
    };
    Finding::works("base URL", format!("{}, from {source}", settings.base_url.shown()))
}

fn proxy(http: &HttpClient, is_plain: bool) -> Finding {
    let text = match http.route() {
        Route::Direct if is_plain => "none: requests to this machine itself go directly".to_owned(),
        Route::Direct => "none: no variable names one".to_owned(),
        Route::Exempt { proxy, by } => {
            format!("none: {by} says that {} is reached without {}", http.host(), request_errors::proxy(proxy))
        }
        Route::Through(proxy) => {
            let login = if proxy.has_login() { ", with a user name that is not shown" } else { "" };
            format!("{}{login}", request_errors::proxy(&proxy.name).trim_start_matches("the proxy "))
        }
    };
    Finding::works("proxy", text)
}

fn certificates(http: &HttpClient) -> Option<Finding> {
    let source = http.certificates()?;
    let from = if source.variables.is_empty() {
        "this system's own".to_owned()
    } else {
        format!("from {}", source.variables.join(" and "))
    };
    let text = match source.count {
        Some(count) => format!("{} CA certificates, {from}", format::count(count as u64)),
        None => from,
    };
    Some(Finding::works("certificates", text))
}

/// Finding about the part of the way that failed.
fn unreached(failure: &PollError) -> Finding {
    let name = match (&*failure.cause, failure.kind()) {
        (RequestError::Variable { .. }, _) => "variable",
        (RequestError::NoCertificates, _) => "certificates",
        (_, PollErrorKind::Proxy) => "proxy",
        (_, PollErrorKind::Tls) => "TLS",
        _ => "network",
    };
    Finding::fails(
        name,
        request_errors::clause(&failure.cause),
        clauses::sentence(&remedies::cause(&failure.cause, remedies::BASE_URL)),
    )
}

fn clock(server_clock: Option<Timestamp>, services: &Services) -> Finding {
    let Some(server_clock) = server_clock else {
        return Finding::note("clock", "the service does not tell its time", "Nothing to do.");
    };
    let difference = server_clock.duration_since(services.clock.now().wall).abs();
    if difference.as_secs() <= 60 {
        return Finding::works("clock", "agrees with the service's");
    }
    let text = format!("differs from the service's by {}", times::length(difference));
    Finding::note("clock", text, "Set this machine's clock, best by NTP: ages and dates are off by as much.")
}
