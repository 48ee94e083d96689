//! Pages of lists: `limit` and `cursor` in, items and the next cursor out.

use crate::kernel::check::Invalid;
use crate::kernel::page::{self, Cursors, Position};
use crate::platform::refusal::{Common, Result};
use poem::{Request, RequestBody};
use poem_openapi::param::Query;
use poem_openapi::registry::{MetaParamIn, MetaSchemaRef};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

/// A page asked for, checked.
#[derive(Debug, Clone, Copy)]
pub struct PageWanted {
    /// From 1 to [`page::MOST`].
    pub limit: i64,
    pub after: Option<Position>,
}

impl PageWanted {
    /// Reads `limit` and `cursor`; `list` must name the list and its owner, as in [`Cursors`].
    pub fn read(
        cursors: &Cursors,
        list: &str,
        limit: Option<i64>,
        cursor: Option<&str>,
    ) -> Result<Self> {
        let limit = limit.unwrap_or(page::USUAL);
        if !(1..=page::MOST).contains(&limit) {
            let message = format!("Ask for 1 to {} rows", page::MOST);
            return Err(Invalid::field("limit", message).into());
        }
        let after = cursor.map(|c| cursors.open(list, c)).transpose()?;
        Ok(Self { limit, after })
    }

    pub fn first(limit: i64) -> Self {
        Self { limit, after: None }
    }
}

/// `limit` and `cursor` of a list: one argument of its operation, called `limit`.
pub struct PageQuery {
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

impl PageQuery {
    /// As [`PageWanted::read`].
    pub fn wanted(&self, cursors: &Cursors, list: &str) -> Result<PageWanted> {
        PageWanted::read(cursors, list, self.limit, self.cursor.as_deref())
    }
}

/// Only `limit` is described here; the description names `cursor` after it.
impl<'a> ApiExtractor<'a> for PageQuery {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = Option<i64>;
    type ParamRawType = i64;

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Query)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(i64::schema_ref())
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<Self::ParamType>,
    ) -> poem::Result<Self> {
        let cursor = ExtractParamOptions { name: "cursor", ..ExtractParamOptions::default() };
        Ok(Self {
            limit: Query::from_request(request, body, options).await?.0,
            cursor: Query::<Option<String>>::from_request(request, body, cursor).await?.0,
        })
    }
}

/// Cuts the extra row that a store read to learn whether there is more; answers the position after
/// which the next page starts.
pub fn cut<T>(
    rows: &mut Vec<T>,
    limit: i64,
    position: impl Fn(&T) -> Position,
) -> Option<Position> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if rows.len() <= limit {
        return None;
    }
    rows.truncate(limit);
    rows.last().map(position)
}

/// The version in an If-Match header, as this API writes it in ETag.
///
/// Errors: `if-match-wanted` without one, and for `*`, which would let an edit overwrite what
/// nobody read; `stale` for every tag that is none of ours. The comparison is strong, as RFC 9110
/// section 13.1.1 wants: a weak tag never fits.
pub fn if_match(header: Option<&str>) -> Result<i32> {
    let header = header.map(str::trim).filter(|h| *h != "*").ok_or(Common::VersionWanted)?;
    let quoted = header.strip_prefix('"').and_then(|h| h.strip_suffix('"'));
    let version = quoted.and_then(|version| version.parse().ok());
    Ok(version.ok_or(Common::Stale)?)
}
