//! The sample customers of the application, the same for the same seed and day.
//! Everything in it is invented; all addresses end in `.example`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use chrono::{DateTime, Datelike, Duration, Utc};

pub(crate) use self::samples::Person;
use self::samples::{Names, SampleAccount, SampleCampaign, Samples, samples};
use super::{
    dice::Dice,
    model::{
        Account, Campaign, CampaignState, Contact, ContactStatus, List, Report, User, UserState,
        World,
    },
};

mod samples;

/// Makes the sample customers with a year of work behind them.
///
/// # Errors
/// The sample list that is part of the program cannot be read; a test guards against it.
pub(crate) fn world(seed: u64, now: DateTime<Utc>) -> anyhow::Result<World> {
    let samples = samples()?;
    let mut world = World { users: BTreeMap::new(), accounts: BTreeMap::new(), last_number: 0 };
    for sample in &samples.accounts {
        let id = format!("acc_{}", sample.slug);
        add_people(&mut world, &id, sample);
        let account = account(&mut world, &id, sample, &samples.names, (seed, now));
        world.accounts.insert(id, account);
    }
    Ok(world)
}

/// Opens an account like the sample of this name, with somebody new as its only person.
///
/// # Errors
/// As [`world`], or there is no such sample.
pub(crate) fn open(
    world: &mut World,
    like: &str,
    (name, owner): (&str, Person),
    (seed, now): (u64, DateTime<Utc>),
) -> anyhow::Result<String> {
    let Samples { accounts, names } = samples()?;
    let sample = accounts.into_iter().find(|sample| sample.slug == like);
    let mut sample = sample.with_context(|| format!("there is no sample {like}"))?;
    name.clone_into(&mut sample.name);
    name.clone_into(&mut sample.from_name);
    let (_, domain) = owner.email.split_once('@').unwrap_or(("", "example.example"));
    sample.from_email = format!("hello@{domain}");
    sample.people = vec![owner];
    let id = world.next_id("acc");
    add_people(world, &id, &sample);
    let account = account(world, &id, &sample, &names, (seed, now));
    world.accounts.insert(id.clone(), account);
    Ok(id)
}

/// Addresses, names and roles of everybody who can sign in, as written in the samples.
///
/// # Errors
/// As [`world`].
pub(crate) fn people() -> anyhow::Result<Vec<(String, Person)>> {
    let samples = samples()?;
    let of_account = |sample: SampleAccount| {
        let name = sample.name;
        sample.people.into_iter().map(move |person| (name.clone(), person)).collect::<Vec<_>>()
    };
    Ok(samples.accounts.into_iter().flat_map(of_account).collect())
}

/// What a sent campaign brought. The figures depend on the campaign alone.
pub(crate) fn report(seed: u64, campaign_id: &str, recipients: u64) -> Report {
    let mut dice = Dice::of(seed, campaign_id);
    let bounced = recipients * dice.between(0, 3) / 100;
    let delivered = recipients - bounced;
    let opens = delivered * dice.between(24, 52) / 100;
    let clicks = (opens * dice.between(12, 34)).div_ceil(100);
    let leads = (clicks * dice.between(10, 60)).div_ceil(100);
    let unsubscribes = delivered * dice.between(0, 2) / 100;
    let spend_minor = 1_900 + dice.between(0, 110) * 100 + recipients * dice.between(2, 9);
    Report { recipients, delivered, opens, clicks, unsubscribes, leads, spend_minor }
}

fn add_people(world: &mut World, account_id: &str, sample: &SampleAccount) {
    for person in &sample.people {
        let known = world.user_by_email(&person.email).map(|user| user.id.clone());
        let id = known.unwrap_or_else(|| world.next_id("usr"));
        let user = world.users.entry(id.clone()).or_insert_with(|| User {
            id,
            email: person.email.clone(),
            name: person.name.clone(),
            state: UserState::Active,
            roles: BTreeMap::new(),
        });
        user.roles.insert(account_id.into(), person.role);
    }
}

