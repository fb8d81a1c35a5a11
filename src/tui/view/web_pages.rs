//! Addresses of the service's web pages.

/// Page on which keys are made and revoked.
pub(super) const KEYS_PAGE: &str = "https://app.trackyard.com/api-keys";
/// Page on which credits are bought.
pub(super) const BILLING_PAGE: &str = "https://app.trackyard.com/billing";
