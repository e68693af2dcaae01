//! What the console says, in each of its languages: one constant a language, in a file of its own. A text that is
//! missing in one of them does not compile; a test compares the names in braces, which stand for what is put in.

mod de;
mod en;
mod pages;

use super::locale::Language;
pub(super) use de::german_fault;
pub(crate) use pages::{
    AuditTexts, CatalogueTexts, InboxTexts, PeopleTexts, PlaygroundTexts, StoreTexts, SystemTexts, UsageTexts,
    WordTexts,
};
pub(super) use pages::{choice_word, put, scope_word};

/// A group of texts, and all of them by name.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($field:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) struct $name { $(pub(crate) $field: &'static str),* }

        #[cfg(test)]
        impl $name {
            pub(crate) fn each(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((concat!(stringify!($name), ".", stringify!($field)), self.$field)),*]
            }
        }
    };
}

/// What was done, told by the page after it: the words that stand for it in a cookie, and its texts.
macro_rules! done {
    ($($name:ident = $field:ident),* $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Done { $($name),* }

        texts! { DoneTexts { $($field),* } }

        impl Done {
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($field)),* }
            }

            pub(crate) fn of(word: &str) -> Option<Self> {
                match word { $(stringify!($field) => Some(Self::$name),)* _ => None }
            }

            pub(crate) const fn text(self, texts: &Texts) -> &'static str {
                match self { $(Self::$name => texts.done.$field),* }
            }
        }
    };
}

/// All texts of a language: a group for each area, and `each` of them.
macro_rules! areas {
    ($($area:ident: $group:ident),* $(,)?) => {
        #[derive(Debug)]
        pub(crate) struct Texts {
            $(pub(crate) $area: $group,)*
            /// Of each setting of a workspace: its path, its label and its help.
            pub(crate) settings: &'static [(&'static str, &'static str, &'static str)],
        }

        #[cfg(test)]
        impl Texts {
            fn each(&self) -> Vec<(&'static str, &'static str)> {
                [$(self.$area.each()),*].concat()
            }
        }
    };
}

areas! {
    layout: LayoutTexts,
    login: LoginTexts,
    common: CommonTexts,
    faults: FaultTexts,
    done: DoneTexts,
    keys: KeysTexts,
    key_form: KeyFormTexts,
    overview: OverviewTexts,
    assistant: AssistantTexts,
    hours: HoursTexts,
    new_workspace: NewWorkspaceTexts,
    audit: AuditTexts,
    catalogue: CatalogueTexts,
    inbox: InboxTexts,
    reach: ReachTexts,
    store: StoreTexts,
    people: PeopleTexts,
    playground: PlaygroundTexts,
    system: SystemTexts,
    privacy: PrivacyTexts,
    webhooks: WebhooksTexts,
    usage: UsageTexts,
    words: WordTexts,
}

texts! {
    LayoutTexts {
        skip, navigation, workspace, all_workspaces, role_default, role_manager, role_admin, other_language,
        other_language_tag, log_out, choose_workspace,
    }
}

texts! {
    LoginTexts {
        title, hint, username, password, log_in, refused, suspended, throttled, unavailable, logged_out, unsent, recovery_title,
        recovery_codes, go_on,
    }
}

texts! {
    CommonTexts { search, save, cancel, copy, copied, never, more }
}

texts! {
    /// By the code of a field's fault.
    FaultTexts {
        summary, summary_of_question, entry, required, unknown, kind, too_long, too_short, out_of_range, format, conflict, exceeds,
    }
}

