//! Protection of the memory, keys among it, from core files and other programs.

/// Has the system write no core file of this process, and let no other process of the user read its memory.
#[cfg(target_os = "linux")]
pub fn keep_out_of_core_files() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

    let no_core = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable).and(no_core) {
        tracing::warn!(%error, "memory is not kept out of core files");
    }
}

/// Has the system write no core file of this process.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn keep_out_of_core_files() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        tracing::warn!(%error, "memory is not kept out of core files");
    }
}

/// Windows writes no core file unless its administrator asks for them.
#[cfg(not(unix))]
pub fn keep_out_of_core_files() {}
