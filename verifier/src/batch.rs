//! What the proof of a batch says, and the public inputs that stand for it.
//!
//! # Relation
//! A proof has $B$ *slots*. The first of them hold queries, each answered as if it stood alone; the others are empty.
//! With $w_{q,c}$ the weight of contributor $c$ in query $q$, public are the *totals* over the attributed queries,
//! $$ W_c = \sum_q w_{q,c}, \qquad \sum_c W_c = 10^6 \cdot \text{number of attributed queries}. $$
//! A single weight is not public: whoever asked one of the queries learns its answer, not whose rows it rests on.
//!
//! # Layout
//! | elements | holds |
//! |---|---|
//! | 1 each | model commitment, index commitment |
//! | $\lceil M / 7 \rceil$ | totals in parts per million of one query, 32 bits each |
//! | for each slot 1 each | context, input commitment |
//! | for each slot $\lceil C / 10 \rceil$ | class, flag and logits, as those of a single query |
//!
//! All elements of an empty slot are zero. No query's input commitment is, so the two are told apart.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::field::FieldElement;
use crate::method::MethodId;
use crate::packing::Width;
use crate::payees::Contributor;
use crate::statement::{
    LOGITS_PER_ELEMENT, PPM, StatementError, check_contributor_count, check_largest,
    check_output_ranges, output_elements, unsigned_elements,
};

/// Most queries of a batch: so many wholes fit a total's 32 bits.
pub const MAX_QUERIES: u32 = 4096;

/// One query and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchQuery {
    /// The request that is answered; zero for none.
    pub context: FieldElement,
    /// The input that the model was run on.
    pub input_commitment: FieldElement,
    /// The class that was returned.
    pub output: u32,
    /// Logits of all classes, in 1/1024.
    pub logits: Vec<i32>,
    /// Whether nobody supports the output, so that the query adds nothing to the totals.
    pub unattributed: bool,
}

/// The public half of the proof of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchStatement {
    /// Method by which shares were computed.
    pub method: MethodId,
    /// The model that was run.
    pub model_commitment: FieldElement,
    /// The attribution index: method, rows, payees and table.
    pub index_commitment: FieldElement,
    /// The queries, in the order of their slots.
    pub queries: Vec<BatchQuery>,
    /// Contributors in registry order.
    pub contributors: Vec<Contributor>,
    /// Sums of their shares, in parts per million of one query.
    pub totals_ppm: Vec<u32>,
}

/// Why the statement of a batch is none that any proof could show.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BatchError {
    /// The number of queries is out of range.
    #[error("{found} queries; a proof answers 1 to {slots}")]
    QueryCount {
        /// Most queries of a proof.
        slots: usize,
        /// Queries given.
        found: usize,
    },
    /// No answer to a query could be this one.
    #[error("query {query}: {source}")]
    Query {
        /// Place of the query, from 0.
        query: usize,
        /// What is wrong with it.
        source: StatementError,
    },
    /// A query has the input commitment of an empty slot.
    #[error("query {query} has the input commitment zero, which stands for an empty slot")]
    NoInput {
        /// Place of the query, from 0.
        query: usize,
    },
    /// Two queries have another number of classes.
    #[error("query {query} has {found} logits, the first one {first}")]
    ClassCount {
        /// Place of the query, from 0.
        query: usize,
        /// Logits of the first query.
        first: usize,
        /// Its logits.
        found: usize,
    },
    /// The number of contributors is out of range.
    #[error(transparent)]
    Contributors(StatementError),
    /// The number of totals is not that of contributors.
    #[error("{totals} totals for {contributors} contributors")]
    TotalCount {
        /// Totals given.
        totals: usize,
        /// Contributors given.
        contributors: usize,
    },
    /// A total exceeds the sum of all wholes.
    #[error("total {position} is {value} parts per million of {attributed} attributed queries")]
    Total {
        /// Place of the contributor, from 0.
        position: usize,
        /// The total.
        value: u32,
        /// Queries that somebody supports.
        attributed: usize,
    },
    /// The totals do not sum to one whole for each attributed query.
    #[error(
        "the totals sum to {sum} parts per million, not {PPM} for each of {attributed} attributed queries"
    )]
    TotalSum {
        /// Their sum.
        sum: u64,
        /// Queries that somebody supports.
        attributed: usize,
    },
}

impl BatchStatement {
    /// Returns the number of queries that somebody supports.
    #[must_use]
    pub fn attributed(&self) -> usize {
        self.queries.iter().filter(|query| !query.unattributed).count()
    }

