//! What customers need, in their own words.

use serde::Deserialize;

use super::Content;
use super::check::Place;
use super::consultants::Access;
use super::prose::Prose;

/// A brief that is posted for matching.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brief {
    pub slug: String,
    pub customer: String,
    /// E-mail address of the person of the customer who posted it.
    pub by: String,
    pub title: String,
    pub problem: Prose,
    pub skills: Vec<String>,
    pub budget: Budget,
    pub posted_days_ago: u16,
    /// Days from today.
    pub need_by_days: u16,
    pub languages: Vec<String>,
    /// Working hours a day to be shared with the consultant.
    pub overlap_hours: u8,
    /// The preset of access that the customer expects to be asked for.
    pub access: Access,
}

/// Both ends included, in minor units of the program's currency.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    pub low_minor: i64,
    pub high_minor: i64,
}

/// What an engagement began with, whether a posted brief or the words at the booking of a package.
#[derive(Debug, Clone, Copy)]
pub struct Need<'a> {
    pub customer: &'a str,
    pub by: &'a str,
    pub title: &'a str,
    pub problem: &'a Prose,
    pub skills: &'a [String],
    pub budget: Budget,
    pub posted_days_ago: u16,
    /// Days from today; below zero for a day that has passed.
    pub need_by_days: i32,
    pub languages: &'a [String],
    pub overlap_hours: u8,
    pub access: Access,
}

impl Brief {
    pub fn need(&self) -> Need<'_> {
        Need {
            customer: &self.customer,
            by: &self.by,
            title: &self.title,
            problem: &self.problem,
            skills: &self.skills,
            budget: self.budget,
            posted_days_ago: self.posted_days_ago,
            need_by_days: i32::from(self.need_by_days),
            languages: &self.languages,
            overlap_hours: self.overlap_hours,
            access: self.access,
        }
    }

    pub(super) fn check(&self, content: &Content, at: &mut Place<'_>) {
        at.slug("slug", &self.slug);
        let customer = content.customer(&self.customer);
        let what = format_args!("no customer is called {:?}", self.customer);
        at.require("customer", customer.is_some(), what);
        let theirs = customer.is_some_and(|c| c.people.iter().any(|p| p.email == self.by));
        at.require("by", theirs, format_args!("{:?} is nobody of {:?}", self.by, self.customer));
        at.require("need_by_days", self.need_by_days > 0, "is a day to come");
        self.need().check(content, at);
    }
}

impl Need<'_> {
    pub(super) fn check(&self, content: &Content, at: &mut Place<'_>) {
        at.chars("title", self.title, 5..=80);
        at.words("problem", self.problem, 40..=110);
        at.skills("skills", self.skills, content);
        at.languages("languages", self.languages, content);
        at.require("overlap_hours", self.overlap_hours <= 12, "at most 12");
        let order = 0 < self.budget.low_minor && self.budget.low_minor <= self.budget.high_minor;
        at.require("budget", order, "runs from low to high, above nothing");
    }
}
