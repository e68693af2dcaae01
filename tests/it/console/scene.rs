//! A browser without scripts: it keeps cookies, and sends the forms it has read with what is hidden in them.

use crate::harness::{Answer, Http, World, WorldBuilder};
use http::Method;
use std::collections::BTreeMap;
use vestibule::domain::audit::Author;
use vestibule::domain::ids::{TenantId, WorkspaceId};
use vestibule::domain::tenant::{Tenant, TenantStatus};
use vestibule::domain::workspace::Workspace;

/// The password of every account in these tests.
pub(super) const PASSWORD: &str = "User-pass-1";

/// A world with an account of each role: `anna` the admin, `mona` the manager, `dora` with a seat in the workspace.
pub(super) async fn populated(builder: WorldBuilder) -> World {
    let builder = builder.set("AUTH_LOGIN_FAILURE_MILLIS", 1).set("ADMIN_LOGINS_PER_IP_PER_MINUTE", 10_000);
    // Some tests send every form there is, several times.
    let world = builder.set("LIMITS_USER_PER_MINUTE", 100_000).set("LIMITS_USER_BURST", 100_000).start().await;
    let control = world.upstream.control();
    control.add_user("anna", PASSWORD, "admin");
    control.add_user("mona", PASSWORD, "manager");
    control.add_user("dora", PASSWORD, "default");
    control.add_member(&world.workspace.upstream_slug, "dora");
    world
}

/// Another tenant's workspace.
pub(super) async fn foreign_workspace(world: &World) -> Workspace {
    let ambient = &world.ambient;
    let tenant = Tenant {
        id: TenantId(ambient.uuid()),
        slug: "foreign".parse().unwrap(),
        name: "Foreign".into(),
        status: TenantStatus::Active,
        created_at: ambient.now(),
    };
    world.database.tenants().insert(&tenant, &Author::cli("test"), ambient).await.unwrap();
    let workspace = Workspace {
        id: WorkspaceId::new(ambient),
        tenant: tenant.id,
        slug: "foreign-shop".into(),
        upstream_slug: world.upstream.control().add_workspace("foreign"),
        ..world.workspace.clone()
    };
    world.database.workspaces().insert(&workspace).await.unwrap();
    workspace
}

/// A page's text without the elements around what others wrote.
pub(super) fn as_read(page: &str) -> String {
    page.replace("<bdi dir=\"auto\">", "").replace("</bdi>", "")
}

/// Somebody at the console.
#[derive(Debug, Clone)]
pub(super) struct Staff {
    pub(super) http: Http,
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) form_token: String,
}

impl Staff {
    /// Nobody yet.
    pub(super) fn stranger(http: Http) -> Self {
        Self { http: http.with("sec-fetch-site", "same-origin"), cookies: BTreeMap::new(), form_token: String::new() }
    }

    pub(super) async fn log_in(world: &World, name: &str) -> Self {
        let mut staff = Self::stranger(world.admin());
        let answer = staff.post("/console/login", &[("username", name), ("password", PASSWORD)]).await;
        // With the recovery codes of a first login it is a page.
        assert!(answer.status == 303 || answer.text().contains("recovery codes"), "{}", answer.text());
        staff.get("/console").await;
        staff
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, String::new()).await
    }

    /// A page that there is, as it reads: without the elements around what others wrote.
    pub(super) async fn page(&mut self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        as_read(answer.text())
    }

    /// Sends a form with the token of the pages seen so far.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.form_token.clone();
        let fields = fields.iter().copied().chain([("form_token", token.as_str())]);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, body).await
    }

    /// Sends a form, and gives the page that it leads to.
    pub(super) async fn done(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post(path, fields).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        let place = answer.header("location").unwrap().to_owned();
        self.page(&place).await
    }

    pub(super) async fn send(&mut self, method: Method, path: &str, body: String) -> Answer {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut http = self.http.with("content-type", "application/x-www-form-urlencoded");
        if !cookies.is_empty() {
            http = http.with("cookie", &cookies.join("; "));
        }
        let answer = http.send(method, path, body).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Ok(text) = std::str::from_utf8(&answer.body)
            && let Some((_, rest)) = text.split_once("name=\"form_token\" value=\"")
        {
            self.form_token = rest.split('"').next().unwrap().to_owned();
        }
        answer
    }
}
