//! Sizes as bars: one panel for each figure, one bar for each circuit.

use super::{Kind, Row, SizesError};
use plotters::coord::Shift;
use plotters::prelude::{
    BLACK, DrawingArea, IntoDrawingArea, IntoFont, RGBColor, Rectangle, SVGBackend, Text, WHITE,
};
use plotters::style::{Color, ShapeStyle};

const FONT: &str = "sans-serif";
const QUERY: RGBColor = RGBColor(110, 140, 170);
const INDEX: RGBColor = RGBColor(160, 160, 160);
const MEASURED: RGBColor = RGBColor(180, 70, 30);
const MARGIN: i32 = 14;
const NAMES: i32 = 250;
const PANEL: i32 = 210;
const BAR: i32 = 20;
const HEAD: i32 = 52;
/// The widest bar; its value stands behind it.
const LENGTH: f64 = 120.0;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A figure of a circuit: predicted or exact, and measured.
type Figure = fn(&Row) -> (Option<f64>, Option<f64>);

const PANELS: [(&str, Figure); 6] = [
    ("cells, 2^k times columns", |row| {
        let columns = row.first_phase + row.second_phase + row.fixed;
        (Some(columns as f64 * f64::from(row.k).exp2()), None)
    }),
    ("commitments", |row| (Some(row.commitments as f64), None)),
    ("proof bytes", |row| (Some(row.proof_bytes as f64), None)),
    ("gas", |row| (Some(row.gas as f64), row.measured_gas.map(|gas| gas as f64))),
    ("seconds", |row| (row.prove_seconds, row.measured_seconds)),
    ("MiB", |row| (row.memory_bytes.map(mebibytes), row.measured_memory_bytes.map(mebibytes))),
];

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// Draws the sizes as SVG.
///
/// # Errors
/// Fails if the drawing library does.
pub fn chart(rows: &[Row]) -> Result<String, SizesError> {
    let mut svg = String::new();
    {
        let bars = i32::try_from(rows.len()).unwrap_or(i32::MAX / BAR - 10);
        let panels = i32::try_from(PANELS.len()).unwrap_or_default();
        let size = (NAMES + panels * PANEL + 2 * MARGIN, HEAD + bars * BAR + 2 * MARGIN);
        let area =
            SVGBackend::with_string(&mut svg, (size.0.unsigned_abs(), size.1.unsigned_abs()))
                .into_drawing_area();
        area.fill(&WHITE)?;
        write(
            &area,
            "Circuits by shape: bars are exact or predicted, red lines measured",
            (MARGIN, MARGIN),
            16,
        )?;
        for (row, y) in rows.iter().zip((MARGIN + HEAD..).step_by(20)) {
            write(&area, &name(row), (MARGIN, y + 3), 12)?;
        }
        for ((title, figure), x) in PANELS.iter().zip((MARGIN + NAMES..).step_by(210)) {
            panel(&area, rows, title, *figure, x)?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn panel(
    area: &Area<'_>,
    rows: &[Row],
    title: &str,
    figure: Figure,
    x: i32,
) -> Result<(), SizesError> {
    write(area, title, (x, MARGIN + 30), 13)?;
    let figures: Vec<_> = rows.iter().map(figure).collect();
    let each = figures.iter().flat_map(|(value, measured)| [value, measured]);
    let most = each.flatten().copied().fold(f64::MIN_POSITIVE, f64::max);
    for ((row, (value, measured)), y) in rows.iter().zip(figures).zip((MARGIN + HEAD..).step_by(20))
    {
        let color = if row.circuit == Kind::Query { QUERY } else { INDEX };
        if let Some(value) = value {
            let end = x + pixels(value / most).max(1);
            area.draw(&Rectangle::new([(x, y + 3), (end, y + BAR - 5)], filled(color)))?;
        }
        if let Some(measured) = measured {
            let end = x + pixels(measured / most);
            area.draw(&Rectangle::new([(end - 1, y), (end + 1, y + BAR - 2)], filled(MEASURED)))?;
        }
        let end = x + pixels(value.unwrap_or(0.0).max(measured.unwrap_or(0.0)) / most);
        let words = match (value, measured) {
            (Some(value), Some(measured)) => format!("{} / {}", short(value), short(measured)),
            (Some(value), None) => short(value),
            (None, _) => "-".to_owned(),
        };
        write(area, &words, (end + 5, y + 3), 11)?;
    }
    Ok(())
}

fn filled(color: RGBColor) -> ShapeStyle {
    color.filled()
}

fn write(area: &Area<'_>, text: &str, place: (i32, i32), size: i32) -> Result<(), SizesError> {
    let font = (FONT, size).into_font().color(&BLACK);
    area.draw(&Text::new(text.to_owned(), place, font))?;
    Ok(())
}

/// Length of a part of the widest bar.
#[allow(clippy::cast_possible_truncation, reason = "a part is at most 1")]
fn pixels(part: f64) -> i32 {
    (part * LENGTH) as i32
}

/// A figure in few characters.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.2}M", value / 1e6),
        value if value >= 1e4 => format!("{:.0}k", value / 1e3),
        value if value >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

fn name(row: &Row) -> String {
    let what = match (row.goal, row.index_rows) {
        (Some(goal), _) => goal.name().to_owned(),
        (None, Some(rows)) => format!("index of {rows} rows"),
        (None, None) => String::new(),
    };
    format!("{} x {}, {what}", row.network, row.contributors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::{Calibration, Goal};
    use crate::progress::Unobserved;
    use crate::sizes::{Sweep, picture};

    #[test]
    fn every_circuit_is_named_and_every_region_is_drawn() {
        let sweep = Sweep {
            inputs: vec![4],
            hidden: vec![vec![3]],
            classes: vec![2],
            contributors: vec![2],
            batches: vec![1],
            index_rows: vec![8],
            goals: vec![Goal::Prover, Goal::Gas],
            measure: false,
            compiler: None,
        };
        let mut sizes = sweep.run(&Calibration::reference(), &Unobserved).unwrap();
        sizes.rows[0].measured_seconds = Some(1.0);
        let svg = chart(&sizes.rows).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
        for text in
            ["4-3-2 x 2, prover", "4-3-2 x 2, gas", "index of 8 rows", "proof bytes", " / 1"]
        {
            assert!(svg.contains(text), "{text}");
        }
        let params = sizes.first.unwrap();
        let svg = picture(&params).unwrap();
        for region in params.regions().unwrap() {
            assert!(svg.contains(region.name), "{}", region.name);
        }
    }

    #[test]
    fn figures_are_short() {
        let figures = [
            (0.25, "0.25"),
            (12.0, "12"),
            (2_976.0, "2976"),
            (412_934.0, "413k"),
            (3.5e6, "3.50M"),
        ];
        for (value, text) in figures {
            assert_eq!(short(value), text);
        }
    }
}
