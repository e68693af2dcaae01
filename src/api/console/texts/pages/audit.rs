//! The audit log.

pairs! {
    AuditTexts {
        title: "Audit log" | "Änderungsprotokoll",
        lead: "Who changed what, before and after. Entries cannot be altered."
            | "Wer was geändert hat, vorher und nachher. Einträge lassen sich nicht verändern.",
        filters: "Filters" | "Filter",
        actor_kind: "Made by" | "Von",
        anybody: "Anybody" | "Beliebig",
        user: "A person" | "Eine Person",
        api_key: "A key" | "Ein Schlüssel",
        system: "Vestibule itself" | "Vestibule selbst",
        cli: "The command line" | "Die Kommandozeile",
        actor: "Name, number or public id" | "Name, Nummer oder öffentliche Kennung",
        action: "Action" | "Aktion",
        action_help: "Such as workspace.updated, or workspace for all that begin with it."
            | "Zum Beispiel workspace.updated, oder workspace für alle, die damit beginnen.",
        target: "Target" | "Gegenstand",
        target_help: "Such as workspace:alpine-store." | "Zum Beispiel workspace:alpine-store.",
        from: "From" | "Von",
        to: "To (inclusive)" | "Bis (einschließlich)",
        show: "Show" | "Anzeigen",
        reset: "Without filters" | "Ohne Filter",
        when: "When" | "Wann",
        who: "Who" | "Wer",
        what: "What" | "Was",
        changes: "Before and after" | "Vorher und nachher",
        field: "Field" | "Feld",
        before: "Before" | "Vorher",
        after: "After" | "Nachher",
        nothing: "not set" | "nicht gesetzt",
        request: "Request {}" | "Anfrage {}",
        from_address: "from {}" | "von {}",
        empty_title: "No entries" | "Keine Einträge",
        empty_filtered: "Nothing matches these filters." | "Zu diesen Filtern passt nichts.",
        empty_help: "Entries appear with the first change: make a workspace or a key."
            | "Einträge entstehen mit der ersten Änderung: Legen Sie einen Arbeitsbereich oder einen Schlüssel an.",
        older: "Older entries" | "Ältere Einträge",
        more_fields: "and {} more fields" | "und {} weitere Felder",
    }
}