fn account(
    world: &mut World,
    id: &str,
    sample: &SampleAccount,
    names: &Names,
    (seed, now): (u64, DateTime<Utc>),
) -> Account {
    let mut dice = Dice::of(seed, id);
    let created_at = now - Duration::days(signed(dice.between(500, 1400)));
    let lists: BTreeMap<_, _> = sample
        .lists
        .iter()
        .map(|list| {
            let id = world.next_id("lst");
            let (name, description) = (list.name.clone(), list.description.clone());
            (id.clone(), List { id, name, description, created_at })
        })
        .collect();
    let list_ids: Vec<String> = lists.keys().cloned().collect();
    let mut contacts = BTreeMap::new();
    for number in 0..sample.contacts {
        let id = world.next_id("con");
        let contact = contact(&mut dice, id.clone(), (number, names), (sample, &list_ids), now);
        contacts.insert(id, contact);
    }
    let mut account = Account {
        id: id.into(),
        name: sample.name.clone(),
        plan: sample.plan.clone(),
        currency: sample.currency.clone(),
        country: sample.country.clone(),
        time_zone: sample.time_zone.clone(),
        created_at,
        contacts,
        lists,
        campaigns: BTreeMap::new(),
        texts: BTreeMap::new(),
    };
    add_campaigns(world, &mut account, sample, (seed, now));
    account
}

fn contact(
    dice: &mut Dice,
    id: String,
    (number, names): (u64, &Names),
    (sample, list_ids): (&SampleAccount, &[String]),
    now: DateTime<Utc>,
) -> Contact {
    let mut word = |from: &[String]| dice.pick(from).cloned().unwrap_or_default();
    let (first_name, last_name) = (word(&names.first), word(&names.last));
    let (house, tag) = (word(&names.houses), word(&names.tags));
    let email =
        format!("{first_name}.{last_name}{}@{house}.example", number + 1).to_ascii_lowercase();
    let mut on_lists = BTreeSet::from([word(list_ids)]);
    // The first list of every sample is the one that nearly everybody is on.
    on_lists.extend(list_ids.first().filter(|_| dice.chance(80)).cloned());
    let status = match dice.between(1, 100) {
        1..=91 => ContactStatus::Subscribed,
        92..=98 => ContactStatus::Unsubscribed,
        _ => ContactStatus::Bounced,
    };
    let created_at = now - Duration::minutes(signed(dice.between(20_000, 700_000)));
    Contact {
        id,
        email,
        first_name,
        last_name,
        country: sample.country.clone(),
        status,
        tags: BTreeSet::from([tag]),
        list_ids: on_lists,
        created_at,
        updated_at: created_at,
    }
}

/// Every campaign has its season: the samples name them from January to December, and each went
/// out when its day last came. The three whose day comes next are one scheduled and two drafts.
fn add_campaigns(
    world: &mut World,
    account: &mut Account,
    sample: &SampleAccount,
    (seed, now): (u64, DateTime<Utc>),
) {
    let mut dice = Dice::of(seed, &format!("campaigns of {}", account.id));
    let list_ids: Vec<String> = account.lists.keys().cloned().collect();
    let mut dated: Vec<_> = in_season(&sample.campaigns, now).collect();
    dated.sort_by_key(|(day, _)| *day);
    let next = dated.len().min(3);
    dated.rotate_left(next);
    let sent = dated.len() - next;
    for (number, (day, campaign)) in dated.into_iter().enumerate() {
        let id = world.next_id("cmp");
        let lists = if dice.chance(60) { list_ids.get(..1) } else { list_ids.get(1..) };
        let list_id = lists.and_then(|lists| dice.pick(lists)).cloned().unwrap_or_default();
        let soon = now + Duration::days(9);
        let when = at_office_hour(if number < sent { day } else { soon }, &mut dice);
        let state = match number {
            n if n < sent => CampaignState::Sent {
                sent_at: when,
                report: report(seed, &id, account.reachable(&list_id)),
            },
            n if n == sent => CampaignState::Scheduled { scheduled_at: when },
            _ => CampaignState::Draft,
        };
        let written = Duration::days(signed(dice.between(14, 24)));
        let campaign = Campaign {
            id: id.clone(),
            name: campaign.name.clone(),
            subject: campaign.subject.clone(),
            from_name: sample.from_name.clone(),
            from_email: sample.from_email.clone(),
            list_id,
            body: body(&campaign.subject, &sample.from_name),
            version: 1,
            created_at: when - written,
            updated_at: when - written,
            state,
        };
        account.campaigns.insert(id, campaign);
    }
}

