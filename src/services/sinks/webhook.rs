//! A web server that is called with each notification.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use super::limits::SinkLimits;
use super::message::{self, RenderedNotification};
use crate::domain::error::PollError;
use crate::domain::sink::{SinkError, Webhook, WebhookAddress, WebhookForm, WebhookUrl};
use crate::domain::text::{LENGTH_MAX, redact, sanitise};
use crate::domain::webhook_retry;
use crate::services::blocking::{BlockingThread, Queueing};
use crate::services::http::retry_after_header::retry_after;
use crate::services::http::{HttpClient, HttpRequest, HttpResponse};
use crate::services::private_file::PrivateFiles;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};

/// Time limit of the file system for the file that holds the address.
const FILE_LIMIT: Duration = Duration::from_secs(5);
/// So much of an answer is read, in bytes.
const SAID_MAX: usize = 2_048;
/// Shorter parts of the address are no secret, in characters.
const SECRET_LENGTH_MIN: usize = 4;

/// Calls the web server. Each call asks the file for the address anew, so that a new one is taken up.
pub(super) struct WebhookSink {
    address: WebhookAddress,
    form: WebhookForm,
    limit: Duration,
    retry_max: SignedDuration,
    private_files: PrivateFiles,
    /// Reads the file, and the certificates of the system.
    files: OnceLock<BlockingThread<()>>,
}

/// Error of a notification that the web server did not take.
#[derive(Debug)]
pub(super) struct WebhookError {
    pub(super) why: SinkError,
    /// Wait that the server asked for, at most an hour.
    pub(super) retry_after: Option<SignedDuration>,
    /// True where it would refuse the same again.
    pub(super) is_final: bool,
}

impl WebhookError {
    fn passing(failure: SinkError) -> Self {
        Self { why: failure, retry_after: None, is_final: false }
    }

    /// Error of a notification that was not sent, or not for certain.
    fn unsent(failure: PollError) -> Self {
        Self { retry_after: failure.retry_after, ..Self::passing(SinkError::Unreached(*failure.cause)) }
    }
}

impl WebhookSink {
    pub(super) fn new(webhook: Webhook, limits: &SinkLimits, private_files: PrivateFiles) -> Self {
        let Webhook { address, form } = webhook;
        let retry_max = SignedDuration::try_from(limits.retry).unwrap_or(SignedDuration::MAX);
        Self { address, form, limit: limits.webhook, retry_max, private_files, files: OnceLock::new() }
    }

    /// Body of the request to the server.
    pub(super) fn body(&self, notification: &RenderedNotification) -> String {
        message::webhook_body(self.form, notification)
    }

    /// The address as it is now.
    pub(super) async fn url(&self) -> Result<WebhookUrl, SinkError> {
        match &self.address {
            WebhookAddress::Written(url) => Ok(url.clone()),
            WebhookAddress::File(path) => {
                let (path, shown) = (path.clone(), path.display().to_string());
                let private_files = self.private_files.clone();
                let read = self.files().call(FILE_LIMIT, Queueing::Refuse, move |()| read(&path, &private_files)).await;
                let outcome = read.unwrap_or_else(|_| Err(format!("gave no answer within {} s", FILE_LIMIT.as_secs())));
                outcome.map_err(|problem| SinkError::Address { file: sanitise(&shown, LENGTH_MAX), problem })
            }
        }
    }

    /// Wait after try number `attempts` (from 1).
    pub(super) fn retry_delay(
        &self,
        attempts: u32,
        retry_after: Option<SignedDuration>,
        random: &mut fastrand::Rng,
    ) -> SignedDuration {
        webhook_retry::delay(attempts, retry_after, self.retry_max, random)
    }

    fn files(&self) -> &BlockingThread<()> {
        self.files.get_or_init(|| BlockingThread::start("webhook-file", || ()))
    }

    async fn http(&self, url: &WebhookUrl) -> Result<HttpClient, WebhookError> {
        let (address, limit) = (url.expose().clone(), self.limit);
        let made = self.files().call(FILE_LIMIT, Queueing::Refuse, move |()| HttpClient::new(&address, limit)).await;
        let made = made.map_err(|_no_answer| {
            let limit = SignedDuration::try_from(FILE_LIMIT).unwrap_or(SignedDuration::MAX);
            WebhookError::passing(SinkError::Certificates { limit })
        });
        made?.map_err(|cause| WebhookError::unsent(PollError::new(cause, false)))
    }

