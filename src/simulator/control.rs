//! The simulator's own paths, for drills: what [`SimulatedService`] offers, over HTTP.
//!
//! ```text
//! POST /simulator/revoke/{env}                   revokes the environment's oldest key that still works
//! POST /simulator/credits/{env}?remaining=N      sets the balance
//! POST /simulator/keys/{env}                     makes a new key and answers with it
//! POST /simulator/scenario/{name}                starts another scenario
//! POST /simulator/fail?with=drop|hang|STATUS&count=N   lets the next calls fail
//! POST /simulator/recover                        lets no further call fail
//! POST /simulator/advance?seconds=N              puts the simulated clock forward
//! GET  /simulator/calls                          the calls over the wire so far, as JSON
//! ```

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::fault::Fault;
use super::reply::Reply;
use super::request::{IncomingRequest, RecordedCall};
use super::service::{ControlError, SimulatedService};
use crate::domain::environment::{EnvironmentName, ParseEnvironmentNameError};
use crate::simulator::scenario::InvalidScenario;

/// Beginning of the paths of control requests.
pub const PREFIX: &str = "/simulator/";
/// The clock is put forward by a year at most, in seconds.
const ADVANCE_MAX: i64 = 366 * 24 * 3_600;

/// Reply to a control request, and what else is to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlReply {
    /// The answer.
    pub reply: Reply,
    /// Time by which the simulated clock is to be put forward.
    pub advance: SignedDuration,
}

/// Error of a control request that is refused.
#[derive(Debug, Error)]
enum ControlRequestError {
    #[error("there is no such path under /simulator, or it wants another method")]
    UnknownPath,
    #[error("the parameter {0} lacks or makes no sense")]
    Parameter(&'static str),
    #[error(transparent)]
    Name(#[from] ParseEnvironmentNameError),
    #[error(transparent)]
    Scenario(#[from] InvalidScenario),
    #[error(transparent)]
    World(#[from] ControlError),
}

/// True for the path of a control request.
#[must_use]
pub fn is_control(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Does what a control request asks for.
pub fn control(world: &mut SimulatedService, request: &IncomingRequest, now: Timestamp) -> ControlReply {
    match apply(world, request, now) {
        Ok(controlled) => controlled,
        Err(refusal) => {
            let status = if matches!(refusal, ControlRequestError::Parameter(_)) { 400 } else { 404 };
            done(Reply::text(status, format!("{refusal}\n")))
        }
    }
}

fn apply(
    world: &mut SimulatedService,
    request: &IncomingRequest,
    now: Timestamp,
) -> Result<ControlReply, ControlRequestError> {
    let path = request.path.strip_prefix(PREFIX).unwrap_or_default();
    let (action, subject) = path.split_once('/').unwrap_or((path, ""));
    match (request.method.as_str(), action) {
        ("POST", "revoke") => world.revoke(&environment(subject)?, now)?,
        ("POST", "credits") => {
            let credits = request.parameter("remaining").and_then(|text| text.parse().ok());
            world.set_credits(
                &environment(subject)?,
                credits.ok_or(ControlRequestError::Parameter("remaining"))?,
                now,
            )?;
        }
        ("POST", "keys") => {
            let key = world.create_key(&environment(subject)?, now)?;
            return Ok(done(Reply::text(200, format!("{}\n", key.expose()))));
        }
        ("POST", "scenario") => world.set_scenario(subject.parse()?, now),
        ("POST", "fail") => {
            let count = request.parameter("count").map_or(Ok(1), |text| text.parse());
            let count = count.ok().filter(|count| *count > 0).ok_or(ControlRequestError::Parameter("count"))?;
            world.fail_next(count, &fault(request)?);
        }
        ("POST", "recover") => world.recover(),
        ("POST", "advance") => {
            let seconds = request.parameter("seconds").and_then(|text| text.parse().ok());
            let seconds = seconds.filter(|seconds| (0..=ADVANCE_MAX).contains(seconds));
            let advance = SignedDuration::from_secs(seconds.ok_or(ControlRequestError::Parameter("seconds"))?);
            return Ok(ControlReply { advance, ..done(Reply::text(200, "done\n")) });
        }
        ("GET", "calls") => return Ok(done(calls(world))),
        _ => return Err(ControlRequestError::UnknownPath),
    }
    Ok(done(Reply::text(200, "done\n")))
}

fn environment(subject: &str) -> Result<EnvironmentName, ControlRequestError> {
    Ok(subject.parse()?)
}

fn fault(request: &IncomingRequest) -> Result<Fault, ControlRequestError> {
    let with = request.parameter("with").ok_or(ControlRequestError::Parameter("with"))?;
    match (with.as_str(), with.parse()) {
        ("drop", _) => Ok(Fault::Drop),
        ("hang", _) => Ok(Fault::Hang),
        (_, Ok(status)) if (400..600).contains(&status) => Ok(Fault::Status(status)),
        _ => Err(ControlRequestError::Parameter("with")),
    }
}

fn calls(world: &SimulatedService) -> Reply {
    let calls: Vec<&RecordedCall> = world.calls().collect();
    serde_json::to_string(&calls)
        .map_or_else(|error| Reply::text(500, error.to_string()), |body| Reply::json(200, body))
}

fn done(reply: Reply) -> ControlReply {
    ControlReply { reply, advance: SignedDuration::ZERO }
}
