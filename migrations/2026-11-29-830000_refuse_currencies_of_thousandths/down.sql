ALTER TABLE programs DROP CONSTRAINT programs_currency_charged;