    /// Sends once, and tells who took it. Of an answer that is no yes, the beginning is read.
    pub(super) async fn send(&self, body: String, now: Timestamp) -> Result<String, WebhookError> {
        let url = self.url().await.map_err(WebhookError::passing)?;
        let http = self.http(&url).await?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let request = HttpRequest { method: Method::POST, url: url.expose().clone(), headers, body: body.into() };
        let mut answer = http.send(request, now).await.map_err(WebhookError::unsent)?;
        let (status, host) = (answer.status, url.host());
        if status.is_success() {
            return Ok(host);
        }
        let retry_after = retry_after(&answer.headers, now);
        let said = said(&mut answer, &url).await;
        Err(refused(status, host, said, retry_after))
    }
}

fn refused(
    status: StatusCode,
    host: String,
    said: Option<String>,
    retry_after: Option<SignedDuration>,
) -> WebhookError {
    let why = SinkError::Answered { host, status: status.as_u16(), said };
    WebhookError { why, retry_after, is_final: webhook_retry::is_final(status.as_u16()) }
}

/// Beginning of an answer, safe to show: nothing of a page for browsers, and nothing of the address.
async fn said(answer: &mut HttpResponse, url: &WebhookUrl) -> Option<String> {
    let body = answer.beginning(SAID_MAX).await;
    let text = String::from_utf8_lossy(&body).trim().to_owned();
    if text.is_empty() || text.starts_with('<') {
        return None;
    }
    Some(sanitise(&without_address(text, url), LENGTH_MAX))
}

fn without_address(text: String, url: &WebhookUrl) -> String {
    let url = url.expose();
    let segments = url.path_segments().into_iter().flatten().map(str::to_owned);
    let query = url.query_pairs().flat_map(|(name, value)| [name.into_owned(), value.into_owned()]);
    let mut secrets: Vec<_> = segments.chain(query).chain([url.path().to_owned()]).collect();
    secrets.retain(|secret| secret.chars().count() >= SECRET_LENGTH_MIN);
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.iter().fold(text, |text, secret| redact(&text, secret))
}

/// Reads the file that holds the address; the reason quotes nothing of it.
fn read(path: &Path, private_files: &PrivateFiles) -> Result<WebhookUrl, String> {
    let content = private_files.read(path).map_err(|problem| problem.to_string())?;
    let content = content.ok_or("does not exist")?;
    let text = str::from_utf8(&content).map_err(|_not_text| "holds no text")?;
    // The end of the last line belongs to the file, and not to the address.
    let address = text.trim_end_matches(['\r', '\n']);
    address.parse().map_err(|reason| format!("holds no address that can be used: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::sink_errors;

    #[test]
    fn a_refusal_names_host_and_status() {
        let told = |status, said: Option<&str>| {
            let (status, host) = (StatusCode::from_u16(status).unwrap(), "hooks.example.com".to_owned());
            sink_errors::sentence(&refused(status, host, said.map(str::to_owned), None).why)
        };
        assert_eq!(told(404, None), "hooks.example.com answered 404");
        assert_eq!(told(403, Some("invalid_token")), "hooks.example.com answered 403: \"invalid_token\"");
        assert_eq!(told(301, None), "hooks.example.com answered 301, and redirects are not followed");
    }

    #[test]
    fn nothing_of_the_address_is_told_though_the_server_says_it() {
        let url = "https://hooks.example.com/services/T00/canary?token=canary2".parse().unwrap();
        let said = "no hook /services/T00/canary: canary, canary2".to_owned();
        assert_eq!(without_address(said, &url), "no hook [redacted]: [redacted], [redacted]");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused_and_none_is_quoted() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webhook");
        let private_files = PrivateFiles::default();
        assert_eq!(read(&path, &private_files).unwrap_err(), "does not exist");
        let write = |text: &str, mode| {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            read(&path, &private_files)
        };
        assert_eq!(write("https://x.example/canary\n", 0o600).unwrap().expose().as_str(), "https://x.example/canary");
        let refused = write("https://x.example/canary", 0o640).unwrap_err();
        assert_eq!(refused, "may be used by others (its mode is 0640)");
        let refused = write("http://x.example/canary", 0o600).unwrap_err();
        assert!(refused.starts_with("holds no address that can be used") && !refused.contains("canary"), "{refused}");
        for (two, told) in [
            ("https://x.example/canary\nhttps://y.example/canary\n", "more than one address"),
            ("https://x.example/can\nary\n", "line breaks"),
            ("https://x.example/can\tary\n", "line breaks"),
        ] {
            let refused = write(two, 0o600).unwrap_err();
            assert!(refused.contains(told) && !refused.contains("canary"), "{refused}");
        }
        assert!(write("https://x.example/canary\r\n", 0o600).is_ok());
    }
}
