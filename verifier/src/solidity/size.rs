//! How large a rendered verifier will be, without a compiler.
//!
//! The code of an unrolled verifier is nearly the sum of what its expressions push and do. The weights are those of the pinned
//! compiler with the documented settings; what does not depend on the plan is one number. Tests compile contracts and
//! hold the estimate to be no less than their size and hardly more.

/// Bytes of code that every verifier takes, whatever its plan; the four words of tau, which the body takes by their
/// names, are among them.
const BASE: usize = 2_800 + 4 * 33;

/// Bytes for each occurrence: a load pushes a place; an operation in the field repeats the modulus; a fold is a call.
const WEIGHTS: [(&str, usize); 9] = [
    ("mload(", 4),
    ("calldataload(", 4),
    ("addmod(", 2),
    ("mulmod(", 2),
    ("sub(", 2),
    ("mstore(", 4),
    ("foldProof(", 14),
    ("foldMemory(", 14),
    (":=", 2),
];

/// Returns about the size of the code of a verifier whose key stands apart: an upper bound, but for some bytes.
pub(super) fn estimate(source: &str) -> usize {
    let body = source.find("function verifyProof").map_or("", |start| &source[start..]);
    let code = body.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.map(line_bytes).sum::<usize>() + BASE
}

fn line_bytes(line: &str) -> usize {
    let operations = WEIGHTS.iter().map(|(text, bytes)| bytes * line.matches(text).count());
    let literals = line.split("0x").skip(1).map(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_hexdigit).count();
        // A word, or a constant that is shorter; places are counted with what uses them.
        match digits {
            64 => 33,
            8 => 3,
            _ => 0,
        }
    });
    operations.sum::<usize>() + literals.sum::<usize>()
}
