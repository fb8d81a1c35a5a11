//! A web server that is called with each notification.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};

use super::{SinkError, SinkLimits, message};
use crate::domain::alert::Notification;
use crate::domain::failure::PollFailure;
use crate::domain::sink::{Webhook, WebhookAddress, WebhookForm, WebhookUrl};
use crate::monitor::schedule;
use crate::services::http::{HttpClient, HttpRequest};
use crate::services::private_file::PrivateFiles;
use crate::services::trackyard::headers;
use crate::services::worker::{Queueing, Worker};
use crate::wording::{failures, remedies};

/// How long a file system may take with the file that holds the address.
const FILE_LIMIT: Duration = Duration::from_secs(5);
const SERVER_REMEDY: &str = "Look whether the server is well, and whether the address is still valid.";
const REQUEST_REMEDY: &str = "Check the address and `webhook_form`; the server may have withdrawn the address.";
const FILE_REMEDY: &str = "Write the address into the file that `webhook_file` names, and let only its owner read it: \
                           mode 0600, or 0400 from whoever provides it; or set `allow_group_readable_files`.";

/// Calls the web server. Each call asks the file for the address anew, so that a new one is taken up.
pub(super) struct Client {
    address: WebhookAddress,
    form: WebhookForm,
    limit: Duration,
    retry_max: SignedDuration,
    private_files: PrivateFiles,
    /// Reads the file, and the certificates of the system.
    files: OnceLock<Worker<()>>,
}

/// Why the web server did not take a notification.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: SinkError,
    /// How long the server asked to wait, at most an hour.
    pub(super) retry_after: Option<SignedDuration>,
    /// Whether it would refuse the same again.
    pub(super) is_final: bool,
}

impl Failure {
    fn passing(message: String, remedy: &'static str) -> Self {
        Self { error: SinkError { message, remedy }, retry_after: None, is_final: false }
    }
}

impl Failure {
    /// Nothing was sent, or not for certain.
    fn unsent(failure: &PollFailure) -> Self {
        let passing = Self::passing(failures::clause(&failure.cause), remedies::cause(&failure.cause));
        Self { retry_after: failure.retry_after, ..passing }
    }
}

impl Client {
    pub(super) fn new(webhook: Webhook, limits: &SinkLimits, private_files: PrivateFiles) -> Self {
        let Webhook { address, form } = webhook;
        let retry_max = SignedDuration::try_from(limits.retry).unwrap_or(SignedDuration::MAX);
        Self { address, form, limit: limits.webhook, retry_max, private_files, files: OnceLock::new() }
    }

    /// What the server is to get.
    pub(super) fn body(&self, notification: &Notification) -> String {
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
                outcome.map_err(|reason| SinkError {
                    message: format!("the file {shown} of the webhook's address {reason}"),
                    remedy: FILE_REMEDY,
                })
            }
        }
    }

    /// How long to wait after try number `attempts` (from 1): as long as the server asked, up to an hour; else full
    /// jitter over an exponential from 5 s to 15 min.
    pub(super) fn wait(
        &self,
        attempts: u32,
        retry_after: Option<SignedDuration>,
        random: &mut fastrand::Rng,
    ) -> SignedDuration {
        let backoff = || schedule::backoff(attempts, random).min(self.retry_max);
        retry_after.map_or_else(backoff, |asked| asked.min(schedule::RETRY_AFTER_MAX))
    }

    fn files(&self) -> &Worker<()> {
        self.files.get_or_init(|| Worker::start("webhook-file", || ()))
    }

    async fn http(&self, url: &WebhookUrl) -> Result<HttpClient, Failure> {
        let (address, limit) = (url.expose().clone(), self.limit);
        let made = self.files().call(FILE_LIMIT, Queueing::Refuse, move |()| HttpClient::new(&address, limit)).await;
        let made = made.map_err(|_no_answer| {
            let message = format!("the certificates of this machine can't be read within {} s", FILE_LIMIT.as_secs());
            Failure::passing(message, "Check the disk that holds them.")
        });
        made?.map_err(|cause| Failure::unsent(&PollFailure::new(cause, false)))
    }

    /// Sends once, and tells who took it. The answer's body is left unread.
    pub(super) async fn send(&self, body: String, now: Timestamp) -> Result<String, Failure> {
        let url = self.url().await.map_err(|SinkError { message, remedy }| Failure::passing(message, remedy))?;
        let http = self.http(&url).await?;
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let request = HttpRequest { method: Method::POST, url: url.expose().clone(), headers, body: body.into() };
        let answer = http.send(request, now).await.map_err(|failure| Failure::unsent(&failure))?;
        let (status, host) = (answer.status, url.host());
        if status.is_success() {
            return Ok(host);
        }
        let server_clock = headers::server_clock(&answer.headers, now).unwrap_or(now);
        Err(refused(status, &host, headers::retry_after(&answer.headers, server_clock)))
    }
}

fn refused(status: StatusCode, host: &str, retry_after: Option<SignedDuration>) -> Failure {
    let is_final = is_final(status);
    let redirected = if status.is_redirection() { ": redirects are not followed" } else { "" };
    let message = format!("{host} answered {}{redirected}", status.as_u16());
    let remedy = if is_final || status.is_redirection() { REQUEST_REMEDY } else { SERVER_REMEDY };
    Failure { error: SinkError { message, remedy }, retry_after, is_final }
}

/// Whether a server that answers so would refuse the same again.
fn is_final(status: StatusCode) -> bool {
    let may_pass = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !may_pass.contains(&status)
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
    use proptest::prelude::*;

    #[test]
    fn what_would_be_refused_again_is_given_up() {
        for (status, expected) in
            [(400, true), (401, true), (404, true), (410, true), (408, false), (425, false), (429, false)]
        {
            assert_eq!(is_final(StatusCode::from_u16(status).unwrap()), expected, "{status}");
        }
        for status in [301, 302, 500, 502, 503] {
            assert!(!is_final(StatusCode::from_u16(status).unwrap()), "{status}");
        }
    }

    #[test]
    fn a_refusal_names_host_and_status() {
        let told = |status| refused(StatusCode::from_u16(status).unwrap(), "hooks.example.com", None).error;
        assert_eq!(told(404).message, "hooks.example.com answered 404");
        assert_eq!(told(301).message, "hooks.example.com answered 301: redirects are not followed");
        assert_eq!((told(301).remedy, told(503).remedy), (REQUEST_REMEDY, SERVER_REMEDY));
    }

    fn client() -> Client {
        let address = WebhookAddress::Written("https://hooks.example.com".parse().unwrap());
        Client::new(Webhook { address, form: WebhookForm::Json }, &SinkLimits::default(), PrivateFiles::default())
    }

    #[test]
    fn the_server_is_obeyed_up_to_an_hour() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut waited = |seconds| client().wait(1, Some(SignedDuration::from_secs(seconds)), &mut random).as_secs();
        assert_eq!([waited(30), waited(86_400)], [30, 3_600]);
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

    proptest! {
        #[test]
        fn tries_are_spread_up_to_a_quarter_of_an_hour(attempts in 1_u32..1_000, seed: u64) {
            let waited = client().wait(attempts, None, &mut fastrand::Rng::with_seed(seed));
            let ceiling = (5_i64 << (attempts - 1).min(20)).min(900);
            prop_assert!(waited.is_positive() && waited <= SignedDuration::from_secs(ceiling));
        }
    }
}
