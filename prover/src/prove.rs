//! `prove`: a proof of one query, verified before anybody sees it.

use crate::attribute::{Circumstances, attribute};
use crate::case::{Case, CaseError, LinkTail};
use crate::circuit::{CircuitError, Planned};
use crate::keys::KeyError;
use crate::keys::linked::{self, Registered};
use crate::keys::ring::{self, Keys, RingError};
use crate::progress::Observer;
use crate::salt;
use tribute_circuits::reference::RangeError;
use tribute_circuits::{CircuitParams, InferenceCircuit, InferenceWitness, Query, WitnessError};
use tribute_verifier::certificate::Limits;
use tribute_verifier::commitment::input_commitment;
use tribute_verifier::field::{FieldElement, FieldError};
use tribute_verifier::index_proof::IndexVerdict;
use tribute_verifier::plan::PlanError;
use tribute_verifier::policy::Policy;
use tribute_verifier::proof_file::{ProofFile, ProofFormat};
use tribute_verifier::registration::{Registration, RegistrationError};
use tribute_verifier::statement::{Statement, StatementError};
use tribute_verifier::verify::{Refusal, verify, verify_index};

/// What to prove.
#[derive(Clone, Debug)]
pub struct ProveRequest {
    /// The input.
    pub input: Vec<i16>,
    /// Salt of the input commitment; drawn where none is given.
    pub salt: Option<FieldElement>,
    /// The request that is answered.
    pub context: FieldElement,
    /// Whether the statement shows the input.
    pub disclosure: Disclosure,
}

/// Whether a statement shows the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// The commitment alone.
    Committed,
    /// Input and salt.
    Shown,
}

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The case cannot be used.
    #[error(transparent)]
    Case(Box<CaseError>),
    /// The plan is not of a circuit of ours.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// The registration does not hold together.
    #[error(transparent)]
    Registration(Box<RegistrationError>),
    /// The plan is for another shape than the case's.
    #[error("the registered plan is for another shape than this case; run `tribute setup --force`")]
    ForeignPlan,
    /// The keys cannot be used.
    #[error(transparent)]
    Ring(Box<RingError>),
    /// The proof system makes no proof.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The query does not fit the model's integers.
    #[error("this query cannot be proven: {0}")]
    Range(#[from] RangeError),
    /// The circuit takes no such witness.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// A salt could not be drawn.
    #[error("a salt could not be drawn: {0}")]
    Salt(#[from] FieldError),
    /// The statement is none.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The plan has no digest.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Circuit and reference computed different integers.
    #[error("the circuit and the plain-integer reference disagree; please report this")]
    Disagreement,
    /// Verifiers refuse whatever is proven under this registration.
    #[error(
        "nothing was proven: verifiers refuse this registration at those limits ({0}); `tribute commit --refit-head` fits the \
         head, and --max-distance states a limit that they agreed to"
    )]
    Limits(Box<Refusal>),
    /// The proof that was made is not accepted.
    #[error("the proof that was made is refused ({0}); nothing was written, please report this")]
    Refused(Box<Refusal>),
}

boxed_from!(ProveError: Case(CaseError), Ring(RingError), Registration(RegistrationError), Refused(Refusal));

/// A case with its keys, ready to prove.
#[derive(Clone, Debug)]
pub struct Prover {
    pub(crate) case: Case,
    pub(crate) registration: Registration,
    pub(crate) params: CircuitParams,
    pub(crate) keys: Keys,
    pub(crate) registered: Registered,
}

impl Prover {
    /// Reads registration, keys and SRS of a case; keys of anything else are refused.
    ///
    /// # Errors
    /// Fails if one of them is missing, damaged, stale or foreign.
    pub fn open(case: Case, observer: &dyn Observer) -> Result<Self, ProveError> {
        observer.stage("reading the keys");
        let registration = case.registration()?;
        registration.check()?;
        let plan = &registration.plan;
        let params = InferenceCircuit::described(plan)?;
        if params.shape != case.shape() {
            return Err(ProveError::ForeignPlan);
        }
        let tails = LinkTail::read(&case.paths, &registration.binding)?;
        // A plan of an inference that was read has linked columns.
        let layout = plan.link_layout().ok_or(CircuitError::NoInference)?;
        let registered = Registered::new(layout, &registration.binding.proof, tails)?;
        let keys = ring::open::<InferenceCircuit>(&case.paths, plan, &params)?;
        Ok(Self { case, registration, params, keys, registered })
    }

