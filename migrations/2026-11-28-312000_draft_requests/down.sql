DROP TABLE grant_drafts;
DROP FUNCTION grant_drafts_of_the_partner;
