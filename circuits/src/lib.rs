//! When tribute's claims hold: integer reference, gadgets, circuits.

#![deny(clippy::float_arithmetic)]

pub mod reference;
