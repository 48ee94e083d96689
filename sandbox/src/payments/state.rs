//! Everything the server remembers, and how one write to it begins.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    WebhookTarget,
    accounts::{Account, AccountLink},
    besides::Beside,
    books::Books,
    charges::Charge,
    checkout::Session,
    customers::Customer,
    disputes::Dispute,
    events::{Delivery, Event},
    faults::Faults,
    ids,
    intents::Intent,
    keys::KeptAnswer,
    methods::Method,
    payouts::Payout,
    refunds::Refund,
    reversals::Reversal,
    setups::Setup,
    table::{Table, Tracked},
    transfers::Transfer,
};

/// The whole state. Ids sort in the order in which they were made, so each map is a history.
#[derive(Serialize, Deserialize)]
pub(super) struct State {
    seed: u64,
    serial: u64,
    /// The platform's own account id.
    pub platform: String,
    pub base_url: Url,
    pub receivers: Vec<WebhookTarget>,
    pub settings: Settings,
    pub faults: Faults,
    pub accounts: Table<Account>,
    /// Onboarding and login links by their secret.
    pub links: Table<AccountLink>,
    pub sessions: Table<Session>,
    pub intents: Table<Intent>,
    #[serde(default)]
    pub customers: Table<Customer>,
    #[serde(default)]
    pub methods: Table<Method>,
    #[serde(default)]
    pub setups: Table<Setup>,
    pub charges: Table<Charge>,
    pub refunds: Table<Refund>,
    pub transfers: Table<Transfer>,
    pub reversals: Table<Reversal>,
    pub payouts: Table<Payout>,
    #[serde(default)]
    pub disputes: Table<Dispute>,
    #[serde(default)]
    pub besides: Table<Beside>,
    pub books: Books,
    pub events: Table<Event>,
    /// What receivers have still to hear, in the order in which it happened.
    pub deliveries: Table<Delivery>,
    /// Answers by idempotency key.
    pub kept: Table<KeptAnswer>,
    /// The moment of the write that is going on.
    #[serde(skip)]
    pub now_ms: i64,
    /// The API call behind the write that is going on, if one is.
    #[serde(skip)]
    pub origin: Origin,
}

/// What a running server can be told to do otherwise.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Settings {
    /// How long a new charge stays without a balance transaction.
    pub settle_after_ms: i64,
    /// How long the money of a charge stays pending, counted from the charge.
    pub available_after_seconds: i64,
    /// How far this server's clock is ahead of the real one.
    pub ahead_ms: i64,
}

/// The API call that caused an event.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Origin {
    pub request: Option<String>,
    pub key: Option<String>,
}

impl State {
    /// An empty state; `seed` decides every id.
    pub(super) fn new(seed: u64, base_url: Url) -> Self {
        Self {
            seed,
            serial: 0,
            platform: ids::mint(seed, 0, "acct"),
            base_url,
            receivers: Vec::new(),
            settings: Settings { settle_after_ms: 1_000, available_after_seconds: 30, ahead_ms: 0 },
            faults: Faults::default(),
            accounts: Table::default(),
            links: Table::default(),
            sessions: Table::default(),
            intents: Table::default(),
            customers: Table::default(),
            methods: Table::default(),
            setups: Table::default(),
            charges: Table::default(),
            refunds: Table::default(),
            transfers: Table::default(),
            reversals: Table::default(),
            payouts: Table::default(),
            disputes: Table::default(),
            besides: Table::default(),
            books: Books::default(),
            events: Table::default(),
            deliveries: Table::default(),
            kept: Table::default(),
            now_ms: 0,
            origin: Origin::default(),
        }
    }

