//! The request log, in the history and, where that can't be written, in the runtime folder.

use std::path::Path;

use jiff::Timestamp;

use super::error::{HistoryError, HistoryErrorKind};
use super::handle::{FallbackRequestLog, History};
use super::permit::{PermitAnswer, RequestLogAnswer, RequestLogPlace};
use super::store_thread::StoreThread;
use super::timeouts::CALL_LIMIT;
use crate::domain::api_key::Fingerprint;
use crate::domain::last_use::ExternalUse;
use crate::domain::sample::Sample;
use crate::domain::stamp::Stamp;
use crate::monitor::input::KeyHistory;
use crate::monitor::polling::key_verdict::{Backoff, KeyVerdict};
use crate::monitor::polling::permit::PermitRequest;
use crate::services::private_file;

impl History {
    /// Asks for a permit for a call, which is entered in the request log if it is granted. Where the history can't be
    /// used, the request log in the runtime folder answers, with what is known in the history if that can be read.
    ///
    /// # Errors
    /// When no request log can be used: the error of the history.
    pub async fn request_permit(
        &self,
        fingerprint: Fingerprint,
        request: PermitRequest,
        now: impl Into<Stamp>,
    ) -> Result<PermitAnswer, HistoryError> {
        let now = now.into();
        let elsewhere = self.recall_fallback(fingerprint, now).await;
        let mut first = self.request_permit_from(&self.worker, fingerprint, request, now, elsewhere.clone()).await;
        if first.as_ref().is_err_and(|trouble| trouble.kind() == HistoryErrorKind::Busy) {
            // Many processes at once are no reason to count elsewhere.
            first = self.request_permit_from(&self.worker, fingerprint, request, now, elsewhere).await;
        }
        let trouble = match first {
            Ok(RequestLogAnswer { decision, history }) => {
                return Ok(PermitAnswer { decision, history, request_log_error: None, log: RequestLogPlace::History });
            }
            Err(trouble) => trouble,
        };
        let Some(FallbackRequestLog { worker: second, .. }) = &self.fallback else { return Err(trouble) };
        let elsewhere = self.worker.run(CALL_LIMIT, move |store| store.recall(fingerprint, now)).await.ok();
        match self.request_permit_from(second, fingerprint, request, now, elsewhere).await {
            Ok(RequestLogAnswer { decision, history }) => {
                Ok(PermitAnswer { decision, history, request_log_error: Some(trouble), log: RequestLogPlace::Fallback })
            }
            Err(error) => {
                tracing::warn!(%error, "the request log in the runtime folder can't be used either");
                Err(trouble)
            }
        }
    }

    async fn request_permit_from(
        &self,
        worker: &StoreThread,
        fingerprint: Fingerprint,
        request: PermitRequest,
        now: Stamp,
        elsewhere: Option<KeyHistory>,
    ) -> Result<RequestLogAnswer, HistoryError> {
        let holder = self.holder.clone();
        worker.run(CALL_LIMIT, move |store| store.request_permit(fingerprint, request, &holder, &now, elsewhere)).await
    }

    /// History of a key. Where the clock was set back, calls from after `now` count as of now.
    ///
    /// # Errors
    /// When the file can't be used, and there is no request log in the runtime folder.
    pub async fn recall(&self, fingerprint: Fingerprint, now: impl Into<Stamp>) -> Result<KeyHistory, HistoryError> {
        self.recall_with_fallback(fingerprint, now).await.map(|(history, _)| history)
    }

    /// History of a key; with the error of the history's own file, where the request log in the runtime folder alone
    /// could be read.
    ///
    /// # Errors
    /// As [`recall`](Self::recall).
    pub async fn recall_with_fallback(
        &self,
        fingerprint: Fingerprint,
        now: impl Into<Stamp>,
    ) -> Result<(KeyHistory, Option<HistoryError>), HistoryError> {
        let now = now.into();
        let elsewhere = self.recall_fallback(fingerprint, now).await;
        match (self.worker.run(CALL_LIMIT, move |store| store.recall(fingerprint, now)).await, elsewhere) {
            (Ok(history), Some(elsewhere)) => Ok((history.merged(elsewhere), None)),
            (Err(trouble), Some(elsewhere)) => Ok((elsewhere, Some(trouble))),
            (outcome, None) => outcome.map(|history| (history, None)),
        }
    }