done! {
    KeyChanged = key_changed,
    KeyEnabled = key_enabled,
    KeyDisabled = key_disabled,
    KeyRevoked = key_revoked,
    WorkspaceMade = workspace_made,
    WorkspaceChanged = workspace_changed,
    WorkspaceSettled = workspace_settled,
    StoreSaved = store_saved,
    StoreRemoved = store_removed,
    StoreWorks = store_works,
    StoreFaulty = store_faulty,
    StoreTooSoon = store_too_soon,
    NotConfirmed = not_confirmed,
    RunStarted = run_started,
    RunActive = run_active,
    NoFeed = no_feed,
    RunCancelled = run_cancelled,
    SessionEnded = session_ended,
    SessionsEnded = sessions_ended,
    MemberAdded = member_added,
    MemberRemoved = member_removed,
    LastMember = last_member,
    ConversationMarked = conversation_marked,
    DocumentWritten = document_written,
    DocumentRemoved = document_removed,
    GapSettled = gap_settled,
    ErasureOrdered = erasure_ordered,
    WebhookChanged = webhook_changed,
    WebhookEnabled = webhook_enabled,
    WebhookDisabled = webhook_disabled,
    WebhookRemoved = webhook_removed,
    WebhookTested = webhook_tested,
    MessageReplayed = message_replayed,
}

texts! {
    KeysTexts {
        title, make, name, workspace, kind, publishable, secret, live, test, status, active, disabled, expired, revoked,
        last_used, last_24_hours, requests_24_hours, search_hint, every_status, every_kind, empty_title, empty_what,
        none_found, all_workspaces, caption, made_title, made_once, made_go_on, snippet_title, snippet_not_working,
        snippet_pinned, about, public_id, expires, created, limits_title, limit, at_most, left, of_each, left_at_once, streams, anew,
        seen_title, seen_nowhere, origin, first_seen, last_seen, requests, refused, change_title, replaced, replaced_by,
        grace_until, grace_over, grace_waits, still_used, took_over, took_over_from, revoked_on, tried, newly_allowed,
        newly_refused, try_origins, rotate_title, rotate_what, rotate, grace_from, grace_first_use, grace_now, grace,
        grace_none, grace_hour, grace_day, grace_week, enable_title, enable_what, enable, disable_title, disable_what,
        disable, revoke_title, revoke_what, revoke, reason, reason_help,
    }
}

texts! {
    /// The fields of a key, with their help.
    KeyFormTexts {
        new_publishable, new_secret, publishable_what, secret_what, rather_publishable, rather_secret, every_workspace,
        workspace_help, env, env_help, name, name_help, origins, origins_help, origin_rules, rule_exact, rule_wildcard,
        rule_local, rule_honest, null_origin, null_origin_help, app_origins, app_origins_help, visitor_token,
        visitor_token_help, proof_of_work, proof_of_work_help, ips, ips_help, scopes, scopes_help, expires, expires_help,
        limits, limits_help, per_minute, burst, per_ip_per_minute, per_visitor_per_minute, max_streams, messages_per_day,
        messages_per_month, tokens_per_day, tokens_per_month, changed_meanwhile,
    }
}

texts! {
    OverviewTexts {
        title, member_title, member_what, make_workspace, empty_title, empty_what, draft, paused, archived, all_well,
        today, week, month, answered_of, in_month, first_words, slowest, tokens, cache, chart,
        no_questions, day, as_table, utc_days, unreachable, unreachable_remedy, drifted, drifted_remedy, missing,
        missing_remedy, pending, pending_remedy, sync_failed, sync_partial, sync_failed_remedy, key_ends, quota, key_remedy, page_well, caption, name,
        seven_days, troubles, none, more,
    }
}

texts! {
    AssistantTexts {
        title, answers, answers_what, widget, widget_what, support, support_what, market, market_what, privacy,
        privacy_what, conflict, setting, yours, theirs, drifted, here, there, take_ours, take_theirs, missing, make_again,
        pending, unreachable, preview, preview_what, preview_show, preview_language, preview_greeting,
        preview_placeholder,
    }
}

texts! {
    HoursTexts {
        title, help, picture, exceptions, exceptions_help, zone, zone_help, monday, tuesday, wednesday, thursday, friday,
        saturday, sunday,
    }
}

texts! {
    NewWorkspaceTexts {
        title, what, make, name, name_help, platform, platform_help, locale, locale_help, currency, currency_help, country,
        country_help, timezone, timezone_help, slug, slug_help, upstream_slug, upstream_slug_help,
    }
}

