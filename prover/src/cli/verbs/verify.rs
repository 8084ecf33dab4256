//! `tribute verify`.

use crate::cli::console::Console;
use crate::cli::error::{CliError, REFUSED};
use crate::cli::render;
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::cli::{AcceptArgs, ContextArgs, Subject, TrustArgs, read_registration};

const AFTER_HELP: &str = "\
Accepted, and exit 0, means that a buyer may rely on it. A proof is worth what its registration is worth, so the
registration must have been checked on this machine (`tribute check`, once), or have the digest that its owner published
elsewhere (--registration-digest). Refused unless it is named: a development SRS (--unsafe-dev-srs), a table that nobody
proved (--allow-unproven-table), the answer to a request that was not yours (--context, or --any-context), a registration
that nobody checked (--unchecked). The verdict says what was accepted.

An index proof in the registration, or in a file of its own, is verified too, every time; without --proof it alone. With
a method that assumes an optimum (influence, group-newton) its head may be at most a quarter of its norm from it;
--max-distance states another part.

Examples:
  tribute check registration.json --srs ceremony-18.srs
  tribute verify --registration registration.json --proof proof.json
  tribute verify --registration registration.json --proof proof.json --context 0x.. --json
  tribute verify --registration batch.json --proof proofs/batch-00000.json
  tribute verify --registration registration.json --index index.json --max-distance 0.5";

/// Arguments of `tribute verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// Plan and subject, as the model's owner published them
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The proof of a query or of a batch; without it the index proof alone is verified
    #[arg(long, value_name = "FILE")]
    proof: Option<PathBuf>,
    /// An index proof in place of the one in the registration
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    #[command(flatten)]
    contexts: ContextArgs,
    #[command(flatten)]
    trust: TrustArgs,
    #[command(flatten)]
    accept: AcceptArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let registration = read_registration(&self.registration, self.index.as_deref())?;
        let subject = match &self.proof {
            Some(path) => Subject::answers(path, &self.contexts)?,
            None => Subject::Table,
        };
        let judgement = subject.judge(&registration, &self.trust, &self.accept)?;
        console.outcome(
            || judgement.json(),
            || render::verdict::text(&judgement, &subject, console.colored()),
        )?;
        let code = if judgement.is_accepted() { 0 } else { REFUSED };
        Ok(ExitCode::from(code))
    }
}
