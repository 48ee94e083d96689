DROP TABLE payouts;
DROP FUNCTION payouts_go_on();
