//! `tribute export`.

use crate::case::read_registration;
use crate::cli::arguments::ForceArgs;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::export::{Rendering, Verifier, export};
use crate::verify::read_answers;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::digest::Digest;
use tribute_verifier::solidity::KeyPlacement;

const AFTER_HELP: &str = "\
Writes the Solidity contract that checks proofs of this plan, its ABI, and notes on compiling and deploying it. With a
proof, also the arguments of the call. With --index or --binding, the same for the index proof or the binding proof that
the registration carries. input.json is what a Solidity compiler is given; --solc names one to run, and prints the hash
of the code that a registry pins.

Examples:
  tribute export --registration case/registration.json --out contracts
  tribute export --registration case/registration.json --proof proof.json --out call
  tribute export --registration case/registration.json --solc solc --out contracts
  tribute export --registration case/registration.json --index --out index
  tribute export --registration case/registration.json --binding --out binding";

/// Arguments of `tribute export`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// Plan and subject, as the model's owner published them
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// A proof whose calldata is wanted
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// The verifier of the index proof in place of that of queries, and the arguments of its call
    #[arg(long, conflicts_with = "proof")]
    index: bool,
    /// The verifier of the binding proof, and the arguments of its call
    #[arg(long, conflicts_with_all = ["proof", "index"])]
    binding: bool,
    /// Where key and equations stand: in the verifier, in pinned data contracts, or both in those and interpreted, so
    /// that the code does not grow with the circuit; what fits a chain at the least gas where nothing is said
    #[arg(long, value_enum, value_name = "PLACEMENT")]
    placement: Option<Placement>,
    /// Render for the SRS with this digest, that of a ceremony of your own: the contract names it and deploys on any chain
    #[arg(long, value_name = "0x..")]
    trust_srs: Option<Digest>,
    /// Solidity compiler, a program that takes --standard-json: compiles the contract and prints the hash of its code
    #[arg(long, value_name = "PROGRAM")]
    solc: Option<PathBuf>,
    /// The directory to write
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    force: ForceArgs,
}

/// Names of placements.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Placement {
    /// The key as constants of the verifier
    Embedded,
    /// The key in data contracts
    Separate,
    /// Key and equations in data contracts
    Interpreted,
}

impl From<Placement> for KeyPlacement {
    fn from(placement: Placement) -> Self {
        match placement {
            Placement::Embedded => Self::Embedded,
            Placement::Separate => Self::Separate,
            Placement::Interpreted => Self::Interpreted,
        }
    }
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let registration = read_registration(&self.registration)?;
        let proof = self.proof.as_deref().map(read_answers).transpose()?;
        let placement = self.placement.map(KeyPlacement::from);
        let existing = self.force.existing();
        let verifier = match (self.index, self.binding) {
            (true, _) => Verifier::Index,
            (false, true) => Verifier::Binding,
            (false, false) => Verifier::Query(proof.as_ref()),
        };
        let trusted = self.trust_srs;
        let rendering = Rendering { placement, trusted, solc: self.solc.as_deref() };
        let exported = export(&registration, verifier, rendering, &self.out, existing)?;
        let trusted = BTreeSet::from_iter(trusted);
        let srs = render::Srs { points: &registration.plan.srs, trusted: &trusted };
        let on_chain = registration.subject.header.on_chain();
        console.outcome(
            || render::export::json(&exported, &self.out, srs, on_chain),
            || render::export::text(&exported, &self.out, srs, on_chain),
        )?;
        Ok(ExitCode::SUCCESS)
    }
}
