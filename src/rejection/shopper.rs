//! What a person chatting is told of a refusal, who knows nothing of keys and origins: one sentence, in their language.

use super::{Code, Rejection};
use crate::domain::workspace::locale::{Locale, Offered};
use http::{HeaderMap, header};
use std::sync::LazyLock;

/// A language that the sentences are written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ShopperLanguage {
    /// For everybody whose language is not here.
    #[default]
    English,
    /// `de`
    German,
    /// `fr`
    French,
    /// `es`
    Spanish,
    /// `it`
    Italian,
    /// `nl`
    Dutch,
}

impl ShopperLanguage {
    pub const ALL: [Self; 6] = [Self::English, Self::German, Self::French, Self::Spanish, Self::Italian, Self::Dutch];

    /// Its BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Italian => "it",
            Self::Dutch => "nl",
        }
    }

    /// The one that the browser prefers (`Accept-Language`, RFC 9110 section 12.5.4).
    pub fn of(headers: &HeaderMap) -> Self {
        static LOCALES: LazyLock<Vec<Locale>> =
            LazyLock::new(|| ShopperLanguage::ALL.iter().filter_map(|language| language.tag().parse().ok()).collect());
        let Some((default, others)) = LOCALES.split_first() else { return Self::English };
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let locale = Offered { default, others }.negotiate(None, wanted);
        Self::ALL.into_iter().find(|language| language.tag() == locale.as_str()).unwrap_or_default()
    }
}

enum Sentence {
    TooMany,
    UsedUp,
    BadMessage,
    Unavailable,
    NotHere,
}

impl Rejection {
    pub(super) fn shopper_sentence(&self, language: ShopperLanguage) -> &'static str {
        use ShopperLanguage::{Dutch, English, French, German, Italian, Spanish};
        match (self.sentence(), language) {
            (Sentence::TooMany, English) => "Too many messages right now. Please try again in a moment.",
            (Sentence::TooMany, German) => {
                "Im Moment sind es zu viele Nachrichten. Bitte versuchen Sie es gleich noch einmal."
            }
            (Sentence::TooMany, French) => "Trop de messages en ce moment. Veuillez réessayer dans un instant.",
            (Sentence::TooMany, Spanish) => {
                "Hay demasiados mensajes en este momento. Vuelva a intentarlo en unos instantes."
            }
            (Sentence::TooMany, Italian) => "Troppi messaggi in questo momento. Riprova tra poco.",
            (Sentence::TooMany, Dutch) => "Er zijn nu te veel berichten. Probeer het zo meteen opnieuw.",

            (Sentence::UsedUp, English) => "The assistant has answered all it can for now. Please come back later.",
            (Sentence::UsedUp, German) => {
                "Der Assistent hat sein Kontingent für jetzt aufgebraucht. Bitte kommen Sie später wieder."
            }
            (Sentence::UsedUp, French) => "L’assistant a atteint sa limite pour le moment. Veuillez revenir plus tard.",
            (Sentence::UsedUp, Spanish) => "El asistente ha llegado a su límite por ahora. Vuelva más tarde.",
            (Sentence::UsedUp, Italian) => "L’assistente ha raggiunto il limite per ora. Torna più tardi.",
            (Sentence::UsedUp, Dutch) => "De assistent heeft voor nu zijn limiet bereikt. Kom later terug.",

            (Sentence::BadMessage, English) => "This message cannot be sent. Please shorten or rephrase it.",
            (Sentence::BadMessage, German) => {
                "Diese Nachricht kann nicht gesendet werden. Bitte kürzen Sie sie oder formulieren Sie sie um."
            }
            (Sentence::BadMessage, French) => {
                "Ce message ne peut pas être envoyé. Veuillez le raccourcir ou le reformuler."
            }
            (Sentence::BadMessage, Spanish) => "Este mensaje no se puede enviar. Acórtelo o exprésese de otra manera.",
            (Sentence::BadMessage, Italian) => "Questo messaggio non può essere inviato. Accorcialo o riformulalo.",
            (Sentence::BadMessage, Dutch) => {
                "Dit bericht kan niet worden verzonden. Maak het korter of formuleer het anders."
            }

            (Sentence::Unavailable, English) => "The assistant cannot answer right now. Please try again later.",
            (Sentence::Unavailable, German) => {
                "Der Assistent kann gerade nicht antworten. Bitte versuchen Sie es später noch einmal."
            }
            (Sentence::Unavailable, French) => {
                "L’assistant ne peut pas répondre pour le moment. Veuillez réessayer plus tard."
            }
            (Sentence::Unavailable, Spanish) => {
                "El asistente no puede responder en este momento. Vuelva a intentarlo más tarde."
            }
            (Sentence::Unavailable, Italian) => "L’assistente non può rispondere in questo momento. Riprova più tardi.",
            (Sentence::Unavailable, Dutch) => "De assistent kan nu niet antwoorden. Probeer het later opnieuw.",

            (Sentence::NotHere, English) => "The chat is not available on this page.",
            (Sentence::NotHere, German) => "Der Chat ist auf dieser Seite nicht verfügbar.",
            (Sentence::NotHere, French) => "Le chat n’est pas disponible sur cette page.",
            (Sentence::NotHere, Spanish) => "El chat no está disponible en esta página.",
            (Sentence::NotHere, Italian) => "La chat non è disponibile in questa pagina.",
            (Sentence::NotHere, Dutch) => "De chat is niet beschikbaar op deze pagina.",
        }
    }

    fn sentence(&self) -> Sentence {
        match self.kind() {
            Code::QuotaExceeded => Sentence::UsedUp,
            Code::RateLimited | Code::TooManyStreams => Sentence::TooMany,
            Code::ValidationFailed | Code::InvalidBody | Code::BodyTooLarge => Sentence::BadMessage,
            Code::UpstreamUnavailable
            | Code::UpstreamTimeout
            | Code::UpstreamError
            | Code::UpstreamContract
            | Code::ServiceUnavailable
            | Code::RequestTimeout
            | Code::Internal => Sentence::Unavailable,
            Code::BadRequest
            | Code::Unauthenticated
            | Code::InvalidToken
            | Code::InvalidCredentials
            | Code::ExpiredToken
            | Code::KeyRevoked
            | Code::KeyExpired
            | Code::KeyDisabled
            | Code::InsufficientScope
            | Code::ForbiddenOrigin
            | Code::ForbiddenIp
            | Code::Forbidden
            | Code::NotFound
            | Code::MethodNotAllowed
            | Code::Conflict
            | Code::PreconditionFailed
            | Code::PreconditionRequired
            | Code::HeadersTooLarge
            | Code::UnsupportedMediaType
            | Code::LoginThrottled => Sentence::NotHere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_language_is_spoken_where_it_is_known() {
        let spoken = |header: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, header.parse().expect("a header"));
            ShopperLanguage::of(&headers)
        };
        for (header, language) in [
            ("de-AT,de;q=0.9,en;q=0.8", ShopperLanguage::German),
            ("fr-CA", ShopperLanguage::French),
            ("pl,nl;q=0.5", ShopperLanguage::Dutch),
            ("es-419;q=0.7,it;q=0.9", ShopperLanguage::Italian),
            ("ja", ShopperLanguage::English),
            (";;;", ShopperLanguage::English),
        ] {
            assert_eq!(spoken(header), language, "{header}");
        }
        assert_eq!(ShopperLanguage::of(&HeaderMap::new()), ShopperLanguage::English);
    }
}
