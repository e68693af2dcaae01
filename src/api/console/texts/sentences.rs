//! What is wrong with a field, in German: each of the rules' own sentences, with what stands in it at `{}`.

/// A rule's sentence and the same in German. The first that fits is taken.
const SENTENCES: &[(&str, &str)] = &[
    (
        "must not be due more often than every 15 minutes, such as {}",
        "darf höchstens alle 15 Minuten fällig sein, zum Beispiel {}",
    ),
    ("must be given", "muss angegeben werden"),
    ("must not be empty", "darf nicht leer sein"),
    ("must be ticked", "muss angekreuzt werden"),
    ("there is no such field", "gibt es nicht"),
    ("there is no such workspace", "diesen Arbeitsbereich gibt es nicht"),
    ("there is no such key", "diesen Schlüssel gibt es nicht"),
    ("must be one line", "muss in einer Zeile stehen"),
    ("must not have control characters", "darf keine Steuerzeichen enthalten"),
    ("must not have more than {} entries", "darf höchstens {} Einträge haben"),
    ("must not have more than {} characters", "darf höchstens {} Zeichen haben"),
    ("must not have more than {} bytes of JSON", "darf höchstens {} Bytes JSON haben"),
    ("must not have more than {} bytes", "darf höchstens {} Bytes haben"),
    ("must not have more than {} members", "darf höchstens {} Einträge haben"),
    ("must have at least {} letters or digits", "muss mindestens {} Buchstaben oder Ziffern haben"),
    ("must have at least {} characters", "muss mindestens {} Zeichen haben"),
    ("must have {} to {} characters", "muss {} bis {} Zeichen haben"),
    ("must name at least one scope", "muss mindestens ein Recht enthalten"),
    ("must name at least one event", "muss mindestens ein Ereignis enthalten"),
    ("must not have a fragment", "darf keinen Teil hinter # haben"),
    ("must not have a query", "darf keinen Teil hinter ? haben"),
    ("must not have a user name or a password", "darf weder Benutzernamen noch Passwort enthalten"),
    (
        "must not hold a user name or password; give them as `credentials`",
        "darf weder Benutzernamen noch Passwort enthalten; sie gehören zu den Zugangsdaten",
    ),
    (
        "must not have spaces, line breaks or letters outside ASCII",
        "darf keine Leerzeichen, Zeilenumbrüche oder Umlaute enthalten",
    ),
    ("must be the name of an IANA time zone, such as {}", "muss der Name einer Zeitzone sein, zum Beispiel {}"),
    ("must be the name of a time zone, such as {}", "muss der Name einer Zeitzone sein, zum Beispiel {}"),
    (
        "must be 1 to 63 lower-case letters, digits and hyphens, no hyphen at either end",
        "muss aus 1 bis 63 Kleinbuchstaben, Ziffern und Bindestrichen bestehen, ohne Bindestrich am Rand",
    ),
    ("must be the three capital letters of ISO 4217, such as {}", "muss ein Währungskürzel sein, zum Beispiel {}"),
    ("must be an ISO 4217 currency code, as in {}", "muss ein Währungskürzel sein, zum Beispiel {}"),
    ("must be an ISO 3166-1 alpha-2 country code, as in {}", "muss ein Länderkürzel sein, zum Beispiel {}"),
    (
        "must be a language with an optional script and region, as in de, de-AT or zh-Hant-TW",
        "muss ein Sprachkürzel sein, zum Beispiel de, de-AT oder zh-Hant-TW",
    ),
    ("must be a language tag such as `de` or `pt-BR`", "muss ein Sprachkürzel sein, zum Beispiel de oder pt-BR"),
    ("must be a language tag such as {}", "muss ein Sprachkürzel sein, zum Beispiel {}"),
    ("must be a colour as #RRGGBB, as in {}", "muss eine Farbe sein, zum Beispiel {}"),
    ("must be an e-mail address", "muss eine E-Mail-Adresse sein"),
    ("must be an https:// address, without user and password", "muss eine https-Adresse ohne Namen und Passwort sein"),
    ("must be an https address of at most {} bytes", "muss eine https-Adresse mit höchstens {} Bytes sein"),
    ("must be an address such as {}", "muss eine Adresse sein, zum Beispiel {}"),
    (
        "must be an address or a network, such as {} or {}",
        "muss eine Adresse oder ein Netz sein, zum Beispiel {} oder {}",
    ),
    (
        "must be a telephone number in international form, as in {}",
        "muss eine internationale Telefonnummer sein, zum Beispiel {}",
    ),
    ("must be a telephone number", "muss eine Telefonnummer sein"),
    ("must be a time from 00:00 to 24:00, as in {}", "muss eine Uhrzeit von 00:00 bis 24:00 sein, zum Beispiel {}"),
    (
        "must be later than `opens`; hours past midnight are two intervals",
        "muss nach dem Anfang liegen; Zeiten über Mitternacht werden auf zwei Tage verteilt",
    ),
    ("must be a date from 2000-01-01 to 2199-12-31, as in {}", "muss ein Tag sein, zum Beispiel 24.12.2026"),
    ("must be a day, as in {}", "muss ein Tag sein, zum Beispiel {}"),
    ("must be a day such as {}", "muss ein Tag sein, zum Beispiel {}"),
    (
        "must be in the future; to end a key now, revoke it or switch it off",
        "muss in der Zukunft liegen; jetzt endet ein Schlüssel durch Abschalten oder Widerrufen",
    ),
    ("must not be after the year 9999", "darf nicht nach dem Jahr 9999 liegen"),
    (
        "must be given, or `phone`: nobody could answer",
        "muss angegeben werden, oder das Telefon: Sonst kann niemand antworten",
    ),
    (
        "must be given, because none can be made of the name",
        "muss angegeben werden: Aus dem Namen lässt sich keiner bilden",
    ),
    ("must be given for this handoff_mode", "muss angegeben werden, wenn Anfragen so weitergegeben werden"),
    ("must be given for the type {}", "muss bei dieser Art von Zugangsdaten angegeben werden"),
    ("is only for the type {}", "gehört nicht zu dieser Art von Zugangsdaten"),
    ("must be given for `catalog_source` `feed`", "muss angegeben werden, wenn Produkte aus einem Feed kommen"),
    ("is only for `catalog_source` `feed`", "gilt nur, wenn Produkte aus einem Feed kommen"),
    ("has no meaning for {}", "hat bei {} keine Bedeutung"),
    ("is for publishable keys", "gibt es nur bei öffentlichen Schlüsseln"),
    (
        "is for secret keys; shoppers come from everywhere",
        "gibt es nur bei geheimen Schlüsseln; Kunden kommen von überall",
    ),
    (
        "must be true: the workspace asks shoppers for their consent",
        "muss bestätigt sein: Der Arbeitsbereich bittet um Einwilligung",
    ),
    (
        "must be five fields: minute, hour, day of month, month, day of week, such as {}",
        "muss aus fünf Feldern bestehen: Minute, Stunde, Tag, Monat, Wochentag, zum Beispiel {}",
    ),
    (
        "a secret was typed, but no kind of credentials is chosen for it; choose the kind and type it again",
        "ein Geheimnis wurde eingegeben, aber keine Art von Zugangsdaten dafür gewählt; wählen Sie die Art und geben Sie \
         es noch einmal ein",
    ),
    ("must be one of the choices, or a whole number", "muss eine der Möglichkeiten oder eine ganze Zahl sein"),
    ("must be one of the choices", "muss eine der Möglichkeiten sein"),
    ("must be one of {}", "muss eines hiervon sein: {}"),
    ("must be the shop's own host, such as {}", "muss der eigene Host des Shops sein, zum Beispiel {}"),
    ("must begin with {}", "muss mit {} beginnen"),
    ("must be a string", "muss ein Text sein"),
    ("must be an object", "muss ein JSON-Objekt sein"),
    ("must be of another type", "ist von der falschen Art"),
    ("must be at most {}, as for whoever asks", "darf höchstens {} sein, wie bei Ihnen selbst"),
    ("cannot be changed; make a new key instead", "lässt sich nicht ändern; legen Sie einen neuen Schlüssel an"),
    ("lies within another interval of the same day", "überschneidet sich mit einer anderen Zeit desselben Tages"),
    ("is named twice", "steht zweimal da"),
    ("must be {} to {}", "muss von {} bis {} sein"),
];

