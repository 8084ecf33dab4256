//! One file per verb: arguments, one call of the library, one outcome.

pub(super) mod attribute;
pub(super) mod check;
pub(super) mod commit;
pub(super) mod commit_input;
pub(super) mod demo;
pub(super) mod export;
pub(super) mod fidelity;
pub(super) mod inclusion;
pub(super) mod index;
pub(super) mod inspect;
pub(super) mod pins;
pub(super) mod prove;
pub(super) mod setup;
pub(super) mod sizes;
pub(super) mod srs;
pub(super) mod verify;
pub(super) mod verify_inclusion;
