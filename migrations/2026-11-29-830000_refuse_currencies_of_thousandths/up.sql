-- The payment processor takes amounts of three decimals only with a last digit of zero, which shares of a price do not have.
ALTER TABLE programs ADD CONSTRAINT programs_currency_charged CHECK (currency NOT IN ('BHD', 'KWD')) NOT VALID;
