//! States, people in lists, tables, money, bars, charts.

use serde::Serialize;

use crate::render::Page;
use crate::view::{
    Amount, Avatar, Bar, BarKey, Chart, ChartColumn, Chip, Dossier, Entry, Figure, Fill, Meter,
    Pager, State, Sum, SumLine, Tab, Tag, Tier,
};

#[derive(Debug, Serialize)]
pub struct Records {
    states: Vec<State>,
    tiers: Vec<Tier>,
    avatars: Vec<Avatar>,
    tabs: Vec<Tab>,
    chips: Vec<Chip>,
    filters: Vec<Chip>,
    dossiers: Vec<Dossier>,
    pager: Pager,
    balance: Bar,
    balance_keys: Vec<BarKey>,
    ready: Sum,
    refund: Sum,
    entries: Vec<Entry>,
    meters: Vec<Meter>,
    chart: Chart,
    facts: Vec<Figure>,
}

impl Page for Records {
    const TEMPLATE: &'static str = "gallery/records.html";

    fn samples() -> Vec<(&'static str, Self)> {
        vec![("usual", filled())]
    }
}

fn filled() -> Records {
    let names = ["Ines Oyelaran-Brandt", "Tomasz Wójcik", "Fjordhaus EU", "Aiko Tanabe-Reyes"];
    let parts = [(Fill::Shade(1), 1_800), (Fill::Held, 3_240)];
    let spoken = "Of 9,000 euros, 1,800 are released, 3,240 held and 3,960 not funded yet";
    Records {
        states: states(),
        tiers: vec![
            Tier::ranked("Listed", 1),
            Tier::ranked("Accredited", 2),
            Tier::ranked("Principal", 3),
            Tier::newcomer(),
        ],
        avatars: names.map(Avatar::of).into(),
        tabs: vec![
            Tab::new("Waiting", "/waiting", Some(5), true),
            Tab::new("Admitted", "/admitted", Some(63), false),
            Tab::new("All", "/all", None, false),
        ],
        chips: vec![
            Chip::choice("All 23", "/all", true),
            Chip::choice("Messages 9", "/messages", false),
            Chip::choice("Access, 1 in force", "/access", false).with_icon("key"),
        ],
        filters: vec![Chip::filter("Nurture design", "/a"), Chip::filter("Up to €2,500", "/b")],
        dossiers: dossiers(),
        pager: Pager {
            shown: "21 to 40 of 63".into(),
            earlier: Some("/?before=x".into()),
            later: Some("/?after=y".into()),
        },
        balance: Bar::of(&parts, 9_000, spoken),
        balance_keys: vec![
            BarKey::new(Fill::Shade(1), "Released €1,800.00"),
            BarKey::new(Fill::Held, "Held €3,240.00"),
            BarKey::new(Fill::Nothing, "Not funded €3,960.00"),
        ],
        ready: yours(),
        refund: refund(),
        entries: entries(),
        meters: vec![
            Meter::new("Verified jobs, 12 months", 9, 12),
            Meter::worded("Rating, last 10 reviews", ("4.7", 47), ("4.6", 46)),
        ],
        chart: chart(),
        facts: vec![Figure::new("Replies in", "3 h"), Figure::new("On time", "16 of 17")],
    }
}

fn states() -> Vec<State> {
    let money = [State::NOT_FUNDED, State::HELD, State::RELEASED, State::REFUNDED];
    let payout = [State::PAID_OUT, State::RETURNED, State::DUE, State::PAID];
    let access = [State::IN_FORCE, State::NOT_YET_SIGNED, State::ENDED];
    let review = [State::MEASURED, State::STATED, State::TAKING_WORK, State::FULL];
    let work = [State::CONTRACTING, State::SIGNED, State::ACTIVE, State::PAUSED, State::DISPUTED];
    let closed = [State::COMPLETED, State::CANCELLED, State::LAPSED, State::WITHDRAWN];
    let paper = [State::DRAFT, State::SENT, State::WAITING, State::IN_REVIEW, State::DELIVERED];
    let answer = [State::CHANGES_ASKED, State::ACCEPTED, State::DECLINED];
    let program = [State::ADMITTED, State::REFUSED, State::SUSPENDED];
    let rest = [money.as_slice(), &payout, &access, &review, &work, &closed, &paper, &answer];
    rest.concat().into_iter().chain(program).collect()
}

