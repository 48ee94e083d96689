DROP TABLE proposal_lines, proposal_milestones, proposals, invitations, matches, brief_skills, briefs;
DROP FUNCTION proposal_adds_up();
