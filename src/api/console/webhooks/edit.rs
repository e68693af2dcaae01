//! Making a webhook, changing it, and giving it another secret.

use super::events::boxes;
use super::{detail, named, place, place_of, reached, whole};
use crate::api::console::form::Form;
use crate::api::console::parts::{Field, Kind, Tone, copy, faults_summary, field, foreign, notice};
use crate::api::console::refused::{as_refusal, with_faults};
use crate::api::console::texts::Done;
use crate::api::console::visit::Visit;
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::access::Reached;
use crate::domain::faults::Faults;
use crate::domain::ids::WebhookId;
use crate::domain::webhook::{DEFAULT_REFUSED_PERCENT, Webhook};
use crate::rejection::Code;
use crate::webhooks::{NewWebhook, WebhookError, WebhookPatch};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};

/// What can be set of a webhook, as it was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    url: String,
    description: String,
    events: Vec<String>,
    refused_percent: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name| form.text(name).unwrap_or_default().to_owned();
        Self {
            url: text("url"),
            description: text("description"),
            events: form.all("events").map(str::to_owned).collect(),
            refused_percent: text("refused_percent"),
        }
    }

    pub(super) fn stored(webhook: &Webhook) -> Self {
        let settings = &webhook.settings;
        Self {
            url: settings.url.to_string(),
            description: settings.description.clone(),
            events: settings.events.iter().map(|event| event.as_str().to_owned()).collect(),
            refused_percent: settings.refused_percent.to_string(),
        }
    }

    /// For the rules of the API. What is no number is none that may be.
    fn patch(&self) -> WebhookPatch {
        let percent = match self.refused_percent.as_str() {
            "" => DEFAULT_REFUSED_PERCENT.into(),
            text => text.parse().unwrap_or(0),
        };
        WebhookPatch {
            url: Some(self.url.clone()),
            description: Some(self.description.clone()),
            events: Some(self.events.clone()),
            refused_percent: Some(percent),
            enabled: None,
        }
    }

    pub(super) fn fields(&self, visit: &Visit, away_seconds: u64, faults: &Faults) -> Markup {
        let (all, t) = (visit.texts(), &visit.texts().webhooks);
        let percent = Kind::Number { min: 1.0, max: 100.0, step: "1" };
        let percent = Field::text("refused_percent", t.refused_percent, t.refused_percent_help, &self.refused_percent)
            .kind(percent);
        html! {
            (field(Field::text("url", t.url, t.url_help, &self.url).kind(Kind::Address).required(), faults, all))
            (field(Field::text("description", t.description, t.description_help, &self.description), faults, all))
            (boxes(visit, &self.events, away_seconds, faults))
            (field(percent, faults, all))
        }
    }
}

/// The form for a new one.
pub(crate) async fn ask(State(state): State<Shared>, mut visit: Visit) -> Result<Response, Refusal> {
    visit.query().end()?;
    let workspace = reached(&state, &mut visit).await?;
    drawn(StatusCode::OK, &state, &visit, &workspace, (&Typed::default(), &Faults::new(), None)).await
}

/// Makes one, and shows its secret.
pub(crate) async fn create(State(state): State<Shared>, mut visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = reached(&state, &mut visit).await?;
    let typed = Typed::of(&form);
    match state.webhooks.create(&workspace, &typed.patch(), &visit.admitted().author()?).await {
        Ok(made) => to_its_page(&state, &visit, &workspace, (MADE, &made)),
        Err(WebhookError::Faults(faults)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(with_faults(drawn(status, &state, &visit, &workspace, (&typed, &faults, None)).await?))
        }
        Err(WebhookError::TooMany) => {
            let why = Some(visit.texts().webhooks.too_many);
            let shown = (&typed, &Faults::new(), why);
            let page = drawn(StatusCode::CONFLICT, &state, &visit, &workspace, shown).await?;
            Ok(as_refusal(page, Code::Conflict.as_str()))
        }
        Err(error) => Err(error.to_rejection(visit.admitted().request_id()).into()),
    }
}

