//! Making a workspace: a name and where the shop runs; everything else has a default and is set afterwards.

use super::form::Form;
use super::layout::{Nav, Page};
use super::parts::{Field, Kind, faults_summary, field, select};
use super::refused::as_refusal;
use super::texts::Done;
use super::visit::Visit;
use crate::api::response::Refusal;
use crate::api::workspaces::new_shop;
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::store::Platform;
use crate::rejection::Rejection;
use crate::workspaces::Caller;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::html;
use serde_json::{Map, Value, json};

/// The fields, by the names that the API has for them.
const FIELDS: [&str; 8] = [
    "name",
    "platform",
    "slug",
    "upstream_slug",
    "settings.default_locale",
    "settings.currency",
    "settings.country",
    "settings.timezone",
];

/// The form.
///
/// # Errors
/// Of the database.
pub(crate) async fn ask(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    drawn(&state, &visit, StatusCode::OK, &|_| String::new(), &Faults::new()).await
}

/// Makes it, here and in AnythingLLM.
///
/// # Errors
/// As [`crate::api::workspaces::create`], but for what is told beside the fields.
pub(crate) async fn create(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let mut body = Map::new();
    for path in FIELDS {
        let Some(text) = form.text(path) else { continue };
        match path.split_once('.') {
            None => drop(body.insert(path.to_owned(), text.into())),
            Some((group, name)) => {
                if let Value::Object(members) = body.entry(group).or_insert_with(|| json!({})) {
                    members.insert(name.to_owned(), text.into());
                }
            }
        }
    }
    let author = visit.admitted().author()?;
    let caller = Caller { tenant: visit.tenant()?, author: &author };
    let made = match new_shop(body) {
        Ok(new) => {
            let made = state.workspaces.create(caller, new).await;
            made.map_err(|error| error.to_rejection(visit.admitted().request_id()))
        }
        Err(rejection) => Err(rejection),
    };
    match made {
        Ok(written) => {
            let place = format!("/console/workspaces/{}/assistant", written.workspace.slug);
            Ok(visit.done(Done::WorkspaceMade, &place))
        }
        Err(Rejection::ValidationFailed(faults)) => {
            let sent = |path: &str| form.text(path).unwrap_or_default().to_owned();
            drawn(&state, &visit, StatusCode::UNPROCESSABLE_ENTITY, &sent, &faults).await
        }
        // Somebody has the name: what was typed stays, and the field says so.
        Err(refused @ Rejection::Conflict(_)) => {
            let sent = |path: &str| form.text(path).unwrap_or_default().to_owned();
            let mut faults = Faults::new();
            let is_upstream = refused.detail().contains("AnythingLLM");
            faults.push(
                if is_upstream { "upstream_slug" } else { "slug" },
                "conflict",
                refused.said(visit.admitted().language()),
            );
            let page = drawn(&state, &visit, StatusCode::CONFLICT, &sent, &faults).await?;
            Ok(as_refusal(page, refused.code()))
        }
        Err(other) => Err(Refusal(other)),
    }
}

async fn drawn(
    state: &ApiState,
    visit: &Visit,
    status: StatusCode,
    sent: &(dyn Fn(&str) -> String + Sync),
    faults: &Faults,
) -> Result<Response, Refusal> {
    let texts = visit.texts();
    let t = &texts.new_workspace;
    let platforms: Vec<_> = Platform::ALL.iter().map(|platform| (platform.as_str(), platform.as_str())).collect();
    let chosen = Some(sent("platform")).filter(|word| !word.is_empty()).unwrap_or(Platform::Custom.as_str().into());
    let labels = [
        ("settings.default_locale", t.locale, t.locale_help),
        ("settings.currency", t.currency, t.currency_help),
        ("settings.country", t.country, t.country_help),
        ("settings.timezone", t.timezone, t.timezone_help),
        ("slug", t.slug, t.slug_help),
        ("upstream_slug", t.upstream_slug, t.upstream_slug_help),
    ];
    let body = html! {
        h1 { (t.title) }
        p { (t.what) }
        (faults_summary(faults, texts))
        section {
            (visit.form("/console/new-workspace", html! {
                @let name = sent("name");
                @let name = Field { required: true, ..Field::optional("name", t.name, t.name_help, &name, Kind::Text) };
                (field(name, faults, texts))
                @let platform = Field::optional("platform", t.platform, t.platform_help, &chosen, Kind::Text);
                (select(platform, &platforms, faults, texts))
                @for (name, label, help) in labels {
                    (field(Field::optional(name, label, help, &sent(name), Kind::Text), faults, texts))
                }
                div.actions { button.primary { (t.make) } a.button href="/console" { (texts.common.cancel) } }
            }))
        }
    };
    visit.page_with(status, state, Page { title: t.title.into(), nav: Nav::Overview, workspace: None }, body).await
}
