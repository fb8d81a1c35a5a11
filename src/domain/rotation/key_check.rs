//! Check of a key that is to take the place of another.

use crate::domain::account::{Account, AccountPlan};
use crate::domain::api_key::{Fingerprint, KeyIdentity};
use crate::domain::environment::EnvironmentName;

/// Reason for which a key is not to take the place of another.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub enum KeyCheckError {
    /// It is the very key that is to be replaced.
    SameKey,
    /// Another environment holds it.
    KeyOf(EnvironmentName),
    /// The key store has another key for the environment, which nobody asked to replace.
    Replaces(KeyIdentity),
    /// It answers for another tier or allowance, so perhaps for another account. The operator may insist.
    OtherAccount {
        /// Plan of the old key.
        old: AccountPlan,
        /// Plan of the new key.
        new: AccountPlan,
    },
}

impl KeyCheckError {
    /// True when the operator may insist.
    #[must_use]
    pub fn can_be_overridden(&self) -> bool {
        matches!(self, Self::OtherAccount { .. })
    }
}

/// Checks that an operator overrides when a key is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyCheckOverrides {
    /// Another environment may hold the same key.
    pub shared: bool,
    /// Key that may be replaced.
    pub replace: Replace,
}

/// Key that may be replaced in the key store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replace {
    /// None.
    #[default]
    Nothing,
    /// This one, and no other that came in its place meanwhile.
    Only(Fingerprint),
    /// Whichever is there.
    Anything,
}

/// Judges a key that is to be stored for an environment in the place of the `stored` one, before the service is asked:
/// `held` are the keys of all environments. The same key again replaces none.
///
/// # Errors
/// When it is the key of another environment, or would replace another key, and the operator did not insist on that.
pub fn check_stored(
    new: Fingerprint,
    stored: Option<&KeyIdentity>,
    environment: &EnvironmentName,
    held: &[(EnvironmentName, Fingerprint)],
    overrides: &KeyCheckOverrides,
) -> Result<(), KeyCheckError> {
    if !overrides.shared {
        check_holder(new, environment, held)?;
    }
    let replaced = stored.filter(|stored| match overrides.replace {
        _ if stored.fingerprint == new => false,
        Replace::Nothing => true,
        Replace::Only(fingerprint) => stored.fingerprint != fingerprint,
        Replace::Anything => false,
    });
    replaced.map_or(Ok(()), |stored| Err(KeyCheckError::Replaces(stored.clone())))
}

fn check_holder(
    new: Fingerprint,
    environment: &EnvironmentName,
    held: &[(EnvironmentName, Fingerprint)],
) -> Result<(), KeyCheckError> {
    match held.iter().find(|(holder, key)| holder != environment && *key == new) {
        Some((holder, _)) => Err(KeyCheckError::KeyOf(holder.clone())),
        None => Ok(()),
    }
}

/// Judges a key by itself, before the service is asked: `held` are the keys of all environments.
///
/// # Errors
/// When it is the old key, or that of an environment other than `environment`.
pub fn check_key(
    new: Fingerprint,
    old: Fingerprint,
    environment: &EnvironmentName,
    held: &[(EnvironmentName, Fingerprint)],
) -> Result<(), KeyCheckError> {
    if new == old {
        return Err(KeyCheckError::SameKey);
    }
    check_holder(new, environment, held)
}

/// Judges what a key answers for against the account of the key before.
///
/// # Errors
/// When tier or allowance differ. Balances may: they change with every call.
pub fn check_account(new: &Account, old: &Account) -> Result<(), KeyCheckError> {
    let tiers_differ = matches!((&new.tier, &old.tier), (Some(new), Some(old)) if new != old);
    let allowances = new.monthly_allowance.zip(old.monthly_allowance);
    let allowances_differ = allowances.is_some_and(|(new, old)| (new - old).abs() >= 0.5);
    if tiers_differ || allowances_differ {
        return Err(KeyCheckError::OtherAccount { old: old.into(), new: new.into() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(text: &str) -> Fingerprint {
        text.parse().unwrap()
    }

    fn account(body: &str) -> Account {
        Account::parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn neither_the_old_key_nor_that_of_another_environment_is_taken() {
        let (dev, prod): (EnvironmentName, EnvironmentName) = ("dev".parse().unwrap(), "prod".parse().unwrap());
        let (one, two, new) = (fingerprint("00000001"), fingerprint("00000002"), fingerprint("00000003"));
        let held = [(dev.clone(), one), (prod.clone(), two)];
        assert_eq!(check_key(two, two, &prod, &held), Err(KeyCheckError::SameKey));
        assert_eq!(check_key(one, two, &prod, &held), Err(KeyCheckError::KeyOf(dev)));
        assert_eq!(check_key(new, two, &prod, &held), Ok(()));
    }

    #[test]
    fn a_key_of_another_environment_or_in_the_place_of_another_is_stored_only_for_who_insists() {
        let dev: EnvironmentName = "dev".parse().unwrap();
        let staging: EnvironmentName = "staging".parse().unwrap();
        let keys = [1, 2, 3].map(|number| fingerprint(&format!("0000000{number}")));
        for new in keys {
            for stored in [None, Some(keys[0]), Some(keys[1])] {
                for shared in [false, true] {
                    for replace in [Replace::Nothing, Replace::Only(keys[1]), Replace::Anything] {
                        let held = [(dev.clone(), keys[0]), (staging.clone(), keys[1])];
                        let identity = stored.map(|fingerprint| KeyIdentity { fingerprint, ending: None });
                        let overrides = KeyCheckOverrides { shared, replace };
                        let verdict = check_stored(new, identity.as_ref(), &staging, &held, &overrides);
                        let is_devs = new == keys[0] && !shared;
                        let may_go = |old| old == new || replace == Replace::Anything || replace == Replace::Only(old);
                        let expected = match stored {
                            _ if is_devs => Err(KeyCheckError::KeyOf(dev.clone())),
                            Some(old) if !may_go(old) => Err(KeyCheckError::Replaces(identity.clone().unwrap())),
                            _ => Ok(()),
                        };
                        assert_eq!(verdict, expected, "{new} for {stored:?}, {overrides:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn another_tier_or_allowance_is_told_and_another_balance_is_not() {
        let body = |tier: &str, credits: u32, allowance: u32| {
            account(&format!(
                r#"{{"tier":"{tier}","credits_remaining":{credits},"monthly_allowance":{allowance},
                    "rate_limit":{{"requests_per_minute":5,"requests_per_day":50}}}}"#
            ))
        };
        let old = body("pro", 38_765, 50_000);
        assert_eq!(check_account(&body("pro", 12, 50_000), &old), Ok(()));
        let error = check_account(&body("starter", 38_765, 300), &old).unwrap_err();
        assert!(error.can_be_overridden());
        let plan = |tier: &str, allowance| AccountPlan { tier: Some(tier.to_owned()), allowance: Some(allowance) };
        assert_eq!(error, KeyCheckError::OtherAccount { old: plan("pro", 50_000.0), new: plan("starter", 300.0) });
        assert!(check_account(&body("pro", 38_765, 300), &old).is_err());
        assert!(check_account(&body("free", 38_765, 50_000), &old).is_err());
    }
}