/// The last time that each campaign's day of the year came, yesterday at the latest.
fn in_season(
    campaigns: &[SampleCampaign],
    now: DateTime<Utc>,
) -> impl Iterator<Item = (DateTime<Utc>, &SampleCampaign)> {
    let count = signed(u64::try_from(campaigns.len()).unwrap_or(1));
    let today = i64::from(now.ordinal0());
    (0..).zip(campaigns).map(move |(number, campaign)| {
        let day_of_year = (2 * number + 1) * 365 / (2 * count).max(1);
        let ago = (today - day_of_year - 1).rem_euclid(364) + 1;
        (now - Duration::days(ago), campaign)
    })
}

fn body(subject: &str, from_name: &str) -> String {
    format!(
        "Hello {{{{first_name}}}},\n\n{subject}.\n\nRead more on our pages, or answer this mail: \
         a person reads it.\n\n{from_name}"
    )
}

/// The same day between eight and three, on a full quarter of an hour, never on a weekend.
fn at_office_hour(day: DateTime<Utc>, dice: &mut Dice) -> DateTime<Utc> {
    let weekend = i64::from(day.weekday().number_from_monday().saturating_sub(5));
    let midnight = (day - Duration::days(weekend)).date_naive().and_time(chrono::NaiveTime::MIN);
    midnight.and_utc() + Duration::minutes(signed(dice.between(32, 60)) * 15)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_samples_are_repeatable() {
        let now = Utc.with_ymd_and_hms(2026, 3, 4, 12, 0, 0).unwrap();
        let text = |seed| serde_json::to_string(&world(seed, now).unwrap()).unwrap();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn the_samples_have_the_promised_size_on_every_day_of_the_year() {
        for (month, day) in [(1, 1), (2, 28), (3, 4), (7, 11), (12, 31)] {
            let now = Utc.with_ymd_and_hms(2028, month, day, 0, 30, 0).unwrap();
            check(&world(1, now).unwrap(), now);
        }
    }

    fn check(world: &World, now: DateTime<Utc>) {
        assert!(world.accounts.len() >= 8);
        for account in world.accounts.values() {
            assert!((60..=200).contains(&account.contacts.len()), "{}", account.name);
            assert!((4..=6).contains(&account.lists.len()), "{}", account.name);
            assert!((8..=20).contains(&account.campaigns.len()), "{}", account.name);
            let mails: BTreeSet<_> = account.contacts.values().map(|c| &c.email).collect();
            assert_eq!(mails.len(), account.contacts.len());
            for campaign in account.campaigns.values() {
                assert!(account.lists.contains_key(&campaign.list_id));
                match &campaign.state {
                    CampaignState::Sent { sent_at, report } => {
                        assert!(*sent_at < now && *sent_at > now - Duration::days(366));
                        assert!(report.clicks <= report.opens && report.opens <= report.delivered);
                    }
                    CampaignState::Scheduled { scheduled_at } => assert!(*scheduled_at > now),
                    CampaignState::Draft => {}
                }
            }
        }
    }

    #[test]
    fn petra_owns_two_accounts() {
        let world = world(1, Utc.with_ymd_and_hms(2026, 3, 4, 12, 0, 0).unwrap()).unwrap();
        let petra = world.user_by_email("petra@fjordhaus.example").unwrap();
        assert_eq!(petra.roles.len(), 2);
        assert_eq!(people().unwrap().iter().filter(|(_, p)| p.email == petra.email).count(), 2);
    }
}
