//! Whom a newcomer can sign in as: one or two of each kind, in a small table.

use super::content::people::VendorRole;
use super::content::{Content, people::Person};

/// The consultant who is shown: at work for Fjordhaus, with a delivery that waits.
const CONSULTANT: &str = "brandt-lifecycle-studio";
/// How many customers are shown.
const CUSTOMERS: usize = 2;

/// The table, a line each, without the password, which is everybody's.
pub fn table(content: &Content) -> Vec<String> {
    let mut rows: Vec<[String; 4]> = Vec::new();
    let vendor = &content.program.vendor.name;
    let shown = [
        (VendorRole::Owner, "vendor, owner"),
        (VendorRole::ProgramManager, "vendor, program manager"),
        (VendorRole::Finance, "vendor, finance"),
    ];
    for (role, what) in shown {
        let person = content.program.people.iter().find(|p| p.role == role);
        rows.extend(person.map(|p| row(what, p, vendor)));
    }
    let consultant = content.consultant(CONSULTANT);
    rows.extend(consultant.and_then(|c| Some(row("consultant", c.people.first()?, &c.name))));
    let reseller = content.resellers.first();
    rows.extend(reseller.and_then(|r| Some(row("reseller", r.people.first()?, &r.name))));
    let customers = content.customers.iter().take(CUSTOMERS);
    rows.extend(customers.filter_map(|c| Some(row("customer", c.people.first()?, &c.name))));
    aligned(&rows)
}

/// Who signs in at the marketing application, a line each.
pub fn marketing(content: &Content) -> Vec<String> {
    let accounts = content.customers.iter().map(|c| &c.marketing_account);
    let rows: Vec<[String; 2]> =
        accounts.take(CUSTOMERS).map(|a| [a.user.clone(), a.name.clone()]).collect();
    aligned(&rows)
}

fn row<Role>(what: &str, person: &Person<Role>, organization: &str) -> [String; 4] {
    [what.to_owned(), person.email.clone(), person.name.clone(), organization.to_owned()]
}

fn aligned<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths);
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_line_and_the_columns_stand() {
        let content = Content::load().unwrap();
        let table = table(&content);
        assert_eq!(table.len(), 7, "{table:#?}");
        let petra = table.iter().find(|line| line.contains("petra@fjordhaus.example")).unwrap();
        assert!(petra.starts_with("customer  "), "{petra}");
        let column = |line: &String| line.split("  ").next().map(str::len);
        assert!(table.iter().all(|line| column(line).is_some()));
        let at = |line: &str| line.chars().position(|c| c == '@').is_some();
        assert!(table.iter().all(|line| at(line)));
        assert_eq!(marketing(&content).len(), CUSTOMERS);
    }
}
