ALTER TABLE connections DROP COLUMN currency;
