//! Our asks as Stripe's requests.

use super::saved;
use crate::kernel::money::{Currency as OurCurrency, Money};
use crate::outside::payments::{
    Ask, NewAccount, NewCheckout, NewRefund, NewReversal, NewTransfer, Tags,
};
use std::collections::HashMap;
use stripe_checkout::CheckoutSessionMode;
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionPaymentIntentData,
    CreateCheckoutSessionPaymentIntentDataSetupFutureUsage as FutureUsage, ExpireCheckoutSession,
    ListCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};
use stripe_connect::account::{
    CreateAccount, CreateAccountBusinessProfile, CreateAccountCapabilities,
    CreateAccountCapabilitiesCardPayments, CreateAccountCapabilitiesTransfers,
    CreateAccountController, CreateAccountControllerFees, CreateAccountControllerFeesPayer,
    CreateAccountControllerLosses, CreateAccountControllerLossesPayments,
    CreateAccountControllerStripeDashboard, CreateAccountControllerStripeDashboardType,
    ListAccount, RetrieveAccount, TosAcceptanceSpecs,
};
use stripe_connect::account_link::{CreateAccountLink, CreateAccountLinkType};
use stripe_connect::transfer::{CreateTransfer, ListTransfer, RetrieveTransfer};
use stripe_connect::transfer_reversal::{CreateIdTransferReversal, ListIdTransferReversal};
use stripe_core::balance_transaction::{ListBalanceTransaction, RetrieveBalanceTransaction};
use stripe_core::charge::RetrieveCharge;
use stripe_core::payment_intent::RetrievePaymentIntent;
use stripe_core::refund::{CreateRefund, ListRefund, RetrieveRefund};
use stripe_types::{Currency, RangeBoundsTs, RangeQueryTs};

/// Rows of one page of a list.
pub(super) const PAGE: i64 = 100;

pub fn make(ask: &Ask) -> RequestBuilder {
    match ask {
        Ask::CreateAccount(new) => create_account(new),
        Ask::OpenCheckout(new) => open_checkout(new),
        Ask::CreateTransfer(new) => create_transfer(new),
        Ask::CreateRefund(new) => create_refund(new),
        Ask::CreateReversal(new) => create_reversal(new),
        Ask::CreateCustomer(new) => saved::create_customer(new),
        Ask::OpenSetup(new) => saved::open_setup(new),
        Ask::ChargeSaved(new) => saved::charge_saved(new),
        Ask::DetachMethod(of) => saved::detach_method(of),
    }
}

/// Express: Stripe collects the details and shows the dashboard; fees and losses are the
/// platform's. Transfers alone are granted abroad under the recipient agreement; at home they come
/// together with card payments.
fn create_account(new: &NewAccount) -> RequestBuilder {
    let mut controller = CreateAccountController::new();
    let application = CreateAccountControllerFeesPayer::Application;
    controller.fees = Some(CreateAccountControllerFees { payer: Some(application) });
    let application = CreateAccountControllerLossesPayments::Application;
    controller.losses = Some(CreateAccountControllerLosses { payments: Some(application) });
    let express = CreateAccountControllerStripeDashboardType::Express;
    controller.stripe_dashboard =
        Some(CreateAccountControllerStripeDashboard { type_: Some(express) });
    let mut capabilities = CreateAccountCapabilities::new();
    capabilities.transfers = Some(CreateAccountCapabilitiesTransfers { requested: Some(true) });
    if !new.recipient {
        capabilities.card_payments =
            Some(CreateAccountCapabilitiesCardPayments { requested: Some(true) });
    }
    let mut agreement = TosAcceptanceSpecs::new();
    agreement.service_agreement = Some(if new.recipient { "recipient" } else { "full" }.to_owned());
    let mut profile = CreateAccountBusinessProfile::new();
    profile.name = Some(new.business_name.clone());
    CreateAccount::new()
        .controller(controller)
        .capabilities(capabilities)
        .tos_acceptance(agreement)
        .business_profile(profile)
        .country(&new.country)
        .email(&new.email)
        .metadata(tags(&new.tags))
        .build()
}

