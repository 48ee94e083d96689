//! An answer whose body is still on its way.

use super::client::{Answer, Trouble, trouble};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// Status and headers are here; the body comes when it is asked for.
pub struct Opened {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Flow,
    most: usize,
    until: Instant,
}

impl Opened {
    /// `most` and `until` are for an answer that is read whole.
    pub(super) fn new(response: reqwest::Response, most: usize, until: Instant) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, body: Flow(Source::Coming(response)), most, until }
    }

    /// The same with its body read already, so that it can be looked into.
    ///
    /// Errors: as [`Self::whole`].
    pub async fn read(self) -> Result<(Self, Bytes), Trouble> {
        let (most, until) = (self.most, self.until);
        let Answer { status, headers, body } = self.whole().await?;
        let body = Bytes::from(body);
        let flow = Flow(Source::Here(body.clone()));
        Ok((Self { status, headers, body: flow, most, until }, body))
    }

    /// Reads it to its end, within what the question set.
    ///
    /// Errors: `TooLarge`, `Late`, `Broken`.
    pub async fn whole(self) -> Result<Answer, Trouble> {
        let Self { status, headers, body, most, until } = self;
        let body = match body.0 {
            Source::Here(body) => body.to_vec(),
            Source::Coming(response) => {
                let read = timeout_at(until, read_at_most(response, most)).await;
                read.map_err(|_| Trouble::Late)??
            }
        };
        Ok(Answer { status, headers, body })
    }
}

/// A body, piece by piece. Dropped before its end, its connection ends.
pub struct Flow(Source);

enum Source {
    Coming(reqwest::Response),
    /// Read already; empty when it was handed on.
    Here(Bytes),
}

impl Flow {
    /// The next piece; `None` at the end.
    ///
    /// Errors: `Late` when nothing comes within `patience`, `Broken`.
    pub async fn next(&mut self, patience: Duration) -> Result<Option<Bytes>, Trouble> {
        let response = match &mut self.0 {
            Source::Coming(response) => response,
            Source::Here(body) => {
                return Ok(Some(std::mem::take(body)).filter(|body| !body.is_empty()));
            }
        };
        let next = timeout(patience, response.chunk()).await.map_err(|_| Trouble::Late)?;
        next.map_err(|error| trouble(&error))
    }
}

async fn read_at_most(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Trouble> {
    let announced = response.content_length().and_then(|bytes| usize::try_from(bytes).ok());
    if announced.is_some_and(|bytes| bytes > most) {
        return Err(Trouble::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
        if body.len() + chunk.len() > most {
            return Err(Trouble::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