    async fn recall_fallback(&self, fingerprint: Fingerprint, now: Stamp) -> Option<KeyHistory> {
        let second = &self.fallback.as_ref()?.worker;
        second.run_if_there(CALL_LIMIT, move |store| store.recall(fingerprint, now)).await.ok()?
    }

    /// Stores a sample that a call brought, and the backoff of the next timed poll; the call is over then. When this
    /// returns without an error, it outlasts the loss of the process and of power.
    ///
    /// # Errors
    /// When the file can't be used; other processes are told all the same, where there is a request log in the runtime
    /// folder.
    pub async fn store_answer(
        &self,
        fingerprint: Fingerprint,
        sample: Sample,
        others_use: Option<ExternalUse>,
        backoff: Option<Backoff>,
        now: impl Into<Stamp>,
    ) -> Result<(), HistoryError> {
        let (now, holder) = (now.into(), self.holder.clone());
        self.store(move |store| store.store_answer(fingerprint, &sample, others_use, backoff, &holder, &now)).await
    }

    /// Stores the verdict on a key after a call that brought no sample; the call is over then.
    ///
    /// # Errors
    /// As [`store_answer`](Self::store_answer).
    pub async fn store_verdict(
        &self,
        fingerprint: Fingerprint,
        verdict: KeyVerdict,
        now: impl Into<Stamp>,
    ) -> Result<(), HistoryError> {
        let (now, holder) = (now.into(), self.holder.clone());
        self.store(move |store| store.store_verdict(fingerprint, &verdict, &holder, &now)).await
    }

    async fn store(
        &self,
        job: impl Fn(&mut super::store::HistoryStore) -> rusqlite::Result<()> + Clone + Send + 'static,
    ) -> Result<(), HistoryError> {
        let stored = self.worker.run(CALL_LIMIT, job.clone()).await;
        if stored.is_err()
            && let Some(second) = &self.fallback
        {
            _ = second.worker.run(CALL_LIMIT, job).await;
        }
        stored
    }

    /// Ends a call that changes no verdict on its key. One that does not count is taken back.
    ///
    /// # Errors
    /// When the request log can't be used.
    pub async fn end_call(
        &self,
        fingerprint: Fingerprint,
        permit: &PermitAnswer,
        counts: bool,
    ) -> Result<(), HistoryError> {
        let (call, holder) = (permit.call().filter(|_| !counts), self.holder.clone());
        let Some(worker) = self.granting_thread(permit) else { return Ok(()) };
        worker.run(CALL_LIMIT, move |store| store.end_call(fingerprint, call, &holder)).await
    }

    /// Takes a call back that never reached the service, which ends it; returns the calls that are left, oldest first.
    ///
    /// # Errors
    /// When the request log can't be used.
    pub async fn withdraw_call(
        &self,
        fingerprint: Fingerprint,
        permit: &PermitAnswer,
        now: impl Into<Stamp>,
    ) -> Result<Vec<Timestamp>, HistoryError> {
        let (now, holder) = (now.into(), self.holder.clone());
        let (Some(call), Some(worker)) = (permit.call(), self.granting_thread(permit)) else { return Ok(Vec::new()) };
        worker.run(CALL_LIMIT, move |store| store.withdraw_call(fingerprint, call, &holder, &now)).await
    }

    /// Gives up the leases of this process.
    ///
    /// # Errors
    /// When the history can't be used; others take them over then, because the process is gone.
    pub async fn release(&self) -> Result<(), HistoryError> {
        if let Some(second) = &self.fallback {
            let holder = self.holder.clone();
            _ = second.worker.run_if_there(CALL_LIMIT, move |store| store.release(&holder)).await;
        }
        let holder = self.holder.clone();
        self.worker.run(CALL_LIMIT, move |store| store.release(&holder)).await
    }

    /// Path of the request log that counts calls while the history can't be written; `None` where there is none. May
    /// block.
    #[must_use]
    pub fn fallback_request_log(&self) -> Option<&Path> {
        self.fallback.as_ref().filter(|second| private_file::is_private_folder(&second.folder))?.worker.path()
    }

    fn granting_thread(&self, permit: &PermitAnswer) -> Option<&StoreThread> {
        match permit.log {
            RequestLogPlace::History => Some(&self.worker),
            RequestLogPlace::Fallback => self.fallback.as_ref().map(|second| &second.worker),
        }
    }
}
