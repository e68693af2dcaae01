//! What every page has around it: the way to the others, who is logged in, and what was just done.

use super::assets;
use super::parts::{foreign, notice, unturned};
use super::refused::tone;
use super::visit::Visit;
use crate::api::ApiState;
use crate::api::response::{OrReject as _, address};
use crate::domain::access::Right;
use crate::domain::scope::Scope;
use crate::domain::user::Role;
use crate::domain::workspace::{ManagedWorkspace, UpstreamState};
use crate::rejection::Rejection;
use maud::{DOCTYPE, Markup, html};
use std::borrow::Cow;

/// Workspaces that are offered at once; the overview has all.
const MOST_WORKSPACES: u16 = 100;

/// Workspaces that an entry of the navigation offers; beyond that one goes by the overview.
const MOST_CHOICES: usize = 12;

/// What a page is about.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) title: Cow<'a, str>,
    /// Which entry of the navigation it belongs to.
    pub(crate) nav: Nav,
    /// The workspace that it is of, by its slug.
    pub(crate) workspace: Option<&'a str>,
}

/// The entries of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nav {
    Overview,
    Inbox,
    Assistant,
    Keys,
    Catalogue,
    Usage,
    Playground,
    Webhooks,
    Privacy,
    People,
    Audit,
    System,
}

impl Nav {
    /// In the order in which they are shown.
    const ALL: &'static [Self] = &[
        Self::Overview,
        Self::Inbox,
        Self::Assistant,
        Self::Keys,
        Self::Catalogue,
        Self::Usage,
        Self::Playground,
        Self::Webhooks,
        Self::Privacy,
        Self::People,
        Self::Audit,
        Self::System,
    ];

    /// Whether somebody may go there; the row of the endpoint table decides.
    fn may(self, visit: &Visit) -> bool {
        match self {
            Self::Overview | Self::People => true,
            Self::Assistant | Self::Catalogue | Self::Webhooks => visit.may(Scope::WorkspacesRead),
            Self::Inbox => visit.may(Scope::ConversationsRead),
            Self::Keys | Self::Playground => visit.may(Scope::KeysRead),
            Self::Usage => visit.may(Scope::UsageRead),
            Self::Privacy => visit.may(Scope::PrivacyErase),
            Self::Audit => visit.has(Right::Audit),
            Self::System => visit.has(Right::SigningKeys),
        }
    }

    fn text(self, visit: &Visit) -> &'static str {
        match self {
            Self::Catalogue => visit.texts().catalogue.title,
            Self::Inbox => visit.texts().inbox.title,
            Self::Usage => visit.texts().usage.title,
            Self::Playground => visit.texts().playground.title,
            Self::Webhooks => visit.texts().webhooks.title,
            Self::Privacy => visit.texts().privacy.title,
            Self::People => visit.texts().people.title,
            Self::Audit => visit.texts().audit.title,
            Self::System => visit.texts().system.title,
            Self::Overview => visit.texts().overview.title,
            Self::Assistant => visit.texts().assistant.title,
            Self::Keys => visit.texts().keys.title,
        }
    }

    /// Where choosing a workspace leads to from here: pages of the installation have no such view.
    const fn beside(self) -> Self {
        match self {
            Self::Audit | Self::System => Self::Overview,
            other => other,
        }
    }

    /// Where it is, for one workspace or for all; none if there is no such page of all.
    fn place(self, workspace: Option<&str>) -> Option<String> {
        Some(match (self, workspace) {
            (Self::Inbox, Some(slug)) => format!("/console/workspaces/{slug}/conversations"),
            (Self::Catalogue, Some(slug)) => format!("/console/workspaces/{slug}/catalogue"),
            (Self::Playground, Some(slug)) => format!("/console/workspaces/{slug}/playground"),
            (Self::Webhooks, Some(slug)) => format!("/console/workspaces/{slug}/webhooks"),
            (Self::Privacy, Some(slug)) => format!("/console/workspaces/{slug}/privacy"),
            (Self::Usage, Some(slug)) => format!("/console/usage?workspace={slug}"),
            (Self::Usage, None) => "/console/usage".into(),
            (Self::People, Some(slug)) => format!("/console/people?workspace={slug}"),
            (Self::People, None) => "/console/people".into(),
            (Self::Audit, _) => "/console/audit".into(),
            (Self::System, _) => "/console/system".into(),
            (Self::Overview, Some(slug)) => format!("/console/workspaces/{slug}"),
            (Self::Overview, None) => "/console".into(),
            (Self::Assistant, Some(slug)) => format!("/console/workspaces/{slug}/assistant"),
            (
                Self::Inbox | Self::Assistant | Self::Catalogue | Self::Playground | Self::Webhooks | Self::Privacy,
                None,
            ) => return None,
            (Self::Keys, Some(slug)) => format!("/console/keys?workspace={slug}"),
            (Self::Keys, None) => "/console/keys".into(),
        })
    }
}

