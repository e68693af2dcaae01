-- What a shopper is shown of each product: a card as JSON, whose members are those of domain/product.rs. It changes
-- without anything being embedded, as the offer does. Null: the product was read by a version that made none; the next
-- sync makes one.

ALTER TABLE vestibule.catalog_products ADD COLUMN card jsonb;
ALTER TABLE vestibule.catalog_products
  ADD CONSTRAINT catalog_products_card_size CHECK (length(card::text) <= 12000) NOT VALID;
ALTER TABLE vestibule.catalog_products VALIDATE CONSTRAINT catalog_products_card_size;
