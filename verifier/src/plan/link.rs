//! The link of a plan: which columns are registered, and where their randomness stands.
//!
//! # Layout
//! Of $n = 2^k$ rows a linked column has content in its usable rows, zeros in the unusable ones, and two random cells in
//! rows $n - 2$ and $n - 1$: its *tail*. The two bases are the Lagrange points of these rows.
//!
//! Two cells hide such a column, because a proof says two things of it: its commitment, and its value at one point. So a
//! linked column has exactly one query, on the current row.
//!
//! # Layout digest
//! Two plans may be linked if their columns mean the same: profile, what queries multiply the table with, rows, number of
//! linked columns, shape of the model, contributors, place, bases (`docs/formats.md`, 14). It does not say that two circuits lay their cells out alike. Whoever
//! registers plans answers for that, as for all their equations; plan and link can be made anew from the SRS.

use serde::{Deserialize, Serialize};

use super::circuit::CircuitDescription;
use super::error::PlanError;
use super::points::G1;
use super::{Plan, Query, index};
use crate::digest::Digest;

/// Name and version of the layout digest.
const LAYOUT: &[u8] = b"tribute/link-layout/3";

/// Linked columns: the first advice columns of a circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Number of linked columns.
    pub columns: u32,
    /// Lagrange points of the last two rows.
    pub bases: [G1; 2],
}

impl Link {
    /// Number of bytes that a link adds to a proof: a point and two scalars.
    pub const PROOF_BYTES: usize = 128;
}

/// What linked columns hold, as far as a plan says it.
#[derive(Clone, Debug, Default)]
struct Contents<'a> {
    profile: u32,
    residual: u32,
    inputs: u32,
    hidden: &'a [u32],
    classes: u32,
    contributors: u32,
    first_row: u32,
    spread: u32,
    /// Columns for weights and table, where the plan says how many.
    columns: Option<u32>,
}

impl Plan {
    /// Returns the link if proofs of the plan end in one. A binding proof does not: its commitments are what is registered.
    #[must_use]
    pub const fn linked_proofs(&self) -> Option<&Link> {
        match (&self.circuit, &self.link) {
            (CircuitDescription::Inference(_) | CircuitDescription::Bare(_), Some(link)) => {
                Some(link)
            }
            _ => None,
        }
    }

    /// Returns the digest of what the linked columns are, if there are any.
    #[must_use]
    pub fn link_layout(&self) -> Option<Digest> {
        let Link { columns, bases } = self.link.as_ref()?;
        let contents = self.linked_contents();
        let Contents { profile, residual, inputs, hidden, classes, contributors, .. } = contents;
        let Contents { first_row, spread, .. } = contents;
        let layers = u32::try_from(hidden.len()).unwrap_or(u32::MAX);
        let counts = [profile, residual, self.k, *columns, inputs, layers]
            .into_iter()
            .chain(hidden.iter().copied())
            .chain([classes, contributors, first_row, spread]);
        let mut words = vec![Digest::of(&[LAYOUT]).0];
        words.extend(counts.map(number));
        words.extend(bases.iter().flat_map(G1::words));
        let parts: Vec<&[u8]> = words.iter().map(<[u8; 32]>::as_slice).collect();
        Some(Digest::of(&parts))
    }

    fn linked_contents(&self) -> Contents<'_> {
        match &self.circuit {
            CircuitDescription::Inference(shape) => Contents {
                profile: shape.profile,
                residual: u32::from(shape.residual.number()),
                inputs: shape.inputs,
                hidden: &shape.hidden,
                classes: shape.classes,
                contributors: shape.contributors,
                first_row: shape.first_row(),
                spread: shape.spread(),
                columns: Some(shape.weight_columns),
            },
            CircuitDescription::Binding(shape) => Contents {
                profile: shape.profile,
                residual: u32::from(shape.residual.number()),
                inputs: shape.inputs,
                hidden: &shape.hidden,
                classes: shape.classes,
                contributors: shape.contributors,
                first_row: shape.first_row,
                spread: shape.spread,
                columns: Some(shape.weight_columns),
            },
            CircuitDescription::Index(_) | CircuitDescription::Bare(_) => Contents::default(),
        }
    }

    pub(super) fn check_link(&self) -> Result<(), PlanError> {
        let Some(Link { columns, bases }) = &self.link else {
            return match &self.circuit {
                CircuitDescription::Inference(_) | CircuitDescription::Binding(_) => {
                    Err(PlanError::LinkMissing)
                }
                CircuitDescription::Index(_) | CircuitDescription::Bare(_) => Ok(()),
            };
        };
        if self.circuit.index().is_some() {
            return Err(PlanError::LinkForeign);
        }
        let max = self.advice_phases.len();
        if *columns == 0 || index(*columns) > max {
            return Err(PlanError::LinkColumns { columns: *columns, max });
        }
        if let Some(weights) = self.linked_contents().columns.filter(|weights| weights != columns) {
            return Err(PlanError::LinkWidth { columns: *columns, weights });
        }
        for column in 0..*columns {
            self.check_linked_column(column)?;
        }
        match bases.iter().position(|base| *base == G1::INFINITY) {
            Some(base) => Err(PlanError::LinkInfinity { base }),
            None if bases[0] == bases[1] => Err(PlanError::LinkBases),
            None => Ok(()),
        }
    }

    fn check_linked_column(&self, column: u32) -> Result<(), PlanError> {
        if self.advice_phases.get(index(column)) != Some(&0) {
            return Err(PlanError::LinkPhase { column });
        }
        let mut queries = self.advice_queries.iter().filter(|query| query.column == column);
        match (queries.next(), queries.next()) {
            (Some(Query { column: _, rotation: 0 }), None) => Ok(()),
            _ => Err(PlanError::LinkQuery { column }),
        }
    }
}

/// A number as a word.
fn number(value: u32) -> [u8; 32] {
    let mut word = [0; 32];
    word[28..].copy_from_slice(&value.to_be_bytes());
    word
}
