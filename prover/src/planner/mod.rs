//! The planner: which layout an inference circuit gets, and what it costs.
//!
//! [`cost`] turns the exact counts of a layout into bytes, gas, seconds and memory; [`calibration`] measures what seconds
//! depend on, on the machine at hand; [`choose`](mod@choose) compares the layouts of a shape. The choice depends on the shape and the goal
//! alone, never on a measurement: two setups of one shape make one plan. Degree (5) and the grouping of lookups (three lanes to a
//! helper) are properties of the circuit and no choice.

pub mod batch;
pub mod calibration;
pub mod choose;
pub mod cost;
pub mod measure;
pub mod sample;

pub use calibration::Calibration;
pub use choose::{Choice, Goal, choose};
pub use cost::{Counts, Prediction, predict};
