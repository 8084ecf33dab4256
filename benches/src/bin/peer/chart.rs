//! Both sides as bars, seconds above and memory below, on logarithmic scales.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Color, DrawingArea, IntoDrawingArea, IntoFont, RGBColor, Rectangle, SVGBackend,
    Text, WHITE,
};
use tribute_benches::process::Usage;

use crate::report::{Entry, Side};

const SIZE: (u32, u32) = (1080, 660);
const FONT: &str = "sans-serif";
const PEER: RGBColor = RGBColor(110, 140, 170);
const OURS: RGBColor = RGBColor(180, 70, 30);

/// Names of the works, and a figure of either side of each.
type Bars = Vec<(String, [Option<f64>; 2])>;

/// Draws what both sides took.
///
/// # Errors
/// Fails if the drawing library does.
pub(crate) fn draw(entries: &[Entry]) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let (above, below) = area.split_vertically(SIZE.1 / 2);
        panel(&above, "Seconds to prove", &bars(entries, |usage| usage.seconds))?;
        #[allow(clippy::cast_precision_loss, reason = "figures to show")]
        panel(&below, "Peak memory, MiB", &bars(entries, |usage| usage.mebibytes as f64))?;
        area.present()?;
    }
    Ok(svg)
}

fn bars(entries: &[Entry], figure: impl Fn(Usage) -> f64) -> Bars {
    let of = |side: &Result<Side, String>| {
        side.as_ref().ok().and_then(Side::prove).map(&figure).filter(|figure| *figure > 0.0)
    };
    entries
        .iter()
        .map(|entry| (entry.work.to_string(), [of(&entry.peer), of(&entry.ours)]))
        .collect()
}

fn panel(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    title: &str,
    bars: &Bars,
) -> Result<(), Box<dyn Error>> {
    let figures = || bars.iter().flat_map(|(_, figures)| figures).flatten().map(|f| f.log10());
    let lowest = figures().fold(f64::INFINITY, f64::min).min(9.0).floor();
    let highest = figures().fold(lowest, f64::max).floor() + 1.3;
    let places = (0_u32..).map(f64::from);
    let count = places.clone().nth(bars.len().max(1)).unwrap_or(1.0);
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{title}: ezkl (blue), tribute (red)"), (FONT, 16))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(52)
        .build_cartesian_2d(0.0..count, lowest..highest)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(0)
        .y_labels(8)
        .max_light_lines(0)
        .y_label_formatter(&|power| number(10_f64.powf(*power)))
        .draw()?;
    for (place, (name, figures)) in places.zip(bars) {
        for ((left, color), figure) in [(0.12, PEER), (0.5, OURS)].into_iter().zip(figures) {
            let left = place + left;
            let (top, label) = match figure {
                Some(figure) => (figure.log10(), number(*figure)),
                None => (lowest, "n/a".into()),
            };
            let bar = Rectangle::new([(left, lowest), (left + 0.36, top)], color.mix(0.8).filled());
            chart.draw_series([bar])?;
            let text = (left + 0.06, top + 0.06 * (highest - lowest));
            chart.draw_series([Text::new(label, text, (FONT, 12).into_font())])?;
        }
        // What follows the colon stands below.
        for (line, part) in (0_u8..).map(f64::from).zip(name.split(':')) {
            let below = (place + 0.1, lowest - (0.03 + 0.07 * line) * (highest - lowest));
            let text = Text::new(part.to_owned(), below, (FONT, 12).into_font());
            chart.plotting_area().draw(&text)?;
        }
    }
    Ok(())
}

fn number(figure: f64) -> String {
    if figure >= 10.0 {
        format!("{figure:.0}")
    } else {
        format!("{}", (figure * 100.0).round() / 100.0)
    }
}
