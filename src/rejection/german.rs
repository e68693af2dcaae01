//! What a refusal says to people who read German. Every code has a sentence; one that is missing does not compile. Where
//! the English sentence says more than its code, its own translation is looked up, and where there is none the code's
//! sentence is said.

use super::answer::whole_seconds;
use super::{Code, Rejection, ShopperLanguage};

/// Sentences that say more than their code, by the English one.
const SENTENCES: &[(&str, &str)] = &[
    ("There is no such page in the console.", "Diese Seite gibt es in der Konsole nicht."),
    ("There is no such answer.", "Diese Antwort gibt es nicht."),
    ("There is no such conversation.", "Dieses Gespräch gibt es nicht."),
    ("The conversation does not exist any more.", "Dieses Gespräch gibt es nicht mehr."),
    ("There is no such document.", "Dieses Dokument gibt es nicht."),
    ("There is no such erasure.", "Diese Löschung gibt es nicht."),
    ("There is no such file.", "Diese Datei gibt es nicht."),
    ("There is no such key.", "Diesen Schlüssel gibt es nicht."),
    ("There is no such member.", "Dieses Mitglied gibt es nicht."),
    ("There is no such session.", "Diese Sitzung gibt es nicht."),
    ("There is no such sync run.", "Diesen Lauf gibt es nicht."),
    ("There is no such user.", "Diese Person gibt es nicht."),
    ("There is no such webhook, or no such message.", "Diesen Webhook oder diese Nachricht gibt es nicht."),
    ("There is no such workspace.", "Diesen Arbeitsbereich gibt es nicht."),
    ("The workspace does not exist any more.", "Diesen Arbeitsbereich gibt es nicht mehr."),
    ("The workspace has no connection to a shop.", "Der Arbeitsbereich ist mit keinem Shop verbunden."),
    ("Your role does not allow this.", "Ihre Rolle erlaubt das nicht."),
    (
        "Only an admin may see or end the sessions of others.",
        "Nur ein Admin darf die Sitzungen anderer sehen oder beenden.",
    ),
    ("This account is suspended in AnythingLLM.", "Dieses Konto ist in AnythingLLM gesperrt."),
    (
        "This form was made for another session. Open the page again and send the form there.",
        "Dieses Formular gehört zu einer anderen Sitzung. Öffnen Sie die Seite neu und senden Sie es dort.",
    ),
    (
        "This was not sent by a page of the console. Open the page again and send the form there.",
        "Das hat keine Seite der Konsole gesendet. Öffnen Sie die Seite neu und senden Sie das Formular dort.",
    ),
    ("There is a workspace of this slug already.", "Einen Arbeitsbereich mit diesem Kurznamen gibt es schon."),
    (
        "The workspace in AnythingLLM belongs to another workspace already.",
        "Der Arbeitsbereich in AnythingLLM gehört schon zu einem anderen.",
    ),
    ("A sync of this workspace is going on.", "Ein Lauf dieses Arbeitsbereichs ist unterwegs."),
    (
        "Another secret was made at the same moment; look at it first.",
        "Im selben Moment wurde ein anderes Geheimnis erzeugt; sehen Sie es zuerst an.",
    ),
    (
        "AnythingLLM keeps one member; assign the workspace to somebody else first.",
        "AnythingLLM behält ein Mitglied: Weisen Sie den Arbeitsbereich zuerst jemand anderem zu.",
    ),
    (
        "AnythingLLM takes no passwords: SIMPLE_SSO_NO_LOGIN is set there.",
        "AnythingLLM nimmt keine Passwörter an: SIMPLE_SSO_NO_LOGIN ist dort gesetzt.",
    ),
    ("The workspace has as many webhooks as it may.", "Der Arbeitsbereich hat so viele Webhooks, wie er haben darf."),
    ("Send what a form of the console sends.", "Senden Sie, was ein Formular der Konsole sendet."),
    ("The form has too many fields.", "Das Formular hat zu viele Felder."),
];