fn open_checkout(new: &NewCheckout) -> RequestBuilder {
    let mut price = CreateCheckoutSessionLineItemsPriceData::new(currency(new.amount));
    price.unit_amount = Some(new.amount.minor());
    price.product_data = Some(ProductData::new(&new.title));
    let mut item = CreateCheckoutSessionLineItems::new();
    item.price_data = Some(price);
    item.quantity = Some(1);
    let mut intent = CreateCheckoutSessionPaymentIntentData::new();
    intent.description = Some(new.description.clone());
    intent.metadata = Some(tags(&new.tags));
    intent.transfer_group = Some(new.transfer_group.clone());
    let page = CreateCheckoutSession::new();
    let page = match &new.keep_for {
        // A customer has its own address, and a page is of one or the other.
        Some(customer) => {
            intent.setup_future_usage = Some(FutureUsage::OffSession);
            page.customer(customer)
        }
        None => page.customer_email(&new.customer_email),
    };
    page.mode(CheckoutSessionMode::Payment)
        .line_items(vec![item])
        .payment_intent_data(intent)
        .success_url(&new.success_url)
        .cancel_url(&new.cancel_url)
        .metadata(tags(&new.tags))
        .build()
}

fn create_transfer(new: &NewTransfer) -> RequestBuilder {
    let mut transfer = CreateTransfer::new(currency(new.amount), &new.destination);
    if let Some(charge) = &new.source_charge {
        transfer = transfer.source_transaction(charge);
    }
    transfer
        .amount(new.amount.minor())
        .transfer_group(&new.transfer_group)
        .description(&new.description)
        .metadata(tags(&new.tags))
        .build()
}

fn create_refund(new: &NewRefund) -> RequestBuilder {
    CreateRefund::new()
        .charge(&new.charge)
        .amount(new.amount.minor())
        .metadata(tags(&new.tags))
        .build()
}

fn create_reversal(new: &NewReversal) -> RequestBuilder {
    CreateIdTransferReversal::new(new.transfer.as_str())
        .amount(new.amount.minor())
        .metadata(tags(&new.tags))
        .build()
}

pub fn account_link(account: &str, return_url: &str, refresh_url: &str) -> RequestBuilder {
    CreateAccountLink::new(account, CreateAccountLinkType::AccountOnboarding)
        .return_url(return_url)
        .refresh_url(refresh_url)
        .build()
}

pub fn expire_checkout(id: &str) -> RequestBuilder {
    ExpireCheckoutSession::new(id).build()
}

pub fn account(id: &str) -> RequestBuilder {
    RetrieveAccount::new(id).build()
}

pub fn checkout(id: &str) -> RequestBuilder {
    let paths = [
        "payment_intent.latest_charge.balance_transaction",
        "payment_intent.payment_method",
        "setup_intent.payment_method",
    ];
    RetrieveCheckoutSession::new(id).expand(paths.map(str::to_owned)).build()
}

pub fn intent(id: &str) -> RequestBuilder {
    RetrievePaymentIntent::new(id).expand(["latest_charge".to_owned()]).build()
}

pub fn charge(id: &str) -> RequestBuilder {
    RetrieveCharge::new(id).build()
}

pub fn refund(id: &str) -> RequestBuilder {
    RetrieveRefund::new(id).build()
}

pub fn dispute(id: &str) -> RequestBuilder {
    RequestBuilder::new(StripeMethod::Get, format!("/disputes/{id}"))
}

pub fn transfer(id: &str) -> RequestBuilder {
    RetrieveTransfer::new(id).build()
}

pub fn balance_transaction(id: &str) -> RequestBuilder {
    RetrieveBalanceTransaction::new(id).build()
}

pub fn movements(second: i64, after: Option<&str>) -> RequestBuilder {
    let mut list = ListBalanceTransaction::new().created(since(second)).limit(PAGE);
    if let Some(after) = after {
        list = list.starting_after(after);
    }
    list.build()
}

pub fn balance() -> RequestBuilder {
    RequestBuilder::new(StripeMethod::Get, "/balance")
}

pub fn payout(id: &str) -> RequestBuilder {
    RequestBuilder::new(StripeMethod::Get, format!("/payouts/{id}"))
}

pub fn checkouts_since(second: i64, after: Option<&str>) -> RequestBuilder {
    let mut list = ListCheckoutSession::new().created(since(second)).limit(PAGE);
    if let Some(after) = after {
        list = list.starting_after(after);
    }
    list.build()
}

pub fn accounts_since(second: i64, after: Option<&str>) -> RequestBuilder {
    let mut list = ListAccount::new().created(since(second)).limit(PAGE);
    if let Some(after) = after {
        list = list.starting_after(after);
    }
    list.build()
}

pub(super) fn since(second: i64) -> RangeQueryTs {
    RangeQueryTs::Bounds(RangeBoundsTs { gte: Some(second), ..RangeBoundsTs::default() })
}

pub fn refunds_of(charge: &str, after: Option<&str>) -> RequestBuilder {
    let mut list = ListRefund::new().charge(charge).limit(PAGE);
    if let Some(after) = after {
        list = list.starting_after(after);
    }
    list.build()
}

