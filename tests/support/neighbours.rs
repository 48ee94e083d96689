//! States of a program that the fixture does not begin with.

use super::actor::Actor;
use super::fixture;
use super::world::World;
use attache::postgres::Role;

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