/// A whole page.
///
/// # Errors
/// Of the database.
pub(super) async fn whole(visit: &Visit, state: &ApiState, about: Page<'_>, body: Markup) -> Result<Markup, Rejection> {
    let workspaces = if visit.may(Scope::WorkspacesRead) {
        let listed = state.workspaces.list(visit.tenant()?, None, false, None, MOST_WORKSPACES).await;
        listed.or_reject(visit.admitted())?
    } else {
        Vec::new()
    };
    let t = &visit.texts().layout;
    let main = html! {
        @if let Some(done) = visit.done_before() { (notice(tone(done), html! { (done.text(visit.texts())) })) }
        (body)
    };
    Ok(html! {
        (DOCTYPE)
        html lang=(visit.locale().language.tag()) {
            (head(&about.title))
            body {
                a.skip href="#main" { (t.skip) }
                header.top {
                    a.brand href="/console" { "Vestibule" }
                    @if !workspaces.is_empty() { (switch(visit, &workspaces, &about)) }
                    (account(visit, &about))
                }
                div.frame {
                    (navigation(visit, &workspaces, &about))
                    main #main tabindex="-1" { (main) }
                }
            }
        }
    })
}

/// A page for who is not logged in.
pub(super) fn outside(language: super::locale::Language, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            (head(title))
            body.plain { main #main { (body) } }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (unturned(title)) " · Vestibule" }
            link rel="icon" href="data:,";
            link rel="stylesheet" href=(assets::style());
            script type="module" src=(assets::script()) {}
        }
    }
}

fn navigation(visit: &Visit, workspaces: &[ManagedWorkspace], about: &Page<'_>) -> Markup {
    let ready: Vec<_> = workspaces.iter().filter(|one| one.upstream_state == UpstreamState::Ready).collect();
    // The pages of the only one need no choice.
    let only = match ready[..] {
        [only] => Some(only.slug.as_str()),
        _ => None,
    };
    html! {
        nav.side aria-label=(visit.texts().layout.navigation) {
            ul {
                @for entry in Nav::ALL.iter().filter(|entry| entry.may(visit)) {
                    @if let Some(place) = entry.place(about.workspace) {
                        @let current = (*entry == about.nav).then_some("page");
                        li { a href=(place) aria-current=[current] { (entry.text(visit)) } }
                    } @else if let Some(place) = only.and_then(|slug| entry.place(Some(slug))) {
                        li { a href=(place) { (entry.text(visit)) } }
                    } @else if !ready.is_empty() {
                        li { details {
                            summary { (entry.text(visit)) span.hidden { ": " (visit.texts().layout.choose_workspace) } }
                            ul {
                                @for one in ready.iter().take(MOST_CHOICES) {
                                    li {
                                        a href=(entry.place(Some(&one.slug)).unwrap_or_default()) {
                                            (foreign(&one.content.name))
                                        }
                                    }
                                }
                                @if ready.len() > MOST_CHOICES { li { a href="/console" { "…" } } }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// The workspaces to choose from; without a script too.
fn switch(visit: &Visit, workspaces: &[ManagedWorkspace], about: &Page<'_>) -> Markup {
    let t = &visit.texts().layout;
    let present = workspaces.iter().find(|workspace| Some(workspace.slug.as_str()) == about.workspace);
    html! {
        details.menu {
            summary {
                span.quiet { (t.workspace) ": " }
                (foreign(present.map_or(t.all_workspaces, |present| present.content.name.as_str())))
            }
            ul {
                li {
                    a href=(about.nav.place(None).unwrap_or("/console".into()))
                        aria-current=[present.is_none().then_some("true")] { (t.all_workspaces) }
                }
                @for workspace in workspaces.iter().filter(|one| one.upstream_state == UpstreamState::Ready) {
                    @let is_present = Some(workspace.slug.as_str()) == about.workspace;
                    li {
                        a href=(about.nav.beside().place(Some(&workspace.slug)).unwrap_or_default())
                            aria-current=[is_present.then_some("true")] { (foreign(&workspace.content.name)) }
                    }
                }
            }
        }
    }
}

fn account(visit: &Visit, about: &Page<'_>) -> Markup {
    // What a form was sent to may be no page.
    let is_page = visit.admitted().endpoint().method == http::Method::GET;
    let here = if is_page { Some(address(visit.admitted())) } else { about.nav.place(about.workspace) };
    let t = &visit.texts().layout;
    let role = match visit.user().role {
        Role::Default => t.role_default,
        Role::Manager => t.role_manager,
        Role::Admin => t.role_admin,
    };
    html! {
        details.menu.account {
            summary { (foreign(&visit.user().username)) " " span.quiet { (role) } }
            ul {
                li { (visit.form("/console/language", html! {
                    input type="hidden" name="next" value=(here.as_deref().unwrap_or("/console"));
                    button.link name="language" value=(t.other_language_tag) lang=(t.other_language_tag) {
                        (t.other_language)
                    }
                })) }
                li { (visit.form("/console/logout", html! { button.link { (t.log_out) } })) }
            }
        }
    }
}
