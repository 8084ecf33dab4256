//! `contributors.csv`: who is paid, in registry order.

use std::collections::BTreeMap;
use std::path::Path;

use tribute_verifier::payees::{Address, MAX_CONTRIBUTORS};

use super::error::{DataError, Problem};
use super::table::{Table, shown};

/// The largest contributors file.
const FILE_LIMIT: u64 = 64 << 20;
/// Bytes of a contributor's name.
const NAME_LIMIT: usize = 256;
const HEADER: &str = "contributor,address";

/// One who is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Name in the dataset.
    pub name: String,
    /// Where shares go; `None` where no contributors file was given.
    pub address: Option<Address>,
}

/// Contributors in registry order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    owners: Vec<Owner>,
    places: BTreeMap<String, usize>,
}

impl Registry {
    /// Contributors in order.
    #[must_use]
    pub fn owners(&self) -> &[Owner] {
        &self.owners
    }

    /// Number of contributors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// Whether nobody is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The place of a contributor by name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }

    /// Appends a contributor whose name is new.
    pub(super) fn push(&mut self, name: &str, address: Option<Address>) -> Result<usize, Problem> {
        if name.len() > NAME_LIMIT || name.chars().any(char::is_control) {
            return Err(Problem::NameFormat { name: shown(name), limit: NAME_LIMIT });
        }
        if self.owners.len() == MAX_CONTRIBUTORS {
            return Err(Problem::TooManyContributors { limit: MAX_CONTRIBUTORS });
        }
        let place = self.owners.len();
        self.places.insert(name.to_owned(), place);
        self.owners.push(Owner { name: name.to_owned(), address });
        Ok(place)
    }
}

/// Reads a contributors file.
///
/// # Errors
/// Fails on a wrong header, a malformed, zero or repeated address, a repeated name, or more than 4096 lines.
pub fn read_registry(path: &Path) -> Result<Registry, DataError> {
    let mut table = Table::open(path, FILE_LIMIT, HEADER)?;
    table.expect_leading(&["contributor", "address"], HEADER)?;
    let mut registry = Registry::default();
    let mut name_lines: Vec<u64> = Vec::new();
    let mut addresses: BTreeMap<Address, u64> = BTreeMap::new();
    while table.advance()? {
        let name = table.cell(0)?;
        let fault = |problem| table.here(Some(0), problem);
        if let Some(place) = registry.place(name) {
            let first = name_lines[place];
            return Err(fault(Problem::DuplicateName { name: shown(name), first }));
        }
        let cell = table.cell(1)?;
        let refused = || table.here(Some(1), Problem::AddressFormat { cell: shown(cell) });
        let address = read_address(cell).ok_or_else(refused)?;
        if address == Address::ZERO {
            return Err(table.here(Some(1), Problem::ZeroAddress { name: shown(name) }));
        }
        if let Some(&first) = addresses.get(&address) {
            let address = address.to_string();
            return Err(table.here(Some(1), Problem::DuplicateAddress { address, first }));
        }
        addresses.insert(address, table.line());
        registry.push(name, Some(address)).map_err(fault)?;
        name_lines.push(table.line());
    }
    if registry.is_empty() { Err(table.fault(None, None, Problem::NoRows)) } else { Ok(registry) }
}

/// Reads an address in any case; it is kept as bytes, which have none.
#[must_use]
pub fn read_address(text: &str) -> Option<Address> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let mut bytes = [0; 20];
    hex::decode_to_slice(digits, &mut bytes).ok()?;
    Some(Address(bytes))
}
