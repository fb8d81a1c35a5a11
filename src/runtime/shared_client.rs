//! The client of the service, made when it is first needed.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::domain::base_url::BaseUrl;
use crate::domain::error::{PollError, RequestError};
use crate::services::trackyard::TrackyardClient;

/// One client for all polls. It is made on a thread of its own, for it reads the system's certificates.
#[derive(Clone, Default)]
pub(super) struct SharedClient {
    client: Arc<OnceCell<TrackyardClient>>,
}

impl SharedClient {
    /// The client for a service, made by whoever needs it first.
    pub(super) fn get_for(
        &self,
        base_url: &BaseUrl,
    ) -> impl Future<Output = Result<TrackyardClient, PollError>> + Send + 'static {
        let (shared, base_url) = (self.clone(), base_url.clone());
        async move { shared.get(move || TrackyardClient::new(&base_url)).await }
    }

    /// The client; where there is none yet, or making it failed, `make` makes it.
    ///
    /// # Errors
    /// Where it could not be made.
    async fn get(
        &self,
        make: impl FnOnce() -> Result<TrackyardClient, PollError> + Send + 'static,
    ) -> Result<TrackyardClient, PollError> {
        let client = self.client.get_or_try_init(async || {
            let outcome = tokio::task::spawn_blocking(make).await;
            outcome.unwrap_or_else(|_| Err(interrupted()))
        });
        client.await.cloned()
    }
}

fn interrupted() -> PollError {
    PollError::new(RequestError::Interrupted, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn client() -> Result<TrackyardClient, PollError> {
        TrackyardClient::new(&"http://127.0.0.1:1".parse().unwrap())
    }

    #[tokio::test]
    async fn a_client_is_made_once_on_another_thread_and_again_only_after_a_failure() {
        let shared = SharedClient::default();
        let runtime = thread::current().id();
        assert!(shared.get(|| Err(interrupted())).await.is_err());
        assert!(shared.get(|| panic!("on purpose")).await.is_err());
        let made = shared.get(move || {
            assert_ne!(thread::current().id(), runtime);
            client()
        });
        assert!(made.await.is_ok());
        assert!(shared.get(|| panic!("it is there")).await.is_ok());
    }
}
