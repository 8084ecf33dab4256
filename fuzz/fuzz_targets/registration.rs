//! Any bytes as a registration: what is read is written and read again, and its check gives a verdict.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tribute_verifier::registration::Registration;

fuzz_target!(|bytes: &[u8]| {
    let Ok(registration) = Registration::from_json(bytes) else { return };
    let verdict = registration.check().is_ok();
    let text = serde_json::to_vec(&registration).expect("a registration that was read is written");
    let again = Registration::from_json(&text).expect("its text is read again");
    assert_eq!(again, registration);
    assert_eq!(again.check().is_ok(), verdict);
});
