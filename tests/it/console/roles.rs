//! Who may open what: the console's rows ask for what the permission matrix says, and nobody sees another tenant.

use super::{Staff, populated};
use crate::harness::World;
use http::Method;
use vestibule::domain::access::{Access, Holder, Permission, allows};
use vestibule::domain::user::Role;
use vestibule::endpoints::{Credential, endpoints};

#[tokio::test]
async fn every_row_asks_for_what_the_matrix_says() {
    let world = populated(World::builder()).await;
    let mut staff = Vec::new();
    for (name, role) in [("anna", Role::Admin), ("mona", Role::Manager), ("dora", Role::Default)] {
        staff.push((Staff::log_in(&world, name).await, role));
    }
    let rows: Vec<_> = endpoints().filter(|row| matches!(row.credential, Credential::Cookie(_))).collect();
    assert!(rows.len() > 10, "the rows are found");
    for row in rows {
        let path: Vec<_> =
            row.path.split('/').map(|part| if part.starts_with('{') { "none-such" } else { part }).collect();
        let path = path.join("/");
        for (who, role) in &mut staff {
            let permission = match row.access {
                Access::Scope(scope) => Permission::Scope(scope),
                Access::User(right) => Permission::Right(right),
                other => panic!("{}: {other:?}", row.name),
            };
            let may = allows(Holder::User(*role), permission);
            let mut who = who.clone();
            // Logging out would end what follows.
            who.form_token = "none".into();
            let answer = match row.method {
                Method::GET => who.get(&path).await,
                _ => who.post(&path, &[]).await,
            };
            let is_refused = answer.text().contains("Your role does not allow this.");
            assert_eq!(is_refused, !may, "{} as {role}: {} {}", row.name, answer.status, answer.text());
        }
        let nobody = Staff::stranger(world.admin()).get(&path).await;
        if row.method == Method::GET {
            assert_eq!(nobody.status, 303, "{}", row.name);
        }
    }
}
