//! Names of the Secret Service on the session bus.

/// Name that the service owns.
pub(super) const NAME: &str = "org.freedesktop.secrets";
/// Object of the service.
pub(super) const PATH: &str = "/org/freedesktop/secrets";
pub(super) const SERVICE: &str = "org.freedesktop.Secret.Service";
pub(super) const COLLECTION: &str = "org.freedesktop.Secret.Collection";
pub(super) const ITEM: &str = "org.freedesktop.Secret.Item";
pub(super) const PROMPT: &str = "org.freedesktop.Secret.Prompt";
