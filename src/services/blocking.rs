//! A plain thread that makes blocking calls, so that one that never ends holds up nobody.

mod change_permit;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;

pub(super) use crate::domain::error::BlockingCallError;
pub(super) use change_permit::ChangePermit;

/// Calls that may wait for the thread; more than all environments ask for at once.
const QUEUE_LENGTH: usize = 256;

/// Time after its limit that a call may be stuck before its thread is given up for a fresh one.
const STUCK_MAX: Duration = Duration::from_mins(5);
/// Fresh threads in a run of the program: each that is given up stays behind with its call.
const FRESH_THREADS_MAX: u32 = 3;

/// The front of a thread that owns `S` and makes one call with it at a time.
///
/// The thread is no part of the asynchronous runtime, whose end would wait for it. It ends when the front is dropped,
/// or with the process.
pub(super) struct BlockingThread<S> {
    thread_name: &'static str,
    stuck_max: Duration,
    crew: Mutex<ThreadSlot<S>>,
    /// True while a change is under way, be it on a thread that was given up.
    changing: Arc<AtomicBool>,
    /// Called after a call that ended when its caller had given up.
    late: Arc<dyn Fn() + Send + Sync>,
}

/// Treatment of a call while an earlier one is overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queueing {
    /// It is not made.
    Refuse,
    /// It waits for its turn, within its limit.
    Wait,
}

/// The thread in use, and what makes another.
struct ThreadSlot<S> {
    make: Box<dyn Fn() -> S + Send>,
    thread: JobThread<S>,
    fresh_threads: u32,
}

struct JobThread<S> {
    jobs: SyncSender<Job<S>>,
    running: CallDeadline,
}

/// Moment at which the caller of the call under way gives up; `None` while the thread is idle.
type CallDeadline = Arc<Mutex<Option<Instant>>>;

struct Job<S> {
    deadline: Instant,
    work: Box<dyn FnOnce(&mut S) + Send>,
}

impl<S: Send + 'static> BlockingThread<S> {
    /// Starts the thread with what `make` makes, which is called again when a call is stuck for good. Where no thread
    /// can be had, every call answers [`BlockingCallError::Broken`].
    pub(super) fn start(thread_name: &'static str, make: impl Fn() -> S + Send + 'static) -> Self {
        let thread = JobThread::start(thread_name, make());
        let crew = Mutex::new(ThreadSlot { make: Box::new(make), thread, fresh_threads: 0 });
        Self { thread_name, stuck_max: STUCK_MAX, crew, changing: Arc::default(), late: Arc::new(|| {}) }
    }

    /// Has `hook` called, on the thread, after each call that ends when its caller has given up.
    pub(super) fn on_late_answer(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.late = Arc::new(hook);
        self
    }

    /// Makes a call on the thread, after those that came before.
    ///
    /// # Errors
    /// When there is no answer within `limit`. A call under way then goes on, and until it ends, or its thread is given
    /// up, all others that don't queue answer [`BlockingCallError::Slow`] at once; a call that still waits for its turn
    /// is never made.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        limit: Duration,
        queueing: Queueing,
        work: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, BlockingCallError> {
        let now = Instant::now();
        let (reply, answer) = oneshot::channel();
        let late = Arc::clone(&self.late);
        let work = Box::new(move |state: &mut S| {
            if !reply.is_closed() && reply.send(work(state)).is_err() {
                tracing::info!("a blocking call ended after its caller had given up");
                late();
            }
        });
        match self.ready(now, queueing)?.try_send(Job { deadline: now + limit, work }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(BlockingCallError::Slow),
            Err(TrySendError::Disconnected(_)) => return Err(BlockingCallError::Broken),
        }
        match timeout(limit, answer).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(BlockingCallError::Broken),
            Err(_) => Err(BlockingCallError::Slow),
        }
    }

    /// Makes a call that changes something: `work` begins by [`ChangePermit::begin`] whatever can't be undone.
    ///
    /// # Errors
    /// As [`Self::call`], but [`BlockingCallError::Withdrawn`] where the change was not begun. One that was begun in
    /// vain keeps all later ones from beginning until it ends, lest it come after them.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        limit: Duration,
        queueing: Queueing,
        work: impl FnOnce(&mut S, &ChangePermit) -> T + Send + 'static,
    ) -> Result<T, BlockingCallError> {
        let (permit, withdrawal) = ChangePermit::new(Arc::clone(&self.changing));
        let outcome = self.call(limit, queueing, move |state| work(state, &permit)).await;
        match outcome {
            Err(BlockingCallError::Slow) if withdrawal.withdraw() => Err(BlockingCallError::Withdrawn),
            outcome => outcome,
        }
    }

    /// The queue of a thread that is not stuck.
    fn ready(&self, now: Instant, queueing: Queueing) -> Result<SyncSender<Job<S>>, BlockingCallError> {
        let mut crew = lock(&self.crew);
        let deadline = *lock(&crew.thread.running);
        if let Some(deadline) = deadline.filter(|deadline| *deadline <= now) {
            if now.duration_since(deadline) < self.stuck_max {
                return if queueing == Queueing::Wait {
                    Ok(crew.thread.jobs.clone())
                } else {
                    Err(BlockingCallError::Slow)
                };
            }
            if crew.fresh_threads == FRESH_THREADS_MAX {
                return Err(BlockingCallError::Stuck);
            }
            tracing::warn!(self.thread_name, "a blocking call never ended: a fresh thread takes over");
            crew.thread = JobThread::start(self.thread_name, (crew.make)());
            crew.fresh_threads += 1;
        }
        Ok(crew.thread.jobs.clone())
    }
}

