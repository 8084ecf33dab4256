//! Gates of a plan, as a list of nodes.
//!
//! # Layout
//! Node $i$ may name nodes below $i$ only, so that a list is a directed graph without cycles, is
//! evaluated in one pass and shares what expressions have in common. There are no selectors: they have
//! become fixed columns. A gate names the nodes that must be zero on every row.

use serde::{Deserialize, Serialize};

use super::points::Scalar;

/// A column by its kind and its place among its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Chosen by the circuit.
    Fixed(u32),
    /// Filled in by the prover.
    Advice(u32),
    /// The public inputs; there is one such column, 0.
    Instance(u32),
}

/// A column of a known kind, read `rotation` rows further down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// Place of the column among its kind.
    pub column: u32,
    /// Rows down from the current one; negative is up.
    pub rotation: i32,
}

impl Serialize for Query {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.column, self.rotation).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (column, rotation) = Deserialize::deserialize(deserializer)?;
        Ok(Self { column, rotation })
    }
}

/// One step of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// A constant.
    Constant(Scalar),
    /// The fixed query of this number.
    Fixed(u32),
    /// The advice query of this number.
    Advice(u32),
    /// The instance query of this number.
    Instance(u32),
    /// The challenge of this number.
    Challenge(u32),
    /// The negative of a node.
    Negated(u32),
    /// The sum of two nodes.
    Sum(u32, u32),
    /// The product of two nodes.
    Product(u32, u32),
}

/// A named set of constraints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// What the gate says, for readers.
    pub name: String,
    /// Nodes that must be zero on every row.
    pub constraints: Vec<u32>,
}
