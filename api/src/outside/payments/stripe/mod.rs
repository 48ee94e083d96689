//! The live client, and the only place that knows the Stripe library.
//!
//! The library makes the requests; its client and retries are not used: it opens a connection for
//! each call, and draws a random key a call, or none. Its typed answers are not used either, since
//! one missing field would turn money that moved into an error: answers are read for the few fields
//! we need.

mod requests;
mod saved;
mod wire;

use super::{
    Account, Ask, Balance, BalanceTransaction, CallError, CallResult, Charge, Checkout, Customer,
    Dispute, Intent, Link, Method, Movements, Payments, Payout, Refund, Reply, Reversal, Transfer,
};
use futures::future::BoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use stripe_client_core::RequestBuilder;
use wire::{How, Wire};

/// How long one call may take: well under the lease of a job.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most pages of a list that are read.
const MOST_PAGES: usize = 50;

/// Stripe over HTTP.
pub struct Stripe {
    wire: Wire,
}

impl Stripe {
    /// `base` is where the API is when it is not Stripe's own.
    ///
    /// Errors when the key cannot be used.
    pub fn new(secret_key: &str, base: Option<&str>) -> anyhow::Result<Self> {
        Ok(Self { wire: Wire::new(secret_key, base, PATIENCE)? })
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> CallResult<T> {
        reply(self.wire.send(request, How::default()).await?)
    }

    /// Reads as a connected account, or as ourselves.
    async fn read_of<T: DeserializeOwned>(
        &self,
        account: Option<&str>,
        request: RequestBuilder,
    ) -> CallResult<T> {
        reply(self.wire.send(request, How { account, ..How::default() }).await?)
    }

    async fn read_all<T: DeserializeOwned>(
        &self,
        page: impl Fn(Option<&str>) -> RequestBuilder,
    ) -> Result<Vec<Reply<T>>, CallError> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let Reply { object: list, .. } = self.read::<List>(page(after.as_deref())).await?;
            after = list.data.last().and_then(|o| o.get("id")?.as_str().map(str::to_owned));
            for object in list.data {
                all.push(reply(object)?);
            }
            if !list.has_more || after.is_none() {
                return Ok(all);
            }
        }
        Err(CallError::Unknown("a list has no end".to_owned()))
    }
}

#[derive(Deserialize)]
struct List {
    data: Vec<Value>,
    has_more: bool,
}

fn reply<T: DeserializeOwned>(raw: Value) -> CallResult<T> {
    match serde_json::from_value(raw.clone()) {
        Ok(object) => Ok(Reply { object, raw }),
        Err(error) => Err(CallError::Unknown(format!("an answer of another shape: {error}"))),
    }
}

impl Payments for Stripe {
    fn ask<'a>(&'a self, ask: &'a Ask, key: &'a str) -> BoxFuture<'a, Result<Value, CallError>> {
        let how = How { key: Some(key), ..How::default() };
        Box::pin(async move { self.wire.send(requests::make(ask), how).await })
    }

    fn account_link<'a>(
        &'a self,
        account: &'a str,
        return_url: &'a str,
        refresh_url: &'a str,
    ) -> BoxFuture<'a, CallResult<Link>> {
        Box::pin(self.read(requests::account_link(account, return_url, refresh_url)))
    }

    fn expire_checkout<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Checkout>> {
        Box::pin(self.read(requests::expire_checkout(id)))
    }

    fn account<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Account>> {
        Box::pin(self.read(requests::account(id)))
    }

    fn checkout<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Checkout>> {
        Box::pin(self.read(requests::checkout(id)))
    }

    fn intent<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Intent>> {
        Box::pin(self.read(requests::intent(id)))
    }

    fn cancel_intent<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Intent>> {
        Box::pin(self.read(saved::cancel_intent(id)))
    }

    fn method<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Method>> {
        Box::pin(self.read(saved::method(id)))
    }

    fn intents_of<'a>(
        &'a self,
        customer: &'a str,
        second: i64,
    ) -> BoxFuture<'a, Result<Vec<Reply<Intent>>, CallError>> {
        Box::pin(self.read_all(move |after| saved::intents_of(customer, second, after)))
    }

    fn customers_since<'a>(
        &'a self,
        second: i64,
    ) -> BoxFuture<'a, Result<Vec<Reply<Customer>>, CallError>> {
        Box::pin(self.read_all(move |after| saved::customers_since(second, after)))
    }

    fn charge<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Charge>> {
        Box::pin(self.read(requests::charge(id)))
    }

    fn refund<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Refund>> {
        Box::pin(self.read(requests::refund(id)))
    }

    fn dispute<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Dispute>> {
        Box::pin(self.read(requests::dispute(id)))
    }

    fn transfer<'a>(&'a self, id: &'a str) -> BoxFuture<'a, CallResult<Transfer>> {
        Box::pin(self.read(requests::transfer(id)))
    }

    fn balance_transaction<'a>(
        &'a self,
        id: &'a str,
    ) -> BoxFuture<'a, CallResult<BalanceTransaction>> {
        Box::pin(self.read(requests::balance_transaction(id)))
    }

    fn movements<'a>(
        &'a self,
        account: Option<&'a str>,
        second: i64,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, CallResult<Movements>> {
        Box::pin(self.read_of(account, requests::movements(second, after)))
    }

    fn payout<'a>(&'a self, account: &'a str, id: &'a str) -> BoxFuture<'a, CallResult<Payout>> {
        Box::pin(self.read_of(Some(account), requests::payout(id)))
    }

    fn balance<'a>(&'a self, account: Option<&'a str>) -> BoxFuture<'a, CallResult<Balance>> {
        Box::pin(self.read_of(account, requests::balance()))
    }

    fn checkouts_since<'a>(
        &'a self,
        second: i64,
    ) -> BoxFuture<'a, Result<Vec<Reply<Checkout>>, CallError>> {
        Box::pin(self.read_all(move |after| requests::checkouts_since(second, after)))
    }

    fn accounts_since<'a>(
        &'a self,
        second: i64,
    ) -> BoxFuture<'a, Result<Vec<Reply<Account>>, CallError>> {
        Box::pin(self.read_all(move |after| requests::accounts_since(second, after)))
    }

    fn refunds_of<'a>(
        &'a self,
        charge: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Reply<Refund>>, CallError>> {
        Box::pin(self.read_all(move |after| requests::refunds_of(charge, after)))
    }

    fn reversals_of<'a>(
        &'a self,
        transfer: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Reply<Reversal>>, CallError>> {
        Box::pin(self.read_all(move |after| requests::reversals_of(transfer, after)))
    }

    fn transfers_of<'a>(
        &'a self,
        group: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Reply<Transfer>>, CallError>> {
        Box::pin(self.read_all(move |after| requests::transfers_of(group, after)))
    }
}
