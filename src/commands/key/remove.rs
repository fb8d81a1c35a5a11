//! `key remove`: erases the key of an environment from the key store.

use std::io::Write;

use super::confirm::confirm;
use super::key_name::name_of;
use crate::commands::error::CommandError;
use crate::domain::environment::EnvironmentName;
use crate::runtime::enrollment;
use crate::services::Services;
use crate::services::keys::{KeyReadTimeout, KeyWriter};
use crate::wording::key_errors;
use crate::wording::remedies::RemedyAudience;

/// Runs the command; asks first unless `yes`.
pub(super) async fn run(
    environment: &EnvironmentName,
    yes: bool,
    services: &Services,
    key_writer: &KeyWriter,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let failed = |why: &str| CommandError::Failed(format!("{environment}: {why}"));
    if !yes {
        let key = services.keys.stored(&environment.clone().into(), KeyReadTimeout::User).await;
        let key =
            key.map_err(|failure| failed(&key_errors::explained(&failure, environment, &RemedyAudience::CommandLine)))?;
        let name = key.as_ref().map_or_else(|| "the key".to_owned(), name_of);
        confirm(environment, &format!("remove {name}"), "removed", out)?;
    }
    let store = services.keys.store_name();
    let removed = enrollment::remove(services, key_writer, environment).await;
    if removed.map_err(|error| failed(&key_errors::not_erased(&error, environment, &RemedyAudience::CommandLine)))? {
        writeln!(
            out,
            "{environment}: the key is removed from the {store}; the service still accepts it until it is revoked"
        )?;
    } else {
        writeln!(out, "{environment}: the {store} has no key")?;
    }
    if let Some(source) = services.keys.overriding_source(environment) {
        writeln!(out, "Note: {source} still gives this environment a key.")?;
    }
    Ok(out.flush()?)
}
