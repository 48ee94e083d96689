//! Our asks about cards that are kept, as Stripe's requests. Customers and payment methods are
//! written out: the library's types for them would bring a thousand others.

use super::requests::{PAGE, currency, since, tags};
use crate::outside::payments::{Detachment, NewCharge, NewCustomer, NewSetup};
use serde::Serialize;
use std::collections::HashMap;
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};
use stripe_core::payment_intent::{
    CancelPaymentIntent, CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods,
    CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects, CreatePaymentIntentOffSession,
    ListPaymentIntent,
};

#[derive(Serialize)]
struct CustomerForm<'a> {
    name: &'a str,
    email: &'a str,
    metadata: HashMap<String, String>,
}

pub fn create_customer(new: &NewCustomer) -> RequestBuilder {
    let form = CustomerForm { name: &new.name, email: &new.email, metadata: tags(&new.tags) };
    RequestBuilder::new(StripeMethod::Post, "/customers").form(&form)
}

#[derive(Serialize)]
struct SetupForm<'a> {
    mode: &'static str,
    customer: &'a str,
    payment_method_types: [&'static str; 1],
    success_url: &'a str,
    cancel_url: &'a str,
    metadata: HashMap<String, String>,
    setup_intent_data: SetupData,
}

#[derive(Serialize)]
struct SetupData {
    metadata: HashMap<String, String>,
}

pub fn open_setup(new: &NewSetup) -> RequestBuilder {
    let form = SetupForm {
        mode: "setup",
        customer: &new.customer,
        payment_method_types: ["card"],
        success_url: &new.success_url,
        cancel_url: &new.cancel_url,
        metadata: tags(&new.tags),
        setup_intent_data: SetupData { metadata: tags(&new.tags) },
    };
    RequestBuilder::new(StripeMethod::Post, "/checkout/sessions").form(&form)
}

/// Confirmed in the same request: there is no moment at which somebody else could.
pub fn charge_saved(new: &NewCharge) -> RequestBuilder {
    let mut kinds = CreatePaymentIntentAutomaticPaymentMethods::new(true);
    kinds.allow_redirects = Some(CreatePaymentIntentAutomaticPaymentMethodsAllowRedirects::Never);
    CreatePaymentIntent::new(new.amount.minor(), currency(new.amount))
        .customer(&new.customer)
        .payment_method(&new.method)
        .automatic_payment_methods(kinds)
        .confirm(true)
        .off_session(CreatePaymentIntentOffSession::Bool(true))
        .description(&new.description)
        .transfer_group(&new.transfer_group)
        .metadata(tags(&new.tags))
        .expand(["latest_charge".to_owned()])
        .build()
}

pub fn detach_method(of: &Detachment) -> RequestBuilder {
    RequestBuilder::new(StripeMethod::Post, format!("/payment_methods/{}/detach", of.method))
}

pub fn method(id: &str) -> RequestBuilder {
    RequestBuilder::new(StripeMethod::Get, format!("/payment_methods/{id}"))
}

pub fn cancel_intent(id: &str) -> RequestBuilder {
    CancelPaymentIntent::new(id).build()
}

pub fn intents_of(customer: &str, second: i64, after: Option<&str>) -> RequestBuilder {
    let mut list = ListPaymentIntent::new()
        .customer(customer)
        .created(since(second))
        .expand(["data.latest_charge".to_owned()])
        .limit(PAGE);
    if let Some(after) = after {
        list = list.starting_after(after);
    }
    list.build()
}

#[derive(Serialize)]
struct CustomersAsked {
    created: Since,
    limit: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    starting_after: Option<String>,
}

#[derive(Serialize)]
struct Since {
    gte: i64,
}

pub fn customers_since(second: i64, after: Option<&str>) -> RequestBuilder {
    let asked = CustomersAsked {
        created: Since { gte: second },
        limit: PAGE,
        starting_after: after.map(str::to_owned),
    };
    RequestBuilder::new(StripeMethod::Get, "/customers").query(&asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::{Currency, Money};
    use crate::outside::payments::Tags;

    fn body(request: RequestBuilder) -> Vec<String> {
        let body = request.body.unwrap();
        let pairs = url::form_urlencoded::parse(body.as_bytes());
        let mut pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
        pairs.sort();
        pairs.insert(0, request.path);
        pairs
    }

    fn call_tag() -> Tags {
        Tags::from([("attache_call".to_owned(), "c1".to_owned())])
    }

    #[test]
    fn a_kept_card_is_charged_by_one_request() {
        let charge = NewCharge {
            amount: Money::new(80_000, Currency::Jpy),
            customer: "cus_1".into(),
            method: "pm_1".into(),
            description: "A-1, milestone 1".into(),
            transfer_group: "g1".into(),
            tags: call_tag(),
        };
        let expected = [
            "/payment_intents",
            "amount=80000",
            "automatic_payment_methods[allow_redirects]=never",
            "automatic_payment_methods[enabled]=true",
            "confirm=true",
            "currency=jpy",
            "customer=cus_1",
            "description=A-1, milestone 1",
            "expand[0]=latest_charge",
            "metadata[attache_call]=c1",
            "off_session=true",
            "payment_method=pm_1",
            "transfer_group=g1",
        ];
        assert_eq!(body(charge_saved(&charge)), expected);
    }

    #[test]
    fn a_card_is_kept_for_a_customer() {
        let setup = NewSetup {
            customer: "cus_1".into(),
            success_url: "https://x.example/s".into(),
            cancel_url: "https://x.example/c".into(),
            tags: call_tag(),
        };
        let expected = [
            "/checkout/sessions",
            "cancel_url=https://x.example/c",
            "customer=cus_1",
            "metadata[attache_call]=c1",
            "mode=setup",
            "payment_method_types[0]=card",
            "setup_intent_data[metadata][attache_call]=c1",
            "success_url=https://x.example/s",
        ];
        assert_eq!(body(open_setup(&setup)), expected);
        let customer =
            NewCustomer { name: "Fjordhaus".into(), email: "a@b.example".into(), tags: call_tag() };
        let expected =
            ["/customers", "email=a@b.example", "metadata[attache_call]=c1", "name=Fjordhaus"];
        assert_eq!(body(create_customer(&customer)), expected);
    }
}
