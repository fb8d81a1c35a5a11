//! Keys that a rotation takes, keeps and erases.

use super::*;

#[tokio::test]
async fn keys_that_may_not_take_the_place_change_nothing() {
    let world = RotationFixture::new().await;
    let old = world.old_key();
    world.rotations().start(&prod()).await.unwrap();
    let dev = world.simulator.keys().into_iter().find(|(name, _)| name.as_str() == "dev").unwrap().1;
    let unknown = ApiKey::parse("trackyard_live_nobody_knows_this").unwrap();
    for (key, said) in [
        (&old, "this is the key that is to be replaced"),
        (&dev, "this is dev's key: each environment needs a key of its own"),
        (&unknown, "Invalid API key"),
    ] {
        let error = world.offer(key, true).await.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(world.stored(KeyRole::Current), Some(old.fingerprint()));
        assert_eq!((world.stored(KeyRole::Previous), world.stored(KeyRole::Candidate)), (None, None));
    }
}

#[tokio::test]
async fn a_key_of_another_account_is_taken_only_if_the_operator_insists() {
    let world = RotationFixture::new().await;
    let old = world.old_key();
    world.rotations().start(&prod()).await.unwrap();
    // The history remembers the old key with another plan than the simulator's.
    let handle = world.simulator.handle();
    let body = handle.me(&"dev".parse().unwrap()).unwrap();
    let account = crate::domain::account::Account::parse(body.as_bytes()).unwrap();
    let sample = Sample {
        at: world.clock.now().wall,
        latency: jiff::SignedDuration::ZERO,
        server_clock: None,
        account,
        quota: Quota::default(),
    };
    {
        let fingerprint = old.fingerprint();
        world.history.run(move |store| store.store_sample(fingerprint, &sample, None))
    }
    .await
    .unwrap();
    let new = world.new_key();
    let error = world.offer(&new, false).await.unwrap_err();
    assert!(matches!(&error, RotationError::CheckFailed(objection) if objection.can_be_overridden()), "{error}");
    assert_eq!(world.offer(&new, true).await.unwrap().rotation.stage, RotationStage::Watching);
}

#[tokio::test]
async fn a_key_given_up_in_time_is_not_kept() {
    let world = RotationFixture::new().await;
    world.rotations().start(&prod()).await.unwrap();
    let new = world.new_key();
    let client = TrackyardClient::new(world.simulator.base_url());
    let outcome = world.rotations().offer(&prod(), &new, client, &[], false, || false).await;
    assert!(matches!(outcome, Err(RotationError::GivenUp)));
    assert!(!world.holds(&new));
}

#[tokio::test]
async fn a_key_that_is_only_read_here_is_not_rotated() {
    let world = RotationFixture {
        variables: vec![("TRACKYARD_API_KEY_PROD", "from-a-variable")],
        ..RotationFixture::new().await
    };
    let error = world.rotations().start(&prod()).await.unwrap_err();
    let variable = KeySource::Variable("TRACKYARD_API_KEY_PROD".to_owned());
    assert_eq!(error, RotationError::NotStored(variable));
}

#[tokio::test]
async fn a_key_kept_aside_is_watched_on_after_the_loss_of_the_journal() {
    let mut world = RotationFixture::new().await;
    let (old, new) = watched(&world).await;
    world.history = History::in_memory();
    let loaded = world.rotations().resume_or_adopt(&prod()).await.unwrap().unwrap();
    assert_eq!((loaded.rotation.stage, loaded.rotation.old), (RotationStage::Watching, old.fingerprint()));
    assert_eq!(loaded.rotation.new, Some(new.fingerprint()));
    assert!(loaded.rotation.promoted_at.is_some());
}

#[tokio::test]
async fn a_look_into_another_key_store_leaves_the_rotation_as_it_is() {
    let mut world = RotationFixture::new().await;
    watched(&world).await;
    let journal = world.history.run(|store| store.rotation(&prod())).await.unwrap();
    let right = world.store.store.clone();
    world.store.store = MemoryKeyStore::default();
    let loaded = world.rotations().resume_or_adopt(&prod()).await.unwrap().unwrap();
    assert_eq!(loaded.hindrance, Some(RotationBlockedReason::Elsewhere));
    assert_eq!(world.rotations().start(&prod()).await.unwrap().rotation, loaded.rotation);
    assert_eq!(world.history.run(|store| store.rotation(&prod())).await.unwrap(), journal);
    let seen = load_rotation(&world.rotations().services, &prod()).await.unwrap().unwrap();
    assert_eq!(seen.hindrance, Some(RotationBlockedReason::Elsewhere), "whoever only looks is told too");
    world.store.store = right;
    let loaded = world.rotations().resume(&prod()).await.unwrap().unwrap();
    assert_eq!((Some(loaded.rotation), loaded.hindrance), (journal, None));
}

#[tokio::test]
async fn a_start_after_the_key_was_replaced_by_others_begins_anew() {
    let world = RotationFixture::new().await;
    let first = world.rotations().start(&prod()).await.unwrap().rotation;
    let other = world.new_key();
    world.store.store.clone().write(&entry(&prod(), KeyRole::Current), &other).unwrap();
    let second = world.rotations().start(&prod()).await.unwrap().rotation;
    assert_eq!((second.stage, second.old), (RotationStage::Started, other.fingerprint()));
    let journal = world.history.run(|store| store.rotations(&prod())).await.unwrap();
    assert_eq!(journal.iter().find(|kept| kept.number == first.number).unwrap().stage, RotationStage::Abandoned);
}

