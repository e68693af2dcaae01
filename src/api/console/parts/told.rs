//! What is said of a field that is wrong: its label, as the form has it, and what is wrong in the reader's language.

use super::unturned;
use crate::api::console::locale::Language;
use crate::api::console::texts::{Texts, german_fault, put};
use crate::domain::faults::FieldError;
use maud::{Markup, html};

/// Settings with members of their own, all of which are typed in one field.
pub(super) const MEMBERS: [&str; 2] = ["widget.translations", "widget.utm"];

/// What people call a field that faults name by its path.
pub(super) fn label(path: &str, t: &Texts) -> String {
    let member = MEMBERS.iter().find_map(|own| Some((*own, path.strip_prefix(own)?)));
    let (name, rest) = member.unwrap_or_else(|| path.find('[').map_or((path, ""), |at| path.split_at(at)));
    let Some(label) = named(name, t) else { return unturned(path) };
    let index = rest.strip_prefix('[').and_then(|rest| rest.split(']').next()?.parse::<u32>().ok());
    match index {
        Some(index) => format!("{label}, {}", put(t.faults.entry, &index.saturating_add(1).to_string())),
        None if rest.is_empty() => label.to_owned(),
        None => format!("{label} ({})", unturned(rest.trim_start_matches('.'))),
    }
}

/// By the names that the forms' fields have.
fn named(name: &str, t: &Texts) -> Option<&'static str> {
    let (key, store, hours, hook) = (&t.key_form, &t.store, &t.hours, &t.webhooks);
    let (usage, audit, privacy) = (&t.usage, &t.audit, &t.privacy);
    Some(match name {
        "name" => key.name,
        "allowed_origins" => key.origins,
        "allow_null_origin" => key.null_origin,
        "allow_app_origins" => key.app_origins,
        "allowed_ips" => key.ips,
        "scopes" => key.scopes,
        "expires_at" => key.expires,
        "env" => key.env,
        "visitor_token" => key.visitor_token,
        "proof_of_work" => key.proof_of_work,
        "limits" => key.limits,
        "limits.per_minute" => key.per_minute,
        "limits.burst" => key.burst,
        "limits.per_ip_per_minute" => key.per_ip_per_minute,
        "limits.per_visitor_per_minute" => key.per_visitor_per_minute,
        "limits.max_streams" => key.max_streams,
        "limits.messages_per_day" => key.messages_per_day,
        "limits.messages_per_month" => key.messages_per_month,
        "limits.tokens_per_day" => key.tokens_per_day,
        "limits.tokens_per_month" => key.tokens_per_month,
        "workspace" => t.keys.workspace,
        "kind" => t.keys.kind,
        "reason" => t.keys.reason,
        "slug" => t.new_workspace.slug,
        "upstream_slug" => t.new_workspace.upstream_slug,
        "platform" => store.platform,
        "store_url" => store.store_url,
        "store_ref" => store.store_ref,
        "api_version" => store.api_version,
        "channel_ref" => store.channel_ref,
        "catalog_source" => store.catalog_source,
        "feed_url" => store.feed_url,
        "feed_format" => store.feed_format,
        "feed_encoding" => store.feed_encoding,
        "decimal_separator" => store.decimal_separator,
        "timezone" => store.timezone,
        "locale" => store.locale,
        "currency" => store.currency,
        "schedule" | "schedule.cron" => store.cron,
        "schedule.timezone" => store.cron_zone,
        "failure_threshold_percent" => store.failure_threshold,
        "removal_threshold_percent" => store.removal_threshold,
        "credentials" | "credentials.type" => store.credentials,
        "credentials.access_token" => store.access_token,
        "credentials.consumer_key" => store.consumer_key,
        "credentials.consumer_secret" => store.consumer_secret,
        "credentials.token" => store.token,
        "credentials.username" => store.username,
        "credentials.password" => store.password,
        "credentials.webhook_secret" => store.webhook_secret,
        "support.business_hours" => hours.title,
        "hours.monday" => hours.monday,
        "hours.tuesday" => hours.tuesday,
        "hours.wednesday" => hours.wednesday,
        "hours.thursday" => hours.thursday,
        "hours.friday" => hours.friday,
        "hours.saturday" => hours.saturday,
        "hours.sunday" => hours.sunday,
        "hours.exceptions" => hours.exceptions,
        "hours.timezone" => hours.zone,
        "url" => hook.url,
        "description" => hook.description,
        "events" => hook.events,
        "refused_percent" => hook.refused_percent,
        "title" => t.inbox.document_title,
        "text" => t.inbox.document_text,
        "note" => t.inbox.note,
        "key" => usage.key,
        "zone" => usage.zone,
        "period" => usage.period,
        "from" => usage.from,
        "to" => usage.to,
        "actor" => audit.actor,
        "action" => audit.action,
        "target" => audit.target,
        "message" => t.playground.question,
        "visitor" => privacy.visitor,
        "subject" => privacy.subject,
        "conversation" | "conversation_id" => privacy.conversation,
        "before" => privacy.before,
        "sure" => privacy.sure,
        path => return t.settings.iter().find(|(own, ..)| *own == path).map(|(_, label, _)| *label),
    })
}

/// What is wrong: in English as the rule has it, in German by the same rule, or else by its kind.
pub(super) fn message(fault: &FieldError, t: &Texts) -> Markup {
    let f = &t.faults;
    // A whole sentence was written for the reader; those of the rules go on after a field's name.
    let is_own = fault.message.starts_with(char::is_uppercase);
    if is_own || std::ptr::eq(t, Texts::of(Language::English)) {
        return html! { (unturned(&fault.message)) };
    }
    if let Some(german) = german_fault(&fault.message) {
        return html! { (german) };
    }
    let sort = match fault.code {
        "required" => f.required,
        "unknown" => f.unknown,
        "type" => f.kind,
        "too_long" => f.too_long,
        "too_short" => f.too_short,
        "out_of_range" => f.out_of_range,
        "conflict" => f.conflict,
        "exceeds" => f.exceeds,
        _ => f.format,
    };
    html! { (sort) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_by_their_labels() {
        let (en, de) = (Texts::of(Language::English), Texts::of(Language::German));
        assert_eq!(label("allowed_origins[0]", en), "Pages it may be used in, entry 1");
        assert_eq!(label("settings.default_locale", de), "Sprache");
        assert_eq!(label("widget.translations.de.title", en), "Texts in other languages (de.title)");
        assert_eq!(label("hours.saturday", de), "Samstag");
        assert_eq!(label("none.such", en), "none.such");
    }

    #[test]
    fn what_is_wrong_is_said_in_german() {
        let de = Texts::of(Language::German);
        let told = |code, text: &str| message(&FieldError::new("name", code, text), de).into_string();
        assert_eq!(told("too_long", "must not have more than 100 characters"), "darf höchstens 100 Zeichen haben");
        assert_eq!(told("out_of_range", "must be 1 to 20"), "muss von 1 bis 20 sein");
        assert_eq!(told("format", "must be what nobody has translated"), de.faults.format);
    }
}
