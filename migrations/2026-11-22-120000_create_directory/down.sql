DROP TABLE profile_ratings, profile_records, service_milestones, services, profile_industries, profile_skills, profiles;
DROP FUNCTION IF EXISTS profile_words(text, text);
