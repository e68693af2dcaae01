//! The assistant, its opening hours, and making a workspace.

pairs! {
    AssistantTexts {
        title: "Assistant" | "Assistent",
        answers: "Answers" | "Antworten",
        answers_what: "What it says, and from what." | "Was er sagt und woraus.",
        widget: "Chat in the shop" | "Chat im Shop",
        widget_what: "How it looks there." | "Wie er dort aussieht.",
        support: "People" | "Menschen",
        support_what: "Who is reached when the assistant cannot help."
            | "Wer zu erreichen ist, wenn der Assistent nicht helfen kann.",
        market: "Market" | "Markt",
        market_what: "Where the shop sells." | "Wo der Shop verkauft.",
        privacy: "Privacy" | "Datenschutz",
        privacy_what: "What shoppers are told, and what is kept." | "Was gesagt und was aufbewahrt wird.",
        conflict: "Somebody has saved other settings since you opened this page. Below is what you typed; save again \
             to put it over theirs."
            | "Jemand hat andere Einstellungen gespeichert, seit Sie diese Seite geöffnet haben. Unten steht, was \
             Sie geschrieben haben; speichern Sie noch einmal, um es darüber zu legen.",
        setting: "Setting" | "Einstellung",
        yours: "Yours" | "Ihre",
        theirs: "Theirs, saved" | "Die gespeicherte",
        drifted: "In AnythingLLM these settings are different." | "In AnythingLLM sind diese Einstellungen anders.",
        here: "Here" | "Hier",
        there: "In AnythingLLM" | "In AnythingLLM",
        take_ours: "Take ours: write them to AnythingLLM" | "Unsere nehmen: nach AnythingLLM schreiben",
        take_theirs: "Take theirs: from AnythingLLM" | "Die dortigen nehmen: aus AnythingLLM",
        missing: "The workspace was deleted in AnythingLLM. It can be made again there, without its documents."
            | "Der Arbeitsbereich wurde in AnythingLLM gelöscht. Er kann dort neu angelegt werden, ohne seine \
             Dokumente.",
        make_again: "Make it again" | "Neu anlegen",
        pending: "Its making was interrupted; make it once more under the same slug."
            | "Das Anlegen wurde unterbrochen; legen Sie ihn noch einmal unter demselben Kürzel an.",
        unreachable: "AnythingLLM cannot be reached, so nobody knows whether its settings are the same."
            | "AnythingLLM ist nicht zu erreichen, darum weiß niemand, ob die Einstellungen dort dieselben sind.",
        preview: "Preview" | "Vorschau",
        preview_what: "Our widget with what you type, before it is saved. No question can be asked in it."
            | "Unser Widget mit dem, was Sie schreiben, noch vor dem Speichern. Gefragt wird darin nichts.",
        preview_show: "Show it as typed" | "Zeigen wie geschrieben",
        preview_language: "Language" | "Sprache",
        preview_greeting: "Hello! What are you looking for?" | "Hallo! Was suchen Sie?",
        preview_placeholder: "Your question" | "Ihre Frage",
    }
}

pairs! {
    HoursTexts {
        title: "Opening hours" | "Öffnungszeiten",
        help: "When people are there, such as 9-12, 13:30-18. Empty is closed; without any hours: always."
            | "Wann Menschen da sind, zum Beispiel 9-12, 13:30-18. Leer ist zu; ohne alle Angaben: immer.",
        picture: "The hours of a week as a picture" | "Die Zeiten einer Woche als Bild",
        exceptions: "Other hours on single days" | "Andere Zeiten an einzelnen Tagen",
        exceptions_help: "A day a line: 2026-12-24 09:00-12:00 Christmas Eve. Without hours it is closed."
            | "Je Zeile ein Tag: 24.12.2026 9-12 Heiligabend. Ohne Zeiten ist zu.",
        zone: "Time zone of the hours" | "Zeitzone der Zeiten",
        zone_help: "Empty = the workspace's." | "Leer = die des Arbeitsbereichs.",
        monday: "Monday" | "Montag",
        tuesday: "Tuesday" | "Dienstag",
        wednesday: "Wednesday" | "Mittwoch",
        thursday: "Thursday" | "Donnerstag",
        friday: "Friday" | "Freitag",
        saturday: "Saturday" | "Samstag",
        sunday: "Sunday" | "Sonntag",
    }
}

pairs! {
    NewWorkspaceTexts {
        title: "Make a workspace" | "Arbeitsbereich anlegen",
        what: "A shop's assistant, here and in AnythingLLM. Whatever is not asked here has a default and can be \
             changed afterwards."
            | "Der Assistent eines Shops, hier und in AnythingLLM. Was hier nicht gefragt wird, hat eine Vorgabe \
             und lässt sich danach ändern.",
        make: "Make it" | "Anlegen",
        name: "Name" | "Name",
        name_help: "For people, such as Alpine Store." | "Für Menschen, etwa Alpine Store.",
        platform: "Platform" | "Plattform",
        platform_help: "Whose defaults it begins with." | "Mit wessen Vorgaben er beginnt.",
        locale: "Language" | "Sprache",
        locale_help: "Such as en-GB; empty = the default." | "Etwa de-DE; leer = die Vorgabe.",
        currency: "Currency" | "Währung",
        currency_help: "Such as EUR." | "Etwa EUR.",
        country: "Country" | "Land",
        country_help: "Such as DE." | "Etwa DE.",
        timezone: "Time zone" | "Zeitzone",
        timezone_help: "Such as Europe/Berlin." | "Etwa Europe/Berlin.",
        slug: "Slug" | "Kürzel",
        slug_help: "Its name in addresses; empty = made of the name."
            | "Sein Name in Adressen; leer = aus dem Namen gemacht.",
        upstream_slug: "Workspace of AnythingLLM" | "Arbeitsbereich von AnythingLLM",
        upstream_slug_help: "The slug of one that is there already, to be adopted with its settings; empty = a new one is made."
            | "Das Kürzel eines dort vorhandenen, der mit seinen Einstellungen übernommen wird; leer = ein neuer \
             wird angelegt.",
    }
}
