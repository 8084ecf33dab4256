//! Pinning what was made here.

use super::console::Console;
use crate::pins;
use tribute_verifier::registration::Registration;

/// Pins registrations that were just made on this machine. They are written and good whether or not this succeeds, so a
/// store that cannot be written is a notice.
pub(super) fn made<'a>(
    console: &Console,
    registrations: impl IntoIterator<Item = &'a Registration>,
    how: &str,
) {
    let pinned = pins::place().and_then(|store| {
        registrations.into_iter().try_for_each(|made| pins::pin(&store, made, how).map(drop))
    });
    if let Err(error) = pinned {
        console.notice(&format!(
            "not pinned on this machine ({error}); `tribute check` pins the registration later"
        ));
    }
}