impl<S: Send + 'static> JobThread<S> {
    fn start(name: &str, state: S) -> Self {
        let (jobs, queue) = sync_channel(QUEUE_LENGTH);
        let running = CallDeadline::default();
        let shown = Arc::clone(&running);
        let started = thread::Builder::new().name(name.to_owned()).spawn(move || work_off(&queue, &shown, state));
        if let Err(error) = started {
            tracing::error!(%error, name, "no thread for blocking calls");
        }
        Self { jobs, running }
    }
}

fn work_off<S>(queue: &Receiver<Job<S>>, running: &Mutex<Option<Instant>>, mut state: S) {
    for job in queue {
        *lock(running) = Some(job.deadline);
        // The caller learns of a panic by the reply that never comes.
        drop(catch_unwind(AssertUnwindSafe(|| (job.work)(&mut state))));
        *lock(running) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::sync::mpsc;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_mins(1);

    /// A worker stuck in a call until something is sent.
    async fn stuck_worker() -> (BlockingThread<Vec<&'static str>>, mpsc::Sender<()>) {
        let worker = BlockingThread::start("test", Vec::new);
        let (release, released) = mpsc::channel();
        let stuck = worker.call(SHORT, Queueing::Refuse, move |log| {
            log.push("stuck");
            released.recv()
        });
        assert_eq!(stuck.await, Err(BlockingCallError::Slow));
        (worker, release)
    }

    /// Calls until the stuck call has ended.
    async fn log_after_release(worker: &BlockingThread<Vec<&'static str>>) -> Vec<&'static str> {
        loop {
            match worker.call(LONG, Queueing::Refuse, |log| log.clone()).await {
                Err(BlockingCallError::Slow) => tokio::task::yield_now().await,
                outcome => return outcome.unwrap(),
            }
        }
    }

    #[tokio::test]
    async fn while_a_call_is_stuck_others_are_refused_at_once_and_work_resumes_when_it_ends() {
        let (worker, release) = stuck_worker().await;
        assert_eq!(
            worker.call(LONG, Queueing::Refuse, |log| log.push("refused")).now_or_never(),
            Some(Err(BlockingCallError::Slow))
        );
        release.send(()).unwrap();
        assert_eq!(log_after_release(&worker).await, ["stuck"]);
    }

    #[tokio::test]
    async fn a_call_whose_caller_gave_up_while_it_waited_is_never_made() {
        let worker = BlockingThread::start("test", Vec::new);
        let (release, released) = mpsc::channel();
        let patient = worker.call(LONG, Queueing::Refuse, move |log: &mut Vec<&'static str>| {
            log.push("patient");
            released.recv()
        });
        let hasty = async {
            let outcome = worker.call(SHORT, Queueing::Refuse, |log| log.push("hasty")).await;
            release.send(()).unwrap();
            outcome
        };
        let (patient, hasty) = tokio::join!(patient, hasty);
        assert_eq!((patient, hasty), (Ok(Ok(())), Err(BlockingCallError::Slow)));
        assert_eq!(log_after_release(&worker).await, ["patient"]);
    }

    #[tokio::test]
    async fn a_person_waits_behind_a_stuck_call_and_is_answered_when_it_ends() {
        let (worker, release) = stuck_worker().await;
        let mut person = Box::pin(worker.call(LONG, Queueing::Wait, |log| log.clone()));
        assert_eq!((&mut person).now_or_never(), None);
        release.send(()).unwrap();
        assert_eq!(person.await, Ok(vec!["stuck"]));
    }

    #[tokio::test]
    async fn an_answer_that_comes_after_its_caller_gave_up_is_told() {
        let (tell, told) = mpsc::channel();
        let worker = BlockingThread::start("test", || ()).on_late_answer(move || tell.send(()).unwrap());
        let (release, released) = mpsc::channel::<()>();
        let late = worker.call(SHORT, Queueing::Refuse, move |()| released.recv().is_ok());
        assert_eq!(late.await, Err(BlockingCallError::Slow));
        assert!(told.try_recv().is_err(), "it is under way");
        drop(release);
        told.recv_timeout(LONG).unwrap();
        assert_eq!(worker.call(LONG, Queueing::Wait, |()| ()).await, Ok(()));
        assert!(told.try_recv().is_err(), "one in time is not late");
    }

    #[tokio::test]
    async fn a_change_whose_caller_gave_up_before_it_began_is_never_made() {
        let worker = BlockingThread::start("test", Vec::new);
        let (release, released) = mpsc::channel::<()>();
        let late = worker.change(SHORT, Queueing::Refuse, move |log: &mut Vec<&'static str>, permit| {
            released.recv().unwrap();
            log.push(permit.begin().map_or("refused", |_begun| "made"));
        });
        assert_eq!(late.await, Err(BlockingCallError::Withdrawn));
        let behind = worker.change(SHORT, Queueing::Refuse, |log, _| log.push("never"));
        assert_eq!(behind.await, Err(BlockingCallError::Withdrawn), "it was refused at once");
        release.send(()).unwrap();
        assert_eq!(log_after_release(&worker).await, ["refused"]);
        let next = worker.change(LONG, Queueing::Refuse, |_, permit| permit.begin().is_some()).await;
        assert_eq!(next, Ok(true), "the way is free again");
    }

    #[tokio::test]
    async fn a_change_that_was_begun_may_be_made_late_and_none_overtakes_it() {
        let mut worker = BlockingThread::start("test", || ());
        worker.stuck_max = Duration::ZERO;
        let (release, released) = mpsc::channel::<()>();
        let (ended, end) = oneshot::channel();
        let begun = worker.change(SHORT, Queueing::Refuse, move |(), permit| {
            let begun = permit.begin();
            assert!(begun.is_some());
            _ = released.recv();
            drop(begun);
            ended.send(()).unwrap();
        });
        assert_eq!(begun.await, Err(BlockingCallError::Slow));
        // It is made on a fresh thread, and so could be over before the first.
        assert_eq!(worker.change(LONG, Queueing::Refuse, |(), permit| permit.begin().is_some()).await, Ok(false));
        drop(release);
        end.await.unwrap();
        assert_eq!(worker.change(LONG, Queueing::Refuse, |(), permit| permit.begin().is_some()).await, Ok(true));
    }

    #[tokio::test]
    async fn a_change_whose_caller_went_away_is_never_made() {
        let worker = BlockingThread::start("test", Vec::new);
        let (started, start) = oneshot::channel();
        let (release, released) = mpsc::channel::<()>();
        let change = worker.change(LONG, Queueing::Refuse, move |log: &mut Vec<&'static str>, permit| {
            started.send(()).unwrap();
            released.recv().unwrap();
            log.push(permit.begin().map_or("refused", |_begun| "made"));
        });
        tokio::select! {
            _ = change => panic!("it waits"),
            started = start => started.unwrap(),
        }
        release.send(()).unwrap();
        assert_eq!(worker.call(LONG, Queueing::Refuse, |log| log.clone()).await, Ok(vec!["refused"]));
    }

    #[tokio::test]
    async fn a_panic_ends_its_own_call_only() {
        let worker = BlockingThread::start("test", || 1);
        assert_eq!(
            worker.call(LONG, Queueing::Refuse, |_| panic!("on purpose")).await,
            Err::<(), _>(BlockingCallError::Broken)
        );
        assert_eq!(worker.call(LONG, Queueing::Refuse, |state| *state).await, Ok(1));
    }
    #[tokio::test]
    async fn fresh_threads_take_over_from_calls_that_never_end_but_not_for_ever() {
        let kept = Arc::new(Mutex::new(0));
        let shared = Arc::clone(&kept);
        let mut worker = BlockingThread::start("test", move || Arc::clone(&shared));
        worker.stuck_max = Duration::ZERO;
        let mut held = Vec::new();
        for _ in 0..=FRESH_THREADS_MAX {
            let (release, released) = mpsc::channel::<()>();
            held.push(release);
            let (started, start) = mpsc::channel();
            let work = Box::new(move |state: &mut Arc<Mutex<u32>>| {
                *lock(state) += 1;
                started.send(()).unwrap();
                _ = released.recv();
            });
            let now = Instant::now();
            assert!(worker.ready(now, Queueing::Refuse).unwrap().try_send(Job { deadline: now, work }).is_ok());
            start.recv_timeout(LONG).unwrap();
        }
        assert_eq!(*lock(&kept), FRESH_THREADS_MAX + 1, "each thread made its call");
        assert_eq!(worker.call(LONG, Queueing::Refuse, |_| ()).now_or_never(), Some(Err(BlockingCallError::Stuck)));
        drop(held);
        while worker.call(LONG, Queueing::Refuse, |_| ()).await == Err(BlockingCallError::Stuck) {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            worker.call(LONG, Queueing::Refuse, |state| *lock(state)).await,
            Ok(FRESH_THREADS_MAX + 1),
            "the state is shared"
        );
    }
}
