//! `index`: the proof that a case's table is what its method makes of its rows, verified before anybody sees it.

use crate::case::{Answers, Case, CaseError, CommittedRows, narrow};
use crate::circuit::{self, CircuitError};
use crate::files::{Existing, FileError, Privacy, json, refuse_existing};
use crate::head;
use crate::keys::ring::{self, Keep, Keys, Origin, RingError};
use crate::keys::{self, KeyError};
use crate::limits;
use crate::progress::Observer;
use crate::srs::SrsSource;
use crate::table::{self, TableError};
use std::path::PathBuf;
use tribute_circuits::reference::Model;
use tribute_circuits::{
    IndexCircuit, IndexParams, IndexRow, IndexWitness, MAX_INDEX_K, ParamsError, WitnessError,
};
use tribute_verifier::certificate::Limits;
use tribute_verifier::dataset::row_salt;
use tribute_verifier::header::Header;
use tribute_verifier::index_proof::{IndexProof, IndexProofFormat, IndexStatement, IndexVerdict};
use tribute_verifier::policy::Policy;
use tribute_verifier::registration::{Registration, RegistrationError};
use tribute_verifier::verify::{Refusal, verify_index};

/// Where an index proof is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexTarget {
    /// Into the registration of the case.
    Registration,
    /// A file of its own.
    File(PathBuf),
}

/// Why there is no index proof.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The case cannot be used.
    #[error(transparent)]
    Case(Box<CaseError>),
    /// A file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The keys of the registration come from another SRS.
    #[error("{} was set up with another SRS; use the same one for `tribute setup` and `tribute index`", path.display())]
    OtherSrs {
        /// The registration.
        path: PathBuf,
    },
    /// The registration carries a proof already.
    #[error("{} carries an index proof already; --force replaces it", path.display())]
    Registered {
        /// The registration.
        path: PathBuf,
    },
    /// The registration does not hold together.
    #[error(transparent)]
    Registration(Box<RegistrationError>),
    /// The shape has no circuit.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// The rows need a larger circuit than the tool proves.
    #[error(
        "{rows} rows need {needed} rows of the circuit; the limit is {available} (k = {MAX_INDEX_K})"
    )]
    TooManyRows {
        /// Rows of the dataset.
        rows: u64,
        /// Rows that the circuit needs.
        needed: usize,
        /// Rows that the largest circuit has.
        available: usize,
    },
    /// Proving needs more memory than this machine has.
    #[error(
        "the index of {rows} rows takes about {} of memory, and this machine has {}: copy the case to a larger machine, or \
         commit fewer rows",
        limits::gibibytes(*needed),
        limits::gibibytes(*available)
    )]
    Memory {
        /// Rows of the dataset.
        rows: u64,
        /// Bytes that proving takes.
        needed: u64,
        /// Bytes that this machine has.
        available: u64,
    },
    /// The keys cannot be made or found.
    #[error(transparent)]
    Ring(Box<RingError>),
    /// The circuit takes no such witness.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// The proof system makes no proof.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The table cannot be solved for.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The circuit computes other figures than the header has.
    #[error(
        "the circuit computes another {what} than the header of subject.json says; commit the case anew"
    )]
    Disagreement {
        /// The public input that differs.
        what: &'static str,
    },
    /// The proof that was made is not accepted.
    #[error(
        "the index proof that was made is refused ({0}); nothing was written, please report this"
    )]
    Refused(Box<Refusal>),
}

boxed_from!(IndexError: Case(CaseError), Registration(RegistrationError), Ring(RingError), Refused(Refusal));

/// An index proof that was made, verified and written.
#[derive(Clone, Debug)]
pub struct IndexOutcome {
    /// The proof with its plan.
    pub proof: IndexProof,
    /// What it certifies.
    pub verdict: IndexVerdict,
    /// The registrations of the case with the proof in them.
    pub registrations: Vec<Registration>,
    /// Where the proving key came from.
    pub origin: Origin,
    /// The file it was written to.
    pub path: PathBuf,
    /// The other registration of the case, where there is one and it was written to both.
    pub also: Option<PathBuf>,
}

