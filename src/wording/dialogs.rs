//! What dialogs say, beside errors and their remedies.

pub mod acknowledging;
pub mod adding;
pub mod removing;
pub mod rotating;
