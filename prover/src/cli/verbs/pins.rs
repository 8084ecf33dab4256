//! `tribute pins`.

use crate::cli::console::Console;
use crate::cli::error::{CliError, REFUSED};
use crate::cli::render;
use crate::pins;
use std::process::ExitCode;
use tribute_verifier::digest::Digest;
use tribute_verifier::pins::Pins;

/// What is done with pins.
#[derive(Debug, clap::Subcommand)]
pub(in crate::cli) enum Verb {
    /// List the registrations that were checked or made here
    List,
    /// Trust a registration no longer
    Remove {
        /// Digest of the registration
        #[arg(value_name = "0x..")]
        digest: Digest,
    },
}

impl Verb {
    pub(in crate::cli) fn run(self, console: &Console) -> Result<ExitCode, CliError> {
        let store = pins::place()?;
        match self {
            Self::List => {
                let pins = Pins::read(&store).map_err(pins::PinError::from)?;
                console.outcome(
                    || render::check::pins_json(&pins, &store),
                    || render::check::pins_text(&pins, &store),
                )?;
                Ok(ExitCode::SUCCESS)
            }
            Self::Remove { digest } => {
                let removed = pins::unpin(&store, digest)?;
                console.outcome(
                    || serde_json::json!({ "removed": removed, "registration_digest": digest }),
                    || {
                        if removed {
                            format!("removed {digest}")
                        } else {
                            format!("{digest} is not pinned")
                        }
                    },
                )?;
                Ok(ExitCode::from(if removed { 0 } else { REFUSED }))
            }
        }
    }
}
