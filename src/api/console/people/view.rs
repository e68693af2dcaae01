//! People and sessions as a page.

use super::{Members, PATH, Shown};
use crate::anythingllm::UpstreamMember;
use crate::anythingllm::UpstreamUser;
use crate::api::console::parts::{
    Field, Tone, badge, disclosure, empty, filled, foreign, nothing, notice, pager, select, table, unturned,
};
use crate::api::console::texts::{PeopleTexts, put};
use crate::api::console::visit::Visit;
use crate::domain::access::Right;
use crate::domain::auth_session::AuthSession;
use crate::domain::faults::Faults;
use crate::domain::scope::Scope;
use crate::domain::user::{Role, UserId};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

pub(super) fn page(visit: &Visit, shown: &Shown, now: DateTime<Utc>) -> Markup {
    let t = &visit.texts().people;
    let manages = visit.may(Scope::WorkspacesRead);
    html! {
        h1 { (t.title) }
        p { (t.lead) }
        (sessions(visit, shown, now))
        @if manages {
            h2 { (t.members) }
            p.quiet { (t.members_lead) }
            (choice(visit, shown))
            @if let Some(members) = &shown.members { (of_workspace(visit, members, shown.accounts.as_deref(), now)) }
            @if visit.has(Right::OthersSessions) {
                h2 { (t.accounts) }
                @match &shown.accounts {
                    Some(accounts) => { (everybody(visit, accounts)) }
                    None => { (notice(Tone::Warn, html! { (t.upstream_away) })) }
                }
            }
        }
    }
}

fn sessions(visit: &Visit, shown: &Shown, now: DateTime<Utc>) -> Markup {
    let (t, locale) = (&visit.texts().people, visit.locale());
    let is_own = shown.whose == visit.user().id;
    let title =
        if is_own { t.own_sessions.to_owned() } else { put(t.sessions_of, &unturned(&name_of(shown, shown.whose))) };
    let rows = html! {
        @for session in &shown.sessions {
            @let is_current = session.id == visit.user().session;
            tr {
                th scope="row" {
                    (foreign(device(visit, &session.device))) @if is_current { " " (badge(Tone::Good, t.this_one)) }
                }
                td { code { (session.ip_prefix) } }
                td { (locale.time(session.created_at)) }
                td { (locale.ago(session.last_used_at, now)) }
                td { (locale.until(session.family.expires_at(), now)) }
                td { (end_one(visit, shown.whose, session)) }
            }
        }
    };
    html! {
        h2 { (title) }
        @if shown.sessions.is_empty() { p { (t.no_sessions) } }
        @else {
            (table(&title, &[t.device, t.address, t.begun, t.last_used, t.ends, t.end], rows))
            (pager(shown.next.as_deref(), t.older))
            (disclosure(t.end_all, false, visit.form("/console/people/sessions/end", html! {
                (whose_field(shown.whose))
                p { (if is_own { t.end_all_own_help } else { t.end_all_help }) }
                p { button.danger { (t.end_all) } }
            })))
        }
    }
}

fn device<'a>(visit: &Visit, label: &'a str) -> &'a str {
    if label == "unknown" { visit.texts().words.device_unknown } else { label }
}

fn end_one(visit: &Visit, whose: UserId, session: &AuthSession) -> Markup {
    let t = &visit.texts().people;
    visit.form(
        &format!("/console/people/sessions/{}/end", session.id),
        html! {
            (whose_field(whose))
            button title=(t.end_this) { (t.end) }
        },
    )
}

fn whose_field(whose: UserId) -> Markup {
    html! { input type="hidden" name="user" value=(whose); }
}

/// By the name where it is known, else by the number.
fn name_of(shown: &Shown, user: UserId) -> String {
    let account = shown.accounts.iter().flatten().find(|account| account.id == user);
    let session = shown.sessions.iter().find(|session| session.user == user);
    let named = account.map(|account| &account.username).or(session.map(|session| &session.username));
    named.cloned().unwrap_or_else(|| user.to_string())
}