/// Proves the index of a case that was set up, verifies the proof, and writes it.
///
/// # Errors
/// Fails with the first thing that cannot be made; whatever stood at the target is then as it was.
pub fn index(
    case: &Case,
    source: &SrsSource,
    target: &IndexTarget,
    existing: Existing,
    observer: &dyn Observer,
) -> Result<IndexOutcome, IndexError> {
    let _lock = case.lock("tribute index")?;
    let registrations = registrations(case)?;
    for (_, registration) in &registrations {
        registration.check()?;
    }
    refuse_target(&registrations, target, existing)?;
    let layout = fit(&case.model, &case.subject.header)?;
    observer.stage("preparing the SRS");
    let srs = source.prepare(layout.k, &case.paths).map_err(RingError::from)?;
    let points = srs.points().map_err(RingError::from)?;
    for (path, registration) in &registrations {
        if registration.plan.srs != points {
            return Err(IndexError::OtherSrs { path: path.clone() });
        }
    }
    observer.stage("reading the rows");
    let committed = case.committed_rows()?;
    let (keys, origin) =
        ring::obtain::<IndexCircuit>(&case.paths, (source, srs), &layout, Keep::OfFile, observer)?;
    observer.stage("computing the witness");
    let circuit = IndexCircuit::new(&layout, &witness(case, committed)?)?;
    compare(case, &circuit)?;
    observer.stage("proving");
    let public_inputs = circuit.instance().to_vec();
    let Keys { srs, key, plan } = keys;
    let proof = keys::create_proof(&srs, &key, &circuit, &public_inputs)?;
    observer.stage("verifying");
    let proof = IndexProof { format: IndexProofFormat::V2, plan, proof };
    let registration = Registration { index: Some(proof.clone()), ..registrations[0].1.clone() };
    let policy = Policy::equations_alone(Limits::NONE);
    let verdict = verify_index(&registration, &policy)?.certified;
    let (path, also) = write(case, &proof, target, existing)?;
    let registrations = registrations
        .into_iter()
        .map(|(_, registration)| Registration { index: Some(proof.clone()), ..registration })
        .collect();
    Ok(IndexOutcome { proof, verdict, registrations, origin, path, also })
}

