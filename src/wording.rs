//! Facts in, text out: the sentences of the product, for whoever reads them.

pub mod remedies;
pub mod sentences;
pub mod terminal;
pub mod times;
pub mod unclaimed;
