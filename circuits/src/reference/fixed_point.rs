//! Scales and widths of profile P20, and the two ways to round.
//!
//! A real $x$ at scale bits $s$ is the integer $\lfloor x \cdot 2^s + 1/2 \rfloor$.
//!
//! * `RS`: $\mathrm{rescale}(x, k) = \lfloor (x + 2^{k-1}) / 2^k \rfloor$, half **up**, also for negative $x$.
//! * `RDIV`: $\mathrm{round\_div}(a, b) = \lfloor (2a + b) / (2b) \rfloor$ for $a \ge 0$, $b > 0$.

/// The profile's number in descriptors and headers.
pub const PROFILE: u16 = 20;
/// Scale bits of an input.
pub const INPUT_SCALE: u32 = 8;
/// Scale bits of a hidden weight; a hidden bias has these plus the scale of its layer's input.
pub const HIDDEN_WEIGHT_SCALE: u32 = 12;
/// Scale bits of a hidden activation.
pub const ACTIVATION_SCALE: u32 = 8;
/// Scale bits of a head weight.
pub const HEAD_SCALE: u32 = 16;
/// Scale bits of a logit.
pub const LOGIT_SCALE: u32 = 10;
/// Scale bits of a probability and of a row's residual.
pub const PROBABILITY_SCALE: u32 = 20;
/// Scale bits of an exponential and of a query's residual.
pub const EXPONENTIAL_SCALE: u32 = 24;
/// Scale bits of the regularization $\lambda$.
pub const LAMBDA_SCALE: u32 = 8;

/// Bits of a signed input and of a signed hidden weight.
pub const INPUT_BITS: u32 = 16;
/// Bits of an unsigned hidden activation.
pub const ACTIVATION_BITS: u32 = 16;
/// Bits of a signed hidden bias.
pub const BIAS_BITS: u32 = 32;
/// Bits of a signed head weight.
pub const HEAD_BITS: u32 = 24;
/// Bits of a signed logit.
pub const LOGIT_BITS: u32 = 24;
/// Bits of a signed table entry.
pub const TABLE_BITS: u32 = 56;
/// Bits that a Newton method's certified solution has below an entry of the table.
pub const TABLE_FRACTION_BITS: u32 = 32;

/// Parts per million: what all weights of a query sum to.
pub const PPM: u32 = 1_000_000;

/// Returns whether `value` lies in $[-2^{bits-1}, 2^{bits-1})$; `bits` from 1 to 63.
#[must_use]
pub const fn fits_signed(value: i64, bits: u32) -> bool {
    let half = 1_i64 << (bits - 1);
    -half <= value && value < half
}

/// Returns whether `value` lies in $[0, 2^{bits})$; `bits` below 63.
#[must_use]
pub const fn fits_unsigned(value: i64, bits: u32) -> bool {
    0 <= value && value < (1_i64 << bits)
}

/// `RS`: divides by $2^{bits}$, rounding half up; `bits` from 1 to 62.
///
/// ```
/// use tribute_circuits::reference::fixed_point::rescale;
///
/// assert_eq!(rescale(3, 1), 2); // 1.5 rounds up
/// assert_eq!(rescale(-3, 1), -1); // and so does -1.5
/// ```
#[must_use]
pub const fn rescale(accumulator: i64, bits: u32) -> i64 {
    (accumulator + (1_i64 << (bits - 1))) >> bits
}

/// `RDIV`: divides $a \ge 0$ by $b > 0$, rounding half up.
///
/// ```
/// use tribute_circuits::reference::fixed_point::round_div;
///
/// assert_eq!(round_div(1, 2), 1);
/// assert_eq!(round_div(4, 3), 1);
/// ```
#[must_use]
pub const fn round_div(dividend: i64, divisor: i64) -> i64 {
    (2 * dividend + divisor) / (2 * divisor)
}