#[tokio::test]
async fn a_key_kept_aside_is_watched_on_where_the_journal_tells_of_another() {
    let world = RotationFixture::new().await;
    let old = world.old_key();
    world.rotations().start(&prod()).await.unwrap();
    let (kept, other) = (world.new_key(), world.new_key());
    let mut store = world.store.store.clone();
    store.write(&entry(&prod(), KeyRole::Current), &other).unwrap();
    store.write(&entry(&prod(), KeyRole::Previous), &kept).unwrap();
    let loaded = world.rotations().resume_or_adopt(&prod()).await.unwrap().unwrap();
    assert_ne!(loaded.rotation.old, old.fingerprint());
    assert_eq!((loaded.rotation.stage, loaded.rotation.old), (RotationStage::Watching, kept.fingerprint()));
}

#[tokio::test]
async fn a_key_that_another_environment_keeps_aside_does_not_take_the_place() {
    let world = RotationFixture::new().await;
    let (old, _) = watched(&world).await;
    let dev: EnvironmentName = "dev".parse().unwrap();
    let held = [(prod(), world.stored(KeyRole::Current).unwrap())];
    world.rotations().start(&dev).await.unwrap();
    let client = TrackyardClient::new(world.simulator.base_url());
    let outcome = world.rotations().offer(&dev, &old, client, &held, true, || true).await;
    assert!(matches!(outcome, Err(RotationError::CheckFailed(KeyCheckError::KeyOf(holder))) if holder == prod()));
}

#[tokio::test]
async fn two_processes_start_one_rotation() {
    let world = RotationFixture::new().await;
    let first = world.rotations().start(&prod()).await.unwrap().rotation;
    let second = world.rotations().start(&prod()).await.unwrap().rotation;
    assert_eq!(first, second);
}

/// Puts a fresh key in use, in the rotation that is under way or a new one.
async fn replaced(world: &RotationFixture) -> ApiKey {
    world.rotations().start(&prod()).await.unwrap();
    let new = world.new_key();
    assert_eq!(world.offer(&new, false).await.unwrap().rotation.stage, RotationStage::Watching);
    new
}

#[tokio::test]
async fn what_was_concluded_in_one_rotation_erases_no_key_in_the_next() {
    let world = RotationFixture::new().await;
    let first = world.old_key();
    let second = replaced(&world).await;
    let concluded = dead(&world.history.run(|store| store.rotation(&prod())).await.unwrap().unwrap());
    // Another process ends that rotation and goes through the next, in which the second key is the old one.
    bury(&world).await.unwrap();
    let third = replaced(&world).await;
    let journal = world.history.run(|store| store.rotation(&prod())).await.unwrap();
    let told = world.rotations().erase_dead_key(&prod(), concluded).await.unwrap().unwrap();
    assert_eq!(world.history.run(|store| store.rotation(&prod())).await.unwrap(), journal, "nothing is changed");
    assert_eq!((Some(told.rotation), told.previous.unwrap().fingerprint()), (journal, second.fingerprint()));
    assert!(!world.holds(&first) && world.holds(&second) && world.holds(&third));
}

#[tokio::test]
async fn a_conclusion_is_void_in_a_journal_that_was_begun_anew() {
    let mut world = RotationFixture::new().await;
    let (old, _) = watched(&world).await;
    let concluded = dead(&world.history.run(|store| store.rotation(&prod())).await.unwrap().unwrap());
    world.history = History::in_memory();
    let adopted = world.rotations().resume_or_adopt(&prod()).await.unwrap().unwrap();
    assert_eq!(adopted.rotation.number, concluded.rotation().number, "numbers begin anew");
    world.rotations().erase_dead_key(&prod(), concluded).await.unwrap();
    assert!(world.holds(&old));
}

#[tokio::test]
async fn a_key_kept_aside_is_put_in_use_only_if_the_service_accepts_it_now() {
    for loses_journal in [false, true] {
        let mut world = RotationFixture::new().await;
        let (old, new) = watched(&world).await;
        world.rotations().request(&prod(), RotationRequest::RollBack, None).await.unwrap();
        if loses_journal {
            world.history = History::in_memory();
        }
        // The oldest key that works is revoked first: the one in use, which is put aside for it.
        let handle = world.simulator.handle();
        handle.revoke(&prod()).unwrap();
        handle.revoke(&prod()).unwrap();
        let started = world.rotations().start(&prod()).await.unwrap();
        assert_eq!(
            (started.rotation.stage, started.rotation.new),
            (RotationStage::RolledBack, Some(new.fingerprint()))
        );
        let promoted = world.rotations().promote(&prod(), None, TrackyardClient::new(world.simulator.base_url())).await;
        assert!(matches!(promoted, Err(RotationError::NotPromoted(_))), "{promoted:?}");
        let offered = world.new_key();
        let told = world.offer(&offered, false).await.unwrap_err();
        assert!(matches!(told, RotationError::WrongTime(RotationRequestError::HasNewKey(_))), "{told}");
        assert_eq!(world.stored(KeyRole::Current), Some(old.fingerprint()));
        assert!(world.holds(&new), "it is given up by the operator alone");
        world.rotations().request(&prod(), RotationRequest::Abandon, None).await.unwrap();
        world.rotations().start(&prod()).await.unwrap();
        assert_eq!(world.offer(&offered, false).await.unwrap().rotation.stage, RotationStage::Watching);
    }
}
