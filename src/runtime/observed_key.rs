//! Keys that another process of this user polls: of a process that has them, and for one that has not.

use super::tasks::{Tasks, logged};
use crate::domain::api_key::{KeyIdentity, KeySource};
use crate::domain::environment::EnvironmentName;
use crate::domain::error::{KeyError, KeyErrorKind};
use crate::monitor::input::{HeldKey, Input};
use crate::services::Services;

/// Notes for others which key this process uses for an environment.
pub(super) fn note(tasks: &Tasks, services: &Services, environment: EnvironmentName, key: KeyIdentity) {
    let Services { history, clock, .. } = services.clone();
    tasks.spawn_storing(None, async move {
        let at = clock.now().wall;
        _ = logged(history.run(move |store| store.note_key_in_use(&environment, &key, at)).await);
        None
    });
}

/// Finds the key that another process uses for an environment, of which this one found none.
pub(super) async fn find(services: &Services, environment: &EnvironmentName, error: &KeyError) -> Option<Input> {
    let is_without = matches!(
        error.kind(),
        KeyErrorKind::Missing | KeyErrorKind::NoSession | KeyErrorKind::NoService | KeyErrorKind::Unavailable
    );
    let asked = environment.clone();
    let key = if is_without { services.history.run(move |store| store.key_in_use(&asked)).await } else { Ok(None) };
    let identity = logged(key).ok()??;
    let held = HeldKey { identity, source: KeySource::OtherProcess };
    Some(Input::KeyLoaded { environment: environment.clone(), outcome: Ok(held) })
}