/// The same in German, if it is one of the rules' sentences.
pub(in crate::api::console) fn german_fault(message: &str) -> Option<String> {
    SENTENCES.iter().find_map(|(english, german)| put_in(german, &values(english, message)?))
}

/// What stands in the places of a sentence, if the text is that sentence.
fn values<'a>(sentence: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = sentence.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    for part in parts {
        let at = if part.is_empty() { rest.len() } else { rest.find(part)? };
        found.push(rest.get(..at)?.trim_matches('`'));
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(found)
}

fn put_in(sentence: &str, values: &[&str]) -> Option<String> {
    let mut values = values.iter();
    let mut parts = sentence.split("{}");
    let mut text = parts.next()?.to_owned();
    for part in parts {
        text.push_str(values.next()?);
        text.push_str(part);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_german_sentence() {
        assert_eq!(german_fault("must have 1 to 100 characters").as_deref(), Some("muss 1 bis 100 Zeichen haben"));
        assert_eq!(
            german_fault("must be an address such as `https://shop.example`").as_deref(),
            Some("muss eine Adresse sein, zum Beispiel https://shop.example")
        );
        assert_eq!(german_fault("must be something else"), None);
    }

    #[test]
    fn every_sentence_fits_itself() {
        for (english, german) in SENTENCES {
            assert!(english.matches("{}").count() >= german.matches("{}").count(), "{english}");
            let text = german_fault(&english.replace("{}", "5"));
            assert_eq!(text.as_deref(), Some(german.replace("{}", "5").as_str()), "{english} is hidden by another");
        }
    }
}
