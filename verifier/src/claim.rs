//! Whether a statement is one about a subject, before any proof is looked at.
//!
//! # Soundness
//! A proof binds commitments, contexts, outputs, and weights or their sums. Everything else in a statement is
//! bound here, by comparison with the subject: the method and every name and address (which the
//! index commitment binds through the header), both commitments, and the disclosed input (which
//! must hash to the input commitment).

use thiserror::Error;

use crate::batch::{BatchError, BatchStatement};
use crate::commitment::input_commitment;
use crate::field::FieldElement;
use crate::method::MethodId;
use crate::payees::{Address, Contributor};
use crate::policy::Contexts;
use crate::statement::{Statement, StatementError};
use crate::subject::Subject;

/// Why a statement is none about the subject.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ClaimError {
    /// The statement names another method.
    #[error("the statement names the method {found}; the registered index is of {registered}")]
    Method {
        /// Method of the registered index.
        registered: MethodId,
        /// Method of the statement.
        found: MethodId,
    },
    /// The statement is about another model.
    #[error("the proof is about another model ({found}, not {registered})")]
    ModelCommitment {
        /// The registered model.
        registered: FieldElement,
        /// Model of the statement.
        found: FieldElement,
    },
    /// The statement is about another index: other rows, method, payees or table.
    #[error("the proof is about another attribution index ({found}, not {registered})")]
    IndexCommitment {
        /// The registered index.
        registered: FieldElement,
        /// Index of the statement.
        found: FieldElement,
    },
    /// The statement answers another request.
    #[error("the proof answers another request (context {found}, not {expected})")]
    Context {
        /// Context that was asked for.
        expected: FieldElement,
        /// Context of the statement.
        found: FieldElement,
    },
    /// The statement answers a request, and the verifier named none.
    #[error(
        "the proof answers the request {found}, and no request was named: give yours with `--context`, or compare none with `--any-context`"
    )]
    ContextUnnamed {
        /// Context of the statement.
        found: FieldElement,
    },
    /// A query of a batch answers another request.
    #[error("query {query} answers another request (context {found}, not {expected})")]
    QueryContext {
        /// Place of the query, from 0.
        query: usize,
        /// Context that was asked for.
        expected: FieldElement,
        /// Context of the query.
        found: FieldElement,
    },
    /// A batch answers more or fewer requests than were asked for.
    #[error("{expected} contexts are expected, the batch answers {found} queries")]
    ContextCount {
        /// Contexts that were asked for.
        expected: usize,
        /// Queries of the batch.
        found: usize,
    },
    /// The statement lists more or fewer contributors.
    #[error("the statement lists {found} contributors; {registered} are registered")]
    ContributorCount {
        /// Contributors registered.
        registered: usize,
        /// Contributors listed.
        found: usize,
    },
    /// A contributor has another name.
    #[error("contributor {position} is {found:?} in the statement, {registered:?} in the registry")]
    ContributorName {
        /// Place in registry order, from 0.
        position: usize,
        /// Registered name.
        registered: String,
        /// Name in the statement.
        found: String,
    },
    /// A contributor has another address.
    #[error(
        "contributor {name:?} is paid at {found} in the statement, at {registered} in the registry"
    )]
    ContributorAddress {
        /// Name of the contributor.
        name: String,
        /// Registered address.
        registered: Address,
        /// Address in the statement.
        found: Address,
    },
    /// No proof could show the statement.
    #[error("{0}")]
    Statement(#[from] StatementError),
    /// No proof could show the statement of the batch.
    #[error("{0}")]
    Batch(#[from] BatchError),
    /// The input is disclosed without its salt, so it cannot be compared.
    #[error("the input is disclosed without the salt that would show it is the one committed to")]
    InputWithoutSalt,
    /// A salt is disclosed without its input.
    #[error("a salt is disclosed without the input it belongs to")]
    SaltWithoutInput,
    /// The disclosed input has another length than the circuit takes.
    #[error("the disclosed input has {found} values, the registered plan takes {expected}")]
    InputLength {
        /// Values that the plan takes.
        expected: usize,
        /// Values disclosed.
        found: usize,
    },
    /// The disclosed input is not the one that was committed to.
    #[error(
        "the disclosed input is not the one committed to (it hashes to {recomputed}, not {found})"
    )]
    InputOpening {
        /// What input and salt hash to.
        recomputed: FieldElement,
        /// The input commitment of the statement.
        found: FieldElement,
    },
}

