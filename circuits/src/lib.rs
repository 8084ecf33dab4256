//! When tribute's claims hold: integer reference, gadgets, circuits.
