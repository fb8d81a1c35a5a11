//! Keys for environments that are not configured, in words.

use crate::domain::unconfigured_key::UnconfiguredKey;

/// As many are named on the command line.
const NAMED_MAX: usize = 20;

/// For the line at the foot of the dashboard; `None` where there is nothing to say.
#[must_use]
pub fn notice(keys: &[UnconfiguredKey]) -> Option<String> {
    match keys {
        [] => None,
        [UnconfiguredKey { environment, source }] => {
            Some(format!("{source} is not watched: add [[environment]] name = \"{environment}\" to the config"))
        }
        [first, others @ ..] => {
            Some(format!("{} and {} more are not watched: see `trackyard-tui doctor`", first.source, others.len()))
        }
    }
}

/// For the command line: what there is, and what to do; `None` where there is nothing to say.
#[must_use]
pub fn report(keys: &[UnconfiguredKey]) -> Option<(String, String)> {
    let first = keys.first()?;
    let mut names: Vec<_> = keys.iter().take(NAMED_MAX).map(|key| key.source.to_string()).collect();
    if keys.len() > NAMED_MAX {
        names.push(format!("{} more", keys.len() - NAMED_MAX));
    }
    let (subject, verb) = if let [only] = keys {
        (format!("the environment {}", only.environment), "is")
    } else {
        ("their environments".to_owned(), "are")
    };
    let text = format!("{} {verb} not watched: {subject} {verb} not configured", names.join(", "));
    let (all, each, sources) = if keys.len() == 1 {
        ("it", "", "variable or file")
    } else {
        ("them", "for each, as in ", "variables or files")
    };
    let remedy = format!(
        "To watch {all}, add to the config file, beside the environments that are watched now, {each}[[environment]] \
         name = \"{}\". Or remove the {sources}.",
        first.environment
    );
    Some((text, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::api_key::KeySource;

    fn key(name: &str) -> UnconfiguredKey {
        let environment: crate::domain::environment::EnvironmentName = name.parse().unwrap();
        let source = KeySource::Variable(format!("TRACKYARD_API_KEY_{}", environment.variable_suffix()));
        UnconfiguredKey { environment, source }
    }

    #[test]
    fn each_is_named_with_what_to_do() {
        assert_eq!((notice(&[]), report(&[])), (None, None));
        let one = "TRACKYARD_API_KEY_QA is not watched: add [[environment]] name = \"qa\" to the config";
        assert_eq!(notice(&[key("qa")]).as_deref(), Some(one));
        let two = [key("env-4"), key("env-5")];
        let told = "TRACKYARD_API_KEY_ENV_4 and 1 more are not watched: see `trackyard-tui doctor`";
        assert_eq!(notice(&two).as_deref(), Some(told));
        let (text, remedy) = report(&two).unwrap();
        let both = "TRACKYARD_API_KEY_ENV_4, TRACKYARD_API_KEY_ENV_5";
        assert_eq!(text, format!("{both} are not watched: their environments are not configured"));
        assert!(remedy.contains("[[environment]] name = \"env-4\""), "{remedy}");
        let many: Vec<_> = (0..30).map(|number| key(&format!("env-{number}"))).collect();
        assert!(report(&many).unwrap().0.contains(", 10 more are not watched"));
    }
}
