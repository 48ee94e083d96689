//! Queries whose text never changes, for the few that run at every call.
//!
//! Diesel has a query of plain SQL planned anew each time, since its text could be another each
//! time. These are prepared once by each connection, and planned once.

use crate::platform::refusal::{Error, Result};
use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Bytea, Text, Untyped, Uuid as SqlUuid};
use std::borrow::Cow;
use uuid::Uuid;

/// A query with its values; `?` stands for the next of them, and for nothing else.
pub struct Prepared {
    sql: Cow<'static, str>,
    values: Vec<Bound>,
}

/// A value of a query.
pub enum Bound {
    Bytes(Vec<u8>),
    Id(Uuid),
    Texts(Vec<String>),
    Numbers(Vec<i64>),
}

impl Prepared {
    /// Errors unless there is a value for each place.
    pub fn new(sql: impl Into<Cow<'static, str>>, values: Vec<Bound>) -> Result<Self> {
        let sql = sql.into();
        if sql.matches('?').count() == values.len() {
            return Ok(Self { sql, values });
        }
        Err(Error::fault("a query without its values"))
    }
}

impl QueryId for Prepared {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Prepared {
    type SqlType = Untyped;
}

impl QueryFragment<Pg> for Prepared {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let values = std::iter::once(None).chain(self.values.iter().map(Some));
        for (piece, value) in self.sql.split('?').zip(values) {
            match value {
                None => {}
                Some(Bound::Bytes(bytes)) => out.push_bind_param::<Bytea, _>(bytes)?,
                Some(Bound::Id(id)) => out.push_bind_param::<SqlUuid, _>(id)?,
                Some(Bound::Texts(texts)) => out.push_bind_param::<Array<Text>, _>(texts)?,
                Some(Bound::Numbers(numbers)) => {
                    out.push_bind_param::<Array<BigInt>, _>(numbers)?
                }
            }
            out.push_sql(piece);
        }
        Ok(())
    }
}
