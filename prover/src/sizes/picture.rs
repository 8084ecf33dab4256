//! A circuit as a picture: columns from left to right, rows from above, what holds what in colors.

use super::{SizesError, network};
use plotters::coord::Shift;
use plotters::prelude::{
    BLACK, DrawingArea, IntoDrawingArea, IntoFont, RGBColor, Rectangle, SVGBackend, Text, WHITE,
};
use plotters::style::{Color, ShapeStyle};
use std::ops::Range;
use tribute_circuits::{CircuitParams, ParamsError, Region};

const FONT: &str = "sans-serif";
const LEFT: i32 = 60;
const TOP: i32 = 58;
const HEIGHT: f64 = 640.0;
const COLUMN: i32 = 14;
const LEGEND: i32 = 230;
const EMPTY: RGBColor = RGBColor(244, 244, 244);
/// Colors of the regions, in the order in which their names come.
const COLORS: [RGBColor; 12] = [
    RGBColor(150, 180, 210),
    RGBColor(200, 60, 60),
    RGBColor(90, 140, 90),
    RGBColor(230, 160, 60),
    RGBColor(140, 110, 180),
    RGBColor(120, 180, 120),
    RGBColor(200, 140, 170),
    RGBColor(110, 110, 110),
    RGBColor(190, 170, 120),
    RGBColor(80, 150, 170),
    RGBColor(200, 200, 160),
    RGBColor(170, 120, 90),
];

/// Draws the regions of a circuit as SVG.
///
/// # Errors
/// Fails if the parameters describe no circuit, or the drawing library does.
pub fn picture(params: &CircuitParams) -> Result<String, SizesError> {
    let refused = |source: ParamsError| SizesError::Circuit {
        network: network(&params.shape),
        contributors: params.shape.contributors,
        source: Box::new(source.into()),
    };
    let size = params.size().map_err(refused)?;
    let regions = merged(params.regions().map_err(refused)?);
    let columns = size.first_phase + size.second_phase + size.fixed;
    let rows = f64::from(params.k).exp2();
    let left = |column: usize| LEFT + COLUMN * i32::try_from(column).unwrap_or_default();
    let top = |row: usize| TOP + pixels(row as f64 / rows * HEIGHT);
    let mut svg = String::new();
    {
        let (width, bottom) = (left(columns), TOP + pixels(HEIGHT));
        let extent = ((width + LEGEND).unsigned_abs(), (bottom + 30).unsigned_abs());
        let area = SVGBackend::with_string(&mut svg, extent).into_drawing_area();
        area.fill(&WHITE)?;
        let write = |text: &str, place: (i32, i32), size: i32| {
            area.draw(&Text::new(text.to_owned(), place, (FONT, size).into_font().color(&BLACK)))
        };
        let title = format!(
            "{} with {} contributors: 2^{} rows, {} in use, {columns} columns",
            network(&params.shape),
            params.shape.contributors,
            params.k,
            size.rows
        );
        write(&title, (10, 10), 15)?;
        let kinds = [
            ("first phase", 0, size.first_phase),
            ("second", size.first_phase, size.first_phase + size.second_phase),
            ("fixed", size.first_phase + size.second_phase, columns),
        ];
        for (name, start, end) in kinds {
            area.draw(&Rectangle::new(
                [(left(start), TOP), (left(end) - 3, bottom)],
                EMPTY.filled(),
            ))?;
            write(name, (left(start), TOP - 18), 12)?;
        }
        for row in [0, size.rows, 1 << params.k] {
            write(&row.to_string(), (8, top(row) - 6), 11)?;
        }
        let mut names: Vec<&'static str> = Vec::new();
        for Region { name, columns, rows } in &regions {
            if !names.contains(name) {
                names.push(name);
            }
            let corners = [
                (left(columns.start), top(rows.start)),
                (left(columns.end) - 3, top(rows.end).max(top(rows.start) + 1)),
            ];
            area.draw(&Rectangle::new(corners, color(&names, name)))?;
        }
        legend(&area, &names, width + 12)?;
        area.present()?;
    }
    Ok(svg)
}

/// Says which color is what, from the top down.
fn legend(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    names: &[&str],
    x: i32,
) -> Result<(), SizesError> {
    for (name, y) in names.iter().zip((TOP..).step_by(20)) {
        area.draw(&Rectangle::new([(x, y), (x + 12, y + 12)], color(names, name)))?;
        let font = (FONT, 12).into_font().color(&BLACK);
        area.draw(&Text::new((*name).to_owned(), (x + 18, y), font))?;
    }
    Ok(())
}

/// The color of a name.
fn color(names: &[&str], name: &str) -> ShapeStyle {
    let place = names.iter().position(|known| *known == name).unwrap_or_default();
    COLORS[place % COLORS.len()].filled()
}

/// Joins regions of one name and the same columns whose rows touch.
fn merged(regions: Vec<Region>) -> Vec<Region> {
    let mut merged: Vec<Region> = Vec::new();
    for Region { name, columns, rows } in regions {
        match merged.last_mut() {
            Some(last)
                if last.name == name && last.columns == columns && touch(&last.rows, &rows) =>
            {
                last.rows = last.rows.start.min(rows.start)..last.rows.end.max(rows.end);
            }
            _ => merged.push(Region { name, columns, rows }),
        }
    }
    merged
}

fn touch(left: &Range<usize>, right: &Range<usize>) -> bool {
    left.start <= right.end && right.start <= left.end
}

#[allow(clippy::cast_possible_truncation, reason = "a picture is a thousand pixels high")]
fn pixels(length: f64) -> i32 {
    length.round() as i32
}
