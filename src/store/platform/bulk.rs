//! The file of a Shopify bulk operation: JSON lines, each product before its variants
//! (shopify.dev, "Perform bulk operations with the GraphQL Admin API"). Held one product at a time.

use super::contract;
use crate::catalog::engine::ReadError;
use serde_json::Value;

/// Longest line, in bytes: Shopify's longest description takes half a megabyte.
const MOST_LINE: usize = 4 * 1024 * 1024;
/// Variants of a product; Shopify allows 2,048.
const MOST_VARIANTS: usize = 4096;

/// A product with its variants.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Product {
    pub(super) fields: Value,
    pub(super) variants: Vec<Value>,
}

/// Puts products together from pieces of the file.
#[derive(Default)]
pub(super) struct Grouping {
    line: Vec<u8>,
    open: Option<Product>,
    /// Products that have begun.
    pub(super) products: u64,
}

impl Grouping {
    /// Takes a piece; `done` gets the products that are whole.
    pub(super) fn push(&mut self, piece: &[u8], done: &mut Vec<Product>) -> Result<(), ReadError> {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() + part.len() > MOST_LINE {
                return Err(contract("a line of Shopify's file is longer than any product"));
            }
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end_line(done)?;
            }
        }
        Ok(())
    }

    /// The file has ended.
    pub(super) fn finish(&mut self, done: &mut Vec<Product>) -> Result<(), ReadError> {
        self.end_line(done)?;
        done.extend(self.open.take());
        Ok(())
    }

    fn end_line(&mut self, done: &mut Vec<Product>) -> Result<(), ReadError> {
        let line = std::mem::take(&mut self.line);
        if line.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let row: Value = serde_json::from_slice(&line).map_err(|_| contract("a line of Shopify's file is no JSON"))?;
        let Some(parent) = row.get("__parentId").and_then(Value::as_str) else {
            self.products += 1;
            done.extend(self.open.replace(Product { fields: row, variants: Vec::new() }));
            return Ok(());
        };
        let own = self.open.as_mut().filter(|open| open.fields.get("id").and_then(Value::as_str) == Some(parent));
        let own = own.ok_or_else(|| contract("a variant in Shopify's file does not stand behind its product"))?;
        if own.variants.len() >= MOST_VARIANTS {
            return Err(contract("a product in Shopify's file has more variants than Shopify allows"));
        }
        own.variants.push(row);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Grouping, Product};
    use proptest::prelude::*;

    fn read(text: &[u8], at: usize) -> Result<Vec<Product>, &'static str> {
        let (mut grouping, mut done) = (Grouping::default(), Vec::new());
        for piece in text.chunks(at.max(1)) {
            grouping.push(piece, &mut done).map_err(|error| error.code)?;
        }
        grouping.finish(&mut done).map_err(|error| error.code)?;
        Ok(done)
    }

    const FILE: &str = "{\"id\":\"p1\",\"title\":\"ä\"}\n{\"id\":\"v1\",\"__parentId\":\"p1\"}\n\n{\"id\":\"p2\"}";

    #[test]
    fn products_come_with_their_variants_however_the_file_is_cut() {
        for at in 1..FILE.len() {
            let read = read(FILE.as_bytes(), at).unwrap();
            assert_eq!(read.iter().map(|product| product.variants.len()).collect::<Vec<_>>(), [1, 0], "{at}");
        }
    }

    #[test]
    fn a_variant_of_another_product_is_no_part_of_this_one() {
        let file = "{\"id\":\"p1\"}\n{\"id\":\"v1\",\"__parentId\":\"p0\"}\n";
        assert_eq!(read(file.as_bytes(), 7), Err("platform_contract"));
        assert_eq!(read(b"{\"id\":\"p1\"}\n{\"id\":", 7), Err("platform_contract"));
    }

    proptest! {
        #[test]
        fn anything_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 1_usize..50) {
            prop_assert_eq!(read(&bytes, at).is_ok(), read(&bytes, 1).is_ok());
        }
    }
}
