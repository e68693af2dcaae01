//! Settings of a workspace.

/// Of each setting its path, its label and its help: `"path": "Label" | "Name", "Help" | "Hilfe";`.
macro_rules! settings {
    ($($path:literal: $en:literal | $de:literal, $en_help:literal | $de_help:literal;)+) => {
        pub(in crate::api::console::texts) const EN: &[(&str, &str, &str)] = &[$(($path, $en, $en_help)),+];
        pub(in crate::api::console::texts) const DE: &[(&str, &str, &str)] = &[$(($path, $de, $de_help)),+];
    };
}

settings! {
    "name": "Name" | "Name",
        "For people: what the shop is called here."
        | "Für Menschen: wie der Shop hier heißt.";
    "status": "State" | "Zustand",
        "Only an active workspace answers."
        | "Nur ein aktiver Arbeitsbereich antwortet.";
    "settings.prompt": "Instructions" | "Anweisungen",
        "How the assistant is to answer; empty = what AnythingLLM has by itself."
        | "Wie der Assistent antworten soll; leer = was AnythingLLM vorgibt.";
    "settings.chat_mode": "Answers from" | "Antwortet aus",
        "With the documents only, it says so when it finds nothing."
        | "Nur aus den Dokumenten heißt: Findet sich dort nichts, sagt er das.";
    "settings.refusal_message": "When nothing is found" | "Wenn nichts gefunden wird",
        "What is said then instead of an answer."
        | "Was dann statt einer Antwort gesagt wird.";
    "settings.score_threshold": "Least similarity of a passage" | "Geringste Ähnlichkeit einer Stelle",
        "From 0 to 1; what is less alike does not count."
        | "Von 0 bis 1; was weniger ähnlich ist, zählt nicht.";
    "settings.top_n": "Passages for an answer" | "Stellen für eine Antwort",
        "The model gets at most so many passages of the documents."
        | "So viele Stellen aus den Dokumenten bekommt das Modell höchstens.";
    "settings.temperature": "Temperature" | "Temperatur",
        "How freely the model writes; 0 = always alike. Empty = what AnythingLLM has."
        | "Wie frei das Modell formuliert; 0 = immer gleich.";
    "settings.history_messages": "Earlier messages it remembers" | "Frühere Nachrichten, die es kennt",
        "The model gets so many messages of the conversation."
        | "So viele Nachrichten des Gesprächs bekommt das Modell mit.";
    "settings.max_message_chars": "Longest question" | "Längste Frage",
        "In characters."
        | "In Zeichen.";
    "settings.max_stream_secs": "Longest answer, in seconds" | "Längste Antwort, in Sekunden",
        "After that it is ended."
        | "Danach wird sie beendet.";
    "settings.cache_ttl_secs": "Searches kept for, in seconds" | "Suchen merken, in Sekunden",
        "For so long the result of a search counts; 0 = not at all."
        | "So lange gilt das Ergebnis einer Suche; 0 = gar nicht.";
    "settings.answer_cache_ttl_secs": "First answers kept for, in seconds" | "Erste Antworten merken, in Sekunden",
        "For so long the answer to a first question counts for everybody; 0 = not at all."
        | "So lange gilt die Antwort auf eine erste Frage für alle; 0 = gar nicht.";
    "settings.default_locale": "Language" | "Sprache",
        "The shop's, such as de-DE."
        | "Die des Shops, etwa de-DE.";
    "settings.locales": "Other languages" | "Weitere Sprachen",
        "One a line, such as fr-FR."
        | "Je Zeile eine, etwa fr-FR.";
    "settings.currency": "Currency" | "Währung",
        "Three letters, such as EUR."
        | "Drei Buchstaben, etwa EUR.";
    "settings.country": "Country" | "Land",
        "Two letters, such as DE."
        | "Zwei Buchstaben, etwa DE.";
    "settings.timezone": "Time zone" | "Zeitzone",
        "Such as Europe/Berlin."
        | "Etwa Europe/Berlin.";
    "settings.prices_include_tax": "Prices include tax" | "Preise mit Steuer",
        "Whether prices have the tax in them."
        | "Ob die Preise die Steuer enthalten.";
    "settings.ai_disclosure": "What says that it is a machine" | "Was sagt, dass es eine Maschine ist",
        "Stands in the chat before anybody asks."
        | "Steht im Chat, bevor jemand fragt.";
    "settings.ai_disclosure_waiver": "Why nothing has to say so" | "Warum das nicht gesagt werden muss",
        "Only where the law allows it, with the reason; it is in the audit log."
        | "Nur wo das Gesetz es erlaubt, mit Begründung; steht im Protokoll.";
    "settings.store_transcripts": "Keep what was said" | "Gesagtes aufbewahren",
        "Whether conversations can be read again."
        | "Ob Gespräche wieder gelesen werden können.";
    "settings.retention_days": "Days it is kept" | "Tage, die es aufbewahrt wird",
        "Empty = for as long as nobody erases it."
        | "Leer = ohne Frist.";
    "settings.redact_pii_in_logs": "No personal data in logs" | "Keine persönlichen Daten in Protokollen",
        "Whether they are made unreadable there."
        | "Ob sie dort unkenntlich gemacht werden.";
    "settings.consent_required": "Ask for consent first" | "Erst um Einwilligung bitten",
        "Whether the chat asks for it before the first question."
        | "Ob das Widget vor der ersten Frage darum bittet.";
    "settings.privacy_url": "Privacy page" | "Datenschutzseite",
        "Its address, with https."
        | "Ihre Adresse, mit https.";
    "widget.title": "Title" | "Überschrift",
        "Stands at the top of the chat."
        | "Die des Chats.";
    "widget.tagline": "Line below the title" | "Zeile darunter",
        "Below it, in smaller letters."
        | "Unter der Überschrift.";
    "widget.greeting": "Greeting" | "Begrüßung",
        "What the assistant says first."
        | "Was der Assistent zuerst sagt.";
    "widget.placeholder": "Hint in the empty input" | "Hinweis im leeren Feld",
        "Stands there until somebody types."
        | "Steht im Eingabefeld, solange nichts darin steht.";
    "widget.suggested": "Suggested questions" | "Vorgeschlagene Fragen",
        "One a line; eight at most."
        | "Je Zeile eine; höchstens acht.";
    "widget.brand_color": "Colour" | "Farbe",
        "Behind the title and on buttons."
        | "Hintergrund der Überschrift und der Knöpfe.";
    "widget.text_color": "Text on it" | "Schrift darauf",
        "The text on the colour above."
        | "Farbe des Textes auf der Farbe darüber.";
    "widget.theme": "Light or dark" | "Hell oder dunkel",
        "How the chat looks."
        | "Wie der Chat aussieht.";
    "widget.position": "Place" | "Ort",
        "Where the chat opens."
        | "Wo der Chat aufgeht.";
    "widget.auto_open_secs": "Opens by itself after seconds" | "Öffnet sich von selbst nach Sekunden",
        "Empty = never."
        | "Leer = nie.";
    "widget.avatar_url": "Picture of the assistant" | "Bild des Assistenten",
        "An address with https."
        | "Adresse mit https.";
    "widget.logo_url": "Logo" | "Logo",
        "An address with https."
        | "Adresse mit https.";
    "widget.show_sources": "Show sources" | "Quellen zeigen",
        "Whether an answer says what it rests on."
        | "Ob unter Antworten steht, woher sie sind.";
    "widget.show_powered_by": "Say what it runs on" | "Sagen, worauf es läuft",
        "Whether the chat says so."
        | "Ob der Chat das sagt.";
    "widget.card_fields": "On a product card" | "Auf einer Produktkarte",
        "What it shows."
        | "Was sie zeigt.";
    "widget.max_cards": "Product cards under an answer" | "Produktkarten unter einer Antwort",
        "0 = none."
        | "0 = keine.";
    "widget.card_cta": "Words on a card's button" | "Wort auf dem Knopf einer Karte",
        "Such as: View."
        | "Etwa: Ansehen.";
    "widget.utm": "Parameters of product links" | "Parameter von Produkt-Links",
        "One a line: name = value."
        | "Je Zeile name = wert.";
    "widget.translations": "Texts in other languages" | "Texte in anderen Sprachen",
        "As JSON, by language."
        | "Als JSON, nach Sprache.";
    "support.handoff_mode": "When a shopper wants a person" | "Wenn jemand einen Menschen will",
        "What is offered then; an e-mail, a webhook and a link need their own field below."
        | "Was dann angeboten wird; E-Mail, Webhook und Link brauchen ihr eigenes Feld weiter unten.";
    "support.contact_email": "E-mail" | "E-Mail",
        "Where e-mails go."
        | "Wohin E-Mails gehen.";
    "support.contact_phone": "Telephone" | "Telefon",
        "In international form, such as +4930123456."
        | "In internationaler Form.";
    "support.contact_url": "Contact page" | "Kontaktseite",
        "Where the link leads, with https."
        | "Wohin der Link führt, mit https.";
    "support.webhook_url": "Webhook" | "Webhook",
        "Where the message goes, with https. It is never shown to shoppers."
        | "Wohin die Nachricht geht, mit https. Kunden sehen sie nie.";
    "support.prechat_fields": "Asked before the chat" | "Vor dem Chat gefragt",
        "What is asked for before the first question."
        | "Was vor der ersten Frage gefragt wird.";
    "support.trigger_phrases": "Words that ask for a person" | "Worte, die nach einem Menschen fragen",
        "One a line; 50 at most."
        | "Je Zeile eines; höchstens 50.";
    "support.after_refusals": "Offered after so many refusals" | "Angeboten nach so vielen Absagen",
        "Empty = never by itself."
        | "Leer = nie von selbst.";
    "support.after_hours": "Outside opening hours" | "Außerhalb der Öffnungszeiten",
        "What the chat does then."
        | "Was das Widget dann tut.";
    "support.offline_message": "Said outside opening hours" | "Gesagt außerhalb der Öffnungszeiten",
        "Instead of an answer."
        | "Statt einer Antwort.";
}
