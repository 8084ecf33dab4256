//! What tribute claims, and the native check of it.

pub mod transcript;
