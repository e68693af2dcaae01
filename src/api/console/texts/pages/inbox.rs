//! Conversations and gaps.

pairs! {
    InboxTexts {
        title: "Conversations" | "Gespräche",
        lead: "What shoppers asked, the newest first. That you read one stands in the audit log."
            | "Was Kundinnen und Kunden gefragt haben, das Neueste zuerst. Wer eines liest, steht im Änderungsprotokoll.",
        to_gaps: "What was asked in vain" | "Was vergeblich gefragt wurde",
        no_words: "This workspace keeps no transcripts: only how questions ended is shown."
            | "Dieser Arbeitsbereich behält keine Mitschriften: Gezeigt wird nur, wie Fragen ausgingen.",
        empty_title: "Nobody has asked anything" | "Noch hat niemand gefragt",
        empty_help: "Conversations appear here with the first question. Put the widget on a page, or try it in the playground."
            | "Gespräche erscheinen mit der ersten Frage. Setzen Sie das Widget auf eine Seite, oder probieren Sie es aus.",
        none_found: "No conversation is like that." | "Kein Gespräch ist so.",
        filters: "Filters" | "Filter",
        which: "Which" | "Welche",
        all: "All" | "Alle",
        refused: "Nothing found" | "Nichts gefunden",
        failed: "Failed" | "Fehlgeschlagen",
        disliked: "Thumbs down" | "Daumen runter",
        liked: "Thumbs up" | "Daumen hoch",
        open: "Not solved" | "Offen",
        solved: "Solved" | "Erledigt",
        answered: "Answered" | "Beantwortet",
        left: "Left before the end" | "Vorher gegangen",
        words: "Words" | "Wörter",
        words_help: "In question or answer; \"in quotes\" together, -without."
            | "In Frage oder Antwort; \"in Anführungszeichen\" zusammen, -ohne.",
        origin: "Page" | "Seite",
        language: "Language" | "Sprache",
        key: "Key" | "Schlüssel",
        visitor: "Visitor" | "Besucher",
        show: "Show" | "Anzeigen",
        reset: "Without filters" | "Ohne Filter",
        question: "Newest question" | "Neueste Frage",
        questions: "Questions" | "Fragen",
        state: "State" | "Stand",
        last: "Last" | "Zuletzt",
        without_words: "(no words are kept)" | "(Wörter werden nicht behalten)",
        older: "Older conversations" | "Ältere Gespräche",
        download: "Take all of these along as" | "Alle diese mitnehmen als",
        conversation: "Conversation" | "Gespräch",
        said: "What was said" | "Was gesagt wurde",
        newest_only: "Only the newest questions are shown." | "Nur die neuesten Fragen werden gezeigt.",
        sources: "What the answer rests on" | "Worauf die Antwort beruht",
        ask_again: "Ask in the playground" | "Selbst fragen",
        note: "Note" | "Notiz",
        note_help: "For your colleagues; shoppers never see it." | "Für Kolleginnen und Kollegen; nie für Kundschaft.",
        gaps: "What was asked in vain" | "Was vergeblich gefragt wurde",
        gaps_lead: "Questions of the last 30 days that the documents hold nothing about, or whose answer was disliked; those of the same words together."
            | "Fragen der letzten 30 Tage, zu denen in den Dokumenten nichts steht oder deren Antwort missfiel; gleiche Wörter zusammen.",
        no_gaps: "Nothing was asked in vain" | "Nichts wurde vergeblich gefragt",
        no_gaps_help: "Questions that find nothing, or whose answer gets a thumb down, appear here."
            | "Hier erscheinen Fragen, die nichts finden oder deren Antwort einen Daumen nach unten bekommt.",
        times: "Asked" | "Gefragt",
        to_conversation: "The newest of these conversations" | "Das neueste dieser Gespräche",
        write: "Write a document" | "Dokument schreiben",
        document_title: "Title" | "Titel",
        document_text: "Text" | "Text",
        document_help: "What answers are found in. It counts from the next question on."
            | "Darin werden Antworten gefunden. Es zählt ab der nächsten Frage.",
        document_url: "Address where it can be read" | "Adresse, unter der es zu lesen ist",
    }
}
