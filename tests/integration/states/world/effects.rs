//! What comes of an effect of the monitor: history and sources of keys are real, the service answers as the file says.

use super::*;

impl World {
    pub(super) async fn carry_out(&mut self, effect: Effect) -> Vec<Input> {
        let stamp = self.stamp();
        let history = self.history.clone();
        match effect {
            Effect::LoadKey(environment, timeout) => self.load_key(environment, timeout).await,
            Effect::LoadKeyHistory(fingerprint) => {
                let history = Ok(history.recall(fingerprint, stamp).await.unwrap());
                vec![Input::KeyHistoryLoaded { fingerprint, history }]
            }
            Effect::LoadBalances(fingerprint) => {
                let now = self.now.wall;
                let since = now - forecast::RESET_PAST;
                let points =
                    history.run(move |store| store.balances(fingerprint, since, now, BALANCES_STEP)).await.ok();
                vec![Input::BalancesLoaded { fingerprint, points }]
            }
            Effect::Poll { fingerprint, sequence, permit } => self.poll(fingerprint, sequence, permit).await,
            Effect::StoreSample { fingerprint, sample, others_use, backoff: look } => {
                history.store_answer(fingerprint, *sample, others_use, look, stamp).await.unwrap();
                vec![Input::HistoryReported(None)]
            }
            Effect::StoreVerdict { fingerprint, verdict: standing } => {
                history.store_verdict(fingerprint, *standing, stamp).await.unwrap();
                vec![Input::HistoryReported(None)]
            }
            Effect::LoadEvents => vec![Input::EventsLoaded(history.run(HistoryStore::events).await.unwrap())],
            Effect::StoreEvents(entries) => {
                history.run(move |store| store.store_events(&entries)).await.unwrap();
                Vec::new()
            }
            Effect::StoreSnooze { fingerprint, until } => {
                history.run(move |store| store.snooze_rotation(fingerprint, until)).await.unwrap();
                Vec::new()
            }
            Effect::LoadAlerts => vec![Input::AlertsLoaded(Some(history.run(HistoryStore::alerts).await.unwrap()))],
            Effect::StoreAlert(change) => {
                let record = Box::new(change.record.clone());
                let settlement = match history.run(move |store| store.store_alert(&change.record)).await.unwrap() {
                    None => AlertWriteOutcome::Stored,
                    Some(kept) => AlertWriteOutcome::VersionConflict(Box::new(kept)),
                };
                vec![Input::AlertStored { record, settlement }]
            }
            Effect::EraseRevokedKey(dead) => self.erase(&dead).await,
            // Nobody follows the activity here, and each key is of this process.
            Effect::Usage(_) | Effect::Observe { .. } => Vec::new(),
        }
    }

    async fn load_key(&mut self, environment: EnvironmentName, timeout: KeyReadTimeout) -> Vec<Input> {
        let history = self.history.clone();
        let rotation = history
            .run({
                let environment = environment.clone();
                move |store| store.rotation(&environment)
            })
            .await
            .unwrap();
        let keys = self.program.as_ref().unwrap().keys.clone();
        let loaded = keys.load_by(&environment, KeyReadTimeout::Poll, timeout).await;
        let outcome = loaded.map(|it| HeldKey { identity: it.key.identity(), source: it.source });
        let rotation = rotation.map(|rotation| {
            let is_watched = rotation.stage == RotationStage::Watching;
            let old_key = is_watched.then(|| {
                let ending = self.known.ending(rotation.old).to_owned();
                self.known.key(&format!("…{ending}")).identity()
            });
            HeldRotation { rotation, old_key, error: None }
        });
        let rotation = Input::RotationLoaded { environment: environment.clone(), outcome: Ok(rotation) };
        vec![rotation, Input::KeyLoaded { environment, outcome }]
    }

    async fn poll(&mut self, fingerprint: Fingerprint, sequence: u64, permit: PermitRequest) -> Vec<Input> {
        let stamp = self.stamp();
        let history = self.history.clone();
        let answer = history.request_permit(fingerprint, permit, stamp).await.unwrap();
        let calls = Some(answer.history.calls.clone());
        let known = Some(Box::new(answer.history.clone()));
        let event = |outcome, calls, known| Input::Polled { fingerprint, sequence, outcome, calls, known };
        match answer.decision {
            PermitDecision::Granted { .. } => {}
            PermitDecision::LeasedByOther { until } => {
                let history = Box::new(answer.history);
                return vec![event(PollOutcome::LeasedByOther { history, until }, calls, None)];
            }
            PermitDecision::Denied | PermitDecision::InFlight => {
                return vec![event(PollOutcome::PermitDenied(Box::new(answer.history)), calls, None)];
            }
        }
        let asked = self.now;
        let ending = self.known.ending(fingerprint).to_owned();
        let reply = self.fault.as_ref().or_else(|| self.replies.get(&ending));
        let reply = reply.unwrap_or_else(|| panic!("no answer for …{ending}"));
        let read = reply.read(&self.known.key(&format!("…{ending}")), asked, self.ahead);
        self.now = self.now.after(LATENCY);
        match read {
            Ok(sample) => vec![event(PollOutcome::Answered(Box::new(sample)), calls, known)],
            Err(failure) if failure.counts => vec![event(PollOutcome::Failed(failure), calls, known)],
            Err(failure) => {
                let calls = history.withdraw_call(fingerprint, &answer, self.stamp()).await.ok();
                vec![event(PollOutcome::Failed(failure), calls, known)]
            }
        }
    }

    async fn erase(&self, dead: &RevokedKey) -> Vec<Input> {
        let history = self.history.clone();
        let rotation = dead.rotation();
        let environment = rotation.environment.clone();
        let journal = history
            .run({
                let environment = environment.clone();
                move |store| store.rotation(&environment)
            })
            .await
            .unwrap()
            .expect("a rotation");
        self.keyring.lose(&format!("{environment}.previous"));
        let now = self.now.wall;
        let ended = history
            .run(move |store| store.enter_stage(&journal, RotationStage::Completed, None, now))
            .await
            .unwrap()
            .unwrap();
        let held = HeldRotation { rotation: ended, old_key: None, error: None };
        vec![Input::RotationLoaded { environment, outcome: Ok(Some(held)) }]
    }
}
