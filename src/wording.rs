//! Facts in, text out: the sentences of the product, for whoever reads them.

pub mod remedies;
