//! Shares as a table with bars.

use crate::units::percent;
use comfy_table::{CellAlignment, Table, presets};
use tribute_verifier::payees::Contributor;

/// Width of the longest bar.
const BAR: usize = 30;
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Returns contributors with their shares, one line each.
pub(super) fn shares(contributors: &[Contributor], weights_ppm: &[u32]) -> String {
    let largest = weights_ppm.iter().copied().max().unwrap_or(0).max(1);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (contributor, weight) in contributors.iter().zip(weights_ppm) {
        table.add_row([name(&contributor.name), percent(*weight), bar(*weight, largest)]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Returns a name that cannot move the cursor.
fn name(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).take(40).collect()
}

fn bar(weight: u32, largest: u32) -> String {
    let eighths = u64::from(weight) * (BAR as u64) * 8 / u64::from(largest);
    let (whole, rest) = (eighths / 8, eighths % 8);
    let full = "█".repeat(usize::try_from(whole).unwrap_or(BAR));
    let part = usize::try_from(rest).ok().and_then(|rest| EIGHTHS.get(rest)).copied();
    format!("{full}{}", part.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tribute_verifier::payees::Address;

    #[test]
    fn the_largest_share_has_the_whole_bar_and_none_has_none() {
        assert_eq!(bar(10, 10).chars().count(), BAR);
        assert_eq!(bar(0, 10), "");
        assert_eq!(bar(5, 10).chars().count(), BAR / 2);
    }

    #[test]
    fn every_contributor_has_a_line() {
        let contributors: Vec<_> = ["ada", "bob\u{1b}[2J"]
            .map(|name| Contributor { name: name.into(), address: Address([1; 20]) })
            .into();
        let text = shares(&contributors, &[750_000, 250_000]);
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("75.0000 %") && !text.contains('\u{1b}'));
    }
}
