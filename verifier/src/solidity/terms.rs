//! What a contract reads, by name: points and values, wherever they stand.

use std::fmt;

use crate::plan::{Column, Plan};

/// A point of the proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProofPoint {
    /// Commitment of an advice column.
    Advice(usize),
    /// Commitment of a running product.
    Product(usize),
    /// Commitment of the random polynomial.
    Random,
}

/// A point of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyPoint {
    /// Commitment of a fixed column.
    Fixed(usize),
    /// Commitment of a permutation polynomial.
    Sigma(usize),
}

/// A value at the challenge $x$ or at a rotation of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// Of an advice query.
    Advice(usize),
    /// Of a fixed query.
    Fixed(usize),
    /// Of an instance query, which the contract computes.
    Instance(usize),
    /// Of a permutation polynomial.
    Sigma(usize),
    /// Of a running product, on the row.
    Product(usize),
    /// Of a running product, on the next row.
    ProductNext(usize),
    /// Of a running product, on the last usable row.
    ProductLast(usize),
    /// Of the random polynomial.
    Random,
    /// Of the quotient, which the contract computes.
    Quotient,
}

impl Value {
    /// Returns the value of a permuted column on the row.
    pub(super) fn of_column(plan: &Plan, column: Column) -> Self {
        // A validated plan has the query.
        let query = plan.current_query(column).unwrap_or_default();
        match column {
            Column::Fixed(_) => Self::Fixed(query),
            Column::Advice(_) => Self::Advice(query),
            Column::Instance(_) => Self::Instance(query),
        }
    }
}

impl fmt::Display for ProofPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Advice(column) => write!(f, "ADVICE_POINT_{column}"),
            Self::Product(place) => write!(f, "PRODUCT_POINT_{place}"),
            Self::Random => f.write_str("RANDOM_POINT"),
        }
    }
}

impl fmt::Display for KeyPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(column) => write!(f, "FIXED_POINT_{column}"),
            Self::Sigma(place) => write!(f, "SIGMA_POINT_{place}"),
        }
    }
}

impl fmt::Display for Value {
    /// Writes the load of the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Advice(query) => write!(f, "calldataload(ADVICE_{query})"),
            Self::Fixed(query) => write!(f, "calldataload(FIXED_{query})"),
            Self::Instance(query) => write!(f, "mload(INSTANCE_{query})"),
            Self::Sigma(place) => write!(f, "calldataload(SIGMA_{place})"),
            Self::Product(place) => write!(f, "calldataload(PRODUCT_{place})"),
            Self::ProductNext(place) => write!(f, "calldataload(PRODUCT_{place}_NEXT)"),
            Self::ProductLast(place) => write!(f, "calldataload(PRODUCT_{place}_LAST)"),
            Self::Random => f.write_str("calldataload(RANDOM_EVAL)"),
            Self::Quotient => f.write_str("mload(QUOTIENT_EVAL)"),
        }
    }
}
