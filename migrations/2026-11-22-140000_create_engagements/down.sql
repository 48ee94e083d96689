DROP TABLE reviews, engagement_entries, messages, engagement_guests, change_requests, deliverables, files, milestone_shares,
  milestones, sow_acceptances, statements_of_work, engagements;
DROP FUNCTION shares_add_up();
