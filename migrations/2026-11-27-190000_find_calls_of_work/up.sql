-- What was done in a customer's account for a delivery is counted from the access log, by engagement and time.
CREATE INDEX access_log_by_engagement ON access_log (vendor_id, engagement_id, at);
