-- What each product costs and whether it can be bought: told with a question, and no part of the document, so that it
-- changes without anything being embedded. Null: the product's document was made by a version that put it there.

ALTER TABLE vestibule.catalog_products ADD COLUMN offer text;
ALTER TABLE vestibule.catalog_products ADD CONSTRAINT catalog_products_offer_length CHECK (length(offer) <= 4000) NOT VALID;
ALTER TABLE vestibule.catalog_products VALIDATE CONSTRAINT catalog_products_offer_length;
