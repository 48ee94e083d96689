//! States of a program that the fixture does not begin with.

use super::actor::{Actor, PASSWORD_HASH};
use super::fixture;
use super::world::World;
use attache::postgres::Role;
use uuid::Uuid;

/// Takes the enrollment of the actor's organization away, as if it had never applied.
pub async fn leave_program(world: &World, actor: &Actor) {
    let owner = world.database.connect(Role::Owner).await;
    let vendor = world.larkfield.vendor;
    let organization = &actor.organization;
    let sql = format!(
        "BEGIN; SELECT set_config('attache.vendor', '{vendor}', true);
         DELETE FROM enrollments WHERE organization_id = '{organization}'; COMMIT;"
    );
    owner.batch_execute(&sql).await.unwrap();
}

/// A second program on the same installation.
pub async fn other_program(world: &World, slug: &str) -> fixture::Program {
    fixture::program(&world.database.connect(Role::Owner).await, slug).await
}

/// Somebody of another program.
pub async fn foreigner(world: &World, program: &fixture::Program, kind: &str, role: &str) -> Actor {
    let owner = world.database.connect(Role::Owner).await;
    let organization = match kind {
        "vendor" => vendor_of(world, program).await,
        _ => fixture::organization(&owner, program, kind, &format!("Far {kind}")).await,
    };
    let email = format!("{role}@far-{kind}.example");
    let name = format!("Far {role}");
    let person = (name.as_str(), email.as_str(), PASSWORD_HASH);
    let seat = fixture::seat(&owner, program, (organization, kind), role, person).await;
    let token = Some(world.token(&email).await);
    let (person, organization) = (seat.person.to_string(), seat.organization.to_string());
    Actor { token, email, person, organization, ..world.anyone() }
}

/// The one organization that runs a program.
async fn vendor_of(world: &World, program: &fixture::Program) -> Uuid {
    let vendor = program.vendor;
    let sql =
        format!("SELECT id FROM organizations WHERE vendor_id = '{vendor}' AND kind = 'vendor'");
    world.sql(&sql).await[0].get(0)
}
