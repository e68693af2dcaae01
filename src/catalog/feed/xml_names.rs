//! Names of elements with the namespaces they are in (Namespaces in XML 1.0), wherever those are declared: on the element
//! itself, on one around it, or as the default one.

use super::names::{Attribute, attribute, other_price};
use quick_xml::events::BytesStart;

/// Where Google's attributes live (Google product data specification, XML), with whichever scheme.
const GOOGLE: &str = "://base.google.com/ns/1.0";
/// The prefix that is meant so, declared or not.
const USUAL: &str = "g";
/// Declarations that are in force at once, and the longest address of one, in bytes.
const MOST: usize = 64;
const LONGEST: usize = 300;

/// What is declared on elements that are open, the outermost first.
#[derive(Debug, Default)]
pub(super) struct Scope {
    declared: Vec<Declared>,
    /// Elements that are open.
    depth: usize,
}

#[derive(Debug)]
struct Declared {
    /// Empty: the default one.
    prefix: String,
    space: String,
    depth: usize,
}

impl Declared {
    fn is_google(&self) -> bool {
        self.space.to_ascii_lowercase().contains(GOOGLE)
    }
}

impl Scope {
    /// An element begins; `tag` is what stands between `<` and `>`.
    pub(super) fn begin(&mut self, tag: &[u8]) {
        self.depth += 1;
        if memchr::memmem::find(tag, b"xmlns").is_some() {
            let tag = String::from_utf8_lossy(tag);
            let name = tag.find(|c: char| c.is_ascii_whitespace() || c == '/').unwrap_or(tag.len());
            self.declare(&BytesStart::from_content(&*tag, name));
        }
    }

    fn begin_tag(&mut self, tag: &BytesStart<'_>) {
        self.depth += 1;
        if memchr::memmem::find(tag.attributes_raw().as_bytes(), b"xmlns").is_some() {
            self.declare(tag);
        }
    }

    pub(super) fn end(&mut self) {
        let depth = self.depth;
        // What the outermost element says counts to the end.
        if depth > 1 {
            self.declared.retain(|declared| declared.depth < depth);
            self.depth -= 1;
        }
    }

    fn declare(&mut self, tag: &BytesStart<'_>) {
        for found in tag.attributes().with_checks(false).flatten() {
            let name: &str = found.key.as_ref();
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => rest.get(1..).unwrap_or_default(),
                _ => continue,
            };
            if self.declared.len() < MOST && prefix.len() <= LONGEST && found.value.len() <= LONGEST {
                let space = found.value.trim().to_owned();
                self.declared.push(Declared { prefix: prefix.to_owned(), space, depth: self.depth });
            }
        }
    }

    fn find(&self, prefix: &str) -> Option<&Declared> {
        self.declared.iter().rev().find(|declared| declared.prefix == prefix)
    }

    fn has_google(&self) -> bool {
        self.declared.iter().any(Declared::is_google)
    }
}

/// The names inside of one product.
#[derive(Debug)]
pub(super) struct Names<'s> {
    around: &'s Scope,
    inside: Scope,
    /// The namespace of the product's own element.
    own: Option<String>,
}

impl<'s> Names<'s> {
    /// Of a product that stands where this is declared.
    pub(super) fn new(around: &'s Scope) -> Self {
        Self { around, inside: Scope::default(), own: None }
    }

    pub(super) fn begin(&mut self, tag: &BytesStart<'_>) {
        self.inside.begin_tag(tag);
        self.begun(tag.name().as_ref());
    }

    /// As [`Self::begin`], of a tag that may be broken.
    pub(super) fn begin_raw(&mut self, tag: &str) {
        self.inside.begin(tag.as_bytes());
        self.begun(tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or_default());
    }

    fn begun(&mut self, name: &str) {
        if self.own.is_none() {
            let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
            self.own = Some(self.find(prefix).map(|found| found.space.clone()).unwrap_or_default());
        }
    }

