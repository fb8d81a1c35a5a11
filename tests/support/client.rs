//! The client of the service, asked once.

use std::time::Duration;

use trackyard_tui::domain::api_key::ApiKey;
use trackyard_tui::domain::base_url::BaseUrl;
use trackyard_tui::domain::error::PollError;
use trackyard_tui::domain::sample::Sample;
use trackyard_tui::services::trackyard::TrackyardClient;

use super::clock::clock;

pub const KEY: &str = "s3cret-s3cret-s3cret-s3cret";
pub const SHORT: Duration = Duration::from_millis(500);

pub fn poll(url: &str, limit: Duration) -> Result<Sample, PollError> {
    let base_url: BaseUrl = url.parse().unwrap();
    let client = TrackyardClient::with_limit(&base_url, limit)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.me(&ApiKey::parse(KEY).unwrap(), &clock()))
}

pub fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}