    /// Takes over what a later save changed.
    pub(super) fn absorb(&mut self, newer: Self) {
        let older = std::mem::replace(self, newer);
        absorb(&mut self.accounts, older.accounts);
        absorb(&mut self.links, older.links);
        absorb(&mut self.sessions, older.sessions);
        absorb(&mut self.intents, older.intents);
        absorb(&mut self.customers, older.customers);
        absorb(&mut self.methods, older.methods);
        absorb(&mut self.setups, older.setups);
        absorb(&mut self.charges, older.charges);
        absorb(&mut self.refunds, older.refunds);
        absorb(&mut self.transfers, older.transfers);
        absorb(&mut self.reversals, older.reversals);
        absorb(&mut self.payouts, older.payouts);
        absorb(&mut self.disputes, older.disputes);
        absorb(&mut self.besides, older.besides);
        absorb(&mut self.books.movements, older.books.movements);
        absorb(&mut self.books.balances, older.books.balances);
        absorb(&mut self.events, older.events);
        absorb(&mut self.deliveries, older.deliveries);
        absorb(&mut self.kept, older.kept);
    }

    /// Makes the next save a whole one.
    pub(super) fn touch_all(&mut self) {
        self.tables().into_iter().for_each(Tracked::touch_all);
    }

    /// Everything that was touched is saved.
    pub(super) fn saved(&mut self) {
        self.tables().into_iter().for_each(Tracked::saved);
    }

    /// Lets `change` try something: what it did stays if it says so, and is taken back otherwise.
    /// Ids that it used up stay used.
    pub(super) fn try_out<R>(&mut self, change: impl FnOnce(&mut Self) -> (R, bool)) -> R {
        self.tables().into_iter().for_each(Tracked::begin_trial);
        let (answer, keep) = change(self);
        self.tables().into_iter().for_each(|table| table.end_trial(keep));
        answer
    }

    fn tables(&mut self) -> [&mut dyn Tracked; 19] {
        [
            &mut self.accounts,
            &mut self.links,
            &mut self.sessions,
            &mut self.intents,
            &mut self.customers,
            &mut self.methods,
            &mut self.setups,
            &mut self.charges,
            &mut self.refunds,
            &mut self.transfers,
            &mut self.reversals,
            &mut self.payouts,
            &mut self.disputes,
            &mut self.besides,
            &mut self.books.movements,
            &mut self.books.balances,
            &mut self.events,
            &mut self.deliveries,
            &mut self.kept,
        ]
    }

    /// Sets the moment and the cause of what follows, then does everything that has fallen due.
    pub(super) fn begin(&mut self, real_ms: i64, origin: Origin) {
        self.now_ms = real_ms + self.settings.ahead_ms;
        self.origin = Origin::default();
        self.do_what_is_due();
        self.origin = origin;
    }

    /// Whether time alone has something to do.
    pub(super) fn is_due(&self, real_ms: i64) -> bool {
        let now_ms = real_ms + self.settings.ahead_ms;
        let charge = |charge: &Charge| charge.settle_at_ms.is_some_and(|at| at <= now_ms);
        self.charges.values().any(charge)
            || self.books.is_due(now_ms / 1000)
            || self.sessions.values().any(|session| session.is_overdue(now_ms / 1000))
    }

    fn do_what_is_due(&mut self) {
        self.settle_charges(false);
        self.books.mature(self.now());
        self.expire_sessions();
        self.forget_old_answers();
        self.forget_old_events();
    }

    /// The present second.
    pub(super) fn now(&self) -> i64 {
        self.now_ms / 1000
    }

    /// The present on the real clock, whatever this server takes for now.
    pub(super) fn real_ms(&self) -> i64 {
        self.now_ms - self.settings.ahead_ms
    }

    /// A new id.
    pub(super) fn mint(&mut self, prefix: &str) -> String {
        self.serial += 1;
        ids::mint(self.seed, self.serial, prefix)
    }

    /// A number that the seed decides, another one each time.
    pub(super) fn dice(&mut self) -> u64 {
        self.serial += 1;
        ids::number(self.seed, self.serial)
    }

    /// An address on this server.
    pub(super) fn address(&self, path: &str) -> String {
        let base = self.base_url.as_str().trim_end_matches('/');
        format!("{base}{path}")
    }
}

/// Puts the older table up to date and in the place of the newer one.
fn absorb<T: Clone>(newer: &mut Table<T>, mut older: Table<T>) {
    older.absorb(std::mem::take(newer));
    *newer = older;
}
