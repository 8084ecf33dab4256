//! Shares for people: of one query in percent, of a batch in queries, both exact. Files and `--json` have parts per million.

const PPM: u32 = 1_000_000;

/// Returns parts per million of a query as percent.
#[must_use]
pub fn percent(ppm: u32) -> String {
    format!("{}.{:04} %", ppm / (PPM / 100), ppm % (PPM / 100))
}

/// Returns parts per million of a query as queries.
#[must_use]
pub fn queries(ppm: u32) -> String {
    format!("{}.{:06}", ppm / PPM, ppm % PPM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact() {
        assert_eq!(percent(1_000_000), "100.0000 %");
        assert_eq!(percent(1), "0.0001 %");
        assert_eq!(queries(2_500_001), "2.500001");
    }
}