impl Rejection {
    /// What is wrong, in the reader's language.
    pub fn said(&self, language: ShopperLanguage) -> String {
        if language != ShopperLanguage::German {
            return self.detail();
        }
        match self {
            Self::RateLimited { retry_after, .. } | Self::LoginThrottled { retry_after } => {
                format!("Zu viele Anfragen. Versuchen Sie es in {} s noch einmal.", whole_seconds(*retry_after))
            }
            Self::QuotaExceeded { retry_after, .. } => {
                format!("Das Kontingent ist aufgebraucht; es beginnt in {} s neu.", whole_seconds(*retry_after))
            }
            Self::BodyTooLarge { limit } => format!("Was Sie gesendet haben, darf höchstens {limit} Bytes haben."),
            _ => {
                let detail = self.detail();
                let own = SENTENCES.iter().find(|(english, _)| *english == detail);
                own.map_or_else(|| self.kind().said(language), |(_, german)| german).to_owned()
            }
        }
    }
}

impl Code {
    /// What it means, in the reader's language.
    pub const fn said(self, language: ShopperLanguage) -> &'static str {
        if !matches!(language, ShopperLanguage::German) {
            return self.title();
        }
        match self {
            Self::BadRequest => "Die Anfrage war nicht zu verstehen.",
            Self::BodyTooLarge => "Es wurde zu viel auf einmal gesendet.",
            Self::Conflict => "Das geht im jetzigen Zustand nicht.",
            Self::ExpiredToken => "Die Sitzung ist abgelaufen. Melden Sie sich neu an.",
            Self::Forbidden => "Das dürfen Sie nicht.",
            Self::ForbiddenIp => "Von dieser Adresse aus gilt der Schlüssel nicht.",
            Self::ForbiddenOrigin => "Auf dieser Seite gilt der Schlüssel nicht.",
            Self::HeadersTooLarge => "Die Anfrage hatte zu große Kopfzeilen.",
            Self::InsufficientScope => "Dafür fehlt ein Recht.",
            Self::Internal => "Bei uns ist etwas schiefgegangen; mit der Nummer der Anfrage lässt es sich finden.",
            Self::InvalidBody => "Was gesendet wurde, war nicht zu lesen.",
            Self::InvalidCredentials => "Name oder Passwort ist falsch.",
            Self::InvalidToken => "Die Sitzung gilt nicht mehr. Melden Sie sich neu an.",
            Self::KeyDisabled => "Dieser Schlüssel ist abgeschaltet.",
            Self::KeyExpired => "Dieser Schlüssel ist abgelaufen.",
            Self::KeyRevoked => "Dieser Schlüssel ist widerrufen.",
            Self::LoginThrottled => "Zu viele Anmeldeversuche. Warten Sie etwas.",
            Self::MethodNotAllowed => "So lässt sich diese Seite nicht aufrufen.",
            Self::NotFound => "Das gibt es nicht.",
            Self::PreconditionFailed => "Jemand hat es inzwischen geändert. Sehen Sie es sich neu an.",
            Self::PreconditionRequired => "Es fehlt, welche Fassung gemeint ist.",
            Self::QuotaExceeded => "Das Kontingent ist aufgebraucht.",
            Self::RateLimited => "Zu viele Anfragen. Warten Sie etwas.",
            Self::RequestTimeout => "Die Anfrage kam nicht rechtzeitig an.",
            Self::ServiceUnavailable => "Zurzeit nicht erreichbar. Versuchen Sie es gleich noch einmal.",
            Self::TooManyStreams => "Es werden schon zu viele Antworten zugleich geschrieben.",
            Self::Unauthenticated => "Dafür muss man angemeldet sein.",
            Self::UnsupportedMediaType => "Diese Art von Inhalt wird nicht angenommen.",
            Self::UpstreamContract => "AnythingLLM hat auf unbekannte Weise geantwortet.",
            Self::UpstreamError => "AnythingLLM oder sein Modell konnte nicht antworten.",
            Self::UpstreamTimeout => "AnythingLLM oder sein Modell hat nicht rechtzeitig geantwortet.",
            Self::UpstreamUnavailable => "AnythingLLM ist nicht erreichbar.",
            Self::ValidationFailed => "Etwas daran stimmt nicht.",
        }
    }
}
