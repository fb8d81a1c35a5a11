//! Web pages of the service, for people.

/// Web page on which keys are made and revoked.
pub const KEYS_PAGE: &str = "https://app.trackyard.com/api-keys";
/// Web page on which credits are bought.
pub const BILLING_PAGE: &str = "https://app.trackyard.com/billing";
