//! The index proof: the committed table is what the method makes of the committed rows under the committed model.
//!
//! # Relation
//! Fixed by the plan: method (and with it sigma), profile, widths of the model, contributors, rows, validation rows, eta.
//! Public, one element each: model commitment, index commitment, dataset root, header digest, admitted, lam, epsilon,
//! norm sum, head norm, the right answers (those on validation rows $2^{32}$ times), and a word of what the plan fixes, so
//! that a contract need not read a plan.
//! The equations say that every committed row ran through the committed model; that exactly the first registered of
//! identical rows are admitted; that the committed table is the method's, up to the freedom of its certificate; and that
//! epsilon, the norm sum and the head norm are true bounds, and the right answers counted.
//!
//! # Soundness
//! A verifier takes no figure from the proof's side: it derives every public input from the opened header of the
//! subject, whose digest is one of them, and compares what the plan fixes with the same header. So a proof shows the
//! header that a buyer reads. Where the bounds that follow from it ([`certificate`](crate::certificate)) exceed a limit,
//! the index is refused: without a limit any head would pass.

mod fixed;

pub use fixed::FixedByShape;

use core::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::certificate::{Bound, BoundError, Freedom, Head, Limits, Stationarity};
use crate::digest::Digest;
use crate::field::FieldElement;
use crate::file::{self, Malformed};
use crate::header::Header;
use crate::method::MethodId;
use crate::plan::{IndexShape, InferenceShape, Plan, PlanError};
use crate::plonk::{self, PlonkError};
use crate::subject::Subject;
use crate::text;

/// Bits that right answers on training rows have in the public input that holds both counts.
pub const RIGHT_BITS: u32 = 32;

const FORMAT: &str = "tribute/index-proof/2";

/// Name and version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndexProofFormat {
    /// The version that is read.
    #[default]
    #[serde(rename = "tribute/index-proof/2")]
    V2,
}

/// A proof that a subject's table is what it says, and the plan to check it with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexProof {
    /// Name and version.
    pub format: IndexProofFormat,
    /// The verifying key as data.
    pub plan: Plan,
    /// Points and scalars in the order of the transcript.
    #[serde(with = "text::bytes")]
    pub proof: Vec<u8>,
}

impl IndexProof {
    /// Reads an index proof that stands in a file of its own, and checks that its plan can be used.
    ///
    /// # Errors
    /// Fails on bytes that are no such file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Malformed> {
        let proof: Self = file::read(FORMAT, bytes)?;
        proof.plan.validate()?;
        Ok(proof)
    }
}

/// The public half of an index proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexStatement {
    /// The model that the rows ran through.
    pub model_commitment: FieldElement,
    /// Header and table.
    pub index_commitment: FieldElement,
    /// Root of the tree over all rows.
    pub dataset_root: FieldElement,
    /// Digest of the opened header.
    pub header_digest: FieldElement,
    /// Rows that take part.
    pub admitted: u64,
    /// The regularization in 1/256.
    pub lam: u32,
    /// Bound of the head's stationarity residual.
    pub epsilon: u128,
    /// Upper bound of the sum of feature norms.
    pub norm_sum: u128,
    /// Lower bound of the head's norm.
    pub head_norm: u64,
    /// Right answers on training and on validation rows.
    pub right: [u64; 2],
    /// What the circuit fixes.
    pub fixed: FixedByShape,
}

impl IndexStatement {
    /// Returns what an index proof of a subject says, for a head of this size.
    #[must_use]
    pub fn new(subject: &Subject, features: u32, classes: u32) -> Self {
        let header = &subject.header;
        let fixed = FixedByShape {
            profile: header.profile,
            method: header.method,
            eta: header.eta,
            features,
            classes,
            contributors: header.contributors,
            rows: header.rows,
            validation: header.validation,
        };
        Self {
            fixed,
            model_commitment: subject.model_commitment,
            index_commitment: subject.index_commitment,
            dataset_root: header.dataset_root,
            header_digest: header.digest(),
            admitted: header.admitted,
            lam: header.lam,
            epsilon: header.epsilon,
            norm_sum: header.norm_sum,
            head_norm: header.head_norm,
            right: [header.right, header.validation_right],
        }
    }

    /// Returns the public inputs in the order of `docs/formats.md`, section 7.
    #[must_use]
    pub fn public_inputs(&self) -> [FieldElement; 11] {
        let Self {
            model_commitment,
            index_commitment,
            dataset_root,
            header_digest,
            admitted,
            lam,
            epsilon,
            norm_sum,
            head_norm,
            right: [right, validation_right],
            fixed,
        } = *self;
        let right = u128::from(right) | u128::from(validation_right) << RIGHT_BITS;
        [
            model_commitment,
            index_commitment,
            dataset_root,
            header_digest,
            FieldElement::from_u128(admitted.into()),
            FieldElement::from_u128(lam.into()),
            FieldElement::from_u128(epsilon),
            FieldElement::from_u128(norm_sum),
            FieldElement::from_u128(head_norm.into()),
            FieldElement::from_u128(right),
            fixed.word(),
        ]
    }
}