/// The registrations that a case has, of single queries and of batches, at least one, with their files.
fn registrations(case: &Case) -> Result<Vec<(PathBuf, Registration)>, CaseError> {
    let mut registrations = Vec::new();
    for answers in [Answers::One, Answers::Batch] {
        let case = case.clone().answering(answers);
        match case.registration() {
            Ok(registration) => registrations.push((case.paths.registration(), registration)),
            Err(CaseError::NoSetup { .. } | CaseError::NoBatchSetup { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    if registrations.is_empty() {
        return Err(CaseError::NoSetup { path: case.paths.root().to_path_buf() });
    }
    Ok(registrations)
}

/// The circuit of a case's index, filled with its model, table and rows.
///
/// # Errors
/// Fails if no circuit holds the rows, or they aren't those that were committed.
pub fn filled_circuit(case: &Case) -> Result<IndexCircuit, IndexError> {
    let layout = fit(&case.model, &case.subject.header)?;
    let witness = witness(case, case.committed_rows()?)?;
    Ok(IndexCircuit::new(&layout, &witness)?)
}

/// Refuses a target that exists and may not be replaced, before any work is done for it.
fn refuse_target(
    registrations: &[(PathBuf, Registration)],
    target: &IndexTarget,
    existing: Existing,
) -> Result<(), IndexError> {
    let proven = || registrations.iter().find(|(_, registration)| registration.index.is_some());
    match target {
        IndexTarget::File(path) => Ok(refuse_existing(path, existing)?),
        IndexTarget::Registration => match proven() {
            Some((path, _)) if existing == Existing::Refuse => {
                Err(IndexError::Registered { path: path.clone() })
            }
            _ => Ok(()),
        },
    }
}

/// Chooses the circuit, within the limits of the tool and of this machine.
fn fit(model: &Model, header: &Header) -> Result<IndexParams, IndexError> {
    let layout = layout(model, header)?;
    hold_in(limits::memory(), &layout)?;
    Ok(layout)
}

/// Chooses the circuit, whatever machine may hold it.
///
/// # Errors
/// Fails if there is none.
pub(crate) fn layout(model: &Model, header: &Header) -> Result<IndexParams, IndexError> {
    match circuit::fit_index(model, header) {
        Err(CircuitError::Params(ParamsError::Rows { needed, available, .. })) => {
            Err(IndexError::TooManyRows { rows: header.rows, needed, available })
        }
        layout => Ok(layout?),
    }
}

/// Demands that proving fits a machine of so many bytes, where they are known.
fn hold_in(available: Option<u64>, layout: &IndexParams) -> Result<(), IndexError> {
    let (needed, rows) = (memory_bytes(layout)?, layout.shape.rows as u64);
    match available {
        Some(available) if needed > available => {
            Err(IndexError::Memory { rows, needed, available })
        }
        Some(_) | None => Ok(()),
    }
}

/// Estimates the memory that keys and proof take: every column in four forms of 32 bytes a row, the permutation and the
/// quotient as some more. At $2^{18}$ rows of 174 columns this says 6.0 GiB; 5.1 were measured, the program included.
pub(crate) fn memory_bytes(layout: &IndexParams) -> Result<u64, IndexError> {
    let size = layout.size().map_err(CircuitError::from)?;
    let columns = 4 * (size.first_phase + size.second_phase + size.fixed) + 72;
    Ok((columns as u64 * 32) << layout.k)
}

fn witness(case: &Case, committed: CommittedRows) -> Result<IndexWitness, IndexError> {
    let header = &case.subject.header;
    let rows = committed.rows;
    // The fractions of the solution are nowhere kept: the table is solved for once more.
    let built = table::build(&case.model, &rows, header.method, header.lam, &|_, _| {})?;
    if built.table != case.table {
        return Err(IndexError::Disagreement { what: "table" });
    }
    let row_of = |(number, features): (usize, Vec<i16>)| {
        Ok(IndexRow {
            features,
            label: narrow("a class", rows.labels[number])?,
            owner: narrow("a contributor number", rows.owners[number])?,
            salt: row_salt(&case.private.dataset_salt.0, narrow("a row number", number)?),
        })
    };
    let witnesses = rows.features.into_iter().enumerate().map(row_of);
    Ok(IndexWitness {
        model: case.model.clone(),
        table: case.table.clone(),
        fractions: built.fractions,
        model_salt: case.private.model_salt,
        table_salt: case.private.table_salt,
        header_digest: header.digest(),
        rows: witnesses.collect::<Result<_, CaseError>>()?,
        lam: header.lam,
        epsilon: header.epsilon,
        head_norm: header.head_norm,
    })
}

/// Compares what the circuit computed with what the header says.
fn compare(case: &Case, circuit: &IndexCircuit) -> Result<(), IndexError> {
    const NAMES: [&str; 11] = [
        "model commitment",
        "index commitment",
        "dataset root",
        "header digest",
        "number of admitted rows",
        "lambda",
        "epsilon",
        "norm sum",
        "norm of the head",
        "number of right answers",
        "shape",
    ];
    let head = head::of_model(&case.model, case.subject.header.lam);
    let statement = IndexStatement::new(&case.subject, head.features, head.classes);
    let expected = statement.public_inputs();
    let computed = circuit.public_inputs();
    if computed.len() != expected.len() {
        return Err(IndexError::Disagreement { what: "number of figures" });
    }
    let mut pairs = NAMES.into_iter().zip(expected.iter().zip(&computed));
    match pairs.find(|(_, (expected, computed))| expected != computed) {
        Some((what, _)) => Err(IndexError::Disagreement { what }),
        None => Ok(()),
    }
}

/// Writes the proof where it belongs, each file as a whole; returns where, and where else.
fn write(
    case: &Case,
    proof: &IndexProof,
    target: &IndexTarget,
    existing: Existing,
) -> Result<(PathBuf, Option<PathBuf>), IndexError> {
    match target {
        IndexTarget::File(path) => {
            json::write(path, proof, Privacy::Public, existing)?;
            Ok((path.clone(), None))
        }
        IndexTarget::Registration => {
            // Read again: proving takes long, and a lock is advice, not a fence.
            let mut registrations = registrations(case)?;
            refuse_target(&registrations, target, existing)?;
            for (path, registration) in &mut registrations {
                registration.index = Some(proof.clone());
                json::write(path, registration, Privacy::Public, Existing::Replace)?;
            }
            let mut paths = registrations.into_iter().map(|(path, _)| path);
            let root = || case.paths.root().to_path_buf();
            let first = paths.next().ok_or_else(|| CaseError::NoSetup { path: root() })?;
            Ok((first, paths.next()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tribute_verifier::commitment::PROFILE;
    use tribute_verifier::digest::Digest;
    use tribute_verifier::field::FieldElement;
    use tribute_verifier::header::{Admission, NEWTON_SIGMA};
    use tribute_verifier::method::MethodId;
    use tribute_verifier::payees::Address;

    fn header(rows: u64) -> Header {
        Header {
            profile: PROFILE,
            method: MethodId::GroupNewton,
            model_commitment: FieldElement::ZERO,
            dataset_root: FieldElement::ZERO,
            rows,
            contributors: 8,
            payees_digest: Digest::of(&[]),
            lam: 256,
            sigma: NEWTON_SIGMA,
            eta: 65,
            epsilon: 0,
            norm_sum: 0,
            admission: Admission::FirstRegistered,
            admitted: rows,
            validation: 0,
            right: rows,
            validation_right: 0,
            head_norm: 1 << 16,
            registrar: Address::ZERO,
            contributors_ppm: 0,
        }
    }

    #[test]
    fn rows_beyond_the_limit_are_refused_by_a_line_that_names_it() {
        let model = Model::new(64, Vec::new(), 10, vec![0; 650]).unwrap();
        assert!(fit(&model, &header(200)).is_ok());
        let error = fit(&model, &header(1 << 21)).unwrap_err();
        let line = error.to_string();
        assert!(matches!(error, IndexError::TooManyRows { rows: 2_097_152, .. }), "{line}");
        assert!(line.contains("k = 20") && !line.contains('\n'), "{line}");
    }

    #[test]
    fn memory_beyond_that_of_the_machine_is_refused_by_a_line_that_names_both() {
        let model = Model::new(64, Vec::new(), 10, vec![0; 650]).unwrap();
        let layout = layout(&model, &Header { contributors: 64, ..header(12_000) }).unwrap();
        let needed = memory_bytes(&layout).unwrap();
        hold_in(None, &layout).unwrap();
        hold_in(Some(needed), &layout).unwrap();
        let error = hold_in(Some(needed - 1), &layout).unwrap_err();
        let line = error.to_string();
        assert!(matches!(error, IndexError::Memory { rows: 12_000, .. }), "{line}");
        assert!(line.contains("larger machine") && !line.contains('\n'), "{line}");
    }
}
