//! Making a key, and showing it this once.

use super::content::Content;
use super::detail::place;
use super::kind_word;
use crate::api::console::form::Form;
use crate::api::console::layout::{Nav, Page};
use crate::api::console::parts::{Field, Kind, Tone, copy, faults_summary, foreign, nothing, notice, select};
use crate::api::console::texts::{KeysTexts, Texts, put};
use crate::api::console::visit::Visit;
use crate::api::keys::{self, snippet};
use crate::api::response::{OrReject as _, Refusal};
use crate::api::{ApiState, Shared};
use crate::domain::faults::Faults;
use crate::domain::key::{KeyContent, KeyEnv, KeyKind, StoredKey};
use crate::rejection::Rejection;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use secrecy::{ExposeSecret as _, SecretString};

/// Workspaces that are offered at once.
const MOST_WORKSPACES: u16 = 100;

/// What is chosen once and for all.
struct Nature {
    kind: KeyKind,
    env: KeyEnv,
    workspace: Option<String>,
}

/// The form.
///
/// # Errors
/// `validation_failed`; of the database.
pub(crate) async fn ask(State(state): State<Shared>, visit: Visit) -> Result<Response, Refusal> {
    let nature = {
        let mut query = visit.query();
        let nature = Nature {
            kind: query.text("kind").and_then(|word| word.parse().ok()).unwrap_or(KeyKind::Publishable),
            env: KeyEnv::Live,
            workspace: query.text("workspace").filter(|slug| !slug.is_empty()),
        };
        query.end()?;
        nature
    };
    let content = Content::of(&KeyContent::of_kind(nature.kind));
    drawn(&state, &visit, StatusCode::OK, &nature, &content, &Faults::new()).await
}

/// Makes it.
///
/// # Errors
/// As [`keys::create`], but for what is told beside the fields.
pub(crate) async fn create(State(state): State<Shared>, visit: Visit, form: Form) -> Result<Response, Refusal> {
    let nature = Nature {
        kind: form.text("kind").and_then(|word| word.parse().ok()).unwrap_or(KeyKind::Publishable),
        env: form.text("env").and_then(|word| word.parse().ok()).unwrap_or(KeyEnv::Live),
        workspace: form.text("workspace").map(str::to_owned),
    };
    let mut body = Content::sent(&form, nature.kind).into_given();
    body.insert("kind".into(), nature.kind.as_str().into());
    body.insert("env".into(), nature.env.as_str().into());
    if let Some(slug) = &nature.workspace {
        body.insert("workspace".into(), slug.as_str().into());
    }
    let made = match keys::request(&state, visit.admitted(), body).await {
        Ok(request) => {
            let managing = visit.managing(&state)?;
            state.keys.create(managing.caller(), request).await.or_reject(visit.admitted())
        }
        Err(rejection) => Err(rejection),
    };
    match made {
        Ok(issued) => Ok(visit.shown_once(&state, &place(&issued.stored), issued.key.expose())?),
        Err(rejection) => {
            let faults = faults_of(rejection)?;
            let content = Content::sent(&form, nature.kind);
            drawn(&state, &visit, StatusCode::UNPROCESSABLE_ENTITY, &nature, &content, &faults).await
        }
    }
}

/// What is to be told beside the fields; everything else is refused as it is.
pub(super) fn faults_of(rejection: Rejection) -> Result<Faults, Rejection> {
    match rejection {
        Rejection::ValidationFailed(faults) => Ok(faults),
        Rejection::BeyondOwnPower(excess) => Ok(excess.faults),
        other => Err(other),
    }
}

async fn drawn(
    state: &ApiState,
    visit: &Visit,
    status: StatusCode,
    nature: &Nature,
    content: &Content,
    faults: &Faults,
) -> Result<Response, Refusal> {
    let listed = state.workspaces.list(visit.tenant()?, None, false, None, MOST_WORKSPACES).await;
    let listed = listed.or_reject(visit.admitted())?;
    let t = visit.texts();
    let mut workspaces: Vec<(&str, &str)> =
        listed.iter().map(|workspace| (workspace.slug.as_str(), workspace.content.name.as_str())).collect();
    if nature.kind == KeyKind::Secret {
        workspaces.insert(0, ("", t.key_form.every_workspace));
    }
    let other = if nature.kind == KeyKind::Secret { KeyKind::Publishable } else { KeyKind::Secret };
    let slug = nature.workspace.as_deref();
    let envs = [(KeyEnv::Live.as_str(), t.keys.live), (KeyEnv::Test.as_str(), t.keys.test)];
    let fields = html! {
        input type="hidden" name="kind" value=(nature.kind.as_str());
        @let (label, help) = (t.keys.workspace, t.key_form.workspace_help);
        (select(Field::optional("workspace", label, help, slug.unwrap_or_default(), Kind::Text),
            &workspaces, faults, t))
        @let (label, help, env) = (t.key_form.env, t.key_form.env_help, nature.env.as_str());
        (select(Field::optional("env", label, help, env, Kind::Text), &envs, faults, t))
        (content.fields(nature.kind, origin_rules(t), faults, t))
        div.actions { button.primary { (t.keys.make) } a.button href=(list_of(slug)) { (t.common.cancel) } }
    };
    let (title, about) = match nature.kind {
        KeyKind::Publishable => (t.key_form.new_publishable, t.key_form.publishable_what),
        KeyKind::Secret => (t.key_form.new_secret, t.key_form.secret_what),
    };
    let query = slug.map_or_else(String::new, |slug| format!("&workspace={slug}"));
    let body = html! {
        h1 { (title) }
        p { (about) " " a href={ "/console/new-key?kind=" (other.as_str()) (query) } { (switch_words(other, t)) } }
        (faults_summary(faults, t))
        section { (visit.form("/console/new-key", fields)) }
    };
    visit.page_with(status, state, Page { title: title.into(), nav: Nav::Keys, workspace: slug }, body).await
}