fn choice(visit: &Visit, shown: &Shown) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().people);
    if shown.workspaces.is_empty() {
        return html! { p { (t.no_workspaces) } };
    }
    let chosen = shown.members.as_ref().map_or("", |members| &members.slug);
    let options: Vec<_> = shown.workspaces.iter().map(|(slug, name)| (slug.as_str(), name.as_str())).collect();
    html! {
        form.filter method="get" action=(PATH) {
            (select(Field::text("workspace", t.workspace, "", chosen), &options, &Faults::new(), all))
            p { button { (t.show) } }
        }
    }
}

fn of_workspace(visit: &Visit, of: &Members, accounts: Option<&[UpstreamUser]>, now: DateTime<Utc>) -> Markup {
    let t = &visit.texts().people;
    let Some(members) = &of.who else { return notice(Tone::Warn, html! { (t.upstream_away) }) };
    let may_change = visit.may(Scope::WorkspacesWrite);
    html! {
        h3 { (filled(t.members_of, &[("", foreign(&of.name))])) }
        @if members.is_empty() { (empty(t.no_members_title, t.no_members_help, nothing())) }
        @else { (member_table(visit, of, members, now)) }
        @if may_change && let Some(accounts) = accounts { (add_form(visit, of, members, accounts)) }
    }
}

fn member_table(visit: &Visit, of: &Members, members: &[UpstreamMember], now: DateTime<Utc>) -> Markup {
    let (t, locale) = (&visit.texts().people, visit.locale());
    let may_change = visit.may(Scope::WorkspacesWrite);
    let rows = html! {
        @for member in members {
            tr {
                th scope="row" { (foreign(&member.username)) }
                td {
                    (role(t, member.role))
                    @if member.role.sees_every_workspace() { div.quiet { (t.reaches_all) } }
                }
                td { @match member.assigned_at { Some(at) => { (locale.ago(at, now)) } None => { "–" } } }
                td {
                    @if may_change {
                        (disclosure(&put(t.remove_summary, &unturned(&member.username)), false, visit.form(
                            &format!("/console/workspaces/{}/members/{}/remove", of.slug, member.user),
                            html! { p { (t.remove_help) } p { button.danger { (t.remove) } } },
                        )))
                    }
                }
            }
        }
    };
    table(t.members, &[t.name, t.role, t.since, t.remove], rows)
}

fn add_form(visit: &Visit, of: &Members, members: &[UpstreamMember], accounts: &[UpstreamUser]) -> Markup {
    let (all, t) = (visit.texts(), &visit.texts().people);
    let others: Vec<(String, String)> = accounts
        .iter()
        .filter(|account| members.iter().all(|member| member.user != account.id))
        .map(|account| (account.id.to_string(), format!("{} ({})", account.username, account.role)))
        .collect();
    let options: Vec<_> = others.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    html! {
        h3 { (t.add) }
        @if options.is_empty() { p { (t.nobody_left) } }
        @else {
            (visit.form(&format!("/console/workspaces/{}/members", of.slug), html! {
                (select(Field::text("person", t.person, "", "").required(), &options, &Faults::new(), all))
                p { button { (t.add_button) } }
            }))
        }
    }
}

fn everybody(visit: &Visit, accounts: &[UpstreamUser]) -> Markup {
    let t = &visit.texts().people;
    let rows = html! {
        @for account in accounts {
            tr {
                th scope="row" { (foreign(&account.username)) " " span.quiet { (account.id) } }
                td { (role(t, account.role)) }
                td {
                    @if account.suspended { (badge(Tone::Warn, t.suspended)) } @else { (badge(Tone::Good, t.active)) }
                }
                td { a href={ (PATH) "?user=" (account.id) } aria-label={ (t.show_sessions) ": " (unturned(&account.username)) } {
                    (t.show_sessions) } }
            }
        }
    };
    table(t.accounts, &[t.name, t.role, t.state, t.sessions], rows)
}

fn role(t: &PeopleTexts, role: Role) -> Markup {
    let words = match role {
        Role::Default => t.role_default,
        Role::Manager => t.role_manager,
        Role::Admin => t.role_admin,
    };
    html! { code { (role) } div.quiet { (words) } }
}
