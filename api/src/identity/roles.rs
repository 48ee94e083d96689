//! The one table of what each role may do. Absent means refused.
//!
//! It answers only for the role; whether the thing at hand is the caller's is each feature's
//! `policy`. A deed missing here cannot be asked for, since [`Command`] wants one.

use crate::kernel::id::{OrganizationId, PersonId, VendorId};
use crate::platform::caller::{Caller, OrganizationKind as Kind, Role};
use crate::platform::refusal::Common;
use crate::text_enum;
use std::marker::PhantomData;

text_enum! {
    /// Everything that is asked of a role before it is done.
    pub enum Deed {
        ManageMembers = "manage members",
        EndWork = "end a person's work",
        ApplyToProgram = "apply to the program",
        SeeProgram = "see the program",
        DecideApplications = "decide applications",
        PublishAgreements = "publish an agreement",
        SuspendPartners = "suspend a partner",
        AttributeResellers = "set a reseller of record",
        SetFees = "set fees",
        EditProfile = "edit a profile",
        EditServices = "edit services",
        StartPayouts = "start payout onboarding",
        DraftBriefs = "draft briefs",
        PostBriefs = "post briefs",
        InviteExperts = "invite experts",
        AnswerInvitations = "answer invitations",
        SendProposals = "send proposals",
        DecideProposals = "decide proposals",
        AcceptWork = "accept a statement of work",
        PauseWork = "pause or end an engagement",
        InviteVendorStaff = "invite the vendor's staff",
        FundMilestones = "fund milestones",
        KeepMethods = "keep payment methods",
        ReleaseParts = "release a part",
        RefundMilestones = "refund milestones",
        GiveBackReleased = "give released money back",
        SubmitDeliverables = "submit deliverables",
        WriteTime = "write time",
        DecideDeliverables = "decide deliverables",
        WriteMessages = "write messages",
        WriteReviews = "write reviews",
        ReplyToReviews = "reply to reviews",
        HideReviews = "hide reviews",
        ConnectAccounts = "connect accounts",
        GrantAccess = "grant access",
        SetApprovers = "set how many agree",
        RevokeAccess = "end access",
        StopLetters = "stop letters of the program",
        ReviewAccess = "look for forgotten access",
        SeeAlarms = "see alarms",
        CloseAlarms = "look into alarms",
        UseAccess = "use access",
        AssignStaff = "assign staff to access",
        SeeAccessLog = "see the access log",
        ExportAuditTrail = "export the audit trail",
        Disagree = "disagree about a milestone",
        DecideDisagreements = "decide a disagreement",
        SeeDisagreements = "see disagreements",
        Reconcile = "reconcile the books",
        SetMoneyLimits = "set what one person decides",
        SeeMoneyApprovals = "see what waits for a second person",
        SeeHoldings = "see how long money is held",
        AskForPayouts = "ask partners to set up payouts",
        SeeStatements = "see statements",
    }
}

const VENDOR_LEADS: &[(Kind, Role)] =
    &[(Kind::Vendor, Role::Owner), (Kind::Vendor, Role::ProgramManager)];
const VENDOR_MONEY: &[(Kind, Role)] = &[(Kind::Vendor, Role::Owner), (Kind::Vendor, Role::Finance)];
const VENDOR_ALL: &[(Kind, Role)] = &[
    (Kind::Vendor, Role::Owner),
    (Kind::Vendor, Role::ProgramManager),
    (Kind::Vendor, Role::Finance),
    (Kind::Vendor, Role::Support),
];
const PARTNER_LEADS: &[(Kind, Role)] =
    &[(Kind::Partner, Role::Owner), (Kind::Partner, Role::Admin)];
const PARTNER_ALL: &[(Kind, Role)] = &[
    (Kind::Partner, Role::Owner),
    (Kind::Partner, Role::Admin),
    (Kind::Partner, Role::Consultant),
];
const CUSTOMER_LEADS: &[(Kind, Role)] =
    &[(Kind::Customer, Role::Owner), (Kind::Customer, Role::Admin)];
const CUSTOMER_ALL: &[(Kind, Role)] =
    &[(Kind::Customer, Role::Owner), (Kind::Customer, Role::Admin), (Kind::Customer, Role::Member)];
const RESELLER_LEADS: &[(Kind, Role)] = &[(Kind::Reseller, Role::Owner)];
const RESELLER_ALL: &[(Kind, Role)] =
    &[(Kind::Reseller, Role::Owner), (Kind::Reseller, Role::Member)];

