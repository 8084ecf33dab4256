//! `tribute prove`.

use crate::batch::{Source, prove_all};
use crate::case::{Answers, Case};
use crate::cli::arguments::{ForceArgs, LimitArgs, QueryArgs, TrustSrsArgs};
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::render;
use crate::cli::render::batch::Made;
use crate::files::{Privacy, json, refuse_existing};
use crate::prove::{Disclosure, ProveRequest, Prover};
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::field::FieldElement;

const AFTER_HELP: &str = "\
The proof is verified before it is written. Where verifiers would refuse the registered table by their limits, nothing is
proven, and what mends it is said. Its statement names model, index, input commitment, output and shares;
the input itself stays private unless --disclose-input is given. That the attribution table comes from the rows is
another proof, made once: `tribute index`.

With --all every row of the file is proven, several to a proof: `tribute setup --batch` says how many. --out is a folder then,
which gets batch-00000.json, .. and, for the owner alone, the secret of the salts. Started again with the same arguments it goes on
where it stopped; with --force it also replaces what is not of this run. Public are each query's context, input commitment and
output, and the contributors' shares in all of them together. --requests is a CSV file with the header salt,context, or one of
them, and one line for each row.

Examples:
  tribute prove --case case --all --input queries.csv --out proofs
  tribute prove --case case --input query.csv --out proof.json
  tribute prove --case case --input queries.csv --row 3 --salt 0x.. --context 0x.. --out proof.json";

/// Arguments of `tribute prove`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The case, with its keys
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
    #[command(flatten)]
    query: QueryArgs,
    /// Prove every row of the file, several to a proof
    #[arg(long, conflicts_with_all = ["row", "salt", "context", "disclose_input"])]
    all: bool,
    /// Salts or contexts of the rows, or both, in a CSV file with the header salt,context
    #[arg(long, value_name = "FILE", requires = "all")]
    requests: Option<PathBuf>,
    /// Salt of the requester's input commitment; a fresh one where it is not given
    #[arg(long, value_name = "0x..")]
    salt: Option<FieldElement>,
    /// The request that the proof answers; zero where it is not given
    #[arg(long, value_name = "0x..")]
    context: Option<FieldElement>,
    /// Show input and salt in the statement
    #[arg(long)]
    disclose_input: bool,
    /// File to write the proof to; with --all a folder
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    trust_srs: TrustSrsArgs,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    force: ForceArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        if self.all {
            return self.run_all(console);
        }
        let existing = self.force.existing();
        refuse_existing(&self.out, existing)?;
        let case = Case::read(&self.case)?;
        let distance = case.head_distance()?;
        let query = self.query.read(case.model.inputs)?;
        let request = ProveRequest {
            input: query.features,
            salt: self.salt,
            context: self.context.unwrap_or(FieldElement::ZERO),
            disclosure: if self.disclose_input { Disclosure::Shown } else { Disclosure::Committed },
        };
        let prover = Prover::open(case, console)?;
        let index = prover.accepted(self.limits.limits())?;
        let proof = prover.prove(&request, console)?;
        json::write(&self.out, &proof, Privacy::Public, existing)?;
        let trusted = self.trust_srs.digests();
        let srs = render::Srs { points: &prover.registration().plan.srs, trusted: &trusted };
        let next = render::proof::next(prover.case(), index.is_some(), &self.out);
        console.outcome(
            || render::proof::json(&proof, srs, (index.as_ref(), distance), &self.out),
            || render::proof::text(&proof, srs, (index.as_ref(), distance), &self.out) + &next,
        )?;
        Ok(ExitCode::SUCCESS)
    }

    fn run_all(self, console: &Console) -> Result<ExitCode, CliError> {
        let case = Case::read(&self.case)?.answering(Answers::Batch);
        let distance = case.head_distance()?;
        let prover = Prover::open(case, console)?;
        let index = prover.accepted(self.limits.limits())?;
        let source = Source { input: self.query.input, requests: self.requests };
        let written = prove_all(&prover, &source, &self.out, self.force.existing(), console)?;
        let trusted = self.trust_srs.digests();
        let made = Made { written, registration: prover.registration(), trusted, index, distance };
        console.outcome(|| made.json(), || made.text())?;
        Ok(ExitCode::SUCCESS)
    }
}