    /// Returns the public inputs of a proof with `slots` slots, in the order in which the circuit reads them.
    ///
    /// # Errors
    /// Fails if a value does not fit its place; then no proof can show the statement.
    pub fn public_inputs(&self, slots: usize) -> Result<Vec<FieldElement>, BatchError> {
        self.check_ranges(slots)?;
        // A new field does not compile until it is decided where it stands.
        let Self {
            method: _,       // in the header
            contributors: _, // in the header
            model_commitment,
            index_commitment,
            queries,
            totals_ppm,
        } = self;
        let mut inputs = vec![*model_commitment, *index_commitment];
        inputs.extend(unsigned_elements(Width::TOTAL, totals_ppm));
        for query in queries {
            let BatchQuery { context, input_commitment, output, logits, unattributed } = query;
            inputs.extend([*context, *input_commitment]);
            inputs.extend(output_elements(*output, *unattributed, logits));
        }
        let classes = queries.first().map_or(0, |query| query.logits.len());
        let empty = (slots - queries.len()) * (2 + classes.div_ceil(LOGITS_PER_ELEMENT));
        inputs.resize(inputs.len() + empty, FieldElement::ZERO);
        Ok(inputs)
    }

    /// Checks every value on its own, its range and the counts, not how values relate.
    ///
    /// # Errors
    /// Fails on the first value that does not fit its place.
    pub fn check_ranges(&self, slots: usize) -> Result<(), BatchError> {
        let found = self.queries.len();
        if found == 0 || found > slots {
            return Err(BatchError::QueryCount { slots, found });
        }
        let first = self.queries.first().map_or(0, |query| query.logits.len());
        for (number, query) in self.queries.iter().enumerate() {
            query.check_ranges(number)?;
            let found = query.logits.len();
            if found != first {
                return Err(BatchError::ClassCount { query: number, first, found });
            }
        }
        let contributors = self.contributors.len();
        check_contributor_count(contributors).map_err(BatchError::Contributors)?;
        let totals = self.totals_ppm.len();
        if totals != contributors {
            return Err(BatchError::TotalCount { totals, contributors });
        }
        Ok(())
    }

    /// Checks that the statement is one that the relation can hold for, before any proof is read: ranges, the largest
    /// logit of each query, and totals that sum to one whole for each attributed query.
    ///
    /// # Errors
    /// Fails on the first rule that is broken.
    pub fn check(&self, slots: usize) -> Result<(), BatchError> {
        self.check_ranges(slots)?;
        for (number, query) in self.queries.iter().enumerate() {
            check_largest(query.output, &query.logits)
                .map_err(|source| BatchError::Query { query: number, source })?;
        }
        let attributed = self.attributed();
        let whole = u64::from(PPM) * attributed as u64;
        for (position, value) in self.totals_ppm.iter().copied().enumerate() {
            if u64::from(value) > whole {
                return Err(BatchError::Total { position, value, attributed });
            }
        }
        let sum = self.totals_ppm.iter().copied().map(u64::from).sum();
        if sum == whole { Ok(()) } else { Err(BatchError::TotalSum { sum, attributed }) }
    }
}

impl BatchQuery {
    fn check_ranges(&self, query: usize) -> Result<(), BatchError> {
        if self.input_commitment == FieldElement::ZERO {
            return Err(BatchError::NoInput { query });
        }
        check_output_ranges(self.output, &self.logits)
            .map_err(|source| BatchError::Query { query, source })
    }
}

