//! Words of the API that people choose among, as they are said to people: choices of settings, scopes, limits.

pairs! {
    WordTexts {
        mode_query: "the documents only" | "nur den Dokumenten",
        mode_chat: "the documents and what the model knows" | "den Dokumenten und dem, was das Modell weiß",
        active: "active: answers" | "aktiv: antwortet",
        paused: "paused: answers nobody" | "angehalten: antwortet niemandem",
        draft: "draft: not yet open" | "Entwurf: noch nicht offen",
        theme_auto: "as the device has it" | "wie das Gerät es hat",
        theme_light: "light" | "hell",
        theme_dark: "dark" | "dunkel",
        bottom_right: "bottom right" | "unten rechts",
        bottom_left: "bottom left" | "unten links",
        inline: "where the page puts it" | "wo die Seite ihn hinstellt",
        handoff_off: "nothing" | "nichts",
        contact_form: "a form in the chat" | "ein Formular im Chat",
        email: "an e-mail" | "eine E-Mail",
        webhook: "a message to a webhook" | "eine Nachricht an einen Webhook",
        url: "a link to a page" | "ein Link zu einer Seite",
        hours_chat: "goes on chatting" | "chattet weiter",
        hours_form: "offers the form" | "bietet das Formular an",
        hours_hide: "is hidden" | "ist nicht zu sehen",
        card_title: "title" | "Titel",
        card_image: "picture" | "Bild",
        card_price: "price" | "Preis",
        card_sale_price: "sale price" | "Angebotspreis",
        card_availability: "whether it can be had" | "Verfügbarkeit",
        card_rating: "rating" | "Bewertung",
        card_brand: "brand" | "Marke",
        card_variant: "variant" | "Variante",
        card_sku: "article number" | "Artikelnummer",
        card_url: "link to the product" | "Link zum Produkt",
        ask_name: "name" | "Name",
        ask_email: "e-mail" | "E-Mail",
        ask_phone: "telephone" | "Telefon",
        ask_order_number: "order number" | "Bestellnummer",
        ask_company: "company" | "Firma",
        scope_chat_write: "ask questions" | "Fragen stellen",
        scope_messages_read: "read and forget its own conversations" | "eigene Gespräche lesen und vergessen",
        scope_knowledge_query: "search the documents without a model" | "ohne Modell in den Dokumenten suchen",
        scope_widget_read: "show the chat" | "den Chat zeigen",
        scope_feedback_write: "say whether an answer was good" | "sagen, ob eine Antwort gut war",
        scope_workspaces_read: "read workspaces" | "Arbeitsbereiche lesen",
        scope_workspaces_write: "change workspaces" | "Arbeitsbereiche ändern",
        scope_documents_write: "write documents" | "Dokumente schreiben",
        scope_conversations_read: "read what shoppers asked" | "lesen, was Kunden gefragt haben",
        scope_keys_read: "read keys" | "Schlüssel lesen",
        scope_keys_write: "make, change and revoke keys" | "Schlüssel anlegen, ändern und widerrufen",
        scope_usage_read: "read usage" | "die Nutzung lesen",
        scope_privacy_erase: "erase the data of shoppers" | "Daten von Kunden löschen",
        place_html: "Before </body> of every page that shall have the chat."
            | "Vor </body> jeder Seite, die den Chat haben soll.",
        place_shopify: "Online Store > Themes > Edit code > layout/theme.liquid, before </body>."
            | "Onlineshop > Themes > Code bearbeiten > layout/theme.liquid, vor </body>.",
        place_woocommerce: "In functions.php of a child theme, or in a plugin for code snippets."
            | "In functions.php eines Child-Themes oder in einem Plugin für Code-Snippets.",
        place_pinned: "Like HTML, for pages that load nothing they have not seen; to be changed with each release."
            | "Wie HTML, für Seiten, die nichts Unbekanntes laden; mit jeder Version zu ändern.",
        put_key_in: "Put your key in the place of {}: keys are shown only when they are made."
            | "Setzen Sie Ihren Schlüssel an die Stelle von {}: Schlüssel werden nur beim Anlegen gezeigt.",
        ip_visitors: "Requests a minute of all visitors at one address" | "Anfragen je Minute aller Besucher einer Adresse",
        visitor_requests: "Requests a minute of one visitor" | "Anfragen je Minute eines Besuchers",
        device_unknown: "unknown device" | "unbekanntes Gerät",
    }
}

use crate::api::console::texts::Texts;
use crate::domain::scope::Scope;

/// What people call a choice of a setting.
pub(in crate::api::console) fn choice_word(path: &str, choice: &str, t: &Texts) -> Option<&'static str> {
    let w = &t.words;
    Some(match (path, choice) {
        ("settings.chat_mode", "query") => w.mode_query,
        ("settings.chat_mode", "chat") => w.mode_chat,
        ("status", "active") => w.active,
        ("status", "paused") => w.paused,
        ("status", "draft") => w.draft,
        ("widget.theme", "auto") => w.theme_auto,
        ("widget.theme", "light") => w.theme_light,
        ("widget.theme", "dark") => w.theme_dark,
        ("widget.position", "bottom-right") => w.bottom_right,
        ("widget.position", "bottom-left") => w.bottom_left,
        ("widget.position", "inline") => w.inline,
        ("support.handoff_mode", "off") => w.handoff_off,
        ("support.handoff_mode", "contact_form") => w.contact_form,
        ("support.handoff_mode", "email") => w.email,
        ("support.handoff_mode", "webhook") => w.webhook,
        ("support.handoff_mode", "url") => w.url,
        ("support.after_hours", "chat") => w.hours_chat,
        ("support.after_hours", "contact_form") => w.hours_form,
        ("support.after_hours", "hide") => w.hours_hide,
        ("widget.card_fields", "title") => w.card_title,
        ("widget.card_fields", "image") => w.card_image,
        ("widget.card_fields", "price") => w.card_price,
        ("widget.card_fields", "sale_price") => w.card_sale_price,
        ("widget.card_fields", "availability") => w.card_availability,
        ("widget.card_fields", "rating") => w.card_rating,
        ("widget.card_fields", "brand") => w.card_brand,
        ("widget.card_fields", "variant") => w.card_variant,
        ("widget.card_fields", "sku") => w.card_sku,
        ("widget.card_fields", "url") => w.card_url,
        ("support.prechat_fields", "name") => w.ask_name,
        ("support.prechat_fields", "email") => w.ask_email,
        ("support.prechat_fields", "phone") => w.ask_phone,
        ("support.prechat_fields", "order_number") => w.ask_order_number,
        ("support.prechat_fields", "company") => w.ask_company,
        _ => return None,
    })
}

/// What a scope allows.
pub(in crate::api::console) const fn scope_word(scope: Scope, t: &Texts) -> &'static str {
    let w = &t.words;
    match scope {
        Scope::ChatWrite => w.scope_chat_write,
        Scope::MessagesRead => w.scope_messages_read,
        Scope::KnowledgeQuery => w.scope_knowledge_query,
        Scope::WidgetRead => w.scope_widget_read,
        Scope::FeedbackWrite => w.scope_feedback_write,
        Scope::WorkspacesRead => w.scope_workspaces_read,
        Scope::WorkspacesWrite => w.scope_workspaces_write,
        Scope::DocumentsWrite => w.scope_documents_write,
        Scope::ConversationsRead => w.scope_conversations_read,
        Scope::KeysRead => w.scope_keys_read,
        Scope::KeysWrite => w.scope_keys_write,
        Scope::UsageRead => w.scope_usage_read,
        Scope::PrivacyErase => w.scope_privacy_erase,
    }
}
