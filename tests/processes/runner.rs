//! Runs the tests of this program as the built-in runner would. They mostly wait for other processes, so more of them
//! run at the same time than there are processors.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Trial};

/// Name of a test with its modules, and the test.
pub type Test = (&'static str, fn());

/// Tests at the same time, unless the command line says otherwise.
const THREADS: usize = 8;

/// Makes a table of tests from their names.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        &[$((concat!(module_path!(), "::", stringify!($name)), $name as fn())),*]
    };
}
pub(crate) use tests;

/// Runs the tests that the command line chooses, the first ones first, and says what this machine lacks for them.
pub fn run(tables: &[&[Test]]) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let conclusion = libtest_mimic::run(&arguments, tables.iter().copied().flatten().map(trial).collect());
    #[cfg(target_os = "linux")]
    if !arguments.list
        && let Some(lacks) = crate::support::needs::summary()
    {
        println!("{lacks}");
    }
    conclusion.exit_code()
}

fn trial((name, test): &Test) -> Trial {
    let test = *test;
    let name = name.split_once("::").map_or(*name, |(_, inner)| inner);
    Trial::ignorable_test(name, move || {
        test();
        Ok(lack().map_or(Completion::Completed, Completion::ignored_with))
    })
}

#[cfg(target_os = "linux")]
fn lack() -> Option<String> {
    crate::support::needs::take_lack()
}

#[cfg(not(target_os = "linux"))]
fn lack() -> Option<String> {
    None
}
