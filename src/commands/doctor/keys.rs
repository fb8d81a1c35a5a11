//! Key store, and the keys in it and elsewhere.

use super::finding::{Finding, FindingStatus};
use crate::config::settings::{EnvironmentSettings, KeyStoreName, Settings};
use crate::domain::api_key::KeySource;
use crate::domain::environment::EnvironmentName;
use crate::domain::error::KeyErrorKind;
use crate::domain::unconfigured_key::UnconfiguredKey;
use crate::services::Services;
use crate::services::keys::{KeyReadTimeout, KeyStoreReadiness, Passphrases, Vault, VaultSummary};
use crate::wording::unconfigured_keys;

/// Findings about the key store, the key of each environment, and keys of environments that are not configured.
pub(super) async fn look(settings: &Settings, services: &Services, passphrases: Passphrases) -> Vec<Finding> {
    let (store, stored) = key_store(settings, services, passphrases).await;
    let mut findings: Vec<_> = store.into_iter().collect();
    findings.extend(keys(settings, services).await);
    findings.extend(unclaimed(settings, services, &stored));
    findings
}

/// Finding about the key store, and the environments that an encrypted file has keys for. A keyring that can't be used
/// is left to the findings about the keys that need it.
async fn key_store(
    settings: &Settings,
    services: &Services,
    passphrases: Passphrases,
) -> (Option<Finding>, Vec<EnvironmentName>) {
    match settings.key_store {
        KeyStoreName::Keyring => (keyring(settings, services).await, Vec::new()),
        KeyStoreName::File => key_file(settings, passphrases),
    }
}

fn key_file(settings: &Settings, passphrases: Passphrases) -> (Option<Finding>, Vec<EnvironmentName>) {
    let name = "key store";
    let Ok(path) = settings.paths.key_file() else { return (None, Vec::new()) };
    let Some(environment) = settings.environments.first().map(EnvironmentSettings::name) else {
        return (None, Vec::new());
    };
    let shown = path.display();
    let (finding, environments) = match Vault::new(path.to_owned(), passphrases).summary() {
        Ok(Some(VaultSummary { keys, environments, work_factor })) => {
            let keys = if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") };
            let work = format!("encrypted by age with scrypt, work factor {work_factor}");
            (Finding::works(name, format!("file {shown}: {keys}, {work}")), environments)
        }
        Ok(None) => {
            let remedy = format!("The first `trackyard-tui key set {environment}` makes it.");
            (Finding::note(name, format!("file {shown} does not exist yet"), remedy), Vec::new())
        }
        Err(failure) => (Finding::key_fails(name, &failure, environment), Vec::new()),
    };
    (Some(finding), environments)
}

/// Finding about a keyring that answers: its readiness for the next key that is to be stored.
async fn keyring(settings: &Settings, services: &Services) -> Option<Finding> {
    let environment = settings.environments.first()?.name();
    services.keys.stored(&environment.clone().into(), KeyReadTimeout::User).await.ok()?;
    let (name, place) = ("key store", services.keys.place(environment).await);
    let keyring = services.keys.keeper();
    Some(match place {
        Ok(KeyStoreReadiness::Ready) => Finding::works(name, format!("{keyring} answers")),
        Ok(KeyStoreReadiness::CreatedOnWrite) => {
            let remedy = format!(
                "The first `trackyard-tui key set {environment}` has it make one, and it asks for a password then."
            );
            Finding::note(name, format!("{keyring} answers, and has no place for keys yet"), remedy)
        }
        Err(failure) => Finding::key_fails(name, &failure, environment),
    })
}

/// Finding about keys of environments that are not configured, those `stored` in an encrypted file among them.
fn unclaimed(settings: &Settings, services: &Services, stored: &[EnvironmentName]) -> Option<Finding> {
    let configured: Vec<_> =
        settings.environments.iter().chain(&settings.left_out).map(EnvironmentSettings::name).collect();
    let stored = stored.iter().filter(|environment| !configured.contains(environment)).map(|environment| {
        let source = KeySource::Store(services.keys.store_name());
        UnconfiguredKey { environment: environment.clone(), source }
    });
    let keys: Vec<_> = services.keys.unclaimed(&configured).into_iter().chain(stored).collect();
    let (text, remedy) = unconfigured_keys::report(&keys)?;
    Some(Finding::note("other keys", text, remedy))
}

async fn keys(settings: &Settings, services: &Services) -> Vec<Finding> {
    let mut findings = Vec::new();
    for environment in &settings.environments {
        let name = environment.name();
        let label = format!("key {name}");
        findings.push(match services.keys.load(name, KeyReadTimeout::User).await {
            Ok(loaded) => Finding::works(label, format!("{} from {}", loaded.key.fingerprint(), loaded.source)),
            Err(failure) => {
                let finding = Finding::key_fails(label, &failure, name);
                let is_note = failure.kind() == KeyErrorKind::Missing && !environment.watched.requested;
                if is_note { Finding { status: FindingStatus::Note, ..finding } } else { finding }
            }
        });
    }
    findings
}
