//! The rank correlations of every query as a picture: sorted dots for each method, and their mean as a line.

use super::{Fidelity, FidelityError, MethodFidelity};
use plotters::prelude::{
    BLACK, ChartBuilder, Circle, Color, IntoDrawingArea, IntoFont, PathElement, RGBColor,
    SVGBackend, Text, WHITE,
};

const SIZE: (u32, u32) = (760, 420);
const FONT: &str = "sans-serif";
const DOTS: RGBColor = RGBColor(110, 140, 170);
/// The method that the case commits to.
const COMMITTED: RGBColor = RGBColor(180, 70, 30);
/// Part of a method's width that its dots take.
const SPREAD: f64 = 0.8;

/// Draws the rank correlations as SVG.
///
/// # Errors
/// Fails if the drawing library does.
pub fn plot(fidelity: &Fidelity) -> Result<String, FidelityError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let values = fidelity.methods.iter().flat_map(|method| &method.rank_correlations);
        let lowest = values.flatten().copied().fold(0.0, f64::min);
        let title = format!(
            "Scores against refitting without each of {} contributors, {} queries",
            fidelity.contributors, fidelity.queries
        );
        let mut chart = ChartBuilder::on(&area)
            .caption(title, (FONT, 16))
            .margin(14)
            .x_label_area_size(18)
            .y_label_area_size(48)
            .build_cartesian_2d(
                0.0..fidelity.methods.len() as f64,
                (lowest - 0.05).max(-1.1)..1.1,
            )?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(0)
            .y_desc("rank correlation of each query")
            .light_line_style(WHITE)
            // Rounded first: a zero that is a trifle below would show its sign.
            .y_label_formatter(&|value| format!("{:.1}", (value * 10.0).round() / 10.0 + 0.0))
            .draw()?;
        for (place, method) in (0_u32..).map(f64::from).zip(&fidelity.methods) {
            let color = if method.committed { COMMITTED } else { DOTS };
            let dots = dots(place, method);
            chart.draw_series(
                dots.into_iter().map(|dot| Circle::new(dot, 2, color.mix(0.6).filled())),
            )?;
            let label = match method.rank_correlation {
                Some(mean) => {
                    let line = vec![(place + 0.05, mean), (place + 0.95, mean)];
                    let line = PathElement::new(line, BLACK.stroke_width(2));
                    chart.draw_series([line])?;
                    format!("{}  {mean:.3}", method.method)
                }
                None => format!("{}  no query", method.method),
            };
            let font = (FONT, 14).into_font();
            chart.draw_series([Text::new(label, (place + 0.1, 1.08), font)])?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// Returns the correlations of a method, the lowest to the left.
fn dots(place: f64, method: &MethodFidelity) -> Vec<(f64, f64)> {
    let mut values: Vec<f64> = method.rank_correlations.iter().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    let gap = SPREAD / values.len().max(1) as f64;
    let first = place + (1.0 - SPREAD + gap) / 2.0;
    values.into_iter().enumerate().map(|(i, value)| (first + i as f64 * gap, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tribute_verifier::method::MethodId;

    fn method(method: MethodId, rank_correlations: Vec<Option<f64>>) -> MethodFidelity {
        MethodFidelity {
            method,
            committed: method == MethodId::GroupNewton,
            rank_correlation: super::super::mean(&rank_correlations),
            correlated: 0,
            share_error_ppm: None,
            compared: 0,
            saturated: 0,
            unattributed: 0,
            rank_correlations,
            share_errors_ppm: Vec::new(),
        }
    }

    #[test]
    fn every_query_is_a_dot_and_every_mean_is_written() {
        let fidelity = Fidelity {
            queries: 3,
            contributors: 4,
            lam_n: 1.0,
            methods: vec![
                method(MethodId::TracIn, vec![Some(-1.0), None, Some(0.5)]),
                method(MethodId::Representer, vec![None; 3]),
                method(MethodId::GroupNewton, vec![Some(1.0), Some(0.9), Some(0.8)]),
            ],
            left_out: Vec::new(),
        };
        let svg = plot(&fidelity).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 5);
        for text in ["tracin  -0.250", "representer  no query", "group-newton  0.900", "3 queries"]
        {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn dots_rise_within_the_place_of_their_method() {
        let dots = dots(2.0, &method(MethodId::TracIn, vec![Some(0.5), None, Some(-0.5)]));
        let places: Vec<f64> = dots.iter().map(|dot| (dot.0 * 100.0).round()).collect();
        assert_eq!((places, dots[0].1), (vec![230.0, 270.0], -0.5));
    }
}
