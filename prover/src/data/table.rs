//! Rows of text cells out of a CSV file, with bounds on the file and on every line, and a place for every error.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Reader, ReaderBuilder, Trim};

use super::error::{DataError, Place, Problem};
use crate::files::open_regular;

/// The longest line: 65,535 cells of 32 bytes.
const LINE_LIMIT: u64 = 2 << 20;
/// Characters of a cell that errors show.
const SHOWN: usize = 40;

/// An open CSV file behind its header.
#[derive(Debug)]
pub(super) struct Table {
    path: PathBuf,
    reader: Reader<LineBound>,
    /// Cells of the header.
    pub(super) header: Vec<String>,
    record: ByteRecord,
}

impl Table {
    /// Opens a file of at most `limit` bytes and reads its header; `expected` shows what it should be.
    pub(super) fn open(path: &Path, limit: u64, expected: &'static str) -> Result<Self, DataError> {
        let (file, length) = open_regular(path, limit)?;
        let mut reader =
            ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(LineBound {
                file: file.take(length),
                line: 0,
                quoted: false,
                returns: false,
                last: 0,
            });
        let at = |line, problem| content(path, line, None, problem);
        let header: Vec<String> = match reader.byte_headers() {
            Ok(cells) => cells.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect(),
            Err(error) => return Err(at(Some(1), unreadable(&error))),
        };
        if header.is_empty() || header.iter().all(String::is_empty) {
            return Err(at(None, Problem::Empty { expected }));
        }
        if header.iter().all(|cell| cell.parse::<f64>().is_ok()) {
            return Err(at(Some(1), Problem::NoHeader { expected }));
        }
        Ok(Self { path: path.to_path_buf(), reader, header, record: ByteRecord::new() })
    }

    /// Checks the leading cells of the header, whatever their case.
    pub(super) fn expect_leading(
        &self,
        names: &[&str],
        expected: &'static str,
    ) -> Result<(), DataError> {
        let found = self.header.iter().take(names.len());
        if self.header.len() >= names.len()
            && found.zip(names).all(|(a, b)| a.eq_ignore_ascii_case(b))
        {
            return Ok(());
        }
        let leading: Vec<_> = self.header.iter().take(names.len()).map(|c| shown(c)).collect();
        let actual = leading.join(",");
        Err(self.fault(Some(1), None, Problem::Header { actual, expected }))
    }

    /// Moves to the next row; `false` at the end. Every row has as many cells as the header.
    pub(super) fn advance(&mut self) -> Result<bool, DataError> {
        let next_line = self.reader.position().line() + self.lag();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => Ok(false),
            Ok(true) => {
                let (expected, actual) = (self.header.len(), self.record.len());
                if expected == actual {
                    Ok(true)
                } else {
                    Err(self.here(None, Problem::Cells { expected, actual }))
                }
            }
            Err(error) => Err(self.fault(Some(next_line), None, unreadable(&error))),
        }
    }

    /// The line of the current row.
    pub(super) fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line) + self.lag()
    }

    /// By how much the parser's count lags: it ends a record at the carriage return of a CR LF, before the line does.
    fn lag(&self) -> u64 {
        u64::from(self.reader.get_ref().returns)
    }

    /// The text of a cell of the current row; never empty.
    pub(super) fn cell(&self, column: usize) -> Result<&str, DataError> {
        let bytes = self.record.get(column).unwrap_or_default();
        let text =
            std::str::from_utf8(bytes).map_err(|_| self.here(Some(column), Problem::Encoding))?;
        if text.is_empty() { Err(self.here(Some(column), Problem::EmptyCell)) } else { Ok(text) }
    }

    /// The finite number in a cell of the current row.
    pub(super) fn number(&self, column: usize) -> Result<f64, DataError> {
        let text = self.cell(column)?;
        let fault = |problem| self.here(Some(column), problem);
        let value: f64 =
            text.parse().map_err(|_| fault(Problem::NotANumber { cell: shown(text) }))?;
        if value.is_finite() {
            Ok(value)
        } else {
            Err(fault(Problem::NotFinite { cell: shown(text) }))
        }
    }

    /// An error in the current row.
    pub(super) fn here(&self, column: Option<usize>, problem: Problem) -> DataError {
        self.fault(Some(self.line()), column, problem)
    }

    /// An error in this file.
    pub(super) fn fault(
        &self,
        line: Option<u64>,
        column: Option<usize>,
        problem: Problem,
    ) -> DataError {
        let name = column.map(|c| match self.header.get(c) {
            Some(name) if !name.is_empty() => shown(name),
            _ => (c + 1).to_string(),
        });
        content(&self.path, line, name, problem)
    }
}

/// Text out of a file, cut to a readable length and on one line.
pub(super) fn shown(text: &str) -> String {
    let mut kept: String =
        text.chars().take(SHOWN).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        kept.push_str("..");
    }
    kept
}

fn content(path: &Path, line: Option<u64>, column: Option<String>, problem: Problem) -> DataError {
    DataError::Content { path: path.to_path_buf(), place: Place { line, column }, problem }
}

fn unreadable(error: &csv::Error) -> Problem {
    match error.kind() {
        csv::ErrorKind::Io(io) if io.get_ref().is_some_and(|e| e.is::<LineTooLong>()) => {
            Problem::LineTooLong { limit: LINE_LIMIT }
        }
        csv::ErrorKind::Io(io) => Problem::Unreadable { reason: io.to_string() },
        _ => Problem::Unreadable { reason: error.to_string() },
    }
}

/// Passes bytes on and stops where a line, as CSV understands it, is too long to be one.
#[derive(Debug)]
struct LineBound {
    file: io::Take<File>,
    line: u64,
    quoted: bool,
    /// Whether a line ended in CR LF.
    returns: bool,
    last: u8,
}

#[derive(Debug, thiserror::Error)]
#[error("line too long")]
struct LineTooLong;

impl Read for LineBound {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        for &byte in &buffer[..length] {
            self.quoted ^= byte == b'"';
            self.returns |= byte == b'\n' && self.last == b'\r' && !self.quoted;
            self.last = byte;
            self.line = if byte == b'\n' && !self.quoted { 0 } else { self.line + 1 };
            if self.line > LINE_LIMIT {
                return Err(io::Error::other(LineTooLong));
            }
        }
        Ok(length)
    }
}