    /// Asks, before anything is proven, what verifiers with these limits will say of the registered table. Nothing where no
    /// table is proven, which proofs do not depend on.
    ///
    /// # Errors
    /// Fails if they refuse it.
    pub fn accepted(&self, limits: Limits) -> Result<Option<IndexVerdict>, ProveError> {
        if self.registration.index.is_none() {
            return Ok(None);
        }
        let policy = Policy::equations_alone(limits);
        let verdict = verify_index(&self.registration, &policy);
        Ok(Some(verdict.map_err(|refusal| ProveError::Limits(Box::new(refusal)))?.certified))
    }

    /// The registration that proofs are made for.
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// The case that is proven.
    pub fn case(&self) -> &Case {
        &self.case
    }

    /// Proves a query, and verifies the proof.
    ///
    /// # Errors
    /// Fails if the query does not fit, and if the proof is not accepted.
    pub fn prove(
        &self,
        request: &ProveRequest,
        observer: &dyn Observer,
    ) -> Result<ProofFile, ProveError> {
        observer.stage("computing the witness");
        let (statement, circuit) = self.fill(&self.case, request)?;
        if circuit.public_inputs() != statement.public_inputs()? {
            return Err(ProveError::Disagreement);
        }
        observer.stage("proving");
        let Keys { srs, key, plan: _ } = &self.keys;
        let proof =
            linked::create_linked_proof(srs, key, &circuit, circuit.instance(), &self.registered)
                .map_err(|error| self.explained(error))?;
        observer.stage("verifying");
        let file = self.file(statement, proof);
        let policy = Policy::equations_alone(Limits::NONE).for_request(request.context);
        verify(&self.registration, &file, &policy)?;
        Ok(file)
    }

    /// Proves a query with the model and the table of another case of this shape, and passes it off as one of the
    /// registered subject: everything is honest but the columns, and the link is as good as it can be without the
    /// secret of the SRS. Nothing is verified, since nobody must accept it.
    ///
    /// # Errors
    /// Fails if the query does not fit.
    pub fn forge(&self, other: &Case, request: &ProveRequest) -> Result<ProofFile, ProveError> {
        let (statement, circuit) = self.fill(other, request)?;
        let Keys { srs, key, plan: _ } = &self.keys;
        let committed = linked::commit(srs, key, &circuit, circuit.instance())?;
        let proof = committed.link(&self.registered, &linked::bases(srs.params()))?;
        Ok(self.file(statement, proof))
    }

    /// What is behind a proof that can't be linked: integers that aren't the committed ones, if they aren't.
    pub(crate) fn explained(&self, error: KeyError) -> ProveError {
        let foreign = match error {
            KeyError::LinkedColumn { .. } => self.case.check().err(),
            _ => None,
        };
        foreign.map_or_else(|| error.into(), ProveError::from)
    }

    fn file(&self, statement: Statement, proof: Vec<u8>) -> ProofFile {
        ProofFile { format: ProofFormat::V2, statement, proof }
    }

    /// Runs the reference on a case and fills the circuit, for a statement about the subject of this prover.
    fn fill(
        &self,
        case: &Case,
        request: &ProveRequest,
    ) -> Result<(Statement, InferenceCircuit), ProveError> {
        let ProveRequest { input, salt, context, disclosure } = request;
        let salt = match salt {
            Some(salt) => *salt,
            None => salt::field_element()?,
        };
        let statement = attribute(case, input)?.statement(
            &self.case,
            Circumstances {
                context: *context,
                input_commitment: input_commitment(salt, input),
                disclosed: (*disclosure == Disclosure::Shown).then(|| (input.clone(), salt)),
            },
        );
        let witness = InferenceWitness {
            model: case.model.clone(),
            table: case.table.clone(),
            model_commitment: statement.model_commitment,
            index_commitment: statement.index_commitment,
            queries: vec![Query { input: input.clone(), salt, context: *context }],
        };
        Ok((statement, InferenceCircuit::new(&self.params, &witness)?))
    }
}