/// Why an index proof is refused: it could be read, and does not show that the registered table is what it says.
#[derive(Debug, Error)]
pub enum IndexRefusal {
    /// There is none.
    #[error("the registration carries none; its owner makes it with `tribute index`")]
    Missing,
    /// The circuit behind the plan proves no table.
    #[error("its plan is of a circuit that claims nothing of a table")]
    NoIndex,
    /// The circuit computes other integers than the index was made with.
    #[error("its plan is of profile {plan}, the index of profile {header}")]
    Profile {
        /// Profile of the plan.
        plan: u32,
        /// Profile of the header.
        header: u16,
    },
    /// The circuit proves the table of another method.
    #[error("its plan is of {plan} tables, the index of {header}")]
    Method {
        /// Method of the plan.
        plan: MethodId,
        /// Method of the header.
        header: MethodId,
    },
    /// The circuit reads another number of rows.
    #[error("its plan is for {plan} rows, the index has {header}")]
    Rows {
        /// Rows of the plan.
        plan: u32,
        /// Rows of the header.
        header: u64,
    },
    /// The circuit reads another number of validation rows.
    #[error("its plan is for {plan} validation rows, the index has {header}")]
    Validation {
        /// Validation rows of the plan.
        plan: u32,
        /// Validation rows of the header.
        header: u64,
    },
    /// The circuit has another number of contributors.
    #[error("its plan is for {plan} contributors, the index has {header}")]
    Contributors {
        /// Contributors of the plan.
        plan: u32,
        /// Contributors of the header.
        header: u64,
    },
    /// The circuit allows another residual of the Newton certificate.
    #[error("its plan allows a residual of 2^{plan}, the index names 2^{header}")]
    Eta {
        /// Eta of the plan.
        plan: u32,
        /// Eta of the header.
        header: u32,
    },
    /// The circuit runs a model of another shape than the one that answers queries.
    #[error("its plan and the plan for queries are of models of different shapes")]
    ModelShape,
    /// A figure of the header is none that an honest index has.
    #[error(transparent)]
    Bound(#[from] BoundError),
    /// The head is too far from the optimum that the methods describe.
    #[error(
        "the head may be {distance:.4} from its regularized optimum, {bound:.4} of its norm; at most {limit:.4} of the norm is accepted"
    )]
    Distance {
        /// Upper bound of the distance.
        distance: Bound,
        /// The same as a part of the head's norm.
        bound: Bound,
        /// Largest part accepted.
        limit: Bound,
    },
    /// The certificate leaves the table too free.
    #[error("the certificate leaves a table {bound} units of freedom, at most {limit} is accepted")]
    Freedom {
        /// Upper bound of the freedom.
        bound: Freedom,
        /// Largest bound accepted.
        limit: Freedom,
    },
    /// The regularization outweighs the rows.
    #[error(
        "lambda is {lam} / 256 over {admitted} admitted rows, at most {limit} / 256 for each is accepted"
    )]
    Lambda {
        /// Lambda in 1/256.
        lam: u32,
        /// Rows that take part.
        admitted: u64,
        /// Largest lambda for each row, in 1/256.
        limit: u32,
    },
    /// The plan has no digest.
    #[error("its plan is refused: {0}")]
    Plan(#[from] PlanError),
    /// The proof does not show the table.
    #[error("it does not show this table: {0}")]
    Proof(#[from] PlonkError),
}

/// What an accepted index proof certifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IndexVerdict {
    /// Digest of the plan that was used.
    pub plan_digest: Digest,
    /// The method that the table follows.
    pub method: MethodId,
    /// Rows, admitted or not.
    pub rows: u64,
    /// Rows that take part.
    pub admitted: u64,
    /// Validation rows.
    pub validation: u64,
    /// Training rows whose label is the class that the model returns.
    pub right: u64,
    /// Validation rows of which the same is true.
    pub validation_right: u64,
    /// Number of contributors.
    pub contributors: u64,
    /// The regularization in 1/256.
    pub lam: u32,
    /// Bits of the residual that the certificate allows; 0 for methods without one.
    pub eta: u32,
    /// How far the head is from its regularized optimum at most, in the Frobenius norm.
    pub head_distance: Bound,
    /// The norm that the head has at least.
    pub head_norm: Bound,
    /// The distance as a part of the norm.
    pub head_distance_relative: Bound,
    /// How far apart two solutions behind a contributor's table can be that both pass, in units of an entry; zero for
    /// methods without a certificate.
    pub table_freedom: Freedom,
}

impl IndexVerdict {
    /// Rows that repeat an earlier one and take no part.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.rows.saturating_sub(self.admitted)
    }

    /// Says how often the model is right on committed rows.
    #[must_use]
    pub fn accuracy(&self) -> String {
        let Self { rows, right, validation, validation_right, .. } = self;
        match validation {
            0 => format!("right on {right} of {rows} committed rows, chosen by the owner"),
            _ => format!(
                "right on {right} of {rows} committed rows and {validation_right} of {validation} validation rows, both chosen by the owner"
            ),
        }
    }
}