    pub(super) fn end(&mut self) {
        self.inside.end();
    }

    fn find(&self, prefix: &str) -> Option<&Declared> {
        self.inside.find(prefix).or_else(|| self.around.find(prefix))
    }

    /// The attribute that an element's name stands for: those of Google's namespace first, then those of RSS, Atom and
    /// elements that have no namespace or that of the product. What is a price elsewhere is kept in mind.
    pub(super) fn attribute(&self, name: &str) -> Option<Attribute> {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let found = self.find(prefix);
        let is_google = match found {
            Some(found) if found.is_google() => true,
            // Its address is often mistyped. Where another prefix has the right one, this one means something else.
            Some(_) => prefix == USUAL && !self.inside.has_google() && !self.around.has_google(),
            None => prefix == USUAL,
        };
        let is_own = |found: &Declared| !found.space.is_empty() && self.own.as_deref() == Some(found.space.as_str());
        let known = if is_google {
            attribute(local)
        } else if prefix.is_empty() || found.is_some_and(is_own) {
            attribute(local).map(|attribute| attribute.behind(2))
        } else {
            None
        };
        known.or_else(|| other_price(local))
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, Scope};
    use quick_xml::events::BytesStart;

    fn rank(around: &[&str], inside: &[&str], name: &str) -> Option<(&'static str, u8)> {
        let mut scope = Scope::default();
        for tag in around {
            scope.begin(tag.as_bytes());
        }
        let mut names = Names::new(&scope);
        for tag in inside {
            let end = tag.find(' ').unwrap_or(tag.len());
            names.begin(&BytesStart::from_content(*tag, end));
        }
        names.attribute(name).map(|attribute| (attribute.name, attribute.rank))
    }

    #[test]
    fn a_namespace_counts_wherever_it_is_declared() {
        let google = "a xmlns:q=\"http://base.google.com/ns/1.0\"";
        let default = "a xmlns='HTTP://BASE.GOOGLE.COM/ns/1.0/'";
        assert_eq!(rank(&[google], &["item"], "q:price"), Some(("price", 0)));
        assert_eq!(rank(&["rss"], &[google], "q:price"), Some(("price", 0)));
        assert_eq!(rank(&["rss"], &["item", google], "q:price"), Some(("price", 0)));
        assert_eq!(rank(&["rss"], &["item", default], "price"), Some(("price", 0)));
        assert_eq!(rank(&["rss"], &["item"], "price"), Some(("price", 2)));
        assert_eq!(rank(&["rss"], &["item"], "g:price"), Some(("price", 0)));
        // As Python writes names whose prefix it does not know.
        let own = "ns0:shop xmlns:ns0=\"urn:shop\"";
        assert_eq!(rank(&[own], &["ns0:product"], "ns0:price"), Some(("price", 2)));
        assert_eq!(rank(&[own], &["product"], "ns0:title"), None);
    }

    #[test]
    fn another_namespace_is_not_googles() {
        let other = "rss xmlns:g=\"urn:other\"";
        assert_eq!(rank(&[other], &["item"], "g:title"), Some(("title", 0)));
        assert_eq!(rank(&[other, "channel xmlns:m='http://base.google.com/ns/1.0'"], &["item"], "g:title"), None);
        assert_eq!(rank(&["rss"], &["item"], "x:price").map(|(name, _)| name), Some("_other_price"));
    }

    #[test]
    fn what_an_element_declares_ends_with_it() {
        let mut scope = Scope::default();
        scope.begin(b"rss xmlns:g='http://base.google.com/ns/1.0'");
        scope.begin(b"meta xmlns:g='urn:other' xmlns:x='urn:x'");
        assert!(!Names::new(&scope).find("g").unwrap().is_google());
        scope.end();
        assert!(Names::new(&scope).find("g").unwrap().is_google());
        assert!(Names::new(&scope).find("x").is_none());
        scope.end();
        assert!(Names::new(&scope).find("g").is_some());
    }
}