const fn switch_words(other: KeyKind, t: &Texts) -> &'static str {
    match other {
        KeyKind::Publishable => t.key_form.rather_publishable,
        KeyKind::Secret => t.key_form.rather_secret,
    }
}

/// How the entries of a list of origins are read.
pub(super) fn origin_rules(t: &Texts) -> Markup {
    html! {
        details.help {
            summary { (t.key_form.origin_rules) }
            ul {
                li { code { "https://shop.example" } " " (t.key_form.rule_exact) }
                li { code { "https://*.shop.example" } " " (t.key_form.rule_wildcard) }
                li { code { "http://localhost:5173" } " " (t.key_form.rule_local) }
            }
            p { (t.key_form.rule_honest) }
        }
    }
}

fn list_of(workspace: Option<&str>) -> String {
    workspace.map_or("/console/keys".into(), |slug| format!("/console/keys?workspace={slug}"))
}

/// A key that was just made, with its text: the page that is shown this once in the place of the key's.
pub(super) async fn shown(
    state: &ApiState,
    visit: &Visit,
    stored: &StoredKey,
    key: &SecretString,
) -> Result<Response, Refusal> {
    let (t, common) = (&visit.texts().keys, &visit.texts().common);
    let key = key.expose_secret();
    let snippets = if stored.kind == KeyKind::Publishable {
        let view = snippet::of(state, visit.admitted(), stored, snippet::Widget::Vestibule, key).await?;
        snippets(&view, None, visit.texts())
    } else {
        nothing()
    };
    let body = html! {
        h1 { (t.made_title) }
        (notice(Tone::Warn, html! { (t.made_once) }))
        section {
            h2 { (foreign(&stored.content.name)) " " span.quiet { (kind_word(stored.kind, t)) } }
            (copy(key, common.copy, common.copied))
        }
        (snippets)
        p { a.button.primary href=(place(stored)) { (t.made_go_on) } }
    };
    let slug = stored.workspace.as_ref().map(|(_, slug)| slug.as_str());
    visit.page(state, Page { title: t.made_title.into(), nav: Nav::Keys, workspace: slug }, body).await
}

/// What to paste, one for each place. `placeholder` stands where the key belongs, if it is not known any more.
pub(super) fn snippets(view: &snippet::SnippetsView, placeholder: Option<&str>, texts: &Texts) -> Markup {
    let (t, common) = (&texts.keys, &texts.common);
    html! {
        section {
            h2 { (t.snippet_title) }
            @if !view.works { (notice(Tone::Warn, html! { (t.snippet_not_working) })) }
            @if let Some(placeholder) = placeholder { p { (put(texts.words.put_key_in, placeholder)) } }
            @for (at, snippet) in view.snippets.iter().enumerate() {
                details.disclosure open[at == 0] {
                    summary { (platform_word(snippet.platform, t)) }
                    div {
                        p.quiet { (place_word(snippet.platform, texts).unwrap_or(snippet.place)) }
                        (copy(&snippet.code, common.copy, common.copied))
                    }
                }
            }
        }
    }
}

/// Where it belongs.
fn place_word(platform: &str, t: &Texts) -> Option<&'static str> {
    let w = &t.words;
    Some(match platform {
        "html" => w.place_html,
        "html_pinned" => w.place_pinned,
        "shopify" => w.place_shopify,
        "woocommerce" => w.place_woocommerce,
        _ => return None,
    })
}

fn platform_word<'a>(platform: &'a str, t: &KeysTexts) -> &'a str {
    match platform {
        "html" => "HTML",
        "html_pinned" => t.snippet_pinned,
        "shopify" => "Shopify",
        "woocommerce" => "WooCommerce",
        other => other,
    }
}
