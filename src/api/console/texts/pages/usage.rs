//! Usage.

pairs! {
    UsageTexts {
        title: "Usage" | "Nutzung",
        lead: "How much was asked, by whom, and how it went." | "Wie viel gefragt wurde, von wem, und wie es ausging.",
        bad_date: "From and to must be days from 2000 to 2199." | "Von und Bis müssen Tage von 2000 bis 2199 sein.",
        dates_left_out: "From and to were left out, because another period is chosen."
            | "Von und Bis zählen nicht mit, weil ein anderer Zeitraum gewählt ist.",
        period: "Period" | "Zeitraum",
        last_24_hours: "Last 24 hours" | "Letzte 24 Stunden",
        last_7_days: "Last 7 days" | "Letzte 7 Tage",
        last_30_days: "Last 30 days" | "Letzte 30 Tage",
        last_90_days: "Last 90 days" | "Letzte 90 Tage",
        own_period: "From and to below" | "Von und bis unten",
        from: "From" | "Von",
        to: "To (inclusive)" | "Bis (einschließlich)",
        by: "Shown by" | "Dargestellt nach",
        hour: "Hour" | "Stunde",
        day: "Day" | "Tag",
        zone: "Time zone" | "Zeitzone",
        zone_help: "Such as Europe/Berlin." | "Zum Beispiel Europe/Berlin.",
        group: "Grouped by" | "Gruppiert nach",
        not_grouped: "Nothing" | "Nichts",
        group_key: "Key" | "Schlüssel",
        group_workspace: "Workspace" | "Arbeitsbereich",
        group_outcome: "Outcome" | "Ergebnis",
        group_origin: "Origin" | "Herkunftsseite",
        group_model: "Model" | "Modell",
        group_route: "Endpoint" | "Endpunkt",
        workspace: "Workspace" | "Arbeitsbereich",
        all_workspaces: "All workspaces" | "Alle Arbeitsbereiche",
        key: "Key" | "Schlüssel",
        key_help: "Public id of one key; empty for all." | "Öffentliche Kennung eines Schlüssels; leer für alle.",
        show: "Show" | "Anzeigen",
        download: "Download as CSV" | "Als CSV herunterladen",
        requests: "Requests" | "Anfragen",
        answered: "Answered" | "Beantwortet",
        refused: "Refused" | "Abgelehnt",
        failed: "Failed" | "Fehlgeschlagen",
        prompt_tokens: "Prompt tokens" | "Prompt-Tokens",
        completion_tokens: "Answer tokens" | "Antwort-Tokens",
        first_words: "Time to first words (half / 95 %)" | "Zeit bis zu den ersten Worten (Hälfte / 95 %)",
        cache_hits: "Answered from cache" | "Aus dem Cache beantwortet",
        cost: "Cost" | "Kosten",
        when: "When" | "Wann",
        chart: "Requests over time" | "Anfragen im Verlauf",
        numbers: "The numbers of the chart" | "Die Zahlen des Diagramms",
        none: "(none)" | "(ohne)",
        other: "(others together)" | "(alle übrigen)",
        utc_days: "Days are those of UTC: for this period sums by hour are not kept or would be too many."
            | "Tage sind die von UTC: Für diesen Zeitraum gibt es keine Stundensummen, oder es wären zu viele.",
        complete_until: "Counted up to {}." | "Gezählt bis {}.",
        empty_title: "Nothing was asked in this period" | "In diesem Zeitraum wurde nichts gefragt",
        empty_help: "Make a key and paste its snippet into a page of the shop, or ask something in the playground."
            | "Legen Sie einen Schlüssel an und fügen Sie sein Snippet in eine Seite des Shops ein, oder fragen Sie etwas im Playground.",
        to_keys: "To the keys" | "Zu den Schlüsseln",
        cost_note: "Each answer at the price of the model that gave it."
            | "Jede Antwort zum Preis des Modells, das sie gab.",
        cost_assumed: "Answers of which the model is not known are counted at the price of {}, which answers now."
            | "Antworten, deren Modell nicht bekannt ist, zählen zum Preis von {}, das jetzt antwortet.",
        cost_by_model: "Several models answered: the groups \"Model\" show what each of them cost."
            | "Mehrere Modelle haben geantwortet: Die Gruppen „Modell“ zeigen, was jedes kostete.",
        no_price: "There is no price for {}: add it to prices.models to see money here."
            | "Für {} ist kein Preis hinterlegt: Tragen Sie ihn in prices.models ein, um hier Geldbeträge zu sehen.",
        no_model: "AnythingLLM does not say which model it answers with, so there is no cost to show."
            | "AnythingLLM sagt nicht, mit welchem Modell es antwortet; Kosten lassen sich nicht zeigen.",
        unknown_key: "There is no such key." | "Diesen Schlüssel gibt es nicht.",
        unknown_zone: "There is no such time zone." | "Diese Zeitzone gibt es nicht.",
        bad_period: "The end must not be before the beginning." | "Das Ende darf nicht vor dem Anfang liegen.",
        too_long: "At most 400 days can be shown." | "Es lassen sich höchstens 400 Tage zeigen.",
    }
}
