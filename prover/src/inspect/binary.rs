//! Keys and SRS, in words.

use super::{BINARY_LIMIT, Description, InspectError};
use crate::files::container::{self, Kind};
use crate::srs::Srs;
use std::path::Path;

/// Explains a container. An SRS is checked as a whole; a key by its digest, since only its plan can tell more.
pub(super) fn describe(path: &Path) -> Result<Description, InspectError> {
    let header = container::examine(path, BINARY_LIMIT)?;
    let mut description = match header.kind {
        Kind::ProvingKey => {
            let mut description =
                Description::new("A proving key: makes proofs of one plan. It holds no secret.");
            description.remark("Whether it is the key of a plan is checked when it is used.");
            description
        }
        Kind::Srs => {
            let srs = Srs::read(path)?;
            let mut description = Description::new(
                "An SRS: the powers of a secret that keys are made from. Who knows the secret can forge proofs.",
            );
            description.fact("k", &srs.k()).remark(
                "Every point is on its curve and these are successive powers of one secret.",
            );
            description.found_srs(&srs.points()?);
            description
        }
    };
    description
        .fact("bytes", &header.length)
        .fact("digest", &format!("0x{}", hex::encode(header.digest)));
    Ok(description)
}