/// Checks that a statement is one about a subject that holds together, and answers the request. What
/// it discloses of the input is checked by [`check_opening`].
///
/// # Errors
/// Fails on the first field that is not as registered, or that no proof could show.
pub fn check_claim(
    subject: &Subject,
    statement: &Statement,
    contexts: &Contexts,
) -> Result<(), ClaimError> {
    let Statement { method, model_commitment, index_commitment, contributors, .. } = statement;
    let named = Named {
        method: *method,
        model_commitment: *model_commitment,
        index_commitment: *index_commitment,
        contributors,
    };
    named.check(subject)?;
    check_contexts(contexts, &[statement.context])?;
    Ok(statement.check()?)
}

/// Checks that a batch of at most `slots` queries is one about a subject that holds together, and answers the requests
/// in their order.
///
/// # Errors
/// As [`check_claim`].
pub fn check_batch_claim(
    subject: &Subject,
    statement: &BatchStatement,
    slots: usize,
    contexts: &Contexts,
) -> Result<(), ClaimError> {
    let BatchStatement { method, model_commitment, index_commitment, contributors, .. } = statement;
    let named = Named {
        method: *method,
        model_commitment: *model_commitment,
        index_commitment: *index_commitment,
        contributors,
    };
    named.check(subject)?;
    let answered: Vec<_> = statement.queries.iter().map(|query| query.context).collect();
    check_contexts(contexts, &answered)?;
    Ok(statement.check(slots)?)
}

/// Compares the requests that are answered, in order, with those that were asked.
fn check_contexts(contexts: &Contexts, answered: &[FieldElement]) -> Result<(), ClaimError> {
    let expected = match contexts {
        Contexts::Any => return Ok(()),
        Contexts::Zero => {
            let named = answered.iter().find(|context| **context != FieldElement::ZERO);
            return named.map_or(Ok(()), |found| Err(ClaimError::ContextUnnamed { found: *found }));
        }
        Contexts::Expected(expected) => expected,
    };
    if expected.len() != answered.len() {
        let (expected, found) = (expected.len(), answered.len());
        return Err(ClaimError::ContextCount { expected, found });
    }
    match expected.iter().zip(answered).enumerate().find(|(_, (expected, found))| expected != found)
    {
        None => Ok(()),
        Some((_, (&expected, &found))) if answered.len() == 1 => {
            Err(ClaimError::Context { expected, found })
        }
        Some((query, (&expected, &found))) => {
            Err(ClaimError::QueryContext { query, expected, found })
        }
    }
}

/// What a statement says of its subject.
struct Named<'a> {
    method: MethodId,
    model_commitment: FieldElement,
    index_commitment: FieldElement,
    contributors: &'a [Contributor],
}

impl Named<'_> {
    fn check(&self, subject: &Subject) -> Result<(), ClaimError> {
        let (registered, found) = (subject.header.method, self.method);
        if registered != found {
            return Err(ClaimError::Method { registered, found });
        }
        let (registered, found) = (subject.model_commitment, self.model_commitment);
        if registered != found {
            return Err(ClaimError::ModelCommitment { registered, found });
        }
        let (registered, found) = (subject.index_commitment, self.index_commitment);
        if registered != found {
            return Err(ClaimError::IndexCommitment { registered, found });
        }
        check_contributors(&subject.payees, self.contributors)
    }
}

fn check_contributors(payees: &[Contributor], listed: &[Contributor]) -> Result<(), ClaimError> {
    let (registered, found) = (payees.len(), listed.len());
    if registered != found {
        return Err(ClaimError::ContributorCount { registered, found });
    }
    for (position, (payee, contributor)) in payees.iter().zip(listed).enumerate() {
        if payee.name != contributor.name {
            return Err(ClaimError::ContributorName {
                position,
                registered: payee.name.clone(),
                found: contributor.name.clone(),
            });
        }
        if payee.address != contributor.address {
            return Err(ClaimError::ContributorAddress {
                name: payee.name.clone(),
                registered: payee.address,
                found: contributor.address,
            });
        }
    }
    Ok(())
}

