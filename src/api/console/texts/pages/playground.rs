//! The playground.

use super::pairs;

pairs! {
    PlaygroundTexts {
        title: "Playground" | "Playground",
        lead: "Ask as a shopper of this workspace would." | "Fragen Sie, wie es ein Kunde dieses Arbeitsbereichs täte.",
        counted: "The limits and quotas of the chosen key apply, and each question counts as usage of the key. Such questions are marked: their endpoint is console.playground.ask and their session begins with playground-."
            | "Limits und Kontingente des gewählten Schlüssels gelten, und jede Frage zählt als seine Nutzung. Solche Fragen sind gekennzeichnet: Ihr Endpunkt ist console.playground.ask, und ihre Sitzung beginnt mit playground-.",
        key: "Key" | "Schlüssel",
        key_help: "Its limits apply." | "Seine Limits gelten.",
        question: "Question" | "Frage",
        question_help: "At most {} characters." | "Höchstens {} Zeichen.",
        locale: "Language of the page" | "Sprache der Seite",
        locale_help: "Such as de-AT; may be left out." | "Zum Beispiel de-AT; darf fehlen.",
        ask: "Ask" | "Fragen",
        asking: "The answer is being written…" | "Die Antwort wird geschrieben …",
        again: "Begin a new conversation" | "Neues Gespräch beginnen",
        goes_on: "The next question goes on with this conversation." | "Die nächste Frage setzt dieses Gespräch fort.",
        no_key_title: "This workspace has no publishable key that can be used" | "Dieser Arbeitsbereich hat keinen nutzbaren öffentlichen Schlüssel",
        no_key_help: "Shoppers ask with a publishable key. Make one first." | "Kunden fragen mit einem öffentlichen Schlüssel. Legen Sie zuerst einen an.",
        to_keys: "To the keys" | "Zu den Schlüsseln",
        not_active: "This workspace is not active: shoppers get no answers." | "Dieser Arbeitsbereich ist nicht aktiv: Kunden bekommen keine Antworten.",
        asked: "You asked" | "Sie fragten",
        answer: "Answer" | "Antwort",
        refused: "refused: nothing relevant was found" | "abgelehnt: nichts Passendes gefunden",
        cached: "from the answer cache" | "aus dem Antwort-Cache",
        sources: "Sources" | "Quellen",
        no_sources: "The answer rests on no document." | "Die Antwort stützt sich auf kein Dokument.",
        score: "similarity {}" | "Ähnlichkeit {}",
        timing: "Timing and tokens" | "Zeiten und Tokens",
        first_words: "First words after" | "Erste Worte nach",
        total: "Whole answer after" | "Ganze Antwort nach",
        model_time: "Time of the model" | "Zeit des Modells",
        model: "Model" | "Modell",
        prompt_tokens: "Prompt tokens" | "Prompt-Tokens",
        completion_tokens: "Answer tokens" | "Antwort-Tokens",
        unknown: "not reported" | "nicht gemeldet",
        events: "Raw events" | "Rohe Ereignisse",
        events_help: "What a shop's page gets, in this order." | "Was die Seite eines Shops bekommt, in dieser Reihenfolge.",
        failed: "The question could not be answered" | "Die Frage konnte nicht beantwortet werden",
        origin: "as a page of {}" | "wie eine Seite von {}",
        session: "Session" | "Sitzung",
        identity_enforced: "This workspace serves customers who are logged in only, so the playground gets no answer."
            | "Dieser Arbeitsbereich bedient nur angemeldete Kunden; der Playground bekommt daher keine Antwort.",
        choose_key: "must be a publishable key of this workspace" | "muss ein öffentlicher Schlüssel dieses Arbeitsbereichs sein",
        too_short: "must not be empty" | "darf nicht leer sein",
    }
}
