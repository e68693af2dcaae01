//! The roles that a dump does not hold: that they are missing is said, with how to mend it.

use super::fixture::{Fixture, connect};
use crate::harness::{OwnPostgres, TcpProxy, postgres_programs, run};

#[tokio::test]
async fn an_installation_has_its_roles() {
    let fixture = Fixture::new().await;
    let roles = fixture.database.roles().await.unwrap();
    assert!(roles.are_there() && roles.fault().is_none(), "{roles:?}");
}

/// As after a restore on another machine, and before a superuser has been there.
#[tokio::test]
async fn missing_roles_are_named_by_the_commands_and_by_readiness() {
    let Some(programs) = postgres_programs() else { return };
    let server = OwnPostgres::start(programs).await;
    let proxy = TcpProxy::before(server.server()).await;
    let url = format!("postgres://vestibule@127.0.0.1:{}/vestibule", proxy.port());
    let variables = [("DATABASE_URL", url.as_str())];
    let migrated = run(&["migrate"], &variables).await;
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
    assert!(connect(&url).roles().await.unwrap().are_there());

    // Whoever drops a role takes away first what it may do: as if a dump had been restored without it.
    server.sql("ALTER ROLE vestibule_lookup RENAME TO somebody_else").await;
    server.sql("ALTER ROLE vestibule_app RENAME TO somebody").await;
    let roles = connect(&url).roles().await.unwrap();
    assert_eq!(roles.missing, ["vestibule_app", "vestibule_lookup"]);
    let migrated = run(&["migrate"], &variables).await;
    assert_eq!(migrated.code, Some(1), "{migrated:?}");
    for words in ["no role vestibule_app", "no role vestibule_lookup", "deploy/postgres/roles.sql", "owner=vestibule"] {
        assert!(migrated.stderr.contains(words), "{words}: {}", migrated.stderr);
    }
    let doctor = run(&["doctor", "--json"], &variables).await;
    assert!(doctor.stdout.contains("the server has no role vestibule_app"), "{}", doctor.stdout);
    let checked = run(&["upgrade-check"], &variables).await;
    assert_eq!(checked.code, Some(1));
    assert!(checked.stdout.contains("in the way: the server has no role vestibule_app"), "{}", checked.stdout);
}

#[tokio::test]
async fn whoever_may_not_make_roles_is_told_so_before_the_first_migration() {
    let Some(programs) = postgres_programs() else { return };
    let server = OwnPostgres::start(programs).await;
    server.sql("ALTER ROLE vestibule NOCREATEROLE").await;
    let proxy = TcpProxy::before(server.server()).await;
    let url = format!("postgres://vestibule@127.0.0.1:{}/vestibule", proxy.port());
    let migrated = run(&["migrate"], &[("DATABASE_URL", url.as_str())]).await;
    assert_eq!(migrated.code, Some(1), "{migrated:?}");
    assert!(migrated.stderr.contains("may not make roles") && migrated.stderr.contains("roles.sql"), "{migrated:?}");
    let checked = run(&["upgrade-check"], &[("DATABASE_URL", url.as_str())]).await;
    assert_eq!(checked.code, Some(1), "{checked:?}");
}

/// `@`, `:`, `/` and `%` mean something in an address.
#[tokio::test]
async fn a_password_of_its_own_is_taken_as_it_is() {
    let Some(programs) = postgres_programs() else { return };
    let server = OwnPostgres::start(programs).await;
    server.sql("ALTER ROLE vestibule PASSWORD 'a@b:c/d%41#?'").await;
    server.demand_passwords().await;
    let proxy = TcpProxy::before(server.server()).await;
    let url = format!("postgres://vestibule@127.0.0.1:{}/vestibule", proxy.port());
    let told = |password: &'static str| {
        let url = url.clone();
        async move {
            let variables = [("DATABASE_URL", url.as_str()), ("VESTIBULE_DATABASE_PASSWORD", password)];
            run(&["migrate"], &variables).await
        }
    };
    assert_ne!(told("a@b:c/dA#?").await.code, Some(0), "it is not decoded");
    let migrated = told("a@b:c/d%41#?").await;
    assert_eq!(migrated.code, Some(0), "{migrated:?}");
}
