//! The queries of a run, read from their files as often as they are needed.

use crate::batch::AllError;
use crate::data::{QueryRows, RequestRows, Requested};
use std::path::PathBuf;

/// Where queries come from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The inputs: a CSV file with the header `f0,f1,..`.
    pub input: PathBuf,
    /// What their requesters gave: a CSV file with one line for each row.
    pub requests: Option<PathBuf>,
}

/// One query, and what its requester gave.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) row: u64,
    pub(super) input: Vec<i16>,
    pub(super) requested: Requested,
}

/// A pass over the files.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    source: &'a Source,
    queries: QueryRows,
    requests: Option<RequestRows>,
}

impl Source {
    /// Opens both files.
    pub(super) fn pass(&self, inputs: usize) -> Result<Pass<'_>, AllError> {
        let queries = QueryRows::open(&self.input, inputs)?;
        let requests = self.requests.as_deref().map(RequestRows::open).transpose()?;
        Ok(Pass { source: self, queries, requests })
    }
}

impl Pass<'_> {
    /// The next query; nothing behind the last.
    pub(super) fn advance(&mut self) -> Result<Option<Asked>, AllError> {
        let query = self.queries.advance()?;
        let requested = self.requests.as_mut().map(RequestRows::advance).transpose()?;
        match (query, requested) {
            (Some(query), None) => Ok(Some(Asked {
                row: query.row,
                input: query.features,
                requested: Requested::default(),
            })),
            (Some(query), Some(Some(requested))) => {
                Ok(Some(Asked { row: query.row, input: query.features, requested }))
            }
            (None, None | Some(None)) => Ok(None),
            (Some(_), Some(None)) | (None, Some(Some(_))) => Err(AllError::Count {
                input: self.source.input.clone(),
                requests: self.source.requests.clone().unwrap_or_default(),
            }),
        }
    }

    /// The next queries, at most so many.
    pub(super) fn chunk(&mut self, most: usize) -> Result<Vec<Asked>, AllError> {
        let mut chunk = Vec::new();
        while chunk.len() < most
            && let Some(asked) = self.advance()?
        {
            chunk.push(asked);
        }
        Ok(chunk)
    }
}
