//! `attribute`: output and shares of a query, computed and not proven.

use crate::case::Case;
use serde::Serialize;
use tribute_circuits::reference::{QueryTrace, RangeError, query};
use tribute_verifier::field::FieldElement;
use tribute_verifier::method::MethodId;
use tribute_verifier::payees::Contributor;
use tribute_verifier::statement::Statement;

/// Output and shares of one query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// The method.
    pub method: MethodId,
    /// The returned class.
    pub output: u32,
    /// Logits, in 1/1024.
    pub logits: Vec<i32>,
    /// Contributors in registry order.
    pub contributors: Vec<Contributor>,
    /// Their scores, signed and before the clip; wide integers as decimal strings.
    #[serde(serialize_with = "decimals")]
    pub scores: Vec<i128>,
    /// Their shares, in parts per million.
    pub weights_ppm: Vec<u32>,
    /// Whether nobody supports the output.
    pub unattributed: bool,
    /// Whether the other classes are so far below that only rounding is left of the residual.
    pub saturated: bool,
}

fn decimals<S: serde::Serializer>(values: &[i128], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(i128::to_string))
}

/// Runs a query through model and table.
///
/// # Errors
/// Fails if the query does not fit the model's integers.
pub fn attribute(case: &Case, input: &[i16]) -> Result<Attribution, RangeError> {
    let method = case.subject.header.method;
    let trace = query(&case.model, &case.table, method.residual(), input)?;
    let QueryTrace { forward, class, saturated, scores, weights_ppm, unattributed, .. } = trace;
    Ok(Attribution {
        method,
        // A model has at most 256 classes.
        output: u32::try_from(class).unwrap_or(u32::MAX),
        logits: forward.logits,
        contributors: case.subject.payees.clone(),
        scores,
        weights_ppm,
        unattributed,
        saturated,
    })
}

/// What a statement says beyond output and shares.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    /// The request that is answered.
    pub(crate) context: FieldElement,
    /// Commitment to the input.
    pub(crate) input_commitment: FieldElement,
    /// Input and salt, where they are disclosed.
    pub(crate) disclosed: Option<(Vec<i16>, FieldElement)>,
}

impl Attribution {
    /// Returns the statement of a proof of this.
    pub(crate) fn statement(self, case: &Case, circumstances: Circumstances) -> Statement {
        let Circumstances { context, input_commitment, disclosed } = circumstances;
        let (input, salt) = disclosed.unzip();
        Statement {
            method: self.method,
            context,
            model_commitment: case.subject.model_commitment,
            index_commitment: case.subject.index_commitment,
            input_commitment,
            input,
            salt,
            output: self.output,
            logits: self.logits,
            contributors: self.contributors,
            weights_ppm: self.weights_ppm,
            unattributed: self.unattributed,
        }
    }
}
