DROP TRIGGER refunds_wait ON refunds;
DROP TRIGGER releases_wait ON releases;
DROP TRIGGER milestones_wait ON milestones;
DROP TABLE disagreement_proposals, disagreements;
DROP FUNCTION money_waits_for_disagreement(), disagreement_stays_ended(), disagreement_waits_for_money();
