//! The published ceremonies that we know: `params/MANIFEST`.
//!
//! One line each: power, BLAKE2b-512 of the file in hex, name. Lines that start with `#` are remarks. The manifest
//! names a file; the digest given on the command line still pins it.

/// The manifest as shipped.
const MANIFEST: &str = include_str!("../../../params/MANIFEST");

/// One published ceremony file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ceremony {
    /// Its power: $2^{power}$ powers of the secret.
    pub power: u32,
    /// BLAKE2b-512 of the file, in hex.
    pub digest: &'static str,
    /// The name it is published under.
    pub name: &'static str,
}

/// Returns the ceremonies of the manifest.
pub fn ceremonies() -> impl Iterator<Item = Ceremony> {
    MANIFEST.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut fields = line.split_whitespace();
        let power = fields.next()?.parse().ok()?;
        Some(Ceremony { power, digest: fields.next()?, name: fields.next()? })
    })
}

/// Returns the published ceremony with this digest.
pub fn find(digest: &str) -> Option<Ceremony> {
    ceremonies().find(|ceremony| ceremony.digest == digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_remark_or_a_ceremony() {
        let lines = MANIFEST.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        assert_eq!(lines.count(), ceremonies().count());
        for ceremony in ceremonies() {
            assert_eq!(hex::decode(ceremony.digest).unwrap().len(), 64, "{}", ceremony.name);
            assert!(ceremony.power <= 28);
        }
    }
}
