//! The pictures in `screenshots/`.
#![cfg(target_os = "linux")]

#[cfg(test)]
mod support {
    pub mod approval;
    pub mod renderer;
}
