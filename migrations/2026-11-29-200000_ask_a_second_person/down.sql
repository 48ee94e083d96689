DROP TRIGGER reconciliation_breaks_yes_of_two ON reconciliation_breaks;
DROP TRIGGER disagreements_yes_of_two ON disagreements;
DROP TRIGGER refunds_yes_of_two ON refunds;
ALTER TABLE reconciliation_breaks DROP COLUMN approval_id;
ALTER TABLE disagreements DROP COLUMN approval_id, DROP COLUMN alone_at;
ALTER TABLE refunds DROP COLUMN approval_id, DROP COLUMN disagreement_id, DROP COLUMN alone_at;
DROP TABLE money_limits, money_approvals CASCADE;
DROP FUNCTION money_limit_wants_two(), explanation_wants_two(), award_wants_two(), refund_wants_two(), money_approvals_are_frozen(),
  break_minor(reconciliation_breaks), money_wants_two(), money_limit_passed(uuid, uuid, uuid, text, bigint),
  answers_for_money(uuid, text), is_staff(uuid, uuid), words_in(text);
