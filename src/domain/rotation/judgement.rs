//! Whether a key may take the place of another.

use thiserror::Error;

use crate::domain::account::Account;
use crate::domain::api_key::Fingerprint;
use crate::domain::environment::EnvironmentName;
use crate::domain::format;

/// Why a key is not to take the place of another.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Objection {
    /// It is the very key that is to be replaced.
    #[error("this is the key that is to be replaced: make a new one")]
    SameKey,
    /// Another environment holds it.
    #[error("this is the key of {0}: each environment needs a key of its own")]
    KeyOf(EnvironmentName),
    /// It answers for another tier or allowance, so perhaps for another account. The operator may insist.
    #[error("this key answers for another account: {new}, where the old one has {old}")]
    OtherAccount {
        /// What the old key answers for.
        old: String,
        /// What the new key answers for.
        new: String,
    },
}

impl Objection {
    /// Whether the operator may insist.
    #[must_use]
    pub fn can_be_overridden(&self) -> bool {
        matches!(self, Self::OtherAccount { .. })
    }
}

/// Judges a key by itself, before the service is asked: `held` are the keys of all environments.
///
/// # Errors
/// When it is the old key, or that of an environment other than `environment`.
pub fn judge_key(
    new: Fingerprint,
    old: Fingerprint,
    environment: &EnvironmentName,
    held: &[(EnvironmentName, Fingerprint)],
) -> Result<(), Objection> {
    if new == old {
        return Err(Objection::SameKey);
    }
    match held.iter().find(|(holder, key)| holder != environment && *key == new) {
        Some((holder, _)) => Err(Objection::KeyOf(holder.clone())),
        None => Ok(()),
    }
}

/// Judges what a key answers for against the account of the key before.
///
/// # Errors
/// When tier or allowance differ. Balances may: they change with every call.
pub fn judge_account(new: &Account, old: &Account) -> Result<(), Objection> {
    let tiers_differ = matches!((&new.tier, &old.tier), (Some(new), Some(old)) if new != old);
    let allowances = new.monthly_allowance.zip(old.monthly_allowance);
    let allowances_differ = allowances.is_some_and(|(new, old)| (new - old).abs() >= 0.5);
    if tiers_differ || allowances_differ {
        return Err(Objection::OtherAccount { old: plan(old), new: plan(new) });
    }
    Ok(())
}

/// The tier and allowance, for people.
fn plan(account: &Account) -> String {
    let tier = account.tier.as_deref().unwrap_or("an unknown tier");
    match account.monthly_allowance {
        Some(allowance) => format!("{tier} with {} credits a month", format::credits(allowance)),
        None => tier.to_owned(),
    }
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
        assert_eq!(judge_key(two, two, &prod, &held), Err(Objection::SameKey));
        assert_eq!(judge_key(one, two, &prod, &held), Err(Objection::KeyOf(dev)));
        assert_eq!(judge_key(new, two, &prod, &held), Ok(()));
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
        assert_eq!(judge_account(&body("pro", 12, 50_000), &old), Ok(()));
        let objection = judge_account(&body("starter", 38_765, 300), &old).unwrap_err();
        assert!(objection.can_be_overridden());
        assert_eq!(
            objection.to_string(),
            "this key answers for another account: starter with 300 credits a month, \
             where the old one has pro with 50,000 credits a month"
        );
        assert!(judge_account(&body("pro", 38_765, 300), &old).is_err());
        assert!(judge_account(&body("free", 38_765, 50_000), &old).is_err());
    }
}
