//! Result of an enrollment.

use crate::domain::api_key::KeySource;
use crate::domain::rotation::KeyCheckError;
use crate::domain::sample::Sample;
use crate::services::keys::LoadedKey;

/// A key that is stored now.
pub struct EnrolledKey {
    /// Key, as the key store has it.
    pub loaded: LoadedKey,
    /// Sample of its trial; `None` where the service could not be asked.
    pub sample: Option<Sample>,
    /// Source that comes before the key store, so that the stored key is not used.
    pub overridden_by: Option<KeySource>,
    /// Objection to it as a replacement of the key before: it answers for another account.
    pub objection: Option<KeyCheckError>,
}
