//! The names that workspaces have in paths.

/// Whether a text can be a slug of ours: 1 to 63 lower-case letters, digits and hyphens, none at either end.
pub fn is_slug(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

/// A slug made of a name; none of a name that has no Latin letter and no digit.
pub fn slug_of(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            'ä' => slug.push_str("ae"),
            'ö' => slug.push_str("oe"),
            'ü' => slug.push_str("ue"),
            'ß' => slug.push_str("ss"),
            'á' | 'à' | 'â' | 'å' | 'ã' => slug.push('a'),
            'é' | 'è' | 'ê' | 'ë' => slug.push('e'),
            'í' | 'ì' | 'î' | 'ï' => slug.push('i'),
            'ó' | 'ò' | 'ô' | 'ø' | 'õ' => slug.push('o'),
            'ú' | 'ù' | 'û' => slug.push('u'),
            'ç' => slug.push('c'),
            'ñ' => slug.push('n'),
            '\'' | '’' => {}
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() >= 50 {
            break;
        }
    }
    let slug = slug.trim_end_matches('-').to_owned();
    (!slug.is_empty()).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slugs_are_those_of_the_schema() {
        for good in ["a", "shop", "shop-2", &"x".repeat(63)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "a-", "Shop", "a_b", "ä", &"x".repeat(64)] {
            assert!(!is_slug(bad), "{bad}");
        }
        assert_eq!(slug_of("Müller & Söhne GmbH").as_deref(), Some("mueller-soehne-gmbh"));
        assert_eq!(slug_of("  L'Été  ").as_deref(), Some("lete"));
        assert_eq!(slug_of("日本語"), None);
    }

    proptest! {
        #[test]
        fn a_slug_made_of_any_name_is_one(name in ".{0,300}") {
            if let Some(slug) = slug_of(&name) {
                prop_assert!(is_slug(&slug), "{}", slug);
            }
        }
    }
}
