//! Watches the API keys of a Trackyard account, in a terminal, for weeks.
//!
//! # Data flow
//!
//! ```text
//!  keys, mouse, resize ─► Message ─► tui::update (keymap) ─► Action ─┐
//!  time ─────────────────────────────────────────────────────────────┼─► Input ─► Monitor ─┬─► one Arc<Snapshot> a step
//!  results of effects ───────────────────────────────────────────────┘                     │    ├─► view, status --json
//!      ▲                                                                                   │    └─► events, alerts
//!      └──── runtime: HTTP, key store, history, sinks ◄── Vec<Effect> ◄────────────────────┘
//! ```
//!
//! Two pure state machines: [`monitor`] (what is known of the keys) and [`tui`] (what the screen shows of it). Commands
//! without a screen run the monitor alone. Time enters as data, in inputs. The snapshot is the one statement of what is
//! known: immutable, built once a step and shared. Facts travel as types: what happened, to what, by whose word, and
//! when. [`wording`] makes text of them, once, where it is shown.
//!
//! # Rooms
//!
//! A room imports only rooms in rows below its own, and no part of a room imports the room's root.
//!
//! | Room | Purpose |
//! | --- | --- |
//! | `src/main.rs` | error hooks, arguments, exit status |
//! | [`commands`] | one file a subcommand |
//! | [`cli`] | the command line, as types of clap |
//! | [`config`] | the config file, variables and options, resolved to settings |
//! | [`runtime`] | event loop, effect runner, signals, terminal guard |
//! | [`simulator`] | a stand-in for the service, over HTTP: for `demo`, `simulate` and the tests |
//! | [`services`] | all input and output: HTTP, key sources, history, sinks, log, clock |
//! | [`tui`] | model, messages, update, keymap, views and dialogs of the dashboard |
//! | [`wording`] | every sentence of the product: facts and an audience in, text out |
//! | [`monitor`] | decisions: when to poll, what is stale, what is an event or an alert |
//! | [`domain`] | values and rules without state |
//!
//! # Where a behaviour stands
//!
//! | Behaviour | File |
//! | --- | --- |
//! | `Retry-After` is honoured | `src/monitor/polling/retry_after.rs`; read in `src/services/http/retry_after_header.rs` |
//! | A second try follows a 401 | `src/monitor/polling/confirmation.rs` |
//! | The line of keys is drawn at the foot | `src/tui/screens/key_bar.rs` |
//! | An environment is found by a few letters, or the worst come first | `src/tui/environment_order.rs`; keys in `src/tui/update/finding.rs` |
//! | What happened in an absence is told | `src/tui/absence.rs`; in words `src/wording/absence.rs` |
//! | Alerts are acknowledged, and that is taken back | `src/monitor/alerts/acknowledgement.rs`; dialog in `src/tui/dialog/acknowledge.rs` |
//! | `r` is answered with what came of it | `src/tui/refresh.rs`; in words `src/wording/sentences/refresh.rs` |
//! | A key is bound to a command | `src/tui/keymap/bindings.rs`; overridden and checked in `src/tui/keymap.rs` |
//! | Own calls keep to a share of 20 % | `src/monitor/polling/budget.rs`; a call is permitted in `src/monitor/polling/permit.rs` |
//! | The last polls of a key are kept | `src/monitor/polling/recent_polls.rs`; shown in `src/tui/screens/zoom/polls_panel.rs` |
//! | A sample becomes stale | `src/monitor/polling/staleness.rs` |
//! | This machine is offline | `src/monitor/connectivity.rs`; which errors mean it, in `src/domain/error/request.rs` |
//! | A webhook is retried | `src/domain/webhook_retry.rs`; postponed in `src/services/sinks/tasks.rs`, given up for its age in `src/services/history/outbox.rs` |
//! | An event is logged once by two processes | `src/services/history/store/event_log.rs` |
//! | One of two dashboards polls | `src/monitor/polling/lease.rs`; granted in `src/services/history/store/permits.rs` |
//! | A wall without keys shows what another process polls | `src/runtime/observed_key.rs`; looked up in `src/services/history/store/keys_in_use.rs` |
//! | The reset day is learnt | `src/domain/forecast/reset_day.rs` |
//! | An unmarked paste is recognised | `src/runtime/input/paste_detector.rs` |
//! | HTTP has a time limit, and TLS | `src/services/http.rs`, by `src/services/http/timeouts.rs` and `src/services/http/tls.rs` |
//! | No key is changed read-only | `src/tui/read_only.rs`; without a key writer, `KeyAccess` in `src/runtime/effect_runner.rs` |
//!
//! # One sample, from HTTP to the gauge
//!
//! 1. `src/services/http.rs`: the bytes of the answer, within the time limit.
//! 2. `src/services/trackyard.rs`: status, headers and body become a [`Sample`](domain::sample::Sample).
//! 3. `src/runtime/poll.rs`: the task of the poll puts it into an [`Input`](monitor::input::Input).
//! 4. `src/runtime/tasks.rs`: the mailbox.
//! 5. `src/runtime/event_loop.rs`: takes the input from the mailbox, and makes a step.
//! 6. `src/monitor.rs`: routes the input.
//! 7. `src/monitor/scheduler.rs`: finds the key, and asks that the sample be stored.
//! 8. `src/monitor/polling/outcome.rs`: the key takes the sample, and its next poll is planned.
//! 9. `src/monitor/snapshot_builder.rs`: the snapshot of the environment, which `src/monitor/snapshot_cache.rs` joins with
//!    those that the step did not touch.
//! 10. `src/tui/view.rs`: the frame, as often as `src/runtime/frame_limiter.rs` allows.
//! 11. `src/tui/screens/overview/card.rs`: the card of the environment, of figures as `src/tui/screens/overview/figures.rs`
//!     tells them.
//! 12. `src/tui/widgets/line_gauge.rs`: the gauge.
//!
//! # One keypress, to the frame
//!
//! 1. `src/runtime/input.rs`: the thread that reads the terminal.
//! 2. `src/runtime/input/decoder.rs`: bytes to events.
//! 3. `src/runtime/input/paste_detector.rs`: typed, or part of an unmarked paste.
//! 4. `src/runtime/event_loop.rs`: hands the message to the update, and performs the actions that follow.
//! 5. `src/runtime/app_state.rs`: the screen, and the snapshot of the last step, which is not built anew for a key that
//!    moves about the screen.
//! 6. `src/tui/update.rs`: the change of the screen; `src/tui/update/dialogs.rs` while a dialog is open.
//! 7. `src/tui/keymap.rs`: the command that is bound to the chord.
//! 8. `src/tui/view.rs`: the next frame.
//!
//! # Glossary
//!
//! | Term | Meaning |
//! | --- | --- |
//! | environment | named slot of one key: `dev`, `staging`, `prod` or another |
//! | key | secret that the service accepts; it exists in key store, memory and request header alone |
//! | fingerprint | first 8 hex digits of the SHA-256 of a key; its name everywhere else |
//! | key source | place that a key comes from: variable, file, command or key store |
//! | key store | keyring of the system, or the encrypted file in its place |
//! | enrollment | trial and storing of a new key |
//! | rotation | replacement of a key in durable steps, from the new key to the erased old one |
//! | poll | one request for the state of a key |
//! | sample | account and limits as one poll brought them |
//! | poll interval | time between two timed polls of a key, with its reason |
//! | stagger | offset between the first polls of several environments |
//! | backoff | wait after a failure |
//! | quota | requests of a minute and a day, as the service counts them |
//! | share | part of a quota that own calls may take |
//! | budget | calls that the share leaves |
//! | request log | times of own calls with a key, of all processes |
//! | permit | leave for one call, taken before it is made |
//! | lease | right of one process, for a time, to poll a key or send a notification |
//! | staleness | age at which a sample no longer speaks of now |
//! | status, flag | what the last poll says of a key; what else is to be known of it |
//! | severity | weight of status and flags: ok, warning, critical or unknown |
//! | condition | status or flag that can raise an alert |
//! | alert | condition over time: pending, firing, resolved; inhibited while another explains it |
//! | hysteresis | distance that a value goes back before its alert resolves |
//! | sink | place that notifications go to: bell, terminal, desktop, webhook, command |
//! | outbox | notifications that wait on the disk: enqueue, lease, ack |
//! | version conflict | write refused as another process has written since |
//! | event, event log | change worth a line; all such lines |
//! | history | database of samples and of all that processes share |
//! | roll-up | a day of samples in one row |
//! | downsample | choice of the points of a chart |
//! | bootstrap | resampling of past days, for the range of a forecast |
//! | snapshot | all that is known after a step; an environment snapshot is its part of one environment |
//! | input, effect | what the monitor is told; what it asks for |
//! | dialog | state machine that asks the operator for something |
//! | chord, binding | keys pressed together; chord and command |
//! | failure, error | what the world did; a Rust type for it |
//! | reason | typed cause of a decision |
//! | role | purpose of something that is drawn, such as critical, for which a theme has a style |
//! | theme | style of each role, by the number of colours and the ground |
//! | ground | what is drawn on, dark or light |
//! | remedy | advice, by reason and audience |
//! | audience | place where a text is read: dashboard, command line, sink |

pub mod cli;
pub mod commands;
pub mod config;
pub mod domain;
pub mod monitor;
pub mod runtime;
pub mod services;
pub mod simulator;
#[cfg(test)]
mod testing;
pub mod tui;
pub mod wording;