texts! {
    /// What is kept, finding and erasing, and receipts.
    PrivacyTexts {
        title, lead, kept, kept_where, kept_what, kept_until, at_anythingllm, at_anythingllm_what, at_anythingllm_until,
        at_here, words_what, no_words_what, days, for_good, at_usage, usage_what, at_logs, logs_what, logs_until,
        change_kept, find_title, find_lead, visitor, visitor_help, subject, subject_help, conversation,
        conversation_help, before, before_help, find, found_title, of_visitor,
        of_subject, of_conversation, of_before, nothing_found, conversations, exchanges, former, left_over, at_least,
        oldest, newest, goes, no_undo, sure, erase, erasures, caption, ordered, kind, status, by,
        no_erasures, no_erasures_help, older, kind_visitor, kind_subject, kind_conversation, kind_before, queued, running,
        done, incomplete, receipt, receipt_lead, finished, not_finished, progress, soon, emptied, removed, place, many,
        removed_conversations, removed_exchanges, removed_answers, removed_usage, removed_sessions, removed_chats,
        remaining, nothing_remains, remaining_help, reach, from_conversation, from_conversation_help, this_conversation,
        this_visitor, this_customer,
    }
}

texts! {
    /// What no erasure reaches, and why, in the order in which the API tells it.
    ReachTexts {
        answering, answering_why, former, former_why, kept, kept_why, backups, backups_why, provider, provider_why,
    }
}

texts! {
    /// Webhooks, messages to them, and what can be told.
    WebhooksTexts {
        title, lead, make, new_title, new_lead, empty_title, empty_help, too_many, caption, address, url, url_help,
        description, description_help, events, events_help, refused_percent, refused_percent_help, changed_meanwhile,
        made_title, rotated_title, once, once_how, go_on, status, on, off, gone, failing, gone_help, failing_help,
        told_of, made_at, changed_at, two_secrets, test, test_help, switch_on, switch_on_help, switch_off,
        switch_off_help, change_title, rotate_title, rotate_help, rotate, grace, grace_none, grace_hour, grace_day,
        grace_week, delete_title, delete_help, delete_sure, delete, deliveries, deliveries_lead, no_deliveries,
        no_deliveries_help, none_like_that, every_state, pending, delivered, failed, show, look_again, older, event,
        state, attempts, answer, no_answer, next_attempt, payload, replay, replay_help, message_id, alerts, alerts_lead,
        when, told_to, nobody, nobody_help, beyond, event_quota_warning, event_quota_warning_when, event_quota_reached,
        event_quota_reached_when, event_expiring, event_expiring_when, event_sync_failed, event_sync_failed_when,
        event_unavailable, event_unavailable_when, event_recovered, event_recovered_when, event_refused,
        event_refused_when, event_handed_over, event_handed_over_when, event_test, event_test_when,
    }
}

impl Texts {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &en::TEXTS,
            Language::German => &de::TEXTS,
        }
    }
}

/// A text with what belongs in it: `{name}` by its value.
pub(super) fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(values.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<&str> {
        let mut names: Vec<_> =
            text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(n, _)| n).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_text_says_something_in_both_languages_with_the_same_names() {
        let (en, de) = (en::TEXTS.each(), de::TEXTS.each());
        assert!(en.len() > 50, "they were found");
        for ((name, english), (_, german)) in en.into_iter().zip(de) {
            assert!(!english.trim().is_empty() && !german.trim().is_empty(), "{name}");
            assert_eq!(names(english), names(german), "{name}");
        }
    }

    #[test]
    fn names_are_filled_in_once() {
        assert_eq!(fill("{a} of {b}", &[("a", "{b}"), ("b", "2")]), "{b} of 2");
        assert_eq!(fill("open { and {none}", &[("none", "1")]), "open ");
        assert_eq!(fill("{gone}.", &[]), ".");
    }
}
