//! Forms that none of our pages has sent.

use super::{PASSWORD, Staff, populated};
use crate::harness::World;
use http::Method;
use vestibule::endpoints::{Credential, endpoints};

fn filled(path: &str) -> String {
    path.split('/')
        .map(|segment| if segment.starts_with('{') { "demo-shop" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}

#[tokio::test]
async fn every_form_wants_the_token_of_its_session() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "anna").await;
    mona.page("/console/keys").await;
    let mut other = Staff::log_in(&world, "anna").await;
    other.page("/console/keys").await;
    assert_ne!(mona.form_token, other.form_token);
    let rows: Vec<_> = endpoints()
        .filter(|row| matches!(row.credential, Credential::Cookie(_)) && row.method == Method::POST)
        .collect();
    assert!(rows.len() >= 2);
    for row in rows {
        let path = filled(row.path);
        for token in ["", "x", other.form_token.as_str(), &mona.form_token[1..]] {
            let mut forged = Staff { form_token: token.to_owned(), ..mona.clone() };
            let answer = forged.post(&path, &[]).await;
            assert_eq!(answer.status, 403, "{}: {}", row.name, answer.text());
            assert!(answer.text().contains("<h1>Not allowed</h1>"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn no_other_site_can_send_a_form() {
    let world = populated(World::builder()).await;
    let mut mona = Staff::log_in(&world, "mona").await;
    mona.page("/console/keys").await;
    let host = world.running().admin.to_string();
    let own = format!("http://{host}");
    let tried = async |headers: &[(&'static str, &str)], path: &str| {
        let mut staff = mona.clone();
        staff.http = world.admin();
        for (name, value) in headers {
            staff.http = staff.http.with(name, value);
        }
        let fields = [("username", "mona"), ("password", PASSWORD), ("language", "en")];
        staff.post(path, &fields).await.status.as_u16()
    };
    for path in ["/console/language", "/console/login"] {
        assert_eq!(tried(&[("origin", &own)], path).await, 303, "{path}");
        for headers in [
            &[][..],
            &[("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", &own)],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        ] {
            assert_eq!(tried(headers, path).await, 403, "{path}: {headers:?}");
        }
    }
}
