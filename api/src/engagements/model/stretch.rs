//! Which delivery was being worked on at a moment, so that what was done then counts for one.

use crate::kernel::id::MilestoneId;
use chrono::{DateTime, Utc};

/// A paid milestone's way: to each delivery, back with what should change, to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    pub milestone: MilestoneId,
    pub funded_at: DateTime<Utc>,
    /// When it was accepted, settled or refunded.
    pub closed_at: Option<DateTime<Utc>>,
    /// In their order, each with when it was returned.
    pub deliveries: Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>,
}

/// Time that counts for one delivery: from its beginning until before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub milestone: MilestoneId,
    /// The delivery's, from 1.
    pub version: i32,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// The time before a delivery, or before the end of a milestone whose next one is awaited.
struct Step {
    /// Absent for what was never delivered: its time is taken and counts for nothing.
    version: Option<i32>,
    milestone: MilestoneId,
    from: DateTime<Utc>,
    /// From here on it is its turn; before, the delivery ahead of it lay with the customer.
    begun: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
}

/// The time of an engagement as parts that do not overlap.
///
/// At each moment the steps under way compete: what is being made comes before what the customer
/// looks at, then what is delivered next, then the order given. Later deliveries change nothing
/// about earlier ones.
pub fn stretches(courses: &[Course]) -> Vec<Stretch> {
    let steps: Vec<Step> = courses.iter().flat_map(steps).collect();
    let mut marks: Vec<DateTime<Utc>> =
        steps.iter().flat_map(|s| [Some(s.from), s.begun, s.until]).flatten().collect();
    marks.sort_unstable();
    marks.dedup();
    let parts = marks.iter().zip(marks.iter().skip(1));
    let mut all: Vec<Stretch> = Vec::new();
    for (from, until) in parts {
        let Some(of) = at(&steps, *from) else { continue };
        let Some(version) = of.version else { continue };
        let same =
            |s: &&mut Stretch| (s.milestone, s.version, s.until) == (of.milestone, version, *from);
        match all.last_mut().filter(same) {
            Some(last) => last.until = *until,
            None => {
                all.push(Stretch { milestone: of.milestone, version, from: *from, until: *until })
            }
        }
    }
    all
}

fn at(steps: &[Step], moment: DateTime<Utc>) -> Option<&Step> {
    let covers = |s: &&Step| s.from <= moment && s.until.is_none_or(|until| moment < until);
    let waits = |s: &Step| s.begun.is_none_or(|begun| moment < begun);
    let rank = |s: &&Step| (waits(s), s.until.is_none(), s.until);
    steps.iter().filter(covers).min_by_key(rank)
}

fn steps(course: &Course) -> Vec<Step> {
    let mut before = (course.funded_at, Some(course.funded_at));
    let mut made = Vec::new();
    for (version, (at, returned)) in (1..).zip(&course.deliveries) {
        made.push(step(course, Some(version), before, Some(*at)));
        before = (*at, *returned);
    }
    made.push(step(course, None, before, course.closed_at));
    made
}

