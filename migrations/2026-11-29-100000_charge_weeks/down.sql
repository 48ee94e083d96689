DROP TRIGGER payments_mandate_stays ON payments;
DROP TRIGGER payments_mandate_covers ON payments;
DROP FUNCTION mandate_covers_week();
DROP INDEX payments_once_by_mandate;
ALTER TABLE payments DROP COLUMN mandate_id;
DROP TRIGGER payment_methods_pays_nothing ON payment_methods;
DROP FUNCTION removed_card_pays_nothing();
DROP TABLE week_mandates;
DROP FUNCTION week_mandate_fits();
