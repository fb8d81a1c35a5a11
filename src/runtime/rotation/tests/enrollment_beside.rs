//! Keys that are stored, erased or removed beside a rotation.

use super::*;

#[tokio::test]
async fn a_key_with_others_left_beside_it_is_not_removed_before_the_old_one_is_refused() {
    let mut world = RotationFixture::new().await;
    let (old, _) = watched(&world).await;
    world.history = History::in_memory();
    let rotations = world.rotations();
    let told = enrollment::remove(&rotations.services, &rotations.writer, &prod()).await.unwrap_err();
    assert_eq!(told, RemovalError::Rotating);
    let mut store = world.store.store.clone();
    store.remove(&entry(&prod(), KeyRole::Previous)).unwrap();
    store.write(&entry(&prod(), KeyRole::Candidate), &old).unwrap();
    assert_eq!(enrollment::remove(&rotations.services, &rotations.writer, &prod()).await, Ok(true));
    assert!(!world.holds(&old), "nothing is left behind");
}

#[tokio::test]
async fn a_key_being_replaced_is_not_removed() {
    let world = RotationFixture::new().await;
    let rotations = world.rotations();
    rotations.start(&prod()).await.unwrap();
    let told = enrollment::remove(&rotations.services, &rotations.writer, &prod()).await.unwrap_err();
    assert_eq!(told, RemovalError::Rotating);
    assert!(world.holds(&world.old_key()));
    rotations.request(&prod(), RotationRequest::Abandon, None).await.unwrap();
    assert_eq!(enrollment::remove(&rotations.services, &rotations.writer, &prod()).await, Ok(true));
}

#[tokio::test]
async fn a_key_is_stored_only_after_the_step_that_another_process_takes() {
    let folder = tempfile::tempdir().unwrap();
    let world =
        RotationFixture { history: History::open(folder.path().join("history.db")), ..RotationFixture::new().await };
    let rotations = world.rotations();
    let (services, writer) = (rotations.services.clone(), rotations.writer.clone());
    let (old, new) = (world.old_key().fingerprint(), world.new_key());
    let fingerprint = new.fingerprint();
    let held = key_lock::take(&world.history).await.unwrap();
    let overrides = KeyCheckOverrides { replace: Replace::Anything, ..KeyCheckOverrides::default() };
    let conditions = EnrollmentConditions { overrides, ..EnrollmentConditions::default() };
    let mut storing =
        tokio::spawn(
            async move { enrollment::enroll(&services, &writer, &prod(), new, None, &conditions).await.is_ok() },
        );
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut storing).await.is_err(), "it did not wait");
    assert_eq!(world.stored(KeyRole::Current), Some(old));
    drop(held);
    assert!(storing.await.unwrap());
    assert_eq!(world.stored(KeyRole::Current), Some(fingerprint));
}

#[tokio::test]
async fn only_the_key_that_was_seen_is_erased_or_replaced() {
    let world = RotationFixture::new().await;
    let (old, new) = (world.old_key(), world.new_key());
    let rotations = world.rotations();
    let entry = entry(&prod(), KeyRole::Current);
    let erased = rotations.writer.erase(&entry, new.fingerprint(), KeyReadTimeout::User).await;
    assert_eq!(erased.unwrap_err().kind(), KeyErrorKind::Changed);
    let replaced = rotations.writer.replace(&entry, None, new.clone(), KeyReadTimeout::User).await;
    assert_eq!(replaced.unwrap_err().kind(), KeyErrorKind::Changed);
    assert_eq!(world.stored(KeyRole::Current), Some(old.fingerprint()));
    rotations.writer.replace(&entry, Some(old.fingerprint()), new.clone(), KeyReadTimeout::User).await.unwrap();
    rotations.writer.erase(&entry, new.fingerprint(), KeyReadTimeout::User).await.unwrap();
    assert_eq!(world.stored(KeyRole::Current), None);
}

#[tokio::test]
async fn no_key_is_stored_beside_a_rotation_in_whichever_stage() {
    let stages = [RotationStage::Started, RotationStage::Watching, RotationStage::RolledBack];
    for (stage, loses_journal) in stages.into_iter().flat_map(|stage| [(stage, false), (stage, true)]) {
        let mut world = RotationFixture::new().await;
        world.rotations().start(&prod()).await.unwrap();
        if stage != RotationStage::Started {
            let new = world.new_key();
            world.offer(&new, false).await.unwrap();
        }
        if stage == RotationStage::RolledBack {
            world.rotations().request(&prod(), RotationRequest::RollBack, None).await.unwrap();
        }
        if loses_journal {
            world.history = History::in_memory();
        }
        let rotations = world.rotations();
        let held = KeyRole::ALL.map(|role| world.stored(role));
        let key = ApiKey::parse("trackyard_live_nobody_knows_this").unwrap();
        let client = TrackyardClient::new(world.simulator.base_url());
        let (services, writer) = (&rotations.services, &rotations.writer);
        let conditions = EnrollmentConditions {
            overrides: KeyCheckOverrides { replace: Replace::Anything, ..KeyCheckOverrides::default() },
            ..EnrollmentConditions::default()
        };
        let stored =
            enrollment::try_and_enroll(services, writer, client, &prod(), key, TrialPolicy::Lenient, &conditions).await;
        let refused = stored.err().expect("it is refused");
        assert!(!refused.may_be_stored(), "{refused:?}");
        assert_eq!(KeyRole::ALL.map(|role| world.stored(role)), held, "{stage:?}");
        let is_told = refused == EnrollmentError::Rotating;
        // Of a rotation that has just begun, only the journal tells.
        assert!(is_told || (stage == RotationStage::Started && loses_journal), "{stage:?} {refused:?}");
    }
}