impl Deed {
    /// The seats that may do this, in groups.
    const fn seats(self) -> &'static [&'static [(Kind, Role)]] {
        match self {
            Self::ManageMembers => {
                &[&[(Kind::Vendor, Role::Owner)], PARTNER_LEADS, CUSTOMER_LEADS, RESELLER_LEADS]
            }
            Self::EndWork => &[VENDOR_LEADS, PARTNER_LEADS, RESELLER_LEADS],
            Self::ApplyToProgram => &[PARTNER_LEADS, RESELLER_LEADS],
            Self::SeeProgram => &[VENDOR_ALL],
            Self::DecideApplications
            | Self::PublishAgreements
            | Self::SuspendPartners
            | Self::AttributeResellers
            | Self::StopLetters
            | Self::DecideDisagreements
            | Self::HideReviews => &[VENDOR_LEADS],
            Self::SetFees | Self::RefundMilestones | Self::Reconcile | Self::SetMoneyLimits => {
                &[VENDOR_MONEY]
            }
            Self::SeeMoneyApprovals | Self::AskForPayouts => &[VENDOR_LEADS, VENDOR_MONEY],
            Self::GiveBackReleased => &[VENDOR_MONEY, PARTNER_LEADS],
            Self::EditProfile | Self::AnswerInvitations | Self::SendProposals => &[PARTNER_ALL],
            Self::EditServices => &[PARTNER_LEADS, RESELLER_LEADS],
            Self::StartPayouts => &[VENDOR_MONEY, PARTNER_LEADS, RESELLER_LEADS],
            Self::DraftBriefs => &[CUSTOMER_ALL],
            Self::PostBriefs | Self::InviteExperts | Self::DecideProposals => &[CUSTOMER_LEADS],
            Self::SeeDisagreements | Self::SeeHoldings => {
                &[VENDOR_LEADS, VENDOR_MONEY, CUSTOMER_LEADS, PARTNER_LEADS]
            }
            Self::AcceptWork | Self::PauseWork | Self::InviteVendorStaff | Self::Disagree => {
                &[CUSTOMER_LEADS, PARTNER_LEADS]
            }
            Self::FundMilestones
            | Self::KeepMethods
            | Self::ReleaseParts
            | Self::DecideDeliverables => &[CUSTOMER_LEADS],
            Self::ConnectAccounts
            | Self::GrantAccess
            | Self::ReviewAccess
            | Self::ExportAuditTrail => &[CUSTOMER_LEADS],
            Self::SetApprovers => &[&[(Kind::Customer, Role::Owner)]],
            Self::SubmitDeliverables | Self::WriteTime | Self::UseAccess => &[PARTNER_ALL],
            Self::AssignStaff => &[PARTNER_LEADS],
            Self::WriteMessages => &[CUSTOMER_ALL, PARTNER_ALL, VENDOR_ALL],
            Self::WriteReviews => &[CUSTOMER_LEADS, PARTNER_LEADS],
            Self::ReplyToReviews => &[CUSTOMER_LEADS, PARTNER_LEADS],
            Self::RevokeAccess => &[CUSTOMER_ALL],
            Self::SeeAlarms => &[VENDOR_ALL, CUSTOMER_ALL],
            Self::CloseAlarms => &[VENDOR_LEADS, CUSTOMER_LEADS],
            Self::SeeAccessLog => &[CUSTOMER_ALL, PARTNER_ALL],
            Self::SeeStatements => &[VENDOR_MONEY, PARTNER_LEADS, CUSTOMER_LEADS, RESELLER_ALL],
        }
    }

    /// Whether this kind of organization and role may do it.
    pub fn allows(self, kind: Kind, role: Role) -> bool {
        self.seats().iter().any(|group| group.contains(&(kind, role)))
    }
}

/// A command that a role must be allowed.
pub trait Command {
    const DEED: Deed;
}

/// Proof that the caller's role may give this command; transitions demand it.
#[derive(Debug)]
pub struct Allowed<C> {
    pub person: PersonId,
    pub organization: OrganizationId,
    pub kind: Kind,
    pub vendor: VendorId,
    command: PhantomData<fn() -> C>,
}

/// Errors with 403 when the caller's role may not; says who may.
pub fn allow<C: Command>(caller: &Caller) -> Result<Allowed<C>, Common> {
    if C::DEED.allows(caller.kind, caller.role) {
        return Ok(Allowed {
            person: caller.person,
            organization: caller.organization,
            kind: caller.kind,
            vendor: caller.vendor,
            command: PhantomData,
        });
    }
    let who: Vec<&str> = Role::ALL
        .iter()
        .filter(|role| C::DEED.allows(caller.kind, **role))
        .map(|role| role.as_str())
        .collect();
    let detail = if who.is_empty() {
        format!("A {} organization cannot {}.", caller.kind, C::DEED)
    } else {
        format!("Your role cannot {}. In your organization these can: {}.", C::DEED, who.join(", "))
    };
    Err(Common::NotPermitted(detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell, written out: a change of the table must be a change here too.
    #[test]
    fn every_cell_of_the_table() {
        let seats = [
            (Kind::Vendor, Role::Owner),
            (Kind::Vendor, Role::ProgramManager),
            (Kind::Vendor, Role::Finance),
            (Kind::Vendor, Role::Support),
            (Kind::Partner, Role::Owner),
            (Kind::Partner, Role::Admin),
            (Kind::Partner, Role::Consultant),
            (Kind::Reseller, Role::Owner),
            (Kind::Reseller, Role::Member),
            (Kind::Customer, Role::Owner),
            (Kind::Customer, Role::Admin),
            (Kind::Customer, Role::Member),
        ];
        let expected = include_str!("roles.txt");
        let mut actual = String::new();
        for deed in Deed::ALL {
            let cells: String = seats
                .iter()
                .map(|(kind, role)| if deed.allows(*kind, *role) { 'y' } else { '.' })
                .collect();
            actual.push_str(&format!("{cells} {deed}\n"));
        }
        assert_eq!(
            actual, expected,
            "columns: vendor owner, program manager, finance, support; partner owner, admin, \
             consultant; reseller owner, member; customer owner, admin, member"
        );
    }

    #[test]
    fn seats_that_no_organization_has_may_nothing() {
        for deed in Deed::ALL {
            assert!(!deed.allows(Kind::Customer, Role::Finance));
            assert!(!deed.allows(Kind::Partner, Role::ProgramManager));
        }
    }
}