/// Changes one, if it is still as it was when the page was made.
pub(crate) async fn change(State(state): State<Shared>, mut visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = reached(&state, &mut visit).await?;
    let webhook = named(&state, &visit, &workspace).await?;
    let typed = Typed::of(&form);
    let read = form.text("version").and_then(|text| text.parse::<i64>().ok()).unwrap_or(webhook.version);
    let author = visit.admitted().author()?;
    match state.webhooks.change(&workspace, webhook.id, &typed.patch(), Some(vec![read]), &author).await {
        Ok(_) => Ok(visit.done(Done::WebhookChanged, &place_of(&workspace.slug, webhook.id))),
        Err(WebhookError::Faults(faults)) => {
            let shown = detail::Shown { typed: &typed, faults: &faults, conflict: None };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(with_faults(detail::drawn(status, &state, &visit, (&workspace, &webhook), &shown).await?))
        }
        Err(WebhookError::Changed) => {
            // As it is by now: saving again puts this in its place.
            let webhook = named(&state, &visit, &workspace).await?;
            let conflict = Some(visit.texts().webhooks.changed_meanwhile);
            let shown = detail::Shown { typed: &typed, faults: &Faults::new(), conflict };
            let status = StatusCode::PRECONDITION_FAILED;
            let page = detail::drawn(status, &state, &visit, (&workspace, &webhook), &shown).await?;
            Ok(as_refusal(page, Code::PreconditionFailed.as_str()))
        }
        Err(error) => Err(error.to_rejection(visit.admitted().request_id()).into()),
    }
}

/// Gives it another secret, and shows that.
pub(crate) async fn rotate(State(state): State<Shared>, mut visit: Visit, form: Form) -> Result<Response, Refusal> {
    let workspace = reached(&state, &mut visit).await?;
    let id = WebhookId(super::uuid(&visit, "id")?);
    // A grace that is not understood is the usual one, not none.
    let grace = form.text("grace_seconds").and_then(|text| text.parse().ok());
    let made = state.webhooks.rotate(&workspace, id, grace, &visit.admitted().author()?).await;
    to_its_page(&state, &visit, &workspace, (ROTATED, &made.or_reject(visit.admitted())?))
}

/// Before the secret that goes to the webhook's page: whether it is new, or has another one.
const MADE: char = '+';
const ROTATED: char = '~';

/// On to the webhook's page, which shows its secret this once.
fn to_its_page(
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    (what, made): (char, &NewWebhook),
) -> Result<Response, Refusal> {
    let place = place_of(&workspace.slug, made.webhook.id);
    Ok(visit.shown_once(state, &place, &format!("{what}{}", made.secret.expose_secret()))?)
}

/// A webhook with its secret, in the place of its page.
pub(super) async fn secret(
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    webhook: &Webhook,
    told: &SecretString,
) -> Result<Response, Refusal> {
    let (common, t) = (&visit.texts().common, &visit.texts().webhooks);
    let title = if told.expose_secret().starts_with(MADE) { t.made_title } else { t.rotated_title };
    let secret = told.expose_secret().trim_start_matches([MADE, ROTATED]);
    let body = html! {
        h1 { (title) }
        (notice(Tone::Warn, html! { (t.once) }))
        section {
            h2 { (foreign(&super::name(webhook))) }
            (copy(secret, common.copy, common.copied))
            p { (t.once_how) }
        }
        p { a.button.primary href=(place_of(&workspace.slug, webhook.id)) { (t.go_on) } }
    };
    whole(StatusCode::OK, state, visit, workspace, (title.into(), body)).await
}

/// The form for a new one, with what is wrong.
async fn drawn(
    status: StatusCode,
    state: &ApiState,
    visit: &Visit,
    workspace: &Reached,
    (typed, faults, refused): (&Typed, &Faults, Option<&str>),
) -> Result<Response, Refusal> {
    let (all, t, slug) = (visit.texts(), &visit.texts().webhooks, &workspace.slug);
    let away_seconds = state.webhook_settings.upstream_away_seconds;
    let body = html! {
        p { a href=(place(slug)) { "← " (t.title) } }
        h1 { (t.new_title) }
        p { (t.new_lead) }
        @if let Some(refused) = refused { (notice(Tone::Bad, html! { (refused) })) }
        (faults_summary(faults, all))
        section {
            (visit.form(&format!("/console/workspaces/{slug}/new-webhook"), html! {
                (typed.fields(visit, away_seconds, faults))
                div.actions { button.primary { (t.make) } a.button href=(place(slug)) { (all.common.cancel) } }
            }))
        }
    };
    whole(status, state, visit, workspace, (t.new_title.into(), body)).await
}