/// Returns the number of public inputs of a shape.
///
/// ```
/// use tribute_verifier::batch::batch_input_count;
///
/// assert_eq!(batch_input_count(10, 12, 256), 2 + 2 + 256 * 3);
/// ```
#[must_use]
pub const fn batch_input_count(classes: usize, contributors: usize, slots: usize) -> usize {
    let outputs = classes.div_ceil(LOGITS_PER_ELEMENT);
    2 + Width::TOTAL.element_count(contributors) + slots * (2 + outputs)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::payees::Address;

    fn query(number: u128, unattributed: bool) -> BatchQuery {
        let mut logits: Vec<i32> = (0..11).collect();
        logits[1] = 8_000_000;
        BatchQuery {
            context: FieldElement::from_u128(10 * number),
            input_commitment: FieldElement::from_u128(10 * number + 1),
            output: 1,
            logits,
            unattributed,
        }
    }

    /// Three queries, the second of them unattributed.
    fn statement() -> BatchStatement {
        let mut totals_ppm = vec![0; 8];
        (totals_ppm[0], totals_ppm[7]) = (1_999_999, 1);
        BatchStatement {
            method: MethodId::GroupNewton,
            model_commitment: FieldElement::from_u128(2),
            index_commitment: FieldElement::from_u128(3),
            queries: vec![query(1, false), query(2, true), query(3, false)],
            contributors: (1..=8)
                .map(|n| Contributor { name: n.to_string(), address: Address([n; 20]) })
                .collect(),
            totals_ppm,
        }
    }

    fn check(edit: impl FnOnce(&mut BatchStatement)) -> Result<(), BatchError> {
        let mut edited = statement();
        edit(&mut edited);
        edited.check(4)
    }

    #[test]
    fn public_inputs_stand_in_order_with_empty_slots_behind() {
        let inputs = statement().public_inputs(4).unwrap();
        assert_eq!(inputs.len(), batch_input_count(11, 8, 4));
        let number = FieldElement::from_u128;
        assert_eq!(inputs[..4], [number(2), number(3), number(1_999_999), number(1)]);
        assert_eq!(inputs[4..6], [number(10), number(11)]);
        let low =
            |at: usize| u128::from_be_bytes(inputs[at].to_be_bytes()[16..].try_into().unwrap());
        assert_eq!([low(6) & 0x1ff, low(10) & 0x1ff], [1, 0x101]);
        assert_eq!(inputs[7], number(((1 << 23) + 10) << 9));
        assert_eq!(inputs[12..14], [number(30), number(31)]);
        assert_eq!(inputs[16..], [FieldElement::ZERO; 4]);
    }

    #[test]
    fn every_public_value_changes_the_public_inputs() {
        let honest = statement().public_inputs(4).unwrap();
        let edits: [fn(&mut BatchStatement); 9] = [
            |s| s.model_commitment = FieldElement::ZERO,
            |s| s.index_commitment = FieldElement::ZERO,
            |s| s.queries[0].context = FieldElement::ZERO,
            |s| s.queries[2].input_commitment = FieldElement::from_u128(5),
            |s| s.queries[1].output = 2,
            |s| s.queries[1].logits[10] += 1,
            |s| s.queries[1].unattributed = false,
            |s| s.totals_ppm[7] = 2,
            |s| s.queries.truncate(2),
        ];
        for (number, edit) in edits.into_iter().enumerate() {
            let mut edited = statement();
            edit(&mut edited);
            assert_ne!(edited.public_inputs(4).unwrap(), honest, "edit {number}");
        }
    }

    #[test]
    fn the_largest_shape_fits() {
        let mut most = statement();
        most.queries = vec![query(1, false); 4096];
        most.totals_ppm = vec![0; 8];
        most.totals_ppm[3] = 4_096_000_000;
        assert_eq!(most.check(4096), Ok(()));
        let inputs = most.public_inputs(4096).unwrap();
        assert_eq!(inputs.len(), batch_input_count(11, 8, 4096));
    }

    #[test]
    fn accepts_honest_statements() {
        assert_eq!(check(|_| ()), Ok(()));
        assert_eq!(statement().check(3), Ok(()));
        let nobody = |s: &mut BatchStatement| {
            s.queries.iter_mut().for_each(|query| query.unattributed = true);
            s.totals_ppm.fill(0);
        };
        assert_eq!(check(nobody), Ok(()));
    }

    #[test]
    fn rejects_counts_and_values_out_of_range() {
        use BatchError as E;
        assert_eq!(statement().check(2), Err(E::QueryCount { slots: 2, found: 3 }));
        assert_eq!(check(|s| s.queries.clear()), Err(E::QueryCount { slots: 4, found: 0 }));
        let edit = |s: &mut BatchStatement| s.queries[2].input_commitment = FieldElement::ZERO;
        assert_eq!(check(edit), Err(E::NoInput { query: 2 }));
        let source = StatementError::Logit { class: 3, value: 1 << 23 };
        let edit = |s: &mut BatchStatement| s.queries[1].logits[3] = 1 << 23;
        assert_eq!(check(edit), Err(E::Query { query: 1, source }));
        let edit = |s: &mut BatchStatement| s.queries[1].logits.truncate(10);
        assert_eq!(check(edit), Err(E::ClassCount { query: 1, first: 11, found: 10 }));
        let error = E::Contributors(StatementError::ContributorCount { found: 0 });
        assert_eq!(check(|s| s.contributors.clear()), Err(error));
        let error = E::TotalCount { totals: 7, contributors: 8 };
        assert_eq!(check(|s| s.totals_ppm.truncate(7)), Err(error));
    }

    #[test]
    fn rejects_another_class_than_the_largest() {
        let source = StatementError::NotLargest { output: 2, largest: 1 };
        let edit = |s: &mut BatchStatement| s.queries[2].output = 2;
        assert_eq!(check(edit), Err(BatchError::Query { query: 2, source }));
    }

    #[test]
    fn rejects_totals_that_do_not_sum() {
        use BatchError as E;
        let error = E::TotalSum { sum: 2_000_001, attributed: 2 };
        assert_eq!(check(|s| s.totals_ppm[1] = 1), Err(error));
        let error = E::Total { position: 0, value: 2_000_001, attributed: 2 };
        assert_eq!(check(|s| s.totals_ppm[0] = 2_000_001), Err(error));
        let error = E::Total { position: 0, value: 1_999_999, attributed: 1 };
        assert_eq!(check(|s| s.queries[0].unattributed = true), Err(error));
        let error = E::TotalSum { sum: 2_000_000, attributed: 3 };
        assert_eq!(check(|s| s.queries[1].unattributed = false), Err(error));
    }
}