fn dossiers() -> Vec<Dossier> {
    let figures = |from: &str, rating: &str| {
        let pairs = [("From", from), ("Rating", rating), ("Replies in", "3 h"), ("Free", "18 May")];
        pairs.map(|(label, value)| Figure::new(label, value)).to_vec()
    };
    let long = "Márcia de Albuquerque e Vasconcelos Teixeira";
    vec![
        Dossier {
            name: "Ines Oyelaran-Brandt".into(),
            href: "/people/ines".into(),
            avatar: Avatar::of("Ines Oyelaran-Brandt"),
            tier: Some(Tier::ranked("Principal", 3)),
            who: "Brandt Lifecycle Studio · Lisbon".into(),
            line: "Rebuilds nurture programmes until sales trusts the leads again.".into(),
            tags: vec![Tag::new("globe", "English, Portuguese"), Tag::new("clock", "7 h shared")],
            figures: figures("€1,800", "4.9 from 14"),
        },
        Dossier {
            name: long.into(),
            href: "/people/marcia".into(),
            avatar: Avatar::of(long),
            tier: Some(Tier::newcomer()),
            who: "Teixeira, Vasconcelos & Associados Consultoria de Marketing · Porto".into(),
            line: "Seasonal mail for shops that sell in three countries.".into(),
            tags: Vec::new(),
            figures: figures("€2,400", "none yet"),
        },
    ]
}

fn yours() -> Sum {
    Sum {
        lines: vec![
            SumLine::new("Price", "€3,240.00"),
            SumLine::new("Program fee, 10 %", "−€324.00").with_note("rule F-3, fixed at signing"),
            SumLine::new("Reseller of record, 3 %", "−€97.20")
                .with_note("Nordlys Systems, rule F-5"),
            SumLine::new("Attaché, 2 %", "−€64.80").with_note("rule F-1"),
        ],
        total: SumLine::new("Yours", "€2,754.00"),
    }
}

fn refund() -> Sum {
    Sum {
        lines: vec![
            SumLine::new("Refund to customer", "−€200.00"),
            SumLine::new("Program fee, 15 %", "€30.00"),
        ],
        total: SumLine::new("Yours", "−€170.00"),
    }
}

fn entries() -> Vec<Entry> {
    let entry = |machine: &str, when: &str, state, sum: Sum, open| Entry {
        machine: machine.into(),
        when: when.into(),
        title: "Dealer nurture redesign".into(),
        note: "Milestone 2 · Fjordhaus Outdoor · A-2041".into(),
        state,
        amount: Amount::new(sum.total.amount.text.clone()),
        sum,
        foot: "Released when accepted, by itself on 12 May, 18:00.".into(),
        open,
    };
    vec![
        entry("2026-05-07", "7 May", State::HELD, yours(), true),
        entry("2026-05-05", "5 May", State::REFUNDED, refund(), false),
    ]
}

fn chart() -> Chart {
    let months = [("Jan", 3_330), ("Feb", 4_105), ("Mar", 3_760), ("Apr", 4_915), ("May", 3_928)];
    let column = |(short, value): (&str, u64)| ChartColumn {
        short: short.into(),
        label: format!("{short} 2026"),
        value,
        text: format!("€{},{:03}.00", value / 1_000, value % 1_000),
        state: if short == "May" { "not paid yet" } else { "paid" }.into(),
        open: short == "May",
    };
    let columns = months.map(column).into();
    let told = "From January to May 2026, highest in April. May is not paid yet.";
    let lines = [(2_000, "2,000"), (4_000, "4,000")];
    let chart = Chart::new(("paid", "Paid out per month, in euros"), told, columns, &lines);
    chart.with_total("Paid out", "€16,110.00")
}