pub fn reversals_of(transfer: &str, after: Option<&str>) -> RequestBuilder {
    let mut list = ListIdTransferReversal::new(transfer).limit(PAGE);
    if let Some(after) = after {
        list = list.starting_after(after);
    }
    list.build()
}

pub fn transfers_of(group: &str, after: Option<&str>) -> RequestBuilder {
    let mut list = ListTransfer::new().transfer_group(group).limit(PAGE);
    if let Some(after) = after {
        list = list.starting_after(after);
    }
    list.build()
}

/// Their minor units are ours: ISO 4217's exponents, for every currency of ours.
pub(super) fn currency(amount: Money) -> Currency {
    let code = OurCurrency::code(amount.currency()).to_ascii_lowercase();
    // Their parser cannot fail: a code it does not know it keeps as it is.
    code.parse().unwrap_or_default()
}

pub(super) fn tags(tags: &Tags) -> HashMap<String, String> {
    tags.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::payments::Tags;

    fn body(ask: &Ask) -> Vec<String> {
        let request = make(ask);
        let body = request.body.unwrap();
        let mut pairs: Vec<String> = url::form_urlencoded::parse(body.as_bytes())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.sort();
        pairs.insert(0, request.path);
        pairs
    }

    fn call_tag() -> Tags {
        Tags::from([("attache_call".to_owned(), "c1".to_owned())])
    }

    #[test]
    fn a_checkout_says_what_is_paid_for_and_how_it_is_found_again() {
        let ask = Ask::OpenCheckout(NewCheckout {
            amount: Money::new(125_000, OurCurrency::Usd),
            title: "Nurture flow".into(),
            description: "A-1, milestone 1".into(),
            customer_email: "a@b.example".into(),
            keep_for: None,
            success_url: "https://x.example/s".into(),
            cancel_url: "https://x.example/c".into(),
            transfer_group: "g1".into(),
            tags: call_tag(),
        });
        let expected = [
            "/checkout/sessions",
            "cancel_url=https://x.example/c",
            "customer_email=a@b.example",
            "line_items[0][price_data][currency]=usd",
            "line_items[0][price_data][product_data][name]=Nurture flow",
            "line_items[0][price_data][unit_amount]=125000",
            "line_items[0][quantity]=1",
            "metadata[attache_call]=c1",
            "mode=payment",
            "payment_intent_data[description]=A-1, milestone 1",
            "payment_intent_data[metadata][attache_call]=c1",
            "payment_intent_data[transfer_group]=g1",
            "success_url=https://x.example/s",
        ];
        assert_eq!(body(&ask), expected);
    }

    #[test]
    fn a_transfer_is_of_one_charge_and_an_account_is_express() {
        let transfer = Ask::CreateTransfer(NewTransfer {
            amount: Money::new(80_000, OurCurrency::Jpy),
            destination: "acct_1".into(),
            source_charge: Some("ch_1".into()),
            transfer_group: "g1".into(),
            description: "d".into(),
            tags: call_tag(),
        });
        let expected = [
            "/transfers",
            "amount=80000",
            "currency=jpy",
            "description=d",
            "destination=acct_1",
            "metadata[attache_call]=c1",
            "source_transaction=ch_1",
            "transfer_group=g1",
        ];
        assert_eq!(body(&transfer), expected);
        let account = Ask::CreateAccount(NewAccount {
            country: "SE".into(),
            email: "a@b.example".into(),
            business_name: "Studio".into(),
            recipient: true,
            tags: call_tag(),
        });
        let expected = [
            "/accounts",
            "business_profile[name]=Studio",
            "capabilities[transfers][requested]=true",
            "controller[fees][payer]=application",
            "controller[losses][payments]=application",
            "controller[stripe_dashboard][type]=express",
            "country=SE",
            "email=a@b.example",
            "metadata[attache_call]=c1",
            "tos_acceptance[service_agreement]=recipient",
        ];
        assert_eq!(body(&account), expected);
    }

    #[test]
    fn a_reversal_is_of_one_transfer() {
        let ask = Ask::CreateReversal(NewReversal {
            transfer: "tr_1".into(),
            amount: Money::new(15_000, OurCurrency::Usd),
            tags: call_tag(),
        });
        let expected = ["/transfers/tr_1/reversals", "amount=15000", "metadata[attache_call]=c1"];
        assert_eq!(body(&ask), expected);
    }

    #[test]
    fn an_ask_survives_being_kept() {
        let ask = Ask::CreateRefund(NewRefund {
            charge: "ch_1".into(),
            amount: Money::new(1, OurCurrency::Kwd),
            tags: call_tag(),
        });
        let kept = serde_json::to_value(&ask).unwrap();
        assert_eq!(serde_json::from_value::<Ask>(kept).unwrap(), ask);
    }
}
