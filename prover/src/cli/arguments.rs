//! Arguments that are more than text.

use crate::data::{DataError, Query};
use crate::data::{read_address, read_query};
use crate::files::Existing;
use crate::planner::Goal;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tribute_verifier::certificate::{Bound, Limits};
use tribute_verifier::digest::Digest;
use tribute_verifier::method::MethodId;
use tribute_verifier::payees::Address;

/// A query in a CSV file.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct QueryArgs {
    /// The query: a CSV file with the header f0,f1,..
    #[arg(long, value_name = "FILE")]
    pub(super) input: PathBuf,
    /// Data row of the file, counted from 0; may be left out where there is only one
    #[arg(long, value_name = "N")]
    pub(super) row: Option<u64>,
}

impl QueryArgs {
    /// Reads the query.
    pub(super) fn read(&self, inputs: usize) -> Result<Query, DataError> {
        read_query(&self.input, inputs, self.row)
    }
}

/// SRSs that are trusted by name.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct TrustSrsArgs {
    /// Take the SRS with this digest as that of a ceremony of your own; `tribute inspect` and `srs import` say it
    #[arg(long, value_name = "0x..")]
    trust_srs: Vec<Digest>,
}

impl TrustSrsArgs {
    /// Returns their digests.
    pub(super) fn digests(&self) -> BTreeSet<Digest> {
        self.trust_srs.iter().copied().collect()
    }
}

/// Whether an existing target is replaced.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct ForceArgs {
    /// Replace the target if it exists
    #[arg(long)]
    force: bool,
}

impl ForceArgs {
    pub(super) fn existing(self) -> Existing {
        if self.force { Existing::Replace } else { Existing::Refuse }
    }
}

/// Limits of what is accepted of a proven table.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct LimitArgs {
    /// How far a proven head may be from its regularized optimum
    #[arg(long, value_name = "X")]
    max_distance: Option<Bound>,
}

impl LimitArgs {
    pub(super) fn limits(self) -> Limits {
        let mut limits = Limits::default();
        if let Some(distance) = self.max_distance {
            limits.distance = distance;
        }
        limits
    }
}

/// Reads the name of a method.
pub(super) fn method(text: &str) -> Result<MethodId, String> {
    MethodId::from_name(text).ok_or_else(|| {
        let names: Vec<_> = MethodId::ALL.into_iter().map(MethodId::name).collect();
        format!("methods are {}", names.join(", "))
    })
}

/// Who may register an index on a chain, and on what terms at least.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct RegistrarArgs {
    /// The one account that may register this index in a registry on a chain; without it none may, ever
    #[arg(long, value_name = "0x..", value_parser = registrar, requires = "contributors_ppm")]
    registrar: Option<Address>,
    /// The least part of every fee there, in millionths, that goes to contributors; terms below it are refused
    #[arg(long, value_name = "N", requires = "registrar", value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    contributors_ppm: Option<u32>,
}

impl RegistrarArgs {
    pub(super) fn given(self) -> Option<(Address, u32)> {
        self.registrar.zip(self.contributors_ppm)
    }
}

/// Reads the address of a registrar.
fn registrar(text: &str) -> Result<Address, String> {
    match read_address(text) {
        Some(Address::ZERO) => {
            Err("the zero address registers nothing; leave out --registrar".into())
        }
        Some(address) => Ok(address),
        None => Err("an address is 0x and 40 hexadecimal digits".into()),
    }
}

/// Reads the name of a goal.
pub(super) fn goal(text: &str) -> Result<Goal, String> {
    Goal::from_name(text).ok_or_else(|| {
        let names: Vec<_> = Goal::ALL.into_iter().map(Goal::name).collect();
        format!("goals are {}", names.join(", "))
    })
}

/// Reads a positive decimal multiple of 1/256, exactly.
pub(super) fn lam_256ths(text: &str) -> Result<u32, String> {
    let refused =
        || "a decimal multiple of 1/256 is asked for, such as 1, 0.5 or 0.00390625".to_owned();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 8
        || fraction.len() > 12
        || !digits(whole)
        || !digits(fraction)
    {
        return Err(refused());
    }
    let decimal: u64 = format!("{whole}{fraction}").parse().map_err(|_| refused())?;
    let scale = 10_u64.pow(u32::try_from(fraction.len()).map_err(|_| refused())?);
    let scaled = u128::from(decimal) * 256;
    if scaled == 0 || scaled % u128::from(scale) != 0 {
        return Err(refused());
    }
    u32::try_from(scaled / u128::from(scale)).map_err(|_| refused())
}

/// Shows a path as a shell would take it, for commands that are suggested.
pub(super) fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_is_an_exact_multiple() {
        for (text, expected) in
            [("1", 256), ("0.5", 128), ("0.00390625", 1), ("12.25", 3136), ("1.0", 256)]
        {
            assert_eq!(lam_256ths(text).unwrap(), expected, "{text}");
        }
        for text in
            ["", "0", "0.0", "-1", "1e2", "0.001", "0.3", ".5", "1,5", "nan", "inf", "99999999"]
        {
            assert!(lam_256ths(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_registrar_is_an_account() {
        let zero = format!("0x{}", "0".repeat(40));
        assert!(registrar(&zero).unwrap_err().contains("zero address"));
        assert_eq!(registrar(&format!("0x{}", "aB".repeat(20))), Ok(Address([0xab; 20])));
        for text in ["", "0x", "ab", &"ab".repeat(20), &format!("0x{}", "ab".repeat(21))] {
            assert!(registrar(text).is_err(), "{text}");
        }
    }

    #[test]
    fn methods_have_names() {
        assert_eq!(method("group-newton").unwrap(), MethodId::GroupNewton);
        assert!(method("influence-function").unwrap_err().contains("tracin"));
    }

    #[test]
    fn odd_paths_are_quoted() {
        assert_eq!(shown(Path::new("a/b-1.json")), "a/b-1.json");
        assert_eq!(shown(Path::new("my case")), "'my case'");
    }
}