fn step(
    course: &Course,
    version: Option<i32>,
    (from, begun): (DateTime<Utc>, Option<DateTime<Utc>>),
    until: Option<DateTime<Utc>>,
) -> Step {
    Step { version, milestone: course.milestone, from, begun, until }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + 60 * minute, 0).unwrap()
    }

    fn course(id: u128, funded: i64, deliveries: &[(i64, Option<i64>)]) -> Course {
        let one = |(made, back): &(i64, Option<i64>)| (at(*made), back.map(at));
        Course {
            milestone: MilestoneId(Uuid::from_u128(id)),
            funded_at: at(funded),
            closed_at: None,
            deliveries: deliveries.iter().map(one).collect(),
        }
    }

    /// Each as (milestone, version, from, until).
    fn told(courses: &[Course]) -> Vec<(u128, i32, i64, i64)> {
        let minute = |t: DateTime<Utc>| (t.timestamp() - 1_800_000_000) / 60;
        let one =
            |s: Stretch| (s.milestone.0.as_u128(), s.version, minute(s.from), minute(s.until));
        stretches(courses).into_iter().map(one).collect()
    }

    #[test]
    fn one_after_the_other() {
        let courses = [course(1, 0, &[(10, Some(12)), (20, None)]), course(2, 30, &[(40, None)])];
        assert_eq!(told(&courses), [(1, 1, 0, 10), (1, 2, 10, 20), (2, 1, 30, 40)]);
    }

    #[test]
    fn two_that_are_paid_at_once() {
        let both = [course(1, 0, &[(10, None)]), course(2, 0, &[(20, None)])];
        assert_eq!(told(&both), [(1, 1, 0, 10), (2, 1, 10, 20)]);
        let other_way = [course(1, 0, &[(20, None)]), course(2, 0, &[(10, None)])];
        assert_eq!(told(&other_way), [(2, 1, 0, 10), (1, 1, 10, 20)], "what comes next counts");
    }

    #[test]
    fn the_second_goes_on_while_the_first_is_looked_at() {
        let both = [course(1, 0, &[(10, Some(15)), (18, None)]), course(2, 5, &[(30, None)])];
        let parts = [(1, 1, 0, 10), (2, 1, 10, 15), (1, 2, 15, 18), (2, 1, 18, 30)];
        assert_eq!(told(&both), parts);
    }

    #[test]
    fn what_was_never_delivered_counts_for_nothing() {
        let mut gone = course(1, 0, &[]);
        gone.closed_at = Some(at(8));
        assert_eq!(told(&[gone]), []);
    }

    fn any_course() -> impl Strategy<Value = Vec<(i64, Vec<(i64, Option<i64>)>)>> {
        let steps = prop::collection::vec((1i64..9, prop::option::of(1i64..4)), 0..4);
        prop::collection::vec((0i64..30, steps), 0..4)
    }

    fn made((id, (funded, steps)): (u128, (i64, Vec<(i64, Option<i64>)>))) -> Course {
        let mut clock = funded;
        let mut deliveries = Vec::new();
        for (more, back) in steps {
            clock += more;
            deliveries.push((clock, back.map(|b| clock + b)));
            clock += back.unwrap_or_default();
        }
        course(id, funded, &deliveries)
    }

    proptest! {
        #[test]
        fn no_moment_counts_twice(raw in any_course()) {
            let courses: Vec<Course> = (1..).zip(raw).map(made).collect();
            let parts = stretches(&courses);
            for pair in parts.windows(2) {
                prop_assert!(pair[0].from < pair[0].until && pair[0].until <= pair[1].from);
            }
            for part in parts {
                let of = courses.iter().find(|c| c.milestone == part.milestone).unwrap();
                let end = of.deliveries[usize::try_from(part.version).unwrap() - 1].0;
                prop_assert!(of.funded_at <= part.from && part.until <= end);
            }
        }

        #[test]
        fn what_comes_later_changes_nothing(raw in any_course()) {
            let courses: Vec<Course> = (1..).zip(raw).map(made).collect();
            let whole = stretches(&courses);
            let ends = courses.iter().flat_map(|c| c.deliveries.iter().map(|d| d.0));
            for now in ends {
                let seen = |c: &Course| {
                    let past = |d: &&(DateTime<Utc>, Option<DateTime<Utc>>)| d.0 <= now;
                    let known = |d: &(DateTime<Utc>, Option<DateTime<Utc>>)| {
                        (d.0, d.1.filter(|back| *back <= now))
                    };
                    let deliveries = c.deliveries.iter().filter(past).map(known).collect();
                    Course { deliveries, ..c.clone() }
                };
                let then: Vec<Course> =
                    courses.iter().filter(|c| c.funded_at <= now).map(seen).collect();
                let settled: Vec<Stretch> =
                    whole.iter().filter(|s| s.until <= now && is_made(&courses, s, now)).copied()
                        .collect();
                prop_assert_eq!(stretches(&then), settled);
            }
        }
    }

    fn is_made(courses: &[Course], part: &Stretch, now: DateTime<Utc>) -> bool {
        let of = courses.iter().find(|c| c.milestone == part.milestone).unwrap();
        of.deliveries[usize::try_from(part.version).unwrap() - 1].0 <= now
    }
}
