//! Alerts, on which processes agree.

use super::*;
use crate::domain::alert::{Acknowledgement, AcknowledgementNote, AlertRecord, Condition, Since};
use crate::domain::status::{Flag, Severity, Status};
use crate::services::history::schema::migrate;

fn alert(version: u64) -> AlertRecord {
    AlertRecord {
        environment: Some("prod".parse().unwrap()),
        condition: Condition::Flag(Flag::CreditsLow),
        version,
        is_resolved: false,
        severity: Severity::Warning,
        began_at: at("20T10:00:00"),
        since: Since::Fact(at("20T11:00:00.123")),
        notified_at: at("20T12:00:00"),
        acknowledged: Some(Acknowledgement {
            by: "ada".to_owned(),
            at: at("20T13:00:00"),
            note: AcknowledgementNote::unless_blank("refill ordered"),
        }),
    }
}

#[test]
fn what_is_kept_of_an_alert_comes_back_whole() {
    for condition in Condition::all() {
        let mut store = store();
        let environment = (!condition.is_of_all()).then(|| "prod".parse().unwrap());
        let record = AlertRecord { environment, condition, severity: Severity::Critical, ..alert(1) };
        let over = AlertRecord { is_resolved: true, acknowledged: None, version: 2, ..record.clone() };
        for record in [record, over] {
            assert_eq!(store.store_alert(&record).unwrap(), None, "{condition}");
            assert_eq!(store.alerts().unwrap(), std::slice::from_ref(&record), "{condition}");
            assert_eq!(store.store_alert(&record).unwrap(), Some(record), "{condition}: another process told it");
        }
        assert_eq!(store.unreadable().unwrap(), [], "{condition}");
    }
}

#[test]
fn alerts_of_an_environment_and_of_all_stand_side_by_side() {
    let mut store = store();
    let offline = AlertRecord { environment: None, condition: Condition::Offline, ..alert(1) };
    let revoked = AlertRecord { condition: Condition::Status(Status::Revoked), ..alert(1) };
    let mut kept = vec![offline, alert(1), revoked];
    for record in &kept {
        assert_eq!(store.store_alert(record).unwrap(), None);
    }
    let mut alerts = store.alerts().unwrap();
    let order = |record: &AlertRecord| record.condition.as_str();
    alerts.sort_by_key(order);
    kept.sort_by_key(order);
    assert_eq!(alerts, kept);
}

#[test]
fn a_worse_condition_takes_the_place_of_its_kin() {
    let mut store = store();
    let critical = AlertRecord { condition: Condition::Flag(Flag::CreditsCritical), ..alert(2) };
    assert_eq!(store.store_alert(&alert(1)).unwrap(), None);
    assert_eq!(store.store_alert(&critical).unwrap(), None);
    assert_eq!(store.alerts().unwrap(), [critical]);
}

#[test]
fn a_version_is_kept_once() {
    let mut store = store();
    assert_eq!(store.store_alert(&alert(1)).unwrap(), None);
    let late = AlertRecord { acknowledged: None, ..alert(1) };
    assert_eq!(store.store_alert(&late).unwrap(), Some(alert(1)));
    assert_eq!(store.store_alert(&alert(3)).unwrap(), Some(alert(1)), "one that skips a version knows too little");
    assert_eq!(store.alerts().unwrap(), [alert(1)]);
}

#[test]
fn of_many_processes_one_keeps_each_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let opened = || HistoryStore::new(open::open_file(&path, std::time::Duration::from_secs(20)).unwrap().0);
    opened();
    for version in 1..=5 {
        let winners: usize = std::thread::scope(|scope| {
            let processes: Vec<_> =
                (0..8).map(|_| scope.spawn(|| opened().store_alert(&alert(version)).unwrap().is_none())).collect();
            processes.into_iter().map(|process| usize::from(process.join().unwrap())).sum()
        });
        assert_eq!(winners, 1, "version {version}");
    }
}

#[test]
fn what_makes_no_sense_is_left_out_and_can_be_replaced() {
    for change in [
        "condition = 'nonsense'",
        "severity = 'dreadful'",
        "environment = 'NOT A NAME'",
        "condition = 'offline'",
        "version = -1",
        "since = 9223372036854775807",
    ] {
        let mut store = store();
        store.store_alert(&alert(1)).unwrap();
        store.connection.execute(&format!("UPDATE alerts SET {change}"), []).unwrap();
        assert_eq!(store.alerts().unwrap(), [], "{change}");
        assert_eq!(store.store_alert(&alert(1)).unwrap(), None, "{change}");
        assert!(store.alerts().unwrap().contains(&alert(1)), "{change}");
    }
}

#[test]
fn an_acknowledgement_in_an_old_store_has_no_note_and_may_get_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let before_notes = MIGRATIONS.iter().position(|step| step.contains("acknowledged_note")).unwrap();
    let mut old = rusqlite::Connection::open(&path).unwrap();
    migrate(&mut old, &MIGRATIONS[..before_notes]).unwrap();
    old.execute_batch(
        "INSERT INTO alerts VALUES ('prod', 'credits', 'credits-low', 1, 0, 'warning', 1, 1, 1, 1, 'ada', 1)",
    )
    .unwrap();
    drop(old);
    let opened = || HistoryStore::new(open::open_file(&path, std::time::Duration::from_secs(20)).unwrap().0);
    let mut store = opened();
    let known = store.alerts().unwrap().remove(0);
    let seen = known.acknowledged.clone().unwrap();
    assert_eq!((seen.by.as_str(), seen.note), ("ada", None));
    let noted = AlertRecord { version: known.version + 1, acknowledged: alert(1).acknowledged, ..known };
    assert_eq!(store.store_alert(&noted).unwrap(), None);
    assert_eq!(opened().alerts().unwrap(), [noted], "another process reads the note");
}

#[test]
fn a_note_that_another_program_left_is_made_fit_to_be_shown() {
    let mut store = store();
    store.store_alert(&alert(1)).unwrap();
    let sql = "UPDATE alerts SET acknowledged_note = 'a' || char(27) || '[2Jb' || printf('%.*c', 200, 'x')";
    store.connection.execute(sql, []).unwrap();
    let note = store.alerts().unwrap().remove(0).acknowledged.unwrap().note.unwrap();
    assert!(note.as_str().starts_with("a[2Jbxx") && note.as_str().chars().count() == 80, "{note:?}");
}