impl fmt::Display for IndexVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, rows, admitted, head_distance, head_norm, .. } = self;
        write!(f, "table proven: what {method} makes of {admitted} of {rows} committed rows, ")?;
        write!(
            f,
            "with a head of norm {head_norm:.1} at most {head_distance:.4} from its optimum"
        )?;
        write!(f, "; {}", self.accuracy())
    }
}

/// Checks an index proof against a subject that holds together.
pub(crate) fn verify_table(
    subject: &Subject,
    inference: &InferenceShape,
    proof: &IndexProof,
    limits: Limits,
) -> Result<IndexVerdict, IndexRefusal> {
    let IndexProof { format: _, plan, proof } = proof;
    let shape = plan.circuit.index().ok_or(IndexRefusal::NoIndex)?;
    check_shape(subject, inference, shape)?;
    let bounds = check_bounds(subject, shape, limits)?;
    let statement = IndexStatement::new(subject, shape.features(), shape.classes);
    let inputs = statement.public_inputs().map(FieldElement::to_fr);
    plonk::verify(plan, &inputs, proof)?;
    let header = &subject.header;
    Ok(IndexVerdict {
        plan_digest: Digest(plan.digest()?),
        method: header.method,
        rows: header.rows,
        admitted: header.admitted,
        validation: header.validation,
        right: header.right,
        validation_right: header.validation_right,
        contributors: header.contributors,
        lam: header.lam,
        eta: header.eta,
        head_distance: bounds.distance,
        head_norm: Bound::of_norm(header.head_norm),
        head_distance_relative: bounds.relative,
        table_freedom: bounds.freedom,
    })
}

/// Compares what a plan fixes with the header.
fn check_shape(
    subject: &Subject,
    inference: &InferenceShape,
    shape: &IndexShape,
) -> Result<(), IndexRefusal> {
    let header = &subject.header;
    let IndexShape { profile, method, inputs, hidden, classes, contributors, .. } = shape;
    let IndexShape { rows, validation, eta, .. } = shape;
    if *profile != u32::from(header.profile) {
        return Err(IndexRefusal::Profile { plan: *profile, header: header.profile });
    }
    if *method != header.method {
        return Err(IndexRefusal::Method { plan: *method, header: header.method });
    }
    if u64::from(*rows) != header.rows {
        return Err(IndexRefusal::Rows { plan: *rows, header: header.rows });
    }
    if u64::from(*validation) != header.validation {
        return Err(IndexRefusal::Validation { plan: *validation, header: header.validation });
    }
    if u64::from(*contributors) != header.contributors {
        let header = header.contributors;
        return Err(IndexRefusal::Contributors { plan: *contributors, header });
    }
    if *eta != header.eta {
        return Err(IndexRefusal::Eta { plan: *eta, header: header.eta });
    }
    // The model commitment binds the widths too; this tells a wrong plan from a wrong proof.
    let model = (inputs, hidden, classes);
    if model != (&inference.inputs, &inference.hidden, &inference.classes) {
        return Err(IndexRefusal::ModelShape);
    }
    Ok(())
}

/// What follows from the figures of a header.
struct Bounds {
    distance: Bound,
    relative: Bound,
    freedom: Freedom,
}

/// Computes what follows from the header's figures, and compares it with what is accepted. Only the Newton methods assume
/// an optimum and use lambda, so only their indices are measured by it.
fn check_bounds(
    subject: &Subject,
    shape: &IndexShape,
    limits: Limits,
) -> Result<Bounds, IndexRefusal> {
    let header = &subject.header;
    let Header { lam, admitted, head_norm, .. } = *header;
    let head = Head { features: shape.features(), classes: shape.classes, lam };
    let distance = head.distance(Stationarity::from(header))?;
    let relative = distance.relative_to(head_norm);
    if !header.method.is_newton() {
        return Ok(Bounds { distance, relative, freedom: Freedom(0) });
    }
    if !limits.accepts_lam(lam, admitted) {
        return Err(IndexRefusal::Lambda { lam, admitted, limit: limits.lam_per_row });
    }
    if relative > limits.distance {
        let (bound, limit) = (relative, limits.distance);
        return Err(IndexRefusal::Distance { distance, bound, limit });
    }
    let freedom = head.freedom(header.eta)?;
    if freedom > limits.freedom {
        return Err(IndexRefusal::Freedom { bound: freedom, limit: limits.freedom });
    }
    Ok(Bounds { distance, relative, freedom })
}

impl IndexRefusal {
    /// Returns the short name of the check that refused.
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Missing => "index-missing",
            Self::NoIndex => "index-claim",
            Self::Profile { .. } => "index-profile",
            Self::Method { .. } => "index-method",
            Self::Rows { .. } => "index-rows",
            Self::Validation { .. } => "index-validation",
            Self::Contributors { .. } => "index-contributors",
            Self::Eta { .. } => "index-eta",
            Self::ModelShape => "index-model-shape",
            Self::Bound(_) => "index-figures",
            Self::Distance { .. } => "head-distance",
            Self::Freedom { .. } => "table-freedom",
            Self::Lambda { .. } => "index-lambda",
            Self::Plan(_) => "index-plan",
            Self::Proof(_) => "index-proof",
        }
    }
}
