//! Remedies: what to do about a fact, by where the key comes from, and where the user is.

mod audience;
mod keyring;
mod keys;
mod new_key;
mod reason;
mod requests;
mod rotations;
#[cfg(test)]
mod tests;

pub use audience::RemedyAudience;
pub use reason::{Remedy, RemedyReason};
pub use requests::{BASE_URL, cause};

use super::clauses;

impl Remedy {
    /// The remedy as a clause without a capital and a full stop: `press a to add it`.
    #[must_use]
    pub fn at(&self, audience: &RemedyAudience) -> String {
        match &self.reason {
            RemedyReason::NoKey => self.add(audience),
            RemedyReason::KeyFailed(failure) => self.key_failed(failure, audience),
            RemedyReason::NotStored(error) => self.not_stored(error, audience),
            RemedyReason::NotErased(error) => self.not_erased(error, audience),
            RemedyReason::RotationFailed(error) => {
                self.rotation_failed(error, audience).unwrap_or_else(|| self.steps(audience))
            }
            RemedyReason::PollFailed(cause) => self.poll_failed(cause, audience),
            RemedyReason::RotationDue => self.rotate(audience),
            RemedyReason::RotationWaits => self.steps(audience),
            RemedyReason::SharedKey => "give each environment a key of its own".to_owned(),
            RemedyReason::ClockSkew => "set this machine's clock".to_owned(),
            RemedyReason::AllRefused => "wait: a fault of the service is likelier than the end of all keys".to_owned(),
            RemedyReason::Offline => "check this machine's network and name resolution".to_owned(),
        }
    }

    /// The remedy as a sentence: `Press a to add it.`
    #[must_use]
    pub fn sentence(&self, audience: &RemedyAudience) -> String {
        clauses::sentence(&self.at(audience))
    }
}
