//! `tribute check`.

use crate::check::check;
use crate::cli::console::Console;
use crate::cli::error::{CliError, REFUSED};
use crate::cli::render;
use crate::pins;
use crate::progress::Observer as _;
use crate::srs::Srs;
use std::path::PathBuf;
use std::process::ExitCode;
use tribute_verifier::cli::{AcceptArgs, read_registration};
use tribute_verifier::digest::Digest;
use tribute_verifier::field::FieldElement;
use tribute_verifier::policy::Trust;

const AFTER_HELP: &str = "\
A proof is checked with the equations of a plan, and whoever made the registration chose them. This makes every plan in it
anew from its description and the SRS, compares every byte, verifies the binding proof and the index proof under the
limits, says what you would rely on, and pins the digest of the registration for this user: `tribute verify` and
`tribute-verify` accept its proofs from then on. Once for a registration; a changed one must be checked again.

The SRS is that of the ceremony that the keys were made with, taken over by yourself (`tribute srs import`). For a
development SRS the file is the one that its owner's `setup` made; --unsafe-dev-srs accepts it, for development.

Pins stand in $TRIBUTE_HOME/known_registrations, or below $XDG_DATA_HOME/tribute or ~/.local/share/tribute; `tribute pins`
lists and removes them. Exit status: 0 pinned, 1 something was found, 2 usage or unreadable input.

Examples:
  tribute check registration.json --srs ceremony-18.srs
  tribute check registration.json --srs ceremony-18.srs --expect-model 0x..
  tribute check case/registration.json --srs case/dev.srs --unsafe-dev-srs";

/// Arguments of `tribute check`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The registration to check
    #[arg(value_name = "FILE")]
    registration: PathBuf,
    /// The SRS to make its plans anew from
    #[arg(long, value_name = "FILE")]
    srs: PathBuf,
    /// An index proof in place of the one in the registration
    #[arg(long, value_name = "FILE")]
    index: Option<PathBuf>,
    /// The digest that the registration must have
    #[arg(long, value_name = "0x..", alias = "registration-digest")]
    expect_registration: Option<Digest>,
    /// The model commitment that it must be of
    #[arg(long, value_name = "0x..")]
    expect_model: Option<FieldElement>,
    #[command(flatten)]
    accept: AcceptArgs,
}

impl Args {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let registration = read_registration(&self.registration, self.index.as_deref())?;
        let digest = registration.digest().map_err(pins::PinError::from)?;
        // Asked before the work, and by the same words as `verify`.
        let trust = self.expect_registration.map_or(Trust::Unchecked, Trust::Digest);
        let policy = self.accept.policy(trust, self.expect_model);
        let store = pins::place()?;
        console.stage("reading the SRS");
        let srs = Srs::read(&self.srs)?;
        let checked = check(&registration, &srs, &policy, console)?;
        if checked.accepted().is_some() {
            pins::pin(&store, &registration, "check")?;
        }
        console.outcome(
            || render::check::json(&checked, digest, &store),
            || render::check::text(&checked, digest, &store, console.colored()),
        )?;
        Ok(ExitCode::from(if checked.accepted().is_some() { 0 } else { REFUSED }))
    }
}