/// Checks that a disclosed input of a model that takes `expected` values is the one committed to.
///
/// The length comes first: a file can hold millions of values, and hashing them takes minutes.
///
/// # Errors
/// Fails if half of the opening is missing, or it does not open the commitment.
pub fn check_opening(statement: &Statement, expected: usize) -> Result<(), ClaimError> {
    let (input, salt) = match (&statement.input, statement.salt) {
        (None, None) => return Ok(()),
        (Some(_), None) => return Err(ClaimError::InputWithoutSalt),
        (None, Some(_)) => return Err(ClaimError::SaltWithoutInput),
        (Some(input), Some(salt)) => (input, salt),
    };
    if input.len() != expected {
        return Err(ClaimError::InputLength { expected, found: input.len() });
    }
    let (recomputed, found) = (input_commitment(salt, input), statement.input_commitment);
    if recomputed == found { Ok(()) } else { Err(ClaimError::InputOpening { recomputed, found }) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::subject::tests::subject;

    const SALT: FieldElement = FieldElement::from_u128(0x5a17);

    /// A statement about [`subject`] with its input disclosed.
    pub(crate) fn statement() -> Statement {
        let subject = subject();
        let input = vec![1, -2, 3, -4];
        Statement {
            method: subject.header.method,
            context: FieldElement::from_u128(0xc0),
            model_commitment: subject.model_commitment,
            index_commitment: subject.index_commitment,
            input_commitment: input_commitment(SALT, &input),
            input: Some(input),
            salt: Some(SALT),
            output: 1,
            logits: vec![-5, 6],
            contributors: subject.payees,
            weights_ppm: vec![0, 400_000, 600_000],
            unattributed: false,
        }
    }

    fn check(edit: impl FnOnce(&mut Statement)) -> ClaimError {
        let mut edited = statement();
        edit(&mut edited);
        let claim = check_claim(&subject(), &edited, &Contexts::Any);
        claim.and_then(|()| check_opening(&edited, 4)).unwrap_err()
    }

    #[test]
    fn accepts_with_and_without_the_input() {
        let mut statement = statement();
        let context = Contexts::Expected(vec![statement.context]);
        assert_eq!(check_claim(&subject(), &statement, &context), Ok(()));
        assert_eq!(check_opening(&statement, 4), Ok(()));
        (statement.input, statement.salt) = (None, None);
        assert_eq!(check_claim(&subject(), &statement, &Contexts::Any), Ok(()));
        assert_eq!(check_opening(&statement, 4), Ok(()));
    }

    #[test]
    fn rejects_every_edit_by_the_check_that_guards_it() {
        use ClaimError as E;
        let other = FieldElement::from_u128(1);
        assert!(matches!(check(|s| s.method = MethodId::Influence), E::Method { .. }));
        assert!(matches!(check(|s| s.model_commitment = other), E::ModelCommitment { .. }));
        assert!(matches!(check(|s| s.index_commitment = other), E::IndexCommitment { .. }));
        assert!(matches!(check(|s| s.input_commitment = other), E::InputOpening { .. }));
        let edit = |s: &mut Statement| s.input.as_mut().unwrap()[0] += 1;
        assert!(matches!(check(edit), E::InputOpening { .. }));
        assert!(matches!(check(|s| s.salt = Some(other)), E::InputOpening { .. }));
        let error = E::InputLength { expected: 4, found: 5 };
        assert_eq!(check(|s| s.input.as_mut().unwrap().push(0)), error);
        assert_eq!(check(|s| s.salt = None), E::InputWithoutSalt);
        assert_eq!(check(|s| s.input = None), E::SaltWithoutInput);
        let error = E::ContributorCount { registered: 3, found: 2 };
        assert_eq!(check(|s| s.contributors.truncate(2)), error);
        let edit = |s: &mut Statement| s.contributors[1].name = "eve".into();
        assert!(matches!(check(edit), E::ContributorName { position: 1, .. }));
        let edit = |s: &mut Statement| s.contributors[2].address = Address([9; 20]);
        assert!(matches!(check(edit), E::ContributorAddress { name, .. } if name == "cy"));
        assert!(matches!(check(|s| s.contributors.swap(0, 1)), E::ContributorName { .. }));
        assert!(matches!(check(|s| s.output = 0), E::Statement(_)));
        assert!(matches!(check(|s| s.weights_ppm[0] = 1), E::Statement(_)));
        assert!(matches!(check(|s| s.unattributed = true), E::Statement(_)));
    }

    #[test]
    fn rejects_another_context_when_one_is_expected() {
        let (found, expected) = (statement().context, FieldElement::ZERO);
        let error = ClaimError::Context { expected, found };
        let contexts = Contexts::Expected(vec![expected]);
        assert_eq!(check_claim(&subject(), &statement(), &contexts), Err(error));
        let error = ClaimError::ContextCount { expected: 2, found: 1 };
        let contexts = Contexts::Expected(vec![found, found]);
        assert_eq!(check_claim(&subject(), &statement(), &contexts), Err(error));
    }

    #[test]
    fn an_answer_to_somebody_elses_request_is_refused_where_none_is_named() {
        let found = statement().context;
        let error = ClaimError::ContextUnnamed { found };
        assert_eq!(check_claim(&subject(), &statement(), &Contexts::Zero), Err(error));
        let mut unasked = statement();
        unasked.context = FieldElement::ZERO;
        assert_eq!(check_claim(&subject(), &unasked, &Contexts::Zero), Ok(()));
    }
}
